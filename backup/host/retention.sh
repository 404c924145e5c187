#!/usr/bin/env bash
# Which snapshots go: of a domain that is still here, those behind the newest KEEP; of one that is gone, those that
# are KEEP days old.
#
# Usage:  sourced by backup.sh; drop_of TODAY KEEP here|gone <DAYS   prints the days that go
#         DAYS are YYYYMMDD, one a line, in any order
# Again:  changes nothing by itself.
#
# By name and never by a file's time, and counted rather than measured: after days without a backup, the older ones are
# what is left, and stay. Only what is no day of a snapshot is not looked at.

drop_of() {
  local today=$1 keep=$2 still=$3 days oldest
  days=$(grep --extended-regexp --line-regexp '[0-9]{8}' | sort --unique || true) # none at all is no failure
  [[ -n $days ]] || return 0
  if [[ $still == here ]]; then
    head -n "-$keep" <<<"$days"
  else
    oldest=$(date --utc --date "$today - $((keep - 1)) days" +%Y%m%d)
    awk -v oldest="$oldest" '$1 < oldest' <<<"$days"
  fi
}
