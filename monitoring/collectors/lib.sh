#!/usr/bin/env bash
# What the collectors share: asking mailcow's containers and its database, and putting figures where Prometheus' node
# exporter finds them.
#
# Usage:  sourced by a collector, which has set "collector" to its name
# Needs:  METRICS_MAILCOW_ROOT, from /etc/mailstead/metrics.env
set -euo pipefail
shopt -s inherit_errexit
export LC_ALL=C

figures_folder=${MAILSTEAD_ROOT-}/var/lib/prometheus/node-exporter

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

# Print what mailcow.conf has for a key; nothing where it has none. Usage: setting KEY
setting() {
  sed -n "s/^$1=//p" "${METRICS_MAILCOW_ROOT:?}/mailcow.conf" | tail -n 1
}

# Print the rows of a question to mailcow's database, with tabs between. Usage: rows_of SQL
rows_of() {
  local database password name user
  database=$(container_of mysql)
  name=$(setting DBNAME)
  user=$(setting DBUSER)
  password=$(setting DBPASS)
  # The password goes by the environment of docker, not by an argument that everybody on the machine sees.
  MYSQL_PWD=$password docker exec --env MYSQL_PWD "$database" \
    mariadb --user "$user" --skip-column-names --batch --execute "$1" "$name"
}

# Print mailcow's domains as a JSON list, as its own Postfix looks them up.
hosted() {
  rows_of 'SELECT domain FROM domain' | jq --raw-input . | jq --slurp --compact-output .
}

# Print what goes before the figures of a gauge. Usage: head_of NAME TEXT
head_of() {
  echo "# HELP $1 $2"
  echo "# TYPE $1 gauge"
}

# Print when the figures were taken.
told_when() {
  local now
  now=$(date +%s)
  head_of mail_collector_last_run_timestamp_seconds 'When these figures were taken.'
  echo "mail_collector_last_run_timestamp_seconds{collector=\"${collector:?}\"} $now"
}

# Print whether all of them could be taken: 1, or 0. Usage: told_how GOOD
told_how() {
  head_of mail_collector_last_run_success 'Whether that could be found out.'
  echo "mail_collector_last_run_success{collector=\"${collector:?}\"} $1"
}

# Put standard input where it is read, whole or not at all. Usage: figures | put_figures
put_figures() {
  local temporary name=mailstead_${collector:?}
  mkdir -p "$figures_folder"
  rm -f "$figures_folder/.$name".?????? # of a run that was killed
  temporary=$(mktemp "$figures_folder/.$name.XXXXXX")
  cat >"$temporary"
  chmod 644 "$temporary"
  mv -f "$temporary" "$figures_folder/$name.prom"
}
