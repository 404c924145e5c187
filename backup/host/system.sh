#!/usr/bin/env bash
# Saves what mail cannot be read or served without: the key it is encrypted with, the database, Redis with the DKIM keys,
# settings, hooks, certificates, what Rspamd has learned, and a snapshot of Vault where one is delivered.
#
# Usage:  sourced by backup.sh, after mail.sh; archive_system FOLDER, system_size
# Again:  everything is saved anew.
# shellcheck source=mail.sh
[[ -v vmail ]] || source "$(dirname "${BASH_SOURCE[0]}")/mail.sh"

mailcow_root() {
  local found
  found=$(setting BACKUP_MAILCOW_ROOT)
  printf '%s\n' "${root}${found:-/srv/mail/mailcow-dockerized}"
}

# Usage: in_service SERVICE PROGRAM...
in_service() {
  local folder
  folder=$(mailcow_root)
  docker compose --project-directory "$folder" exec -T "$@" </dev/null
}

# About how many bytes the set takes before it is compressed.
system_size() {
  local path name size sum=0
  for name in mysql-vol-1 redis-vol-1 rspamd-vol-1; do
    path=$(volume "$name")
    size=$(size_of "$root${path#"$root"}" --apparent-size)
    sum=$((sum + size))
  done
  printf '%s\n' "$sum"
}

archive_system() {
  local folder=$1 install crypt
  install=$(mailcow_root)
  crypt=$(volume crypt-vol-1)
  crypt=$root${crypt#"$root"}
  [[ -s $install/mailcow.conf ]] || die "$install/mailcow.conf is missing; is mailcow installed here?"
  # First what mail refers to: a mailbox that is made meanwhile is in tomorrow's.
  save_database "$folder/mysql.sql.gz.gpg"
  save_redis "$folder/redis.rdb.gz.gpg"
  save_volume crypt crypt-vol-1 "$folder"
  [[ -s $crypt/ecprivkey.pem ]] || die "mailcow's volume crypt-vol-1 holds no ecprivkey.pem, and without it no message can be read"
  save_settings "$folder" "$install"
  save_volume rspamd rspamd-vol-1 "$folder" in-use
  save_vault "$folder/vault.snap.gz.gpg"
}

# The password goes in by the environment: arguments are visible to everybody on the machine.
save_database() {
  local install password name
  install=$(mailcow_root)
  password=$(value_of DBROOT "$install/mailcow.conf")
  name=$(value_of DBNAME "$install/mailcow.conf")
  # mariadb-dump ends a whole dump with this line; a connection that broke leaves none.
  MYSQL_PWD=$password in_service -e MYSQL_PWD mysql-mailcow mariadb-dump --user=root --single-transaction --quick \
    --routines --triggers --default-character-set=utf8mb4 "${name:-mailcow}" |
    awk '
      {print; last = $0}
      END {if (!index(last, "Dump completed")) {print "error: the dump of the database has no end" >"/dev/stderr"; exit 1}}
    ' | encrypt_to "$1" >"$1.sum"
  add_part mysql "$1"
}

redis_said=""
# Whether Redis has done what was asked, or refused it for good: while it saves by itself, it only says so.
redis_answered() {
  # shellcheck disable=SC2016 # the container's own environment has the password
  redis_said=$(in_service redis-mailcow sh -c 'REDISCLI_AUTH=$REDISPASS redis-cli SAVE')
  [[ $redis_said != *'in progress'* ]]
}

save_redis() {
  local folder begins
  wait_until 600 'Redis is still at a save of its own' redis_answered
  [[ $redis_said == *OK* ]] || die "Redis did not save its data (it said: ${redis_said:0:80})"
  folder=$(volume redis-vol-1)
  folder=$root${folder#"$root"}
  begins=$(head --bytes 5 "$folder/dump.rdb")
  [[ $begins == REDIS ]] || die "$folder/dump.rdb is no dump of Redis"
  encrypt_to "$1" <"$folder/dump.rdb" >"$1.sum"
  add_part redis "$1"
}

# Usage: save_volume NAME VOLUME FOLDER [in-use]
save_volume() {
  tar_of "$2" "$1" "${4-}" | encrypt_to "$3/$1.tar.gz.gpg" >"$3/$1.tar.gz.gpg.sum"
  add_part "$1" "$3/$1.tar.gz.gpg"
}

# Print a volume as a tar with one folder at its top. Usage: tar_of VOLUME TOP [in-use]
tar_of() {
  local folder
  folder=$(volume "$1")
  # A socket holds nothing, and tar would say so of each.
  tar_it "${3-}" --exclude '*.sock' --directory "$root${folder#"$root"}" --transform "s,^\.,$2," --file - .
}

# Make a tar. What is in use changes while it is read, which is tar's status 1; all else that it complains of is 2.
# Usage: tar_it ''|in-use OPTION...
tar_it() {
  local in_use=$1 status=0
  shift
  tar --create --sort=name --numeric-owner "$@" || status=$?
  [[ $status -eq 0 || ($status -eq 1 && -n $in_use) ]] || die "tar failed (status $status)"
}

# Usage: save_settings FOLDER INSTALL_ROOT
save_settings() {
  local found=(mailcow.conf data/conf) file
  for file in data/hooks docker-compose.override.yml; do
    [[ ! -e $2/$file ]] || found+=("$file")
  done
  tar_it in-use --directory "$2" --transform 's,^,config/,' --file - -- "${found[@]}" |
    encrypt_to "$1/config.tar.gz.gpg" >"$1/config.tar.gz.gpg.sum"
  add_part config "$1/config.tar.gz.gpg"
  tar_it '' --directory "$2/data/assets/ssl" --transform 's,^\.,tls,' --file - . |
    encrypt_to "$1/tls.tar.gz.gpg" >"$1/tls.tar.gz.gpg.sum"
  add_part tls "$1/tls.tar.gz.gpg"
}

# The machine that runs Vault, where that is ours, delivers its snapshot (docs/how-to/openbao.md). Usage: save_vault FILE
save_vault() {
  local snapshot=$root/backup/vault.snap
  [[ -e $snapshot ]] || return 0
  [[ -s $snapshot ]] || die "$snapshot is empty: Vault's machine delivered nothing; look there at: journalctl --unit openbao-snapshot"
  encrypt_to "$1" <"$snapshot" >"$1.sum"
  add_part vault "$1"
}

# Usage: add_part NAME FILE, whose sum lies in FILE.sum
add_part() {
  local sum size
  sum=$(<"$2.sum")
  rm -f -- "$2.sum"
  verify "$2" "$sum"
  size=$(stat --format %s -- "$2")
  jq --null-input --compact-output --arg name "$1" --arg archive "${2##*/}" --arg sha256 "$sum" \
    --argjson bytes "$size" '$ARGS.named' >>"${2%/*}/entries"
}
