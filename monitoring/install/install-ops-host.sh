#!/usr/bin/env bash
# Make a prepared machine the one that watches: Prometheus, Alertmanager, blackbox exporter, node exporter.
#
# Usage:  install-ops-host.sh
# Input:  the files come with the script: whoever sends it puts before it a function that prints them as a tar
#           prometheus.yml, alertmanager.yml, blackbox.yml
#           targets/      whom Prometheus asks, one JSON file a job
#           alerts/       rules
#           dashboards/   Grafana's JSON
#           grafana/      tells a Grafana that is put here by hand where they are, and whom to ask
#           secrets/      one file a secret; it never shows
# Output: one line
# Exit:   0 all four answer, 1 refused or failed (standard error says why)
# Again:  safe at any time; a run that died half-way is finished by the next. What runs goes on until everything new has
#         been judged good, and what has not changed is not started again.
# The packages' own files of arguments and configuration stay as they are: changed ones would hold their security
# updates up. Everything listens on the loopback address, and is looked at through SSH.
# The script comes over standard input (with lib.sh before it), so nothing in it reads from there.
# shellcheck source=../../mailcow/scripts/lib.sh
[[ ${mailstead_lib-} == loaded ]] || source "$(dirname "${BASH_SOURCE[0]}")/../../mailcow/scripts/lib.sh"

packages=(jq prometheus prometheus-alertmanager prometheus-blackbox-exporter prometheus-node-exporter)
config=$root/etc/prometheus/mailstead
secrets=$root/etc/mailstead/monitoring
dashboards=$root/var/lib/mailstead/dashboards
ready_limit_s=90
shopt -s nullglob # a folder that came along empty is no file with an odd name

main() {
  [[ $# -eq 0 ]] || die "want no arguments, got $#"
  local sent
  hold_lock
  sent=$(mktemp -d)
  # shellcheck disable=SC2064 # its name is known now
  trap "rm -rf '$sent'" EXIT
  sent_files | tar --extract --no-same-owner --directory "$sent"
  install_missing "${packages[@]}"
  check_secrets "$sent"
  put_heartbeat "$sent"
  check_config "$sent"
  put_secrets "$sent/secrets"
  put_config "$sent"
  put_grafana "$sent/grafana"
  start_all
  echo 'the ops host watches'
}

# Alertmanager finds out that a file with a secret is missing only when it has something to tell.
check_secrets() {
  local sent=$1 file name files
  files=$(sed -nE "s|^.*_file: *['\"]?(/etc/mailstead/monitoring/[a-z-]+)['\"]?.*$|\1|p" "$sent"/{prometheus,alertmanager}.yml)
  for file in $files; do
    name=$(basename "$file")
    [[ -s $sent/secrets/$name ]] || die "$file is named in the configuration, and the secret for it has not come along; put it into Vault and run again"
  done
}

# The Alertmanagers of distributions cannot read a webhook's address from a file, so it stands in the configuration,
# which only they may read.
put_heartbeat() {
  local sent=$1 url text
  [[ -e $sent/secrets/heartbeat-url ]] || return 0
  url=$(<"$sent/secrets/heartbeat-url")
  [[ $url =~ ^https?://[!-~]+$ && $url != *[\"\'\\]* ]] || die 'the address of the dead-man service in Vault is no address; look at mail/monitoring/heartbeat, key url'
  text=$(<"$sent/alertmanager.yml")
  printf '%s\n' "${text//https:\/\/heartbeat.invalid\//"$url"}" >"$sent/alertmanager.yml"
}

check_config() {
  local sent=$1
  local rules=("$sent"/alerts/*.yml)
  [[ ${#rules[@]} -gt 0 ]] || die 'no rules came along, and without them nobody is ever told anything; look at monitoring/alerts'
  quietly promtool check rules "${rules[@]}"
  quietly promtool check config --syntax-only "$sent/prometheus.yml"
  quietly amtool check-config "$sent/alertmanager.yml"
  quietly prometheus-blackbox-exporter --config.check --config.file="$sent/blackbox.yml"
}

put_secrets() {
  local file name kept
  mkdir -p "$secrets"
  chown root:prometheus "$secrets"
  chmod 750 "$secrets"
  for file in "$1"/*; do
    name=$(basename "$file")
    put_private "$secrets/$name" <"$file"
  done
  for kept in "$secrets"/*; do
    name=$(basename "$kept")
    [[ -e $1/$name ]] || rm -f "$kept"
  done
}

# Readable by root and by the user that all four run as; never for a moment by others. Usage: put_private FILE
put_private() {
  local old_mask
  old_mask=$(umask)
  umask 077
  put "$1" 600
  chown root:prometheus "$1"
  chmod 640 "$1"
  umask "$old_mask"
}

put_config() {
  local sent=$1 folder
  mkdir -p "$config"
  put_private "$config/alertmanager.yml" <"$sent/alertmanager.yml"
  put "$config/prometheus.yml" 644 <"$sent/prometheus.yml"
  put "$config/blackbox.yml" 644 <"$sent/blackbox.yml"
  for folder in targets alerts; do
    put_folder "$sent/$folder" "$config/$folder"
  done
  put_folder "$sent/dashboards" "$dashboards"
}

# Make a folder hold these files and no others; each of them is whole at any moment. Usage: put_folder FROM TO
put_folder() {
  local file name
  mkdir -p "$1" "$2"
  for file in "$1"/*; do
    name=$(basename "$file")
    put "$2/$name" 644 <"$file"
  done
  for file in "$2"/*; do
    name=$(basename "$file")
    [[ -e $1/$name ]] || rm -f "$file"
  done
}

# No distribution has a Grafana; one that is put here at any time finds the dashboards when it starts.
put_grafana() {
  local provisioning=$root/etc/grafana/provisioning before after
  before=$(cat "$provisioning"/*/mailstead.yaml 2>/dev/null) || before=''
  mkdir -p "$provisioning"/{dashboards,datasources}
  put "$provisioning/dashboards/mailstead.yaml" 644 <"$1/dashboards.yaml"
  put "$provisioning/datasources/mailstead.yaml" 644 <"$1/datasource.yaml"
  after=$(cat "$provisioning"/*/mailstead.yaml)
  if [[ $before != "$after" ]] && systemctl --quiet is-active grafana-server.service; then
    quietly systemctl restart grafana-server.service
  fi
}

# Prometheus last: it tells at once of what does not answer it.
start_all() {
  run prometheus-node-exporter 127.0.0.1:9100/ /usr/bin/prometheus-node-exporter --web.listen-address=127.0.0.1:9100
  run prometheus-blackbox-exporter 127.0.0.1:9115/-/healthy /usr/bin/prometheus-blackbox-exporter \
    --config.file=/etc/prometheus/mailstead/blackbox.yml --web.listen-address=127.0.0.1:9115
  run prometheus-alertmanager 127.0.0.1:9093/-/ready /usr/bin/prometheus-alertmanager \
    --config.file=/etc/prometheus/mailstead/alertmanager.yml --storage.path=/var/lib/prometheus/alertmanager \
    --web.listen-address=127.0.0.1:9093 --cluster.listen-address=
  run prometheus 127.0.0.1:9090/-/ready /usr/bin/prometheus \
    --config.file=/etc/prometheus/mailstead/prometheus.yml --storage.tsdb.path=/var/lib/prometheus/metrics2 \
    --storage.tsdb.retention.time=30d --storage.tsdb.retention.size=8GB --web.listen-address=127.0.0.1:9090
}

# Have a unit run with these arguments and its files of today, and answer. One that runs with the same arguments reads
# its files anew and goes on. Usage: run UNIT ADDRESS PROGRAM [ARGUMENT...]
run() {
  local unit=$1 address=$2 before='' file
  shift 2
  file=$root/etc/systemd/system/$unit.service.d/mailstead.conf
  [[ ! -e $file ]] || before=$(<"$file")
  put "$file" 644 <<UNIT
# Written by mailstead; changes are lost.
[Unit]
StartLimitIntervalSec=0

[Service]
Restart=always
RestartSec=5
ExecStart=
ExecStart=$*
UNIT
  if [[ $before != "$(<"$file")" ]] || ! systemctl --quiet is-active "$unit.service"; then
    quietly systemctl daemon-reload
    quietly systemctl enable "$unit.service"
    quietly systemctl restart "$unit.service"
  elif [[ $unit != prometheus-node-exporter ]]; then
    quietly systemctl reload "$unit.service"
  fi
  wait_until "$ready_limit_s" "$unit" answers "$address"
}

answers() {
  curl --silent --fail --output /dev/null --max-time 10 "http://$1"
}

main "$@"
