#!/usr/bin/env bash
# Restore a random mailbox and the system set into an empty place, and see that servers take them: is the backup any good?
#
# Usage:  drill.sh plan [--seed NUMBER]                          what would be tried, and the heads of its archives
#         drill.sh run  [--seed NUMBER] [--day YYYYMMDD] KEY
#   --seed  chooses the mailbox; without it, one is drawn. It is printed: the same seed and day try the same mailbox
#   --day   of the snapshot; without it, the newest
#   KEY     --session-keys FILE (lines "SHA256 SESSION-KEY"), or --key-file FILE; - is standard input
# Output: plan: a line of JSON with seed, day and mailbox, then one an archive; run: one line
# Metrics: mailstead_drill.prom; the time of the last success changes with a success only
# Exit:   0 all was restored, read and compared, 1 not (standard error says why), 2 wrong usage
# Again:  safe at any time; nothing is left behind, not even by a run that was killed.
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
# shellcheck source=drill/servers.sh
source "$here/drill/servers.sh"

keys_of=drill
system_work=$drill_root/system
metrics=$root/var/lib/prometheus/node-exporter/mailstead_drill.prom
seed="" day="" keys="" domain="" archive="" sha256="" messages="" name=""

usage() {
  log "error: $*; see the beginning of drill.sh, or docs/how-to/restore.md"
  exit 2
}

main() {
  local doing=${1-}
  [[ $doing =~ ^(plan|run|guard)$ ]] || usage "want plan or run, got '${doing:-nothing}'"
  shift
  if [[ $doing == guard ]]; then
    guard "$@"
    return 0
  fi
  read_arguments "$@"
  use_place
  if [[ $doing == plan ]]; then
    choose
    print_plan
    return 0
  fi
  [[ -n $keys ]] || usage "want --session-keys or --key-file: archives are encrypted"
  hold_drill_lock
  clean_up
  trap at_the_end EXIT
  trap 'exit 143' TERM HUP
  trap 'exit 130' INT
  (umask 077 && mkdir -p -- "$drill_root")
  start_guard
  choose
  drill
}

read_arguments() {
  while [[ $# -gt 0 ]]; do
    [[ $# -gt 1 ]] || usage "$1 wants a value"
    case $1 in
      --seed) seed=$2 ;;
      --day) day=$2 ;;
      --session-keys | --key-file) keys=$1=$2 ;;
      *) usage "'$1' is no option" ;;
    esac
    shift 2
  done
  [[ -n $seed ]] || seed=$(od --address-radix=n --format=u4 --read-bytes=4 /dev/urandom | tr -d ' ')
  [[ $seed =~ ^[0-9]{1,10}$ ]] || usage "'$seed' is no seed; write a number"
}

hold_drill_lock() {
  mkdir -p "$root/run/lock"
  exec 9>"$root/run/lock/mailstead-drill.lock"
  flock --timeout 60 9 || die "another drill is at work on this host; wait for it"
}

# A killed drill cannot clean up after itself, so another process waits for its end. It has the lock, too: the next
# drill begins when all is clean.
start_guard() {
  setsid bash "${BASH_SOURCE[0]}" guard "$$" </dev/null >/dev/null 2>&1 &
}

guard() {
  while kill -0 "$1" 2>/dev/null; do
    sleep 1
  done
  [[ -d $drill_root ]] || return 0
  clean_up
  write_metrics 0
}

clean_up() {
  forget_keys
  remove_servers
  rm -rf -- "$drill_root"
}

at_the_end() {
  local status=$?
  trap - EXIT
  # shellcheck disable=SC2310 # the metrics have to be written all the same
  clean_up || status=1
  if [[ $status -eq 0 ]]; then
    write_metrics 1
  else
    write_metrics 0
  fi
  exit "$status"
}

# One of all mailboxes of the newest day that hold mail. Sets domain, archive, sha256, messages, name.
choose() {
  local found line folder list digest all=()
  found=$(snapshots)
  [[ -n $found ]] || die "there is no snapshot in $tree"
  [[ -n $day ]] || day=$(tail -n 1 <<<"$found" | cut -d ' ' -f 2)
  while read -r domain; do
    folder=$(day_folder "$domain" "$day")
    list=$(archives_of "$folder")
    while IFS= read -r line; do
      [[ -z $line || $line == *$'\t0\t'* ]] || all+=("$domain"$'\t'"$line")
    done <<<"$list"
  done <<<"$(awk -v day="$day" '$2 == day && $1 != "system" {print $1}' <<<"$found" || true)"
  ((${#all[@]})) || die "no mailbox of day $day holds mail, so there is nothing to try"
  digest=$(sha256sum <<<"$seed")
  IFS=$'\t' read -r domain archive sha256 messages name <<<"${all[$((16#${digest:0:12} % ${#all[@]}))]}"
}

print_plan() {
  local folder list part digest rest
  folder=$(day_folder system "$day")
  list=$(archives_of "$folder")
  jq --null-input --compact-output --argjson seed "$seed" --arg day "$day" --arg mailbox "$name@$domain" '$ARGS.named'
  head_of "$domain" "$day" "$archive" "$sha256"
  while IFS=$'\t' read -r part digest rest; do
    head_of system "$day" "$part" "$digest"
  done <<<"$list"
}

drill() {
  local folder address=$name@$domain counts found
  log "drill of day $day with seed $seed: mailbox $address and the system set"
  case $keys in
    --session-keys=*) use_session_keys "${keys#*=}" ;;
    *) use_key_file "${keys#*=}" ;;
  esac
  find_mail_volume
  folder=$(day_folder system "$day")
  open_system "$day" "$folder"
  open_archive "$tree/$domain/$day" "$archive" "$sha256" "$drill_root/mailbox"
  counts=$(unpack "$drill_root/mailbox" "$drill_root/vmail" "$name")
  found=$(jq .messages <<<"$counts")
  [[ $found == "$messages" ]] || die "$archive holds $found messages, its manifest says $messages"
  mv -- "$drill_root/vmail/$name" "$drill_root/vmail/$address"
  forget_keys
  drill_database
  drill_redis
  drill_mail "$address" "$messages"
  printf 'drill passed: %s of day %s, %s messages, seed %s\n' "$address" "$day" "$messages" "$seed"
}

# Usage: write_metrics 0|1
write_metrics() {
  local now last
  now=$(date +%s)
  last=$now
  [[ $1 == 1 ]] || last=$(awk '$1 == "mail_drill_last_success_timestamp_seconds" {print $2}' "$metrics" 2>/dev/null || true)
  {
    if [[ -n $last ]]; then
      echo '# HELP mail_drill_last_success_timestamp_seconds When a backup was last restored, read and compared.'
      echo '# TYPE mail_drill_last_success_timestamp_seconds gauge'
      echo "mail_drill_last_success_timestamp_seconds $last"
    fi
    echo '# HELP mail_drill_last_run_success Whether the last drill passed.'
    echo '# TYPE mail_drill_last_run_success gauge'
    echo "mail_drill_last_run_success $1"
    echo '# HELP mail_drill_messages Messages of the mailbox that the last drill chose.'
    echo '# TYPE mail_drill_messages gauge'
    echo "mail_drill_messages ${messages:-0}"
  } | put "$metrics" 644
}

main "$@"
