#!/usr/bin/env bash
# What a restore has done, so that the same command after a kill does not do it all again.
#
# Usage:  sourced by ../restore.sh, after place.sh
#         begin_journal WORDS, then done_before UNIT and note_done UNIT, and end_journal when nothing is left to go on with
#         begin_standstill OWNER STAMP, then standstill KEY by whoever goes on, and end_standstill
#         forget_fetched by whoever has only looked at what is off-site
# Again:  that is what it is for. A dry run notes nothing.
# shellcheck source=../../mailcow/scripts/lib.sh
[[ ${mailstead_lib-} == loaded ]] || source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=place.sh
[[ -v restore_root ]] || source "$(dirname "${BASH_SOURCE[0]}")/place.sh"

journal=""
# After a day it is another wish: mail that was brought back may be gone again.
journal_minutes=1440
# mailcow stands still, half restored: whatever restore comes next goes on from there, of this day or another.
standstill_file=$restore_root/standstill

# Usage: begin_journal WORDS-THAT-TELL-THIS-RESTORE-FROM-OTHERS
begin_journal() {
  local count digest old
  digest=$(sha256sum <<<"$1")
  journal=$restore_root/journal.${digest:0:16}
  old=$(find "$restore_root" -maxdepth 1 -name 'journal.*' -mmin "+$journal_minutes" -print -delete)
  [[ -z $old ]] || rm -rf -- "$restore_root/fetched"
  [[ -e $journal ]] || return 0
  count=$(wc --lines <"$journal")
  log "going on with a restore that was stopped; done before: $count"
}

# Print the unit when it was done before, and nothing otherwise. Usage: done_before UNIT
done_before() {
  [[ -e $journal ]] || return 0
  awk -v unit="$1" '$0 == unit {print; exit}' "$journal"
}

# Usage: note_done UNIT
note_done() {
  [[ -z $dry_run ]] || return 0
  (umask 077 && printf '%s\n' "$1" >>"$journal")
}

# What was fetched from off-site goes, too.
end_journal() {
  rm -rf -- "$journal" "$restore_root/fetched"
}

# What a restore has fetched that was stopped stays for it.
forget_fetched() {
  local stopped
  stopped=$(find "$restore_root" -maxdepth 1 \( -name 'journal.*' -o -name "${standstill_file##*/}" \))
  [[ -n $stopped ]] || rm -rf -- "$restore_root/fetched"
}

# From here on no earlier restore's system set is there any more, so none is gone on with behind it.
# Usage: begin_standstill OWNER-OF-MAIL STAMP-OF-WHAT-IS-KEPT-ASIDE
begin_standstill() {
  rm -f -- "$restore_root"/journal.*
  printf 'OWNER=%s\nSTAMP=%s\n' "$1" "$2" | put "$standstill_file" 600
}

# Print what whoever began it noted; nothing when mailcow does not stand still. Usage: standstill OWNER|STAMP
standstill() {
  [[ ! -e $standstill_file ]] || value_of "$1" "$standstill_file"
}

end_standstill() {
  rm -f -- "$standstill_file"
}
