#!/usr/bin/env bash
# Write a backup of the shape that restore.sh reads, with nothing but tar, gzip and gpg.
#
# Usage:  backup_by_hand.sh YYYYMMDD PUBLIC-KEY
# Exit:   0 written, 1 failed
# Again:  writes the day anew.
set -euo pipefail
shopt -s inherit_errexit nullglob
day=$1 key=$2
install_root=/srv/mail/mailcow-dockerized
volumes=/srv/mail/docker-volumes/mailcowdockerized
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT

encrypt() {
  gzip -n -1 | gpg --homedir "$home" --batch --quiet --yes --trust-model always --cipher-algo AES256 \
    --recipient-file "$key" --output "$1" --encrypt
}

# Usage: entry FOLDER ARCHIVE NAME MESSAGES
entry() {
  local sum size
  sum=$(sha256sum <"$1/$2" | cut -d ' ' -f 1)
  size=$(stat --format %s "$1/$2")
  printf '%s  %s\n' "$sum" "$2" >>"$1/SHA256SUMS"
  jq --null-input --compact-output --arg name "$3" --arg archive "$2" --arg sha256 "$sum" --argjson bytes "$size" \
    --argjson messages "$4" '$ARGS.named | if .messages == null then del(.messages) else . end' >>"$1/entries"
}

# Usage: manifest FOLDER DOMAIN KIND
manifest() {
  jq --slurp --arg domain "$2" --arg day "$day" --arg kind "$3" \
    '{format: 1, domain: $domain, day: $day, host: "lab", key_fingerprint: "by hand", finished_at: "", machine: "none", ($kind): .}' \
    "$1/entries" >"$1/manifest.json"
  rm "$1/entries"
}

database_password() {
  sed -n 's/^DBROOT=//p' "$install_root/mailcow.conf"
}

system_set() {
  local folder=/backup/mailcow/system/$day
  rm -rf "$folder"
  mkdir -p "$folder"
  cd "$install_root"
  MYSQL_PWD=$(database_password)
  export MYSQL_PWD
  docker compose exec -T -e MYSQL_PWD mysql-mailcow mariadb-dump --user=root --single-transaction --quick --routines \
    --triggers --default-character-set=utf8mb4 mailcow </dev/null | encrypt "$folder/mysql.sql.gz.gpg"
  REDISCLI_AUTH=$(sed -n 's/^REDISPASS=//p' mailcow.conf)
  export REDISCLI_AUTH
  docker compose exec -T -e REDISCLI_AUTH redis-mailcow redis-cli save </dev/null >/dev/null
  encrypt "$folder/redis.rdb.gz.gpg" <"${volumes}_redis-vol-1/_data/dump.rdb"
  tar -C "${volumes}_crypt-vol-1/_data" -cf - . --transform 's,^\.,crypt,' | encrypt "$folder/crypt.tar.gz.gpg"
  tar -cf - --transform 's,^,config/,' mailcow.conf data/conf | encrypt "$folder/config.tar.gz.gpg"
  tar -C data/assets -cf - ssl | encrypt "$folder/tls.tar.gz.gpg"
  entry "$folder" mysql.sql.gz.gpg mysql null
  entry "$folder" redis.rdb.gz.gpg redis null
  entry "$folder" crypt.tar.gz.gpg crypt null
  entry "$folder" config.tar.gz.gpg config null
  entry "$folder" tls.tar.gz.gpg tls null
  manifest "$folder" system parts
}

mail() {
  local home_folder domain name folder count
  for home_folder in "${volumes}_vmail-vol-1"/_data/*.*/*/; do
    name=$(basename "$home_folder")
    domain=$(basename "$(dirname "$home_folder")")
    folder=/backup/mailcow/$domain/$day
    mkdir -p "$folder"
    tar -C "$(dirname "$home_folder")" --sort=name --numeric-owner -cf - "$name" | encrypt "$folder/$name.tar.gz.gpg"
    count=$(find "$home_folder" -type f \( -path '*/cur/*' -o -path '*/new/*' \) | wc -l)
    entry "$folder" "$name.tar.gz.gpg" "$name" "$count"
  done
  for folder in /backup/mailcow/*.*/"$day"; do
    manifest "$folder" "$(basename "$(dirname "$folder")")" mailboxes
  done
}

rm -rf /backup/mailcow/*.*/"$day"
system_set
mail
