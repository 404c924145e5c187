#!/usr/bin/env bash
# Mount a block volume where it belongs, now and at every boot. An empty one is formatted; nothing else ever is.
#
# Usage:  mount-volume.sh DEVICE PATH [--docker-volumes]
#   DEVICE            such as /dev/oracleoci/oraclevdb
#   PATH              where it is mounted, such as /srv/mail
#   --docker-volumes  Docker's named volumes live on it, too
# Output: the file system's UUID, and nothing else
# Exit:   0 mounted, 1 refused or failed (standard error says why)
# Again:  safe at any time; a run that died half-way is finished by the next.
# The script may come over standard input (with lib.sh before it), so nothing in it reads from there.
# shellcheck source=lib.sh
[[ ${mailstead_lib-} == loaded ]] || source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

device_limit_s=300

main() {
  [[ $# -eq 2 || ($# -eq 3 && $3 == --docker-volumes) ]] || die "want DEVICE PATH [--docker-volumes], got: $*"
  local device=$1 path=$2 uuid
  hold_lock
  wait_until "$device_limit_s" "volume $device appears" is_block_device "$device"
  format_if_empty "$device"
  uuid=$(blkid --probe --match-tag UUID --output value "$device")
  [[ -n $uuid ]] || die "file system on $device has no UUID"
  mkdir -p "$root$path"
  {
    fstab_without "$path"
    echo "UUID=$uuid $path ext4 defaults,noatime,_netdev,nofail,x-systemd.device-timeout=120s 0 2"
  } | put "$root/etc/fstab" 644
  reload_units
  mount_device "$device" "$path"
  if [[ ${3-} == --docker-volumes ]]; then
    lay_out_mail_volume "$path"
    start_docker_again
  fi
  echo "$uuid"
}

is_block_device() {
  blockdev --getsize64 "$1" >/dev/null 2>&1
}

# Two programs must agree that there is nothing: what they both take for empty has no known signature at all.
# mkfs writes the signature last, so one that was killed leaves an empty volume.
format_if_empty() {
  local device=$1 status=0 type signatures
  type=$(blkid --probe --match-tag TYPE --output value "$device") || status=$?
  case $status in
    0)
      [[ $type == ext4 ]] || die "$device holds ${type:-a partition table}, not ext4; it is left as it is"
      return 0
      ;;
    2) ;;
    *) die "$device cannot be told apart (blkid exit $status); it is left as it is" ;;
  esac
  signatures=$(wipefs --no-act "$device")
  [[ -z $signatures ]] || die "$device is not empty, wipefs finds: $signatures; it is left as it is"
  log "formatting $device, which is empty"
  mkfs.ext4 -q -m 1 "$device" </dev/null >&2
}

# systemd keeps the old fstab in mind and would unmount what contradicts it.
reload_units() {
  [[ -d $root/run/systemd/system ]] || return 0
  systemctl daemon-reload
}

mount_device() {
  local device=$1 path=$2 there wanted
  if ! mountpoint --quiet "$root$path"; then
    mount -t ext4 -o noatime "$device" "$root$path"
    return 0
  fi
  there=$(mountpoint --fs-devno "$root$path")
  wanted=$(mountpoint --devno "$device")
  [[ $there == "$wanted" ]] || die "another device ($there) is mounted at $path, wanted was $device ($wanted); unmount it first"
}

# Docker makes its named volumes under /var/lib/docker/volumes; the rest of /var/lib/docker stays on the boot disk, so
# that a new host inherits data and no containers.
lay_out_mail_volume() {
  local path=$1 inside=$root$1/docker-volumes outside=/var/lib/docker/volumes on_boot_disk
  install --directory --mode 701 "$inside"
  install --directory --mode 700 "$root$path/mailstead"
  if ! mountpoint --quiet "$root$outside"; then
    mkdir -p "$root$outside"
    on_boot_disk=$(ls -A "$root$outside")
    [[ -z $on_boot_disk ]] || die "$outside has volumes on the boot disk; move them into $path/docker-volumes first"
  fi
  {
    fstab_without "$outside"
    echo "$path/docker-volumes $outside none bind,_netdev,nofail,x-systemd.requires-mounts-for=$path 0 0"
  } | put "$root/etc/fstab" 644
  reload_units
  mountpoint --quiet "$root$outside" || mount --bind "$inside" "$root$outside"
}

# Unmounting has stopped it; on a new host it is not there yet.
start_docker_again() {
  [[ -x $root/usr/bin/dockerd || -x $root/usr/sbin/dockerd ]] || return 0
  systemctl reset-failed docker.service # one that tried without its disk has used up its tries
  systemctl start docker.service
}

main "$@"
