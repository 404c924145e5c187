#!/usr/bin/env bash
# Throwaway servers of the images that run here, without a network: do they take what the backup gives back?
#
# Usage:  sourced by ../drill.sh, after the files of ../restore
#         drill_database, drill_redis, drill_mail ADDRESS DAY; remove_servers
# Again:  what a killed run left is removed by remove_servers.
# shellcheck source=../restore/system.sh
[[ -v system_work ]] || source "$(dirname "${BASH_SOURCE[0]}")/../restore/system.sh"

# shellcheck source=../restore/place.sh
[[ -v backup_root ]] || source "$(dirname "${BASH_SOURCE[0]}")/../restore/place.sh"
drill_root=$backup_root/.drill
drill_programs=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
servers=(mailstead-drill-mysql mailstead-drill-redis)

remove_servers() {
  local there
  there=$(docker ps --all --quiet --filter label=mailstead.drill)
  [[ -z $there ]] || quietly xargs docker rm --force --volumes <<<"$there"
}

# Print the image of a service's running container. Usage: image_of SERVICE
image_of() {
  local container image
  container=$(docker compose --project-directory "$install_root" ps --quiet "$1")
  [[ -n $container ]] || die "no container of $1 is running, so nobody knows which image to try the backup with"
  image=$(docker inspect --format '{{.Image}}' "$container")
  printf '%s\n' "$image"
}

# Usage: throwaway [OPTION...] IMAGE [ARGUMENT...]; it has no network, and goes when it ends
throwaway() {
  docker run --rm --network none --label mailstead.drill "$@"
}

drill_database() {
  local name=${servers[0]} image schema rows
  image=$(image_of mysql-mailcow)
  schema=$(database)
  MYSQL_ROOT_PASSWORD=$(openssl rand -hex 16)
  MYSQL_PASSWORD=$MYSQL_ROOT_PASSWORD MYSQL_DATABASE=$schema MYSQL_USER=drill MYSQL_PWD=$MYSQL_ROOT_PASSWORD
  # By name only: a value among the arguments could be read by everybody on this machine.
  export MYSQL_ROOT_PASSWORD MYSQL_PASSWORD MYSQL_DATABASE MYSQL_USER MYSQL_PWD
  quietly throwaway --detach --name "$name" -e MYSQL_ROOT_PASSWORD -e MYSQL_PASSWORD -e MYSQL_DATABASE -e MYSQL_USER "$image"
  # By TCP, because the image's first start has a server that listens on its socket only.
  wait_until 300 "the throwaway database answers" throwaway_database_answers
  gzip --decompress --stdout <"$system_work/mysql" |
    docker exec --interactive -e MYSQL_PWD "$name" mariadb --user=root --default-character-set=utf8mb4 "$schema"
  rows=$(docker exec -e MYSQL_PWD "$name" mariadb --user=root --batch --skip-column-names "$schema" --execute 'SELECT COUNT(*) FROM mailbox')
  [[ $rows =~ ^[1-9][0-9]*$ ]] || die "the restored database has no mailboxes (it answers: $rows)"
  log "database: $rows mailboxes"
}

throwaway_database_answers() {
  docker exec -e MYSQL_PWD "${servers[0]}" mariadb-admin --protocol=tcp --host=127.0.0.1 --skip-ssl --user=root ping >/dev/null 2>&1
}

drill_redis() {
  local name=${servers[1]} image socket=/tmp/drill.sock keys dkim
  image=$(image_of redis-mailcow)
  mkdir -p "$drill_root/redis"
  gzip --decompress --stdout <"$system_work/redis" >"$drill_root/redis/dump.rdb"
  # It ends at once when the dump is damaged.
  quietly throwaway --detach --name "$name" --volume "$drill_root/redis:/data" --entrypoint redis-server "$image" \
    --port 0 --unixsocket "$socket" --dir /data --dbfilename dump.rdb --save '' --appendonly no
  wait_until 120 "the throwaway Redis answers" throwaway_redis_answers "$socket"
  keys=$(docker exec "$name" redis-cli -s "$socket" dbsize)
  dkim=$(docker exec "$name" redis-cli -s "$socket" hlen DKIM_PRIV_KEYS)
  [[ $keys =~ ^[1-9][0-9]*$ ]] || die "the restored Redis is empty (it answers: $keys)"
  log "Redis: $keys keys, DKIM keys of $dkim domains"
}

throwaway_redis_answers() {
  [[ $(docker exec "${servers[1]}" redis-cli -s "$1" ping 2>/dev/null || true) == PONG ]]
}

# Read the restored mailbox with the restored keys, and the live one; count and compare.
# Usage: drill_mail ADDRESS MESSAGES
drill_mail() {
  local address=$1 messages=$2 image version read_ compared
  image=$(image_of dovecot-mailcow)
  version=$(throwaway --entrypoint dovecot "$image" --version)
  prepare_dovecot "$version"
  python3 "$drill_programs/read_mail.py" docker run --interactive --rm --network none --label mailstead.drill --user "$owner" \
    -e "USER=$address" -e "HOME=/var/vmail/$address" --volume "$drill_root/vmail:/var/vmail" \
    --volume "$drill_root/crypt:/mail_crypt:ro" --volume "$drill_root/dovecot:/etc/dovecot:ro" \
    --entrypoint doveadm "$image" exec imap >"$drill_root/restored"
  read_=$(wc --lines <"$drill_root/restored")
  [[ $read_ == "$messages" ]] || die "$read_ messages of $address could be read, the backup has $messages"
  compared=$(compare_with_live "$address")
  log "mail: $read_ messages of $address read; $compared"
}

# Minimal settings in the language of the Dovecot that runs here: 2.4 has another one than 2.3.
prepare_dovecot() {
  local key name
  mkdir -p "$drill_root/crypt" "$drill_root/dovecot"
  for name in ecprivkey.pem ecpubkey.pem; do
    key=$(found_in crypt "$name")
    cp -- "$key" "$drill_root/crypt/$name"
  done
  case $1 in
    2.3.*) cp "$drill_programs/dovecot-2.3.conf" "$drill_root/dovecot/dovecot.conf" ;;
    2.4.*) cp "$drill_programs/dovecot-2.4.conf" "$drill_root/dovecot/dovecot.conf" ;;
    *) die "there are no drill settings for Dovecot $1; the drill knows 2.3 and 2.4" ;;
  esac
  # Only this folder's owner reaches what is in it, and inside its containers it is vmail's.
  chmod 711 "$drill_root" "$drill_root/crypt" "$drill_root/dovecot"
  chmod 644 "$drill_root/dovecot/dovecot.conf"
  chown --recursive "$owner" "$drill_root/crypt" "$drill_root/vmail"
}

# Messages that are in both have to be the same. Usage: compare_with_live ADDRESS; prints a sentence
compare_with_live() {
  local address=$1 status=0 other same
  # shellcheck disable=SC2310 # its status is what is asked for
  in_dovecot doveadm user "$address" >/dev/null 2>&1 || status=$?
  if [[ $status -eq 67 ]]; then
    echo 'the mailbox has been removed since, so there is nothing to compare with'
    return 0
  fi
  python3 "$drill_programs/read_mail.py" docker compose --project-directory "$install_root" exec -T dovecot-mailcow \
    doveadm exec imap -u "$address" >"$drill_root/live"
  other=$(join -t $'\t' "$drill_root/restored" "$drill_root/live" | awk -F '\t' '$2 != $3 {print $1}')
  [[ -z $other ]] || die "these messages of $address differ from the live ones: ${other//$'\n'/, }"
  same=$(join -t $'\t' "$drill_root/restored" "$drill_root/live" | wc --lines)
  echo "$same of them are in the live mailbox too, the same to the byte"
}
