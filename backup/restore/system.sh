#!/usr/bin/env bash
# Brings the system set into a mailcow that `mailstead up` has just made: mail's keys, database, Redis, settings, certificates.
#
# Usage:  sourced by ../restore.sh, after lib.sh, place.sh, opening.sh and mail.sh
#         restore_system DAY FOLDER; it begins a standstill, deaf to HUP and PIPE, which whoever calls ends
#         before it, overwrite may be set to yes, and dry_run to --dry-run
# Again:  safe at any time; it begins anew, and what was there before the first run stays kept aside.
# shellcheck source=../../mailcow/scripts/lib.sh
[[ ${mailstead_lib-} == loaded ]] || source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=mail.sh
[[ -v staging ]] || source "$(dirname "${BASH_SOURCE[0]}")/mail.sh"

overwrite=""
# What of mailcow.conf belongs to the data and not to the machine; passwords of the new machine stay.
carried_settings=(MAILCOW_PASS_SCHEME MAILDIR_SUB MAILDIR_GC_TIME SOGO_URL_ENCRYPTION_KEY ACL_ANYONE)
system_work=$work/system

restore_system() {
  local day=$1 folder=$2 began
  open_system "$day" "$folder"
  began=$(standstill STAMP)
  [[ -n $began ]] || check_target
  if [[ -n $dry_run ]]; then
    say_system "would be restored"
    rm -rf -- "$system_work"
    return 0
  fi
  stamp=${began:-$stamp}
  aside=$state_root/replaced/system-$stamp
  (umask 077 && mkdir -p -- "$aside")
  # The line to who called may be cut: the work goes on, because no mail comes until it is done.
  trap '' HUP PIPE
  begin_standstill "$owner" "$stamp"
  stop_all_but_the_database
  put_mail_keys
  load_database
  load_redis
  put_settings
  put_certificates
  put_rspamd "$folder"
  put_vault_snapshot
  compose up --detach
  wait_for_mailcow
  # shellcheck disable=SC2310 # nobody may be there to read it
  say_system "restored" || true
  rm -rf -- "$system_work"
  # Empty when there was nothing to keep.
  rmdir --ignore-fail-on-non-empty "$aside"
}

# Every part is opened and checked before the first is put anywhere.
open_system() {
  local day=$1 folder=$2 list archive sha256 rest name part
  rm -rf -- "$system_work"
  (umask 077 && mkdir -p -- "$system_work")
  list=$(archives_of "$folder")
  for part in crypt.tar.gz.gpg mysql.sql.gz.gpg redis.rdb.gz.gpg config.tar.gz.gpg; do
    [[ $'\n'$list == *$'\n'"$part"$'\t'* ]] ||
      die "the system set of day $day has no $part; a server cannot be made of it"
  done
  while IFS=$'\t' read -r archive sha256 rest; do
    name=${archive%%.*}
    have_archive system "$day" "$archive"
    open_archive "$folder" "$archive" "$sha256" "$system_work/$name"
    [[ $archive != *.tar.gz.gpg ]] || unpack "$system_work/$name" "$system_work/$name.d" >/dev/null
  done <<<"$list"
  part=$(found_in crypt ecprivkey.pem)
  openssl pkey -in "$part" -noout 2>/dev/null || die "crypt.tar.gz.gpg of day $day holds no readable key pair"
}

# Print the path of a file in an unpacked part, wherever in it. Usage: found_in PART NAME
found_in() {
  local file
  file=$(find "$system_work/$1.d" -type f -name "$2" -print -quit)
  [[ -n $file ]] || die "the part $1 holds no $2"
  printf '%s\n' "$file"
}

in_mysql() {
  local password
  password=$(value_of DBROOT "$install_root/mailcow.conf")
  MYSQL_PWD=$password docker compose --project-directory "$install_root" exec -T -e MYSQL_PWD mysql-mailcow "$@"
}

database() {
  value_of DBNAME "$install_root/mailcow.conf"
}

# Usage: sql STATEMENT; prints its rows
sql() {
  local name
  name=$(database)
  in_mysql mariadb --user=root --batch --skip-column-names "$name" <<<"$1"
}

# A server in use is not changed into another one by mistake.
check_target() {
  local people mail same
  [[ -s $install_root/mailcow.conf ]] || die "mailcow is not installed on this host; run first: mailstead up"
  [[ ! -e $state_root/upgrade/journal ]] ||
    die "an upgrade of mailcow is half done on this host, and would put its own copies over the backup's; have it ended first: mailstead up"
  people=$(sql 'SELECT COUNT(*) FROM mailbox')
  # The first is the domain and the second the mailbox, which may be called new or cur; mailcow's own and ours begin with _.
  mail=$(cd "$vmail" && find . -type f -regextype posix-extended -regex '\./[^_/][^/]*/[^/]+/(.*/)?(cur|new)/[^/]+' -printf x | wc --chars)
  [[ $people == 0 && $mail == 0 || -n $overwrite ]] ||
    die "this server has $people mailboxes and $mail messages; restoring the system set replaces its database, its Redis and the key that its mail is encrypted with. Add --overwrite to do so (what is there is kept in $state_root/replaced)"
  same=$(same_mail_keys)
  [[ -n $same || $mail == 0 ]] ||
    log "warning: $mail messages were written with another key pair and cannot be read afterwards; it is kept in $state_root/replaced"
}

# Print yes when the server's pair is the one of the backup.
same_mail_keys() {
  local live name restored
  live=$(volume crypt-vol-1)
  for name in ecprivkey.pem ecpubkey.pem; do
    restored=$(found_in crypt "$name")
    cmp --silent -- "$live/$name" "$restored" || return 0
  done
  echo yes
}

# Keep what is there as it was before the first run, whole or not at all: it is replaced next.
# Usage: keep_aside FILE NAME
keep_aside() {
  local kept=$aside/$2
  [[ -e $1 && ! -e $kept ]] || return 0
  mkdir -p -- "${kept%/*}"
  rm -rf -- "$kept.part"
  cp --recursive --preserve -- "$1" "$kept.part"
  mv -- "$kept.part" "$kept"
}

stop_all_but_the_database() {
  local found services
  found=$(docker compose --project-directory "$install_root" config --services)
  mapfile -t services <<<"${found/mysql-mailcow/}"
  mapfile -t services < <(printf '%s\n' "${services[@]}" | sed '/^$/d' || true)
  compose stop "${services[@]}"
  compose up --detach mysql-mailcow
  wait_until 300 "the database answers" database_answers
}

database_answers() {
  in_mysql mariadb-admin --user=root ping >/dev/null 2>&1
}

# Dovecot makes a new pair where there is none, and with that no old message can be read.
put_mail_keys() {
  local target file name same
  target=$(volume crypt-vol-1)
  same=$(same_mail_keys)
  [[ -z $same ]] || return 0
  for name in ecprivkey.pem ecpubkey.pem; do
    file=$(found_in crypt "$name")
    keep_aside "$target/$name" "$name"
    put "$target/$name" 600 <"$file"
  done
  chown --recursive "$owner" "$target"
}

# The administrator's password stays that of this server: it is the one in Vault. The API's keys are put in by mailcow.
load_database() {
  local name keep=$restore_root/administrator.sql
  name=$(database)
  if [[ ! -e $aside/mysql.sql.gz ]]; then
    (umask 077 && in_mysql mariadb-dump --user=root --single-transaction --quick --routines --triggers \
      --default-character-set=utf8mb4 "$name" </dev/null | gzip -n -1 >"$aside/mysql.sql.gz.part")
    mv -- "$aside/mysql.sql.gz.part" "$aside/mysql.sql.gz"
  fi
  # A run that was killed after the next step would take the backup's password for this server's.
  [[ -e $keep ]] || sql "SELECT CONCAT('UPDATE admin SET password = ', QUOTE(password), ' WHERE username = ', QUOTE(username), ';') FROM admin WHERE superadmin = 1" | put "$keep" 600
  gzip --decompress --stdout <"$system_work/mysql" | in_mysql mariadb --user=root --default-character-set=utf8mb4 "$name"
  in_mysql mariadb --user=root "$name" <"$keep"
  rm -f -- "$keep"
}

load_redis() {
  local target
  target=$(volume redis-vol-1)
  keep_aside "$target/dump.rdb" dump.rdb
  # It would be read instead of the dump.
  rm -rf -- "${target:?}/appendonlydir"
  gzip --decompress --stdout <"$system_work/redis" | put "$target/dump.rdb" 600
  chown --reference="$target" "$target/dump.rdb"
}

put_settings() {
  local saved base key value target file relative own mode
  saved=$(found_in config mailcow.conf)
  base=${saved%/*}
  target=$state_root/restored
  (umask 077 && mkdir -p -- "$target")
  put "$target/mailcow.conf" 600 <"$saved"
  for key in "${carried_settings[@]}"; do
    value=$(value_of "$key" "$saved")
    [[ -z $value ]] || printf '%s=%s\n' "$key" "$value"
  done >"$system_work/settings"
  with_values "$install_root/mailcow.conf" <"$system_work/settings" >"$system_work/mailcow.conf"
  keep_aside "$install_root/mailcow.conf" mailcow.conf
  put "$install_root/mailcow.conf" 600 <"$system_work/mailcow.conf"
  # What mailcow leaves to the operator; all else of data/conf comes with its version.
  own=$(find "$base" -type f \( -name extra.cf -o -name extra.conf -o -name 'custom_*' -o -name docker-compose.override.yml \
    -o -path "$base/data/hooks/*" \))
  while read -r file; do
    [[ -n $file ]] || continue
    relative=${file#"$base"/}
    cmp --silent -- "$file" "$install_root/$relative" || keep_aside "$install_root/$relative" "$relative"
    # mailcow runs those hooks only that may be run.
    [[ -x $file ]] && mode=755 || mode=644
    put "$install_root/$relative" "$mode" <"$file"
  done <<<"$own"
}

# A certificate that the new server already has from an authority is as good. The one it made itself is not, and the
# backup's is better even when it has run out: other servers may know its key by DNS (DANE), and mailcow renews it.
put_certificates() {
  local target=$install_root/data/assets/ssl source good
  [[ -d $system_work/tls.d ]] || return 0
  # The live one; those of single names lie in folders below it.
  source=$(find "$system_work/tls.d" -name cert.pem -printf '%d %h\n' | sort -n)
  source=${source%%$'\n'*}
  source=${source#* }
  [[ -n $source ]] || die "the part tls holds no cert.pem"
  good=$(good_certificate "$target")
  [[ -z $good ]] || return 0
  keep_aside "$target" ssl
  mkdir -p -- "$target"
  # Last the certificate itself, so that a run after a kill sees that something is missing.
  mv -- "$source/cert.pem" "$system_work/cert.pem"
  rm -f -- "$target/cert.pem"
  cp --recursive --preserve=mode,timestamps -- "$source/." "$target/"
  put "$target/cert.pem" 644 <"$system_work/cert.pem"
}

# Print yes where a folder holds an authority's certificate that is valid, with its key. Usage: good_certificate FOLDER
good_certificate() {
  local issuer subject of_certificate of_key
  openssl x509 -in "$1/cert.pem" -noout -checkend 0 >/dev/null 2>&1 || return 0
  issuer=$(openssl x509 -in "$1/cert.pem" -noout -issuer)
  subject=$(openssl x509 -in "$1/cert.pem" -noout -subject)
  [[ ${issuer#issuer=} != "${subject#subject=}" && $issuer != *mailcow* ]] || return 0
  of_certificate=$(openssl x509 -in "$1/cert.pem" -noout -pubkey)
  of_key=$(openssl pkey -in "$1/key.pem" -pubout 2>/dev/null) || return 0
  [[ $of_certificate != "$of_key" ]] || echo yes
}

# Without a key of the API, as on a server that stood before us, a refusal says that it answers; asked once more, and
# again, mailcow would ban this address.
wait_for_mailcow() {
  local key
  key=$(value_of API_KEY "$secrets_file")
  if [[ -n $key ]]; then
    wait_for_api 900
  else
    wait_until 900 "mailcow's API answers" api_answers
  fi
}

api_answers() {
  local reply
  reply=$(ask_api GET get/status/version)
  [[ ${reply%%$'\n'*} =~ ^(200|401|403)$ ]]
}

# Its files are of one kind of processor only (mailcow's own backup script skips them, too).
put_rspamd() {
  local target saved here_
  [[ -d $system_work/rspamd.d ]] || return 0
  saved=$(jq --raw-output '.machine // .tools.machine // "unknown"' "$1/manifest.json")
  here_=$(uname --machine)
  if [[ $saved != "$here_" ]]; then
    log "what rspamd has learned in files is left out: the backup is of a machine of kind $saved, this is $here_"
    return 0
  fi
  target=$(volume rspamd-vol-1)
  cp --recursive --preserve=mode,timestamps -- "$system_work/rspamd.d"/*/. "$target/"
  chown --recursive --reference="$target" "$target"
}

# Vault is not touched: its snapshot is put where its own program finds it (docs/how-to/openbao.md).
put_vault_snapshot() {
  [[ -e $system_work/vault ]] || return 0
  gzip --decompress --stdout <"$system_work/vault" | put "$state_root/restored/vault.snap" 600
}

say_system() {
  printf 'system: %s: mail keys, database, Redis with the DKIM keys, settings, certificates' "$1"
  [[ ! -e $system_work/vault || -n $dry_run ]] ||
    printf '; the snapshot of Vault lies in %s, and Vault is not touched' "$state_root/restored/vault.snap"
  printf '\n'
}
