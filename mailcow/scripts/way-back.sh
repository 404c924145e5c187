#!/usr/bin/env bash
# The way back of an upgrade: exact copies of mailcow's folder and of its data, taken while nothing runs.
#
# Usage:  source "$(dirname "${BASH_SOURCE[0]}")/way-back.sh", after lib.sh
#         need_room_for_copies, take_down, keep_copies, put_copies_back, drop_copies
# Again:  safe at any time; copies that a killed run has half taken, or half put back, are begun anew.
#
# Copies of the files and no dump: a newer MariaDB or Redis rewrites its files when it starts, and the older one refuses
# them then. Mail itself is not copied: Maildir has one form, no release changes what lies there, and copying it could
# take hours. Nor is Postfix's queue: what was sent since would be sent twice.
# shellcheck source=lib.sh
[[ ${mailstead_lib-} == loaded ]] || source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

upgrade_root=$state_root/upgrade
copies=$upgrade_root/copies
copied_volumes=(mysql-vol-1 redis-vol-1 crypt-vol-1 rspamd-vol-1)
spare_kib=102400 # for logs, and what the copies' folders take themselves

project() {
  local name
  name=$(value_of COMPOSE_PROJECT_NAME "$install_root/mailcow.conf")
  printf '%s\n' "${name:-mailcowdockerized}"
}

# Print what is copied, a line each: a name and a folder.
places() {
  local name project_name
  project_name=$(<"$upgrade_root/project")
  printf 'install %s\n' "$install_root"
  for name in "${copied_volumes[@]}"; do
    printf '%s %s\n' "$name" "$docker_volumes/${project_name}_$name/_data"
  done
}

# Refuse before anything is stopped. Also notes the project's name, as mailcow.conf is not there at every moment.
need_room_for_copies() {
  local needed=$spare_kib name folder size free listed
  project | put "$upgrade_root/project" 600
  listed=$(places)
  while read -r name folder; do
    [[ -d $folder ]] || die "$folder is missing; is mailcow installed here?"
    size=$(size_of "$folder")
    needed=$((needed + size / 1024))
  done <<<"$listed"
  free=$(df --output=avail --block-size=1K -- "$mail_root" | tail -n 1)
  ((free >= needed)) ||
    die "copies of the database and settings need $((needed / 1024)) MiB on $mail_root, and $((free / 1024)) are free; make room and run again"
}

# End every container of mailcow and remove it: one that is only stopped would be started by Docker after a power cut,
# on data that is half copied. Not by docker compose: its file may be away at that moment.
take_down() {
  local listed project_name ids
  project_name=$(<"$upgrade_root/project")
  log 'taking mailcow down'
  listed=$(docker ps --all --quiet --filter "label=com.docker.compose.project=$project_name")
  [[ -n $listed ]] || return 0
  mapfile -t ids <<<"$listed"
  # Each gets the time to end that its service asks for.
  quietly docker stop "${ids[@]}"
  quietly docker rm --force "${ids[@]}"
}

keep_copies() {
  local name folder listed
  log 'copying the database, Redis, keys and settings'
  rm -rf -- "$copies"
  (umask 077 && mkdir -p -- "$copies")
  listed=$(places)
  while read -r name folder; do
    copy "$folder" "$copies/$name"
  done <<<"$listed"
  sync --file-system "$copies"
}

# Usage: copy FROM TO; links on a file system that can, and a full copy elsewhere
copy() {
  mkdir -p -- "$2"
  cp --archive --reflink=auto -- "$1/." "$2/"
}

# Data goes into its place last things first: mailcow.conf and the compose file come when all else is there.
put_copies_back() {
  local name folder listed
  log 'putting the database, Redis, keys and settings back'
  keep_newer_mail_keys
  listed=$(places | tac)
  while read -r name folder; do
    [[ -d $copies/$name ]] || die "the copy $copies/$name is missing; what there is of a backup: docs/how-to/restore.md"
    mkdir -p -- "$folder"
    find "$folder" -mindepth 1 -delete
    copy "$copies/$name" "$folder"
  done <<<"$listed"
  sync --file-system "$install_root"
}

# A release that made another key pair has encrypted with it what came since.
keep_newer_mail_keys() {
  local live aside project_name
  project_name=$(<"$upgrade_root/project")
  live=$docker_volumes/${project_name}_crypt-vol-1/_data
  [[ -s $live/ecprivkey.pem ]] || return 0
  if cmp --silent -- "$live/ecprivkey.pem" "$copies/crypt-vol-1/ecprivkey.pem"; then
    return 0
  fi
  aside=$state_root/replaced/crypt-$(date --utc +%Y%m%dT%H%M%SZ)
  (umask 077 && mkdir -p -- "$aside")
  copy "$live" "$aside"
  log "warning: the key pair that mail is encrypted with had changed; the newer one is kept in $aside"
}

drop_copies() {
  rm -rf -- "$copies"
}
