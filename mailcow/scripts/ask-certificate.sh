#!/usr/bin/env bash
# Have mailcow's ACME client look at its names at once, or tell what it has said since then.
#
# Usage:  ask-certificate.sh ask
#         ask-certificate.sh log SINCE
#   SINCE  what "ask" printed
# Output: ask: the moment before its restart, in UTC; log: the client's own lines, the last 1000 of them
# Exit:   0 done, 1 failed (standard error says why; no secret is in either)
# Again:  safe at any time. Left to itself the client sleeps for up to a day, whatever has changed in DNS; a restart is
#         one look: names that do not lead here are left out by mailcow itself, and the authority gets at most one
#         order, and none while the certificate has all names and 30 days. So force_renew is not touched: with it every
#         look would be an order, and an authority allows few.
# The script may come over standard input (with lib.sh before it), so nothing in it reads from there.
# shellcheck source=lib.sh
[[ ${mailstead_lib-} == loaded ]] || source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

service=acme-mailcow
at_work_limit_s=300

main() {
  local usage="want ask, or log and a moment, got: $*"
  cd "$install_root" || die "$install_root is missing; run install-mailcow.sh first"
  case ${1-} in
    ask)
      [[ $# -eq 1 ]] || die "$usage"
      ask
      ;;
    log)
      [[ $# -eq 2 && $2 =~ ^[0-9T:.Z-]+$ ]] || die "$usage"
      said_since "$2"
      ;;
    *) die "$usage" ;;
  esac
}

ask() {
  local moment
  hold_lock
  wait_until "$at_work_limit_s" "mailcow's ACME client has finished what it is at" is_idle
  moment=$(date --utc +%FT%T.%NZ)
  compose restart --timeout 5 "$service"
  echo "$moment"
}

# A restart in the middle of an order would lead to a second one; and one in the middle of making a key leaves half a
# file, which mailcow takes for its key from then on.
is_idle() {
  ! docker compose --project-directory "$install_root" top "$service" 2>/dev/null |
    grep --extended-regexp 'acme-tiny|openssl genrsa' >/dev/null # read to the end, or the listing would fail
}

# An authority's refusal is what a program printed to its standard error.
said_since() {
  docker compose --project-directory "$install_root" logs --no-color --no-log-prefix --tail 1000 --since "$1" "$service" 2>&1
}

main "$@"
