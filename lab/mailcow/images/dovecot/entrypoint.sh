#!/usr/bin/env bash
# Starts Dovecot with the configuration of /etc/dovecot (the install folder's data/conf/dovecot), once the database has its tables,
# and beside it what runs the sync jobs.
# Environment: DBNAME, DBUSER, DBPASS, MAILDIR_SUB, MAILCOW_HOSTNAME.
# Exit: that of Dovecot; 143 when it is ended while it still waits.
# Run again: writes the same settings again; a key pair of the volume /mail_crypt is never replaced.
set -euo pipefail
# The first process of a container is not ended by a signal it does not wait for: without this, stopping takes long.
trap 'exit 143' TERM

settings=/run/mailcow
install -d -m 750 -g dovecot "$settings"

# A value between double quotes: the same escapes in Dovecot's files and in Lua.
quoted() {
  local text=${1//\\/\\\\}
  printf '"%s"' "${text//\"/\\\"}"
}

write_settings() {
  local name user password
  name=$(quoted "${DBNAME:?is missing}")
  user=$(quoted "${DBUSER:?is missing}")
  password=$(quoted "${DBPASS:?is missing}")
  umask 027
  cat >"$settings/dovecot.conf" <<CONFIG
sql_driver = mysql
mysql /var/run/mysqld/mysqld.sock {
  dbname = $name
  user = $user
  password = $password
}
mail_path = /var/vmail/%{user | domain}/%{user | username}/${MAILDIR_SUB:-Maildir}
hostname = ${MAILCOW_HOSTNAME:?is missing}
CONFIG
  cat >"$settings/database.lua" <<CONFIG
return { name = $name, user = $user, password = $password, socket = "/var/run/mysqld/mysqld.sock" }
CONFIG
  chgrp dovecot "$settings"/*
}

# Mail on disk is encrypted with this pair: without it a copy of the mail volume is worthless.
make_key_pair() {
  openssl ecparam -name prime256v1 -genkey -noout | openssl pkey -out /mail_crypt/ecprivkey.pem.new
  openssl pkey -in /mail_crypt/ecprivkey.pem.new -pubout -out /mail_crypt/ecpubkey.pem
  # The private key comes last: where it stands, the pair is whole.
  mv /mail_crypt/ecprivkey.pem.new /mail_crypt/ecprivkey.pem
  echo "made a key pair for the mail on a new volume"
}

# Whoever knows this password opens every mailbox: only Dovecot and the sync jobs get it, and it ends with the container.
start_sync_jobs() {
  local password
  password=$(openssl rand -hex 24)
  (
    umask 027
    printf 'master:{PLAIN}%s\n' "$password" >"$settings/master.passwd"
  )
  chgrp dovecot "$settings/master.passwd"
  SYNC_JOBS_PASSWORD=$password PYTHONPATH=/opt/mailcow \
    setpriv --reuid=vmail --regid=vmail --clear-groups python3 -m sync_jobs &
}

wait_for_tables() {
  local waited_s=0
  until LUA_INIT='' lua5.4 /etc/dovecot/lua/ready.lua "$settings/database.lua" 2>/dev/null; do
    if ((waited_s % 10 == 0)); then
      echo "waiting for the database and its tables ($waited_s s)"
    fi
    sleep 1
    waited_s=$((waited_s + 1))
  done
}

write_settings
if [[ ! -s /mail_crypt/ecprivkey.pem ]]; then
  make_key_pair
fi
chown -R vmail:vmail /mail_crypt
chmod 600 /mail_crypt/ecprivkey.pem
chown vmail:vmail /var/vmail /var/vmail_index
wait_for_tables
# What a killed Dovecot left: its pid file would stop the next one, its sockets would lead nowhere.
rm -rf /run/dovecot
start_sync_jobs
exec dovecot -F
