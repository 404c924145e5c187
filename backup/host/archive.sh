#!/usr/bin/env bash
# Makes one encrypted archive: compressed, encrypted to the public key, with its sum taken while it is written.
#
# Usage:  sourced by backup.sh, after job.sh
#         use_key, then PROGRAM | encrypt_to FILE, or pack FILE FOLDER NAME, and forget_key
# Again:  an archive that was cut off lies in a folder that the next run removes.
#
# gpg: AES-256 with a modification detection code, as a bit that is flipped later must be found (tried: exit 2). Not
# compressed by gpg as well. Only the public key is here: who takes the server cannot read its old backups.
# shellcheck source=job.sh
[[ -v settings_file ]] || source "$(dirname "${BASH_SOURCE[0]}")/job.sh"

gnupg_home=""
key_fingerprint=""

use_key() {
  local listed
  [[ -s $key_file ]] || die "$key_file is missing; have the backup installed again: mailstead up"
  gnupg_home=$(mktemp -d)
  chmod 700 "$gnupg_home"
  listed=$(gpg --homedir "$gnupg_home" --batch --no-tty --quiet --with-colons --import-options show-only --import "$key_file" 2>/dev/null) ||
    die "$key_file holds no public key; have another made by: mailstead backup key"
  key_fingerprint=$(awk -F : '$1 == "fpr" {print $10; exit}' <<<"$listed")
  [[ -n $key_fingerprint ]] || die "$key_file holds no public key; have another made by: mailstead backup key"
}

forget_key() {
  [[ -z $gnupg_home ]] || rm -rf -- "$gnupg_home"
  gnupg_home=""
}

# Compress and encrypt standard input to FILE, and print the SHA-256 of what was written.
# Usage: PROGRAM | encrypt_to FILE
encrypt_to() {
  gzip -n -1 | seal_to "$1"
}

# Encrypt standard input to FILE as it is, and print the SHA-256. Usage: PROGRAM | seal_to FILE
seal_to() {
  local sum
  sum=$(
    gpg --homedir "$gnupg_home" --batch --no-tty --quiet --no-options --trust-model always --cipher-algo AES256 \
      --compress-algo none --recipient-file "$key_file" --encrypt | tee -- "$1" | sha256sum
  )
  printf '%s\n' "${sum%% *}"
}

# Archive NAME of FOLDER to FILE, and print the SHA-256; what went in, a line each, goes to FILE.list.
# Usage: pack FILE FOLDER NAME
pack() {
  # In the order of names and with numbers for owners, so that the same mail gives the same archive.
  tar --create --sort=name --numeric-owner --directory "$2" --verbose --index-file="$1.list" --file - -- "$3" | encrypt_to "$1"
}

# Look that FILE is what was written: its sum, read again from the disk, and that it is encrypted to our key.
# Usage: verify FILE SHA256
verify() {
  local found packets
  found=$(sha256sum <"$1")
  [[ ${found%% *} == "$2" ]] || die "$1 is not what was written to it: the disk may be failing; look at: sudo dmesg"
  # Without the private key gpg cannot go on behind the first packet, and says so by its status.
  packets=$(gpg --homedir "$gnupg_home" --batch --no-tty --quiet --list-only --list-packets <"$1" 2>/dev/null | sed -n 1,3p || true)
  [[ $packets == *':pubkey enc packet:'* ]] || die "$1 is not encrypted to a public key"
}
