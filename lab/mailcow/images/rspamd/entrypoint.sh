#!/usr/bin/env bash
# Starts Rspamd with the configuration of /opt/rspamd/conf (the install folder's data/conf/rspamd).
# Environment: REDISPASS, IPV4_NETWORK.
# Exit: that of Rspamd.
# Run again: writes the same configuration again.
set -euo pipefail
# The first process of a container is not ended by a signal it does not wait for: without this, stopping takes long.
trap 'exit 143' TERM

local_d=/etc/rspamd/local.d
install -m 644 /opt/rspamd/conf/* "$local_d/"

# They ask services on the internet, or remember senders and make the first mail of each wait: the lab has neither.
for module in asn fuzzy_check greylist hfilter history_redis known_senders mid neural once_received phishing ratelimit rbl \
  replies rspamd_update url_redirector whitelist; do
  printf 'enabled = false;\n' >"$local_d/$module.conf"
done

# Our own containers: their mail is checked for nothing, and what Sieve sends on is signed by who wrote it.
network=${IPV4_NETWORK:-172.22.1}.0/24
printf '127.0.0.0/8\n%s\n' "$network" >/etc/rspamd/mailcow_networks.map
printf '%s\n' "$network" >/etc/rspamd/dovecot_trusted.map

# A quote or backslash in the password is escaped; only Rspamd may read it.
password=${REDISPASS:?is missing}
password=${password//\\/\\\\}
password=${password//\"/\\\"}
(umask 077 && printf 'servers = "redis:6379";\npassword = "%s";\n' "$password" >"$local_d/redis.conf")
chown _rspamd:_rspamd "$local_d/redis.conf"
unset REDISPASS password

chown _rspamd:_rspamd /var/lib/rspamd

# Rspamd leaves out for good what needs Redis, if it cannot find it when it starts.
waited_s=0
until (exec 3<>/dev/tcp/redis/6379) 2>/dev/null; do
  if ((waited_s % 10 == 0)); then
    echo "waiting for Redis ($waited_s s)"
  fi
  sleep 1
  waited_s=$((waited_s + 1))
done

exec rspamd -f -u _rspamd -g _rspamd
