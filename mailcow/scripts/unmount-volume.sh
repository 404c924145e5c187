#!/usr/bin/env bash
# Stop what uses a block volume and unmount it, so that it can be detached with everything written.
#
# Usage:  unmount-volume.sh PATH [--docker-volumes]
#   PATH              where it is mounted, such as /srv/mail
#   --docker-volumes  Docker's named volumes live on it: mailcow and Docker are stopped first
# Exit:   0 not mounted, 1 failed (standard error says why)
# Again:  safe at any time; what is unmounted already is fine.
# The script may come over standard input (with lib.sh before it), so nothing in it reads from there.
# shellcheck source=lib.sh
[[ ${mailstead_lib-} == loaded ]] || source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

stop_limit_s=60 # then they are killed
release_limit_s=60

main() {
  [[ $# -eq 1 || ($# -eq 2 && $2 == --docker-volumes) ]] || die "want PATH [--docker-volumes], got: $*"
  local path=$1
  hold_lock
  if [[ ${2-} == --docker-volumes ]]; then
    stop_docker
    unmount /var/lib/docker/volumes
  fi
  unmount "$path"
}

# Containers first: they outlive a Docker that is merely stopped. Stopped like this they come back with Docker.
stop_docker() {
  local running
  [[ -x $root/usr/bin/docker ]] || return 0
  if docker version >/dev/null 2>&1; then
    running=$(docker ps --quiet)
    # shellcheck disable=SC2086 # one word an id
    [[ -z $running ]] || docker stop -t "$stop_limit_s" $running >/dev/null
  fi
  systemctl stop docker.socket docker.service
}

unmount() {
  local path=$1
  if mountpoint --quiet "$root$path"; then
    wait_until "$release_limit_s" "$path is released" umount "$root$path"
  fi
  fstab_without "$path" | put "$root/etc/fstab" 644
}

main "$@"
