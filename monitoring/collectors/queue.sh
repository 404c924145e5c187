#!/usr/bin/env bash
# Count the mail that waits in Postfix's queue, and how long it has, by hosted domain: figures for Prometheus.
#
# Usage:  queue.sh
# Output: /var/lib/prometheus/node-exporter/mailstead_queue.prom, whole or not at all; every series is there when the
#         queue is empty too
# Exit:   0 written, 1 Postfix could not be asked (the old figures stay, and their age raises an alert)
# Again:  safe at any time.
# Needs:  METRICS_MAILCOW_ROOT, from /etc/mailstead/metrics.env
# shellcheck disable=SC2034 # lib.sh reads it
collector=queue
# shellcheck source=lib.sh
source "${BASH_SOURCE[0]%/*}/lib.sh"

main() {
  local postfix domains queued now text
  postfix=$(container_of postfix)
  domains=$(hosted)
  queued=$(docker exec "$postfix" postqueue -j)
  now=$(date +%s)
  text=$(figures "$domains" "$now" <<<"$queued")
  put_figures <<<"$text"
}

# Usage: figures DOMAINS NOW <LINES-OF-POSTQUEUE
figures() {
  jq --slurp --raw-output --argjson domains "$1" --argjson now "$2" '
    # Counted once and not for each series: the queue is at its longest when it has to be told of.
    ($domains | map({key: ., value: true}) | from_entries) as $hosted
    | def named: ascii_downcase | split("@") | last | if $hosted[.] then . else "other" end;
    def place: "\(.direction) \(.domain)";
    def by(name): group_by(name) | map({key: (.[0] | name), value: .}) | from_entries;
    ["maildrop", "incoming", "active", "deferred", "hold"] as $queues
    | [.[] | {queue: .queue_name, direction: "outbound", domain: (.sender | named), since: .arrival_time}]
      + [.[] | . as $mail | .recipients[]
          | {queue: $mail.queue_name, direction: "inbound", domain: (.address | named), since: $mail.arrival_time}]
    | (by("\(.queue) \(place)") | map_values(length)) as $counts
    | (by(place) | map_values(map($now - .since) | max)) as $oldest
    | "# HELP mail_queue_messages Mail that waits, by queue and by the hosted domain that it is from or to.",
      "# TYPE mail_queue_messages gauge",
      ($queues[] as $queue | {direction: ("inbound", "outbound")} | . + {domain: ($domains[], "other")}
        | "mail_queue_messages{queue=\"\($queue)\",direction=\"\(.direction)\",domain=\"\(.domain)\"} \($counts["\($queue) \(place)"] // 0)"),
      "# HELP mail_queue_oldest_seconds How long the oldest of them has waited.",
      "# TYPE mail_queue_oldest_seconds gauge",
      ({direction: ("inbound", "outbound")} | . + {domain: ($domains[], "other")}
        | "mail_queue_oldest_seconds{direction=\"\(.direction)\",domain=\"\(.domain)\"} \($oldest[place] // 0)")
  '
  told_when
}

main "$@"
