#!/usr/bin/env bash
# Starts Postfix with the configuration of /opt/postfix/conf (the install folder's data/conf/postfix), once the database has its tables.
# Environment: MAILCOW_HOSTNAME, DBNAME, DBUSER, DBPASS, IPV4_NETWORK.
# Exit: that of Postfix; 143 when it is ended while it still waits.
# Run again: writes the same configuration again; the queue on the volume is kept.
set -euo pipefail
# The first process of a container is not ended by a signal it does not wait for: without this, stopping takes long.
trap 'exit 143' TERM

maps=/etc/postfix/sql
install -m 644 /opt/postfix/conf/main.cf /opt/postfix/conf/master.cf /etc/postfix/
cat >>/etc/postfix/main.cf <<CONFIG

# Added at start
myhostname = ${MAILCOW_HOSTNAME:?is missing}
container_network = ${IPV4_NETWORK:-172.22.1}.0/24
CONFIG
if [[ -s /opt/postfix/conf/extra.cf ]]; then
  printf '\n# extra.cf\n' >>/etc/postfix/main.cf
  cat /opt/postfix/conf/extra.cf >>/etc/postfix/main.cf
fi

# Each query of the install folder gets the way to the database; only Postfix may read the result.
install -d -m 750 -g postfix "$maps"
for query in /opt/postfix/conf/sql/*.cf; do
  name=${query##*/}
  (
    umask 027
    cat - "$query" >"$maps/$name" <<CONFIG
hosts = unix:/var/run/mysqld/mysqld.sock
user = ${DBUSER:?is missing}
password = ${DBPASS:?is missing}
dbname = ${DBNAME:?is missing}
option_file =
CONFIG
  )
done
chgrp postfix "$maps"/*

# An open port shall mean a server that knows its people.
waited_s=0
until known=$(postmap -q tables mysql:"$maps/ready.cf" 2>/dev/null) && [[ $known == yes ]]; do
  if ((waited_s % 10 == 0)); then
    echo "waiting for the database and its tables ($waited_s s)"
  fi
  sleep 1
  waited_s=$((waited_s + 1))
done

# Nobody's first mail shall go out unsigned because this machine is slow; who has no Rspamd has waited once.
waited_s=0
until ((waited_s >= 30)) || (exec 3<>/dev/tcp/rspamd/9900) 2>/dev/null; do
  sleep 1
  waited_s=$((waited_s + 1))
done

exec postfix start-fg
