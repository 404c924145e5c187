#!/usr/bin/env bash
# Look at mailcow's containers through Docker itself: figures for Prometheus, also when mailcow's page is down.
#
# Usage:  containers.sh
# Output: /var/lib/prometheus/node-exporter/mailstead_containers.prom, whole or not at all
# Exit:   0 written, 1 Docker could not be asked (the old figures stay, and their age raises an alert)
# Again:  safe at any time.
# Needs:  METRICS_MAILCOW_ROOT, from /etc/mailstead/metrics.env
# shellcheck disable=SC2034 # lib.sh reads it
collector=containers
# shellcheck source=lib.sh
source "${BASH_SOURCE[0]%/*}/lib.sh"

# Mail needs these; one that was removed stands there as not running.
needed='["postfix", "dovecot", "nginx", "php-fpm", "mysql", "redis", "rspamd"]'

main() {
  local project found described=[] text ids
  project=$(setting COMPOSE_PROJECT_NAME)
  found=$(docker ps --all --quiet --filter "label=com.docker.compose.project=${project:-mailcowdockerized}")
  mapfile -t ids <<<"$found"
  [[ -z $found ]] || described=$(docker inspect --type container "${ids[@]}")
  text=$(figures <<<"$described")
  put_figures <<<"$text"
}

# Usage: figures <DESCRIPTIONS-BY-DOCKER
figures() {
  # Docker has no state of health for a container without a check of its own.
  jq --raw-output --argjson needed "$needed" '
    ([$needed[] | {key: "\(.)-mailcow", value: 0}] | from_entries)
    + ([.[] | {
        key: .Config.Labels["com.docker.compose.service"],
        value: (if .State | .Running and (.Restarting | not) and .Health.Status != "unhealthy" then 1 else 0 end)
      }] | from_entries)
    | "# HELP mail_container_running Whether the container runs, does not restart and is not unhealthy.",
      "# TYPE mail_container_running gauge",
      (to_entries[] | "mail_container_running{container=\"\(.key)\"} \(.value)")
  '
  told_when
}

main "$@"
