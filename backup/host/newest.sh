#!/usr/bin/env bash
# What the newest snapshot of a domain holds, and which of its archives can be taken once more.
#
# Usage:  sourced by mail.sh, after archive.sh
#         newest_day DOMAIN, newest_entries DOMAIN, entry_of NAME <<<ENTRIES
#         check_newest DOMAIN, take_again DOMAIN ENTRY FOLDER; what they find damaged is counted in found_damaged
# Again:  changes nothing but FOLDER.
#
# What is damaged is told and made anew from the mirror, so that today's is good; backup.sh then ends as a failure.
# shellcheck source=archive.sh
[[ -v gnupg_home ]] || source "$(dirname "${BASH_SOURCE[0]}")/archive.sh"

found_damaged=0
# shellcheck disable=SC2034 # for those that source this
taken_day=""
# Days since 1970: which archives are read again today follows from it.
today_number=$(date --utc +%s)
today_number=$((today_number / 86400))

# Print the newest whole snapshot of a domain, or nothing. Usage: newest_day DOMAIN
newest_day() {
  [[ -d $tree/$1 ]] || return 0
  find "$tree/$1" -mindepth 2 -maxdepth 2 -name manifest.json -printf '%h\n' | sed 's,.*/,,' |
    grep --extended-regexp --line-regexp '[0-9]{8}' | sort | tail -n 1 || true # none is no failure
}

# Print the mailboxes of the newest snapshot that are encrypted to our key, one a line; none where its manifest is
# not what was written. Usage: newest_entries DOMAIN
newest_entries() {
  local day right
  day=$(newest_day "$1")
  [[ -n $day ]] || return 0
  right=$(manifest_is_right "$tree/$1/$day")
  [[ -n $right ]] || return 0
  jq --compact-output --arg key "$key_fingerprint" --arg day "$day" \
    'select(.key_fingerprint == $key) | .mailboxes[]? | . + {day: $day}' "$tree/$1/$day/manifest.json"
}

# Print a mailbox's entry, or nothing. Usage: entry_of NAME <<<ENTRIES
entry_of() {
  jq --compact-output --arg name "$1" 'select(.name == $name)'
}

# Print yes when a manifest is the one that the sums beside it speak of. Usage: manifest_is_right FOLDER
manifest_is_right() {
  local found
  found=$(sha256sum <"$1/manifest.json")
  if grep --quiet --line-regexp --fixed-strings "${found%% *}  manifest.json" "$1/SHA256SUMS"; then
    echo yes
  fi
}

# Usage: check_newest DOMAIN
check_newest() {
  local day right
  day=$(newest_day "$1")
  [[ -n $day ]] || return 0
  right=$(manifest_is_right "$tree/$1/$day")
  [[ -n $right ]] || tell_damage "$tree/$1/$day/manifest.json is not what was written to it"
}

# Link an archive of the newest snapshot into FOLDER, and say of which day it is in taken_day; nothing is in there where
# it is damaged. Usage: take_again DOMAIN ENTRY FOLDER
take_again() {
  local source size there=missing found wanted archive day turn
  taken_day=""
  archive=$(jq --raw-output .archive <<<"$2")
  day=$(jq --raw-output .day <<<"$2")
  source=$tree/$1/$day/$archive
  size=$(jq --raw-output .bytes <<<"$2")
  [[ ! -f $source ]] || there=$(stat --format %s -- "$source")
  if [[ $there != "$size" ]]; then
    tell_damage "$source is missing or was cut off"
    return 0
  fi
  # One in seven is read again, so that each is once a week: a disk that forgets is found while other copies are there.
  turn=$(cksum <<<"$1/$archive")
  if (((${turn%% *} + today_number) % 7 == 0)) || [[ -e $read_every_archive ]]; then
    found=$(sha256sum <"$source")
    wanted=$(jq --raw-output .sha256 <<<"$2")
    if [[ ${found%% *} != "$wanted" ]]; then
      tell_damage "$source is not what was written to it"
      return 0
    fi
  fi
  ln -- "$source" "$3/$archive"
  # shellcheck disable=SC2034
  taken_day=$day
}

# Usage: tell_damage WHAT
tell_damage() {
  found_damaged=$((found_damaged + 1))
  log "error: $1; days that share it with this one have it no better, and today's is made anew from the mail. The disk may be failing; look at: sudo dmesg"
}
