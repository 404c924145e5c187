#!/usr/bin/env bash
# Daily backup: each domain's mail into a plain mirror, then an encrypted archive a mailbox and the server's own set.
#
# Usage:  backup.sh
# Settings: /etc/mailstead/backup.env, written by `mailstead up`
# Output: one line
# Exit:   0 today's snapshot of every domain and of the server is whole and verified, 1 failed (standard error says why):
#         those domains that could be saved have their day, and so have those of which an earlier day was damaged
# Again:  safe at any time; what a killed run left is removed. On the same day it makes the day's snapshot anew, and the
#         old one stays until the new one is whole.
#
# Snapshots are named by the day in UTC. They are written beside as DAY.part and renamed; older ones go only after
# today's are verified, so that a job that fails for weeks never removes the last good ones.
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
# shellcheck source=system.sh
source "$here/system.sh"
# shellcheck source=retention.sh
source "$here/retention.sh"

umask 077
today=$(date --utc +%Y%m%d)
started_at=$(date --utc +%Y-%m-%dT%H:%M:%SZ)
begun_s=$(date +%s)
succeeded=""
saved=" "   # domains that have their day
failed=" "  # and those that have not
damaged=" " # that have it, though something of an earlier day is damaged
repaired=77 # how a shell ends that had to make anew what was damaged; no program that it calls ends so
mailcow_version=""
tools=""

main() {
  one_at_a_time backup
  trap finish EXIT
  trap 'exit 143' TERM HUP
  trap 'exit 130' INT
  need_backup_volume
  mkdir -p -- "$tree"
  clear_remains
  check_clock
  use_key
  learn_versions
  find_mail
  need_room
  mirror_mail
  make_snapshots
  prune
  tell_failures
  succeeded=yes
  tell
}

# What a killed run left: snapshots that were never whole, and one that was about to be exchanged for a newer one.
clear_remains() {
  local left old
  find "$tree" -mindepth 2 -maxdepth 2 -name '*.part' -exec rm -rf -- {} +
  left=$(find "$tree" -mindepth 2 -maxdepth 2 -name '*.old')
  for old in $left; do # domains and days have no blanks
    if [[ -e ${old%.old} ]]; then rm -rf -- "$old"; else mv -- "$old" "${old%.old}"; fi
  done
}

# A clock that ran ahead once would make every later snapshot look old.
check_clock() {
  local newest
  newest=$(find "$tree" -mindepth 2 -maxdepth 2 -type d -regextype posix-extended -regex '.*/[0-9]{8}' -printf '%f\n' | sort | tail -n 1)
  [[ -z $newest || $newest -le $today ]] ||
    die "there is a snapshot of $newest, and today is $today: this clock is wrong, or was. Look at: timedatectl; if it is right now: sudo rm -r $tree/*/$newest"
}

mirror_mail() {
  local domain domains
  domains=$(domains_in "$vmail")
  for domain in $domains; do
    for_domain "$domain" mirror_domain "$domain"
  done
  forget_gone_domains
}

make_snapshots() {
  local domain domains
  for_domain system snapshot system archive_system
  domains=$(domains_in "$mirror")
  for domain in $domains; do
    for_domain "$domain" snapshot "$domain" archive_domain "$domain"
  done
  [[ $failed != " " ]] || rm -f -- "$read_every_archive"
}

# Do a part for a domain, unless one before it has failed. Usage: for_domain DOMAIN PROGRAM...
for_domain() {
  local domain=$1
  [[ $failed != *" $domain "* ]] || return 0
  shift
  apart "$@"
  case $ended in
    0) ;;
    "$repaired") damaged+="$domain " ;;
    *)
      log "error: the backup of $domain failed, the others go on"
      failed+="$domain "
      rm -rf -- "${tree:?}/$domain/$today.part" # on a disk that is full, the others have its room
      ;;
  esac
  [[ $1 != snapshot || $failed == *" $domain "* ]] || saved+="$domain "
}

tell_failures() {
  [[ $failed == " " ]] || die "there is no snapshot of today of:${failed% }; the lines above say why"
  [[ $damaged == " " ]] ||
    die "archives of days before are damaged on this disk (the lines above name them), of:${damaged% }; those of today are good, and the next run is a success"
}

# Usage: snapshot DOMAIN PROGRAM...; the program gets the folder as its last argument
snapshot() {
  local domain=$1 final=$tree/$1/$today folder=$tree/$1/$today.part
  shift
  mkdir -p -- "$folder"
  : >"$folder/entries"
  "$@" "$folder"
  write_manifest "$folder" "$domain"
  sync --file-system "$folder"
  [[ ! -e $final ]] || mv -- "$final" "$final.old"
  mv -- "$folder" "$final"
  rm -rf -- "$final.old"
  ((found_damaged == 0)) || exit "$repaired"
}

# Usage: write_manifest FOLDER DOMAIN
write_manifest() {
  local folder=$1 domain=$2 kind=mailboxes host finished_at machine
  [[ $domain != system ]] || kind=parts
  host=$(setting BACKUP_HOSTNAME)
  finished_at=$(date --utc +%Y-%m-%dT%H:%M:%SZ)
  machine=$(uname --machine)
  jq --slurp --arg domain "$domain" --arg day "$today" --arg host "$host" --arg started_at "$started_at" \
    --arg finished_at "$finished_at" --arg key "$key_fingerprint" --arg machine "$machine" --arg version "$mailcow_version" \
    --arg kind "$kind" --argjson tools "$tools" '
      {format: 1, $domain, $day, $host, $started_at, $finished_at, key_fingerprint: $key, $machine, $tools,
       mailcow_version: $version, ($kind): .}' "$folder/entries" >"$folder/manifest.json"
  rm -f -- "$folder/entries"
  jq --raw-output '(.mailboxes // .parts)[] | "\(.sha256)  \(.archive)"' "$folder/manifest.json" >"$folder/SHA256SUMS"
  (cd "$folder" && sha256sum manifest.json >>SHA256SUMS)
}

# Learn what manifests say of the programs; that is for people, so what is not known stops nothing.
learn_versions() {
  local folder name said
  folder=$(mailcow_root)
  mailcow_version=$(git -c safe.directory='*' -C "$folder" describe --tags --always 2>/dev/null) || mailcow_version=unknown
  tools=$(
    for name in tar gzip gpg rsync; do
      said=$("$name" --version 2>&1)
      printf '%s\t%s\n' "$name" "${said%%$'\n'*}"
    done | jq --raw-input --slurp --compact-output 'split("\n") | map(select(. != "") | split("\t") | {(.[0]): .[1]}) | add'
  )
}

prune() {
  local domain domains keep days going day still
  keep=$(setting BACKUP_KEEP_DAYS 7)
  domains=$(domains_in "$tree")
  for domain in system $domains; do
    [[ -d $tree/$domain && $failed != *" $domain "* ]] || continue
    still=gone
    [[ ! -e $tree/$domain/$today ]] || still=here
    days=$(find "$tree/$domain" -mindepth 1 -maxdepth 1 -type d -printf '%f\n')
    going=$(drop_of "$today" "$keep" "$still" <<<"$days")
    for day in $going; do
      log "removing the snapshot of $domain of $day"
      rm -rf -- "${tree:?}/$domain/$day"
    done
    rmdir --ignore-fail-on-non-empty "$tree/$domain"
  done
}

finish() {
  local status=$?
  forget_key
  figures | publish backup
  [[ -n $succeeded ]] || log "error: the backup of $today failed; the snapshots before it are untouched"
  exit "$status"
}

# What could not be saved keeps the time of its last good snapshot: what grows old is what is watched.
figures() {
  local now domain kind linked good=0 wanted=1
  now=$(date +%s)
  linked=$(linked_today)
  kind=$(setting BACKUP_OFFSITE off)
  [[ -z $succeeded ]] || good=1
  [[ $kind != off ]] || wanted=0
  head_of mail_backup_last_success_timestamp_seconds 'When the newest verified snapshot was made.'
  times_of_others
  for domain in $saved; do
    printf 'mail_backup_last_success_timestamp_seconds{domain="%s"} %s\n' "$domain" "$now"
  done
  first_success "$now"
  one mail_offsite_wanted "$wanted" 'Whether copies of backups are to be made elsewhere.'
  one mail_backup_last_run_timestamp_seconds "$now" 'When the job ran last.'
  one mail_backup_last_run_success "$good" 'Whether it made a verified snapshot.'
  one mail_backup_duration_seconds "$((now - begun_s))" 'How long it took.'
  one mail_backup_linked_archives "${linked:-0}" 'Archives that are those of the day before.'
  of_each mail_backup_size_bytes 'What the archives of the newest snapshot take.' '[(.mailboxes // .parts)[].bytes] | add // 0'
  of_each mail_backup_mailboxes 'Mailboxes in the newest snapshot.' '(.mailboxes // []) | length'
}

# Print the times of domains that were not saved now; after a run in which all went well, of none: those are gone.
times_of_others() {
  local before line domain
  [[ -z $succeeded ]] || return 0
  before=$(published backup mail_backup_last_success_timestamp_seconds)
  while read -r line; do
    domain=${line#*\"}
    domain=${domain%%\"*}
    [[ -z $line || $saved == *" $domain "* ]] || printf '%s\n' "$line"
  done <<<"$before"
}

# Print how many archives of today are those of a day before.
linked_today() {
  [[ -d $tree ]] || return 0
  # A manifest that is damaged counts for nothing here, as in the figures of each domain.
  { find "$tree" -path "*/$today/manifest.json" -exec jq '[.mailboxes[]? | select(.linked_from)] | length' {} + || true; } |
    awk '{sum += $1} END {printf "%d\n", sum}'
}

# From then on people are told of a copy elsewhere and of a rehearsal that never came. Usage: first_success NOW
first_success() {
  local told
  told=$(published backup mail_backup_first_success_timestamp_seconds)
  [[ -n $told || -z $succeeded ]] || told="mail_backup_first_success_timestamp_seconds $1"
  [[ -n $told ]] || return 0
  head_of mail_backup_first_success_timestamp_seconds 'When the first verified snapshot was made.'
  printf '%s\n' "$told"
}

one() {
  head_of "$1" "$3"
  printf '%s %s\n' "$1" "$2"
}

# Usage: of_each NAME TEXT EXPRESSION
of_each() {
  local domain domains day value
  head_of "$1" "$2"
  domains=$(domains_in "$tree")
  for domain in system $domains; do
    day=$(newest_day "$domain")
    [[ -n $day ]] || continue
    # One that is damaged has no figures, and says so by that; the others are told.
    value=$(jq "$3" "$tree/$domain/$day/manifest.json") || continue
    printf '%s{domain="%s"} %s\n' "$1" "$domain" "$value"
  done
}

tell() {
  local mailboxes domains linked now
  now=$(date +%s)
  linked=$(linked_today)
  domains=$(domains_in "$mirror" | wc --lines)
  mailboxes=$(find "$tree" -path "*/$today/*.tar.gz.gpg" ! -path "$tree/system/*" | wc --lines)
  printf 'backup done in %d s: %d domains, %d mailboxes, %d of them unchanged\n' "$((now - begun_s))" "$domains" "$mailboxes" "$linked"
}

main "$@"
