#!/usr/bin/env bash
# Look at mailcow's containers, and at the disk that holds the mail, through Docker itself: figures for Prometheus, also
# when mailcow's page is down.
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
  local project found described=[] text ids room
  project=$(setting COMPOSE_PROJECT_NAME)
  project=${project:-mailcowdockerized}
  found=$(docker ps --all --quiet --filter "label=com.docker.compose.project=$project")
  mapfile -t ids <<<"$found"
  [[ -z $found ]] || described=$(docker inspect --type container "${ids[@]}")
  text=$(figures <<<"$described")
  # Not in a condition, and not in the way of the rest: a volume of another name must not hide a stopped container.
  set +e
  room=$(set -e && room_for_mail "$project")
  set -e
  put_figures <<<"$text"${room:+$'\n'"$room"}
  [[ -n $room ]]
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

# Where the mail lies is Docker's choice on a server that was there before. Usage: room_for_mail PROJECT
room_for_mail() {
  local folder disk size_bytes available_bytes
  folder=$(docker volume inspect --format '{{.Mountpoint}}' "$1_vmail-vol-1")
  disk=$(df --block-size=1 --output=size,avail "$folder" | tail -n 1)
  read -r size_bytes available_bytes <<<"$disk"
  head_of mail_volume_size_bytes 'The size of the disk that the mail lies on.'
  echo "mail_volume_size_bytes $size_bytes"
  head_of mail_volume_available_bytes 'What is left on it.'
  echo "mail_volume_available_bytes $available_bytes"
}

main "$@"
