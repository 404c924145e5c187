#!/usr/bin/env bash
# Opens archives: nothing of one is handed on before its sum, its decryption and its compression have been found good.
#
# Usage:  sourced by ../restore.sh and ../drill.sh, after lib.sh and place.sh
#         use_session_keys FILE | use_key_file FILE  then open_archive FOLDER ARCHIVE SHA256 OUT, and forget_keys
# Again:  an opened archive is a temporary file; the next run removes what a killed one left.
#
# gpg writes what it decrypts before it knows whether that is whole, and ends with an error when it was not: its status
# counts, its output alone means nothing (GnuPG's own documentation of --decrypt, and tried: 12 MB came before the error).
# shellcheck source=../../mailcow/scripts/lib.sh
[[ ${mailstead_lib-} == loaded ]] || source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=place.sh
[[ -v restore_root ]] || source "$(dirname "${BASH_SOURCE[0]}")/place.sh"

# shellcheck disable=SC2034 # those that source this file put in it what they open
work=$restore_root/work
# Who has keys in memory: what a killed run of it left is taken away by its next run.
keys_of=restore
session_keys=""
gnupg_home=""

# Private keys stay in memory, in a folder of their own; gpg's agent wants a short path besides.
make_gnupg_home() {
  [[ -z $gnupg_home ]] || return 0
  local place
  place=$(keys_place)
  gnupg_home=$(mktemp -d "$place.XXXXXX")
}

# Tests have several roots, and none must take away another's keys.
keys_place() {
  local memory=/dev/shm digest
  [[ -d $memory && -w $memory ]] || memory=${TMPDIR:-/tmp}
  digest=$(sha256sum <<<"$root $keys_of")
  printf '%s\n' "$memory/mailstead-${digest:0:12}"
}

# Usage: use_session_keys FILE, with lines "SHA256-OF-THE-ARCHIVE SESSION-KEY"; - is standard input
use_session_keys() {
  make_gnupg_home
  session_keys=$gnupg_home/session-keys
  (umask 077 && cat -- "$1" >"$session_keys")
  grep --quiet --extended-regexp '^[0-9a-f]{64} [0-9]+:[0-9A-Fa-f]+$' "$session_keys" || die "$1 holds no session key; a line is: SHA256 NUMBER:HEX"
}

# Usage: use_key_file FILE, an exported private key without passphrase, or - for standard input
use_key_file() {
  local status=0 keys_there
  make_gnupg_home
  # Its agent must not inherit the lock: it would hold it after a kill.
  gpg --homedir "$gnupg_home" --batch --quiet --no-tty --import -- "$1" 2>"$gnupg_home/said" 8>&- 9>&- || status=$?
  if [[ $status -ne 0 ]]; then
    tail -n 3 "$gnupg_home/said" >&2
    die "gpg takes no private key from $1"
  fi
  keys_there=$(gpg --homedir "$gnupg_home" --batch --list-secret-keys --with-colons 2>/dev/null 8>&- 9>&-)
  [[ $keys_there == *sec:* ]] || die "$1 holds no private key; the public one cannot open archives"
}

# Also those of a run that was killed; the lock is held, so nobody else uses them.
forget_keys() {
  local place home
  place=$(keys_place)
  for home in "$place".??????; do
    [[ -d $home ]] || continue
    gpgconf --homedir "$home" --kill gpg-agent 2>/dev/null || true # no agent was ever started for session keys
    rm -rf -- "$home"
  done
  gnupg_home=""
}

# Check and decrypt ARCHIVE of FOLDER to OUT, which is still compressed. OUT is there only when all was good.
# Usage: open_archive FOLDER ARCHIVE SHA256 OUT
open_archive() {
  local folder=$1 archive=$2 sha256=$3 out=$4 found status=0 compressed=yes why
  [[ $archive == *.gz.gpg ]] || compressed=""
  found=$(sha256sum <"$folder/$archive")
  found=${found%% *}
  [[ $found == "$sha256" ]] ||
    die "$archive in $folder is damaged: its SHA-256 is $found, the manifest says $sha256; nothing of it is restored"
  rm -f -- "$out" "$out.part"
  (umask 077 && : >"$out.part")
  # shellcheck disable=SC2310 # it says itself how each step ended
  decrypt "$folder/$archive" "$sha256" "$out.part" || status=$?
  if [[ $status -ne 0 ]]; then
    rm -f -- "$out.part"
    why=$(tail -n 1 "$gnupg_home/said")
    die "$archive in $folder cannot be decrypted (gpg's status $status): ${why#gpg: }; nothing of it is restored"
  fi
  if [[ -n $compressed ]] && ! gzip --test <"$out.part" 2>/dev/null; then
    rm -f -- "$out.part"
    die "$archive in $folder is no whole gzip file once decrypted; nothing of it is restored"
  fi
  mv -- "$out.part" "$out"
}

# Usage: decrypt FILE SHA256 OUT; status 0 only when gpg says that this one message was whole
decrypt() {
  local file=$1 sha256=$2 out=$3 key status=0
  local options=(--homedir "$gnupg_home" --batch --no-tty --yes --status-file "$gnupg_home/status" --output "$out")
  : >"$gnupg_home/status"
  if [[ -n $session_keys ]]; then
    key=$(awk -v sha256="$sha256" '$1 == sha256 {print $2; exit}' "$session_keys")
    [[ -n $key ]] || {
      printf 'no session key for this archive\n' >"$gnupg_home/said"
      return 3
    }
    gpg "${options[@]}" --override-session-key-fd 3 --decrypt -- "$file" 3<<<"$key" 2>"$gnupg_home/said" || status=$?
  else
    gpg "${options[@]}" --decrypt -- "$file" 2>"$gnupg_home/said" 8>&- 9>&- || status=$?
  fi
  [[ $status -eq 0 ]] || return "$status"
  # One message, protected against changes, and all of it. Anything spliced in shows as a second one.
  awk '
    $2 == "GOODMDC" || $2 == "DECRYPTION_OKAY" || $2 == "PLAINTEXT" { seen[$2]++ }
    END { exit !(seen["GOODMDC"] == 1 && seen["DECRYPTION_OKAY"] == 1 && seen["PLAINTEXT"] == 1) }
  ' "$gnupg_home/status" || return 4
}

# Print {"sha256", "archive", "head"} of each archive: what the holder of the private key needs to send back session keys.
# An archive's key lies in its first packets. Usage: head_of DOMAIN DAY ARCHIVE SHA256
head_of() {
  local head
  if [[ -n $remote ]]; then
    head=$(ask_remote cat --count 4096 "$remote/$1/$2/$3" | base64 --wrap 0)
  else
    have_archive "$1" "$2" "$3"
    head=$(head --bytes 4096 -- "$tree/$1/$2/$3" | base64 --wrap 0)
  fi
  jq --null-input --compact-output --arg sha256 "$4" --arg archive "$1/$2/$3" --arg head "$head" '$ARGS.named'
}

# Unpack an opened archive into an empty folder; its top folder must be TOP, where one is given. Prints what
# members.py counts. Usage: unpack OPENED FOLDER [TOP]
unpack() {
  local opened=$1 folder=$2 counts
  counts=$(python3 "$restore_programs/members.py" "${@:3}" <"$opened")
  rm -rf -- "$folder"
  (umask 077 && mkdir -p -- "$folder")
  (umask 077 && tar --extract --gzip --file "$opened" --directory "$folder" --no-same-owner --no-same-permissions --delay-directory-restore)
  printf '%s\n' "$counts"
}
