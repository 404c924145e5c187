#!/usr/bin/env bash
# List snapshots, check them, and restore a mailbox, a domain, the system set or everything.
#
# Usage:  restore.sh list    [DOMAIN] [--from PLACE] [--json]
#         restore.sh heads   WHAT [--day DAY] [--from PLACE]           for whoever has the private key elsewhere
#         restore.sh check   WHAT [--day DAY] [--from PLACE] KEY       opens all, puts nothing anywhere
#         restore.sh restore WHAT [--day DAY] [--from PLACE] KEY [--beside | --overwrite] [--dry-run]
#   WHAT         mailbox ADDRESS | domain DOMAIN | system | all
#   KEY          --key-file FILE (the private key) or --session-keys FILE (lines "SHA256 SESSION-KEY"); - is standard input
#   --day        YYYYMMDD; without it, each domain's newest
#   --from       a folder with the tree of /backup, or a remote of rclone such as offsite:bucket; without it, /backup
#   --beside     mail goes below a folder Restored-YYYYMMDD of the live mailbox
#   --overwrite  mail: the archive takes the mailbox's place; system, all: a server in use may be changed.
#                What was there is kept in /srv/mail/mailstead/replaced. Without it, mail that is there stays as it
#                is and what is missing is added
#   --dry-run    opens and checks, says what would be done, changes nothing
# Output: a line a mailbox; list and heads: a line a snapshot or archive
# Exit:   0 done, 1 failed or an archive was refused (all others are restored), 2 wrong usage,
#         3 mailcow has no such mailbox
# Again:  safe at any time; a run that was killed is gone on with by the same command.
here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
# Installed on a host, it lies there; in the project it is mailcow's.
lib=$here/restore/lib.sh
[[ -e $lib ]] || lib=$here/../mailcow/scripts/lib.sh
# shellcheck source=../mailcow/scripts/lib.sh
source "$lib"
# shellcheck source=restore/place.sh
source "$here/restore/place.sh"
# shellcheck source=restore/opening.sh
source "$here/restore/opening.sh"
# shellcheck source=restore/mail.sh
source "$here/restore/mail.sh"
# shellcheck source=restore/system.sh
source "$here/restore/system.sh"
# shellcheck source=restore/journal.sh
source "$here/restore/journal.sh"

exit_usage=2
what="" name="" day="" from="" json="" keys="" failed=0

usage() {
  log "error: $*; see the beginning of restore.sh, or docs/how-to/restore.md"
  exit "$exit_usage"
}

main() {
  local doing=${1-}
  [[ $doing =~ ^(list|heads|check|restore)$ ]] || usage "want list, heads, check or restore, got '${doing:-nothing}'"
  shift
  read_arguments "$doing" "$@"
  hold_locks "$doing"
  trap at_the_end EXIT
  trap 'exit 143' TERM HUP
  trap 'exit 130' INT
  clean_up
  (umask 077 && mkdir -p -- "$work")
  use_place "$from"
  case $doing in
    list) list_snapshots ;;
    heads) each_archive print_head ;;
    check)
      with_keys
      each_archive check_one
      ;;
    *)
      with_keys
      restore_all_asked
      ;;
  esac
  [[ $doing == restore ]] || forget_fetched
  return "$failed"
}

read_arguments() {
  local doing=$1
  shift
  if [[ $doing == list ]]; then
    [[ ${1---} == --* ]] || { name=$1 && shift; }
  else
    what=${1-}
    [[ $what =~ ^(mailbox|domain|system|all)$ ]] || usage "want mailbox ADDRESS, domain DOMAIN, system or all"
    shift
    if [[ $what == mailbox || $what == domain ]]; then
      [[ $# -gt 0 && $1 != --* ]] || usage "which $what?"
      name=$1
      shift
    fi
    [[ $what != mailbox || $name == ?*@?* ]] || usage "'$name' is no address"
  fi
  while [[ $# -gt 0 ]]; do
    case $1 in
      --day | --from | --session-keys | --key-file) [[ $# -gt 1 ]] || usage "$1 wants a value" ;;&
      --day) day=$2 && shift 2 ;;
      --from) from=$2 && shift 2 ;;
      --session-keys | --key-file) keys=$1=$2 && shift 2 ;;
      --beside) how=beside && shift ;;
      --overwrite) overwrite=yes && shift ;;
      --dry-run) dry_run=--dry-run && shift ;;
      --json) json=yes && shift ;;
      *) usage "'$1' is no option" ;;
    esac
  done
  [[ -z $day || $day =~ ^[0-9]{8}$ ]] || usage "'$day' is no day; write YYYYMMDD"
  [[ $name != */* && $name != .* ]] || usage "'$name' is no name of a domain or mailbox"
  [[ $how != beside || -z $overwrite ]] || usage "--beside and --overwrite exclude each other"
  [[ $how != beside || $what == mailbox || $what == domain ]] || usage "--beside is for mail"
  [[ -z $overwrite || $what == system || $what == all ]] || how=overwrite
  [[ ! $doing =~ ^(check|restore)$ || -n $keys ]] || usage "want --key-file or --session-keys: archives are encrypted"
}

# Nothing else is restored meanwhile, and no backup is made of what is half restored, nor is one pruned that is read.
hold_locks() {
  mkdir -p "$root/run/lock"
  exec 9>"$root/run/lock/mailstead-restore.lock"
  flock --nonblock 9 || die "another restore is at work on this host; wait for it, or look with: sudo fuser -v /run/lock/mailstead-restore.lock"
  [[ $1 == restore ]] || return 0
  exec 8>"$root/run/lock/mailstead-backup.lock"
  flock --nonblock 8 && return 0
  log "the backup is at work; waiting for its end"
  flock --timeout 7200 8 || die "the backup is still at work after 2 hours; look with: sudo systemctl status mailstead-backup.service"
}

# Also of a run that was killed. What off-site gave stays until the restore is done.
clean_up() {
  forget_keys
  rm -rf -- "$work"
  [[ -z $staging ]] || rm -rf -- "$staging"
  [[ ! -d $restore_root ]] || rmdir --ignore-fail-on-non-empty -- "$restore_root" # a stopped restore's notes lie there
}

at_the_end() {
  local status=$?
  clean_up
  [[ ! -e $standstill_file ]] || log "error: mailcow stands still, half restored, and no mail comes; run the same command again, which goes on from here"
  # A program's own, such as tar's: what was asked is no wrong usage.
  [[ $status -ne "$exit_usage" ]] || exit 1
}

# The line to who called may be cut while mailcow stands still; that ends nothing.
log() {
  printf '%s\n' "$*" >&2 2>/dev/null || true
}

with_keys() {
  case $keys in
    --session-keys=*) use_session_keys "${keys#*=}" ;;
    *) use_key_file "${keys#*=}" ;;
  esac
}

list_snapshots() {
  local found domain of_day folder
  found=$(snapshots)
  [[ -n $found ]] || die "there is no snapshot in ${remote:-$tree}"
  while read -r domain of_day; do
    [[ -z $name || $name == "$domain" ]] || continue
    folder=$(day_folder "$domain" "$of_day")
    if [[ -n $json ]]; then
      jq --compact-output '{domain, day, finished_at, key_fingerprint, archives: [(.mailboxes // .parts)[] | {name, bytes, messages}]}' "$folder/manifest.json"
    else
      jq --raw-output '"\(.day)  \(.domain)  \((.mailboxes // .parts) | length) archives, \([(.mailboxes // .parts)[].bytes] | add // 0) bytes, key \(.key_fingerprint)"' "$folder/manifest.json"
    fi
  done <<<"$found"
}

# Call a function for every archive that is asked for, system first:
# FUNCTION DOMAIN DAY ARCHIVE SHA256 MESSAGES NAME. One that fails does not keep the others from their turn; how it all
# ends is in failed.
each_archive() {
  local function=$1 scopes domain of_day folder list archive sha256 messages of_name status only=""
  [[ $what != mailbox ]] || only=${name%@*}
  scopes=$(asked_days)
  while read -r domain of_day; do
    folder=$(day_folder "$domain" "$of_day")
    list=$(archives_of "$folder" "$only")
    [[ -n $list || -z $only ]] || die "the snapshot of $domain of day $of_day has no mailbox $only"
    while IFS=$'\t' read -r archive sha256 messages of_name <&4; do
      [[ -n $archive ]] || continue
      # Not in a condition: there, the shell would go on after an error inside.
      set +e
      (
        set -e
        "$function" "$domain" "$of_day" "$archive" "$sha256" "$messages" "$of_name"
      )
      status=$?
      set -e
      ((status < 128)) || exit "$status"
      case $status in
        0) ;;
        "$exit_no_mailbox") [[ $failed -ne 0 ]] || failed=$status ;;
        *) failed=1 ;;
      esac
    done 4<<<"$list"
  done <<<"$scopes"
}

# Print DOMAIN DAY of what is asked for.
asked_days() {
  local domains domain of_day
  case $what in
    mailbox) domains=${name##*@} ;;
    domain) domains=$name ;;
    system) domains=system ;;
    *)
      domains=$(snapshots)
      domains=$(cut -d ' ' -f 1 <<<"$domains" | LC_ALL=C sort --unique | awk '{print ($1 == "system" ? 0 : 1), $1}' | LC_ALL=C sort | cut -d ' ' -f 2)
      ;;
  esac
  while read -r domain; do
    of_day=$(day_of "$domain" "$day")
    printf '%s %s\n' "$domain" "$of_day"
  done <<<"$domains"
}

print_head() {
  head_of "$1" "$2" "$3" "$4"
}

# As a restore checks, with nothing put anywhere.
check_one() {
  local domain=$1 of_day=$2 archive=$3 sha256=$4 messages=$5 top=() counts found
  [[ $domain == system ]] || top=("$6")
  have_archive "$domain" "$of_day" "$archive"
  open_archive "$tree/$domain/$of_day" "$archive" "$sha256" "$work/checked"
  if [[ $archive == *.tar.gz.gpg ]]; then
    counts=$(python3 "$restore_programs/members.py" "${top[@]}" <"$work/checked")
    found=$(jq .messages <<<"$counts")
    [[ $messages == - || $found == "$messages" ]] || die "$archive holds $found messages, its manifest says $messages"
  fi
  rm -f -- "$work/checked"
  [[ -z $remote ]] || rm -f -- "$tree/$domain/$of_day/$archive"
  printf '%s/%s/%s: good\n' "$domain" "$of_day" "$archive"
}

restore_all_asked() {
  local folder of_day before
  begin_journal "$what $name $from $day $how $dry_run"
  find_mail_volume
  # shellcheck disable=SC2034 # mail.sh looks at it
  [[ $what != all || -z $dry_run ]] || need_mailbox=""
  if [[ $what == system || $what == all ]]; then
    of_day=$(day_of system "$day")
    folder=$(day_folder system "$of_day")
    before=$(done_before "system $of_day")
    if [[ -z $before ]]; then
      restore_system "$of_day" "$folder"
      note_done "system $of_day"
    fi
    # Here and not before that note, or a run that is killed in between would be refused: the people are there by then.
    [[ -n $dry_run ]] || end_standstill
    trap - PIPE
    trap 'exit 143' HUP
  fi
  [[ $what == system ]] || each_archive restore_one
  # Also where an archive was refused: only a run that was cut off is gone on with. Mail may be lost again meanwhile.
  end_journal
}

restore_one() {
  local before
  [[ $1 != system ]] || return 0
  before=$(done_before "$4 $6@$1")
  [[ -z $before ]] || return 0
  restore_mailbox "$@"
  note_done "$4 $6@$1"
}

main "$@"
