#!/usr/bin/env bash
# Run restore.sh or drill.sh of the project that the operator has, on a mail host, with session keys that come along.
#
# Usage:  from-afar.sh SCRIPT ARGUMENT...
#   SCRIPT  restore.sh or drill.sh
# Input:  the files come with the script: whoever sends it puts before it a function that prints them as a tar
#           programs/     restore.sh, drill.sh, restore/, drill/
#           session-keys  lines "SHA256 SESSION-KEY"; --session-keys is then added to the arguments
# Output: that of the script
# Exit:   that of the script
# Again:  as the script; what was sent is removed at the end, and by the next run after a kill.
# The script comes over standard input (with lib.sh before it), so nothing in it reads from there.
# shellcheck source=../../mailcow/scripts/lib.sh
[[ ${mailstead_lib-} == loaded ]] || source "$(dirname "${BASH_SOURCE[0]}")/../../mailcow/scripts/lib.sh"

main() {
  [[ $# -ge 1 && $1 =~ ^(restore|drill)\.sh$ ]] || die "want restore.sh or drill.sh, got: $*"
  local script=$1 place=$root/run/mailstead-afar sent status=0 keys=()
  shift
  mkdir -p "$place"
  sent=$(mktemp -d "$place/XXXXXX")
  # Of runs that were killed; a day is longer than any that still goes on reads its files.
  find "$place" -mindepth 1 -maxdepth 1 -mmin +1440 -exec rm -rf {} +
  # shellcheck disable=SC2064 # its name is known now
  trap "rm -rf '$sent'" EXIT
  sent_files | tar --extract --no-same-owner --directory "$sent"
  [[ ! -e $sent/session-keys ]] || keys=(--session-keys "$sent/session-keys")
  bash "$sent/programs/$script" "$@" "${keys[@]}" </dev/null || status=$?
  exit "$status"
}

main "$@"
