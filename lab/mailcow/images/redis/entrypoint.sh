#!/usr/bin/env bash
# Starts Redis on the volume at /data, with the password of the environment.
# Environment: REDISPASS, TZ.
# Exit: that of Redis.
# Run again: writes the same configuration again.
set -euo pipefail

# Through a file: arguments can be read by everybody on the machine. A quote or backslash in the password is escaped.
password=${REDISPASS:?is missing}
password=${password//\\/\\\\}
password=${password//\"/\\\"}
umask 077
cat >/etc/redis/lab.conf <<CONFIG
bind 0.0.0.0
port 6379
dir /data
dbfilename dump.rdb
save 60 1
stop-writes-on-bgsave-error no
requirepass "$password"
CONFIG
chown -R redis:redis /etc/redis /data
exec setpriv --reuid=redis --regid=redis --clear-groups redis-server /etc/redis/lab.conf
