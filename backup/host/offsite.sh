#!/usr/bin/env bash
# Monthly copy of the newest snapshot of every domain, and of the server's own set, to object storage.
#
# Usage:  offsite.sh
# Settings: /etc/mailstead/backup.env, written by `mailstead up`
# Output: one line
# Exit:   0 everything is there and of the right size, 1 failed (standard error says why)
# Again:  safe at any time; what arrived whole is not sent again.
#
# It makes objects and never changes or deletes one: it has no right to, and whoever takes this host has none either.
# A snapshot's manifest goes last, and readers look for manifests: one whose copy was cut off is not taken for whole.
# What goes is links to a snapshot's files, beside the tree: a backup that is made meanwhile replaces and prunes others.
here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
# Installed on a host, it lies there; in the project it is mailcow's.
lib=$here/restore/lib.sh
[[ -e $lib ]] || lib=$here/../../mailcow/scripts/lib.sh
# shellcheck source=../../mailcow/scripts/lib.sh
source "$lib"
# shellcheck source=job.sh
source "$here/job.sh"
# shellcheck source=archive.sh
source "$here/archive.sh"
# shellcheck source=mail.sh
source "$here/mail.sh"

succeeded=""
sent_bytes=0
failed=" "
rclone=""
remote=""
# A remote that takes files whole, and up to which size; the other one splits those that are bigger. Empty where one
# remote takes all.
whole=""
whole_limit=0
links=$backup_root/.offsite

main() {
  one_at_a_time offsite
  trap finish EXIT
  trap 'exit 143' TERM HUP
  trap 'exit 130' INT
  need_backup_volume
  rm -rf -- "$links" # of a run that was killed
  use_remote
  copy_all
  succeeded=yes
  printf 'off-site copy done: %d MiB in %s\n' "$((sent_bytes / 1048576))" "$remote"
}

use_remote() {
  local kind
  kind=$(setting BACKUP_OFFSITE off)
  [[ $kind != off ]] || die 'there is no off-site copy for this stack (offsite: off)'
  remote=$(setting BACKUP_OFFSITE_REMOTE)
  whole=$(setting BACKUP_OFFSITE_WHOLE)
  whole_limit=$(setting BACKUP_OFFSITE_WHOLE_LIMIT 0)
  rclone=$(setting BACKUP_OFFSITE_RCLONE rclone)
  [[ -n $remote ]] || die "BACKUP_OFFSITE_REMOTE is missing in $settings_file; have the backup installed again: mailstead up"
  command -v "$rclone" >/dev/null || die "$rclone is missing; have the backup installed again: mailstead up"
}

copy_all() {
  local domain domains day size
  domains=$(domains_in "$tree")
  day=$(newest_day system)
  [[ -n $day ]] || die 'there is no snapshot of the server yet; run the backup first: mailstead backup run'
  for domain in system $domains; do
    day=$(newest_day "$domain")
    [[ -n $day ]] || continue
    apart copy_day "$domain" "$day"
    [[ $ended -eq 0 ]] || failed+="$domain "
    size=$(size_of "$tree/$domain/$day" --apparent-size)
    sent_bytes=$((sent_bytes + size))
    rm -rf -- "$links"
  done
  [[ $failed == " " ]] || die "there is no whole copy of:${failed% }; the lines above say why, and the next run goes on from here"
}

# Usage: copy_day DOMAIN DAY
copy_day() {
  local target=$remote/mailcow/$1/$2 there
  # Where there is no such folder yet, some servers call that an error; one that does not answer fails the copy below.
  # shellcheck disable=SC2310
  there=$(ask lsf --recursive --files-only --include "/$2/manifest.json" "$remote/mailcow/$1" 2>/dev/null) || there=""
  if [[ -n $there ]]; then
    # A second backup of that day would have other content, and nothing is written over.
    log "the snapshot of $1 of $2 is there already"
    return 0
  fi
  take_links "$tree/$1/$2"
  # What is sent is what was verified: a disk that forgot something would otherwise spread it.
  (cd "$links" && sha256sum --check --quiet --strict SHA256SUMS) || tell_damage_of "$1" "$2"
  if [[ -n $whole ]]; then
    ask copy --exclude manifest.json --max-size "${whole_limit}B" "$links" "$whole/mailcow/$1/$2"
    ask copy --exclude manifest.json --min-size "$((whole_limit + 1))B" "$links" "$target"
  else
    ask copy --exclude manifest.json "$links" "$target"
  fi
  ask check --one-way --size-only --exclude manifest.json "$links" "$target"
  ask copy --include manifest.json "$links" "${whole:-$remote}/mailcow/$1/$2"
}

# Have links to all files of a snapshot, and of that one alone: it may be exchanged for a newer one of its day just now.
# Usage: take_links FOLDER
take_links() {
  local before after=none number
  for number in 1 2 3; do
    rm -rf -- "$links"
    before=$(inode_of "$1")
    # What went away meanwhile is seen by the folder that is another one.
    if cp --recursive --link -- "$1" "$links"; then
      after=$(inode_of "$1")
    fi
    [[ $before != "$after" ]] || return 0
    log "$1 is being made anew, and looked at again (try $number)"
    sleep "$pause_s"
  done
  die "$1 cannot be read as a whole; look at: sudo ls -l $1"
}

inode_of() {
  stat --format %i -- "$1" 2>/dev/null || echo "none yet"
}

# Usage: tell_damage_of DOMAIN DAY
tell_damage_of() {
  : >"$read_every_archive"
  die "the snapshot of $1 of $2 is damaged on this disk, so it is not copied; run the backup again, which makes anew what is damaged, and look at: sudo dmesg"
}

# Ask rclone; an object that is there is never written over, as that would take rights that this host must not have.
# Nor is one sent in parts by several streams: at Oracle that takes them, too.
ask() {
  local config status=0
  config=$(setting BACKUP_OFFSITE_CONFIG "$root/etc/mailstead/rclone.conf")
  "$rclone" --config "$config" --immutable --retries 3 --low-level-retries 5 --stats 0 --multi-thread-streams 0 \
    --log-level ERROR "$@" || status=$?
  [[ $status -eq 0 ]] || die "rclone $1 failed for $remote (status $status); the lines above say why, and the next run goes on from here"
}

finish() {
  local status=$?
  rm -rf -- "$links"
  figures | publish offsite
  [[ -n $succeeded ]] || log 'error: the off-site copy failed; what was copied before stays'
  exit "$status"
}

figures() {
  local now good=0
  now=$(date +%s)
  [[ -z $succeeded ]] || good=1
  head_of mail_offsite_last_success_timestamp_seconds 'When the newest whole copy was made.'
  if [[ -n $succeeded ]]; then
    printf 'mail_offsite_last_success_timestamp_seconds %s\n' "$now"
  else
    published offsite mail_offsite_last_success_timestamp_seconds
  fi
  head_of mail_offsite_last_run_success 'Whether the last run made a whole copy.'
  printf 'mail_offsite_last_run_success %s\n' "$good"
  head_of mail_offsite_bytes 'Size of the newest copy.'
  printf 'mail_offsite_bytes %s\n' "$sent_bytes"
}

main "$@"
