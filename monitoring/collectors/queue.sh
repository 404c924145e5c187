#!/usr/bin/env bash
# Count the mail that waits in Postfix's queue, and how long it has, by hosted domain: figures for Prometheus.
#
# Usage:  queue.sh
# Output: /var/lib/prometheus/node-exporter/mailstead_queue.prom, whole or not at all; every series is there when the
#         queue is empty too
# Exit:   0 written, 1 Postfix could not be asked (the old figures stay, and their age raises an alert)
# Again:  safe at any time.
# Needs:  METRICS_MAILCOW_ROOT, from /etc/mailstead/metrics.env
set -euo pipefail
shopt -s inherit_errexit
export LC_ALL=C

folder=${MAILSTEAD_ROOT-}/var/lib/prometheus/node-exporter

main() {
  local postfix domains queued temporary now
  postfix=$(container_of postfix)
  domains=$(hosted)
  queued=$(docker exec "$postfix" postqueue -j)
  now=$(date +%s)
  mkdir -p "$folder"
  rm -f "$folder"/.mailstead_queue.?????? # of a run that was killed
  temporary=$(mktemp "$folder/.mailstead_queue.XXXXXX")
  figures "$domains" "$now" <<<"$queued" >"$temporary"
  chmod 644 "$temporary"
  mv -f "$temporary" "$folder/mailstead_queue.prom"
}

# Print the id of a running container of mailcow's. Usage: container_of SERVICE
container_of() {
  local found
  found=$(docker ps --quiet --filter "label=com.docker.compose.service=$1-mailcow" | head -n 1)
  [[ -n $found ]] || {
    echo "error: $1 does not run; look at: sudo docker compose ps (in ${METRICS_MAILCOW_ROOT-})" >&2
    exit 1
  }
  echo "$found"
}

# Print mailcow's domains as a JSON list, as its own Postfix looks them up.
hosted() {
  local database password name user
  database=$(container_of mysql)
  name=$(setting DBNAME)
  user=$(setting DBUSER)
  password=$(setting DBPASS)
  # The password goes by the environment of docker, not by an argument that everybody on the machine sees.
  MYSQL_PWD=$password docker exec --env MYSQL_PWD "$database" \
    mariadb --user "$user" --skip-column-names --batch --execute 'SELECT domain FROM domain' "$name" |
    jq --raw-input . | jq --slurp --compact-output .
}

setting() {
  sed -n "s/^$1=//p" "${METRICS_MAILCOW_ROOT:?}/mailcow.conf" | tail -n 1
}

# Usage: figures DOMAINS NOW <LINES-OF-POSTQUEUE
figures() {
  jq --slurp --raw-output --argjson domains "$1" --argjson now "$2" '
    def named: ascii_downcase | split("@") | last as $one | if ($domains | index($one)) then $one else "other" end;
    ["maildrop", "incoming", "active", "deferred", "hold"] as $queues
    | [.[] | {queue: .queue_name, direction: "outbound", domain: (.sender | named), since: .arrival_time}]
      + [.[] | . as $mail | .recipients[]
          | {queue: $mail.queue_name, direction: "inbound", domain: (.address | named), since: $mail.arrival_time}]
    | . as $waiting
    | "# HELP mail_queue_messages Mail that waits, by queue and by the hosted domain that it is from or to.",
      "# TYPE mail_queue_messages gauge",
      ($queues[] as $queue | ("inbound", "outbound") as $direction | ($domains[], "other") as $domain
        | [$waiting[] | select(.queue == $queue and .direction == $direction and .domain == $domain)] | length
        | "mail_queue_messages{queue=\"\($queue)\",direction=\"\($direction)\",domain=\"\($domain)\"} \(.)"),
      "# HELP mail_queue_oldest_seconds How long the oldest of them has waited.",
      "# TYPE mail_queue_oldest_seconds gauge",
      (("inbound", "outbound") as $direction | ($domains[], "other") as $domain
        | [$waiting[] | select(.direction == $direction and .domain == $domain) | $now - .since] | (max // 0)
        | "mail_queue_oldest_seconds{direction=\"\($direction)\",domain=\"\($domain)\"} \(.)"),
      "# HELP mail_collector_last_run_timestamp_seconds When these figures were taken.",
      "# TYPE mail_collector_last_run_timestamp_seconds gauge",
      "mail_collector_last_run_timestamp_seconds{collector=\"queue\"} \($now)"
  '
}

main "$@"
