#!/usr/bin/env bash
# Put on a mail host what measures it: node exporter, mailcow's own exporter, our collectors and their timers.
#
# Usage:  install-exporters.sh LISTEN ASKED_FROM IMAGE
#   LISTEN      IPv4 address that both exporters answer at: the private one, or 127.0.0.1
#   ASKED_FROM  IPv4 block that may ask them; - for nobody but this host
#   IMAGE       mailcow's exporter, with its tag
# Input:  the files come with the script: whoever sends it puts before it a function that prints them as a tar
#           firewall.sh   how ports of the host are let in
#           collectors/   what goes to /usr/local/lib/mailstead/monitoring
#           units/        systemd units of the collectors
#           exporter.env  environment of mailcow's exporter: API key and token
#           metrics.env   what the collectors have to know; no secret
#           dns-records.json  what one of them asks DNS for
# Output: one line
# Exit:   0 they answer, 1 refused or failed (standard error says why; it never holds a secret)
# Again:  safe at any time; a run that died half-way is finished by the next. Nothing that is right is written or
#         started again.
# The script comes over standard input (with lib.sh before it), so nothing in it reads from there.
# shellcheck source=../../mailcow/scripts/lib.sh
[[ ${mailstead_lib-} == loaded ]] || source "$(dirname "${BASH_SOURCE[0]}")/../../mailcow/scripts/lib.sh"

programs=$root/usr/local/lib/mailstead/monitoring
settings=$root/etc/mailstead
unit_folder=$root/etc/systemd/system
metrics=$root/var/lib/prometheus/node-exporter
stamps=$root/var/lib/mailstead
container=mailstead-exporter
node_port=9100
exporter_port=9099
way=mailstead-exporter-way
way_port=9098
ready_limit_s=60
shopt -s nullglob # a folder that came along empty is no file with an odd name

main() {
  [[ $# -eq 3 ]] || die "want 3 arguments (address, who may ask, image), got $#"
  local listen=$1 asked_from=$2 image=$3 sent
  [[ $listen =~ ^[0-9]+(\.[0-9]+){3}$ ]] || die "$listen is no IPv4 address"
  [[ $asked_from == - || $asked_from =~ ^[0-9]+(\.[0-9]+){3}/[0-9]+$ ]] || die "$asked_from is no IPv4 block"
  hold_lock
  sent=$(mktemp -d)
  # shellcheck disable=SC2064 # its name is known now
  trap "rm -rf '$sent'" EXIT
  sent_files | tar --extract --no-same-owner --directory "$sent"
  # shellcheck source=firewall.sh
  source "$sent/firewall.sh"
  find_mailcow
  put_node_exporter "$listen"
  open_to "$asked_from" "$node_port" "$exporter_port"
  put_collectors "$sent"
  put_mailcow_exporter "$listen" "$image" "$sent/exporter.env"
  wait_until "$ready_limit_s" "node exporter on $listen:$node_port" answers "$listen:$node_port"
  wait_until "$ready_limit_s" "mailcow's exporter on $listen:$exporter_port" answers "$listen:$exporter_port"
  echo "exporters answer at $listen"
}

# Where mailcow is: on a host of ours where we put it, elsewhere where its containers say that they came from.
find_mailcow() {
  [[ -e $install_root/mailcow.conf ]] && return 0
  install_root=$(docker ps --filter label=com.docker.compose.service=postfix-mailcow \
    --format '{{.Label "com.docker.compose.project.working_dir"}}' | head -n 1)
  [[ -n $install_root && -e $install_root/mailcow.conf ]] ||
    die "no container of mailcow runs here, so nobody knows where its files are; start mailcow and run again"
}

# The package's own file of arguments stays as it is: a changed one would hold its security updates up.
put_node_exporter() {
  local before='' folder=$unit_folder/prometheus-node-exporter.service.d
  local program
  local -A package_of=(["prometheus-node-exporter"]=prometheus-node-exporter [socat]=socat [dig]=bind9-dnsutils)
  for program in "${!package_of[@]}"; do
    # Ours to take away again; one that was there before stays.
    [[ -e $root/usr/bin/$program ]] || date --utc +%FT%TZ | put "$stamps/installed-${package_of[$program]}" 644
  done
  install_missing jq python3 "${package_of[@]}"
  mkdir -p "$metrics"
  [[ ! -e $folder/mailstead.conf ]] || before=$(<"$folder/mailstead.conf")
  put "$folder/mailstead.conf" 644 <<UNIT
# Written by mailstead; changes are lost.
[Unit]
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
# At the start of the system the address may be there a little later than the program.
Restart=always
RestartSec=5
ExecStart=
ExecStart=/usr/bin/prometheus-node-exporter --web.listen-address=$1:$node_port --collector.textfile.directory=/var/lib/prometheus/node-exporter
UNIT
  quietly systemctl daemon-reload
  quietly systemctl enable prometheus-node-exporter.service
  if [[ $before != "$(<"$folder/mailstead.conf")" ]] || ! systemctl --quiet is-active prometheus-node-exporter.service; then
    quietly systemctl restart prometheus-node-exporter.service
  fi
}

# All of them at once: a collector that starts meanwhile is the old one or the new one, never some of both.
put_collectors() {
  local sent=$1 new=$programs.new old=$programs.old unit name
  echo "METRICS_MAILCOW_ROOT=$install_root" >>"$sent/metrics.env"
  put "$settings/metrics.env" 644 <"$sent/metrics.env"
  put "$settings/dns-records.json" 644 <"$sent/dns-records.json"
  mkdir -p "$sent/collectors" "$sent/units"
  if ! diff --recursive --brief "$sent/collectors" "$programs" >/dev/null 2>&1; then
    rm -rf "$new" "$old"
    mkdir -p "$(dirname "$programs")"
    cp -R "$sent/collectors" "$new"
    chmod -R u=rwX,go=rX "$new"
    find "$new" -name '*.sh' -exec chmod 755 {} +
    [[ ! -d $programs ]] || mv "$programs" "$old"
    mv "$new" "$programs"
    rm -rf "$old"
  fi
  for unit in "$sent"/units/*; do
    name=$(basename "$unit")
    put "$unit_folder/$name" 644 <"$unit"
  done
  quietly systemctl daemon-reload
  for unit in "$sent"/units/*.timer; do
    name=$(basename "$unit")
    quietly systemctl enable --now "$name"
  done
}

# mailcow sends HTTP on to HTTPS, and its exporter takes no certificate that not everybody trusts, which each new server
# has for a while. So it asks by HTTP on the loopback address, and a program of the system carries that to mailcow's
# HTTPS on the same machine: nothing that it says leaves it.
put_way() {
  local before='' file=$unit_folder/$way.service
  [[ ! -e $file ]] || before=$(<"$file")
  put "$file" 644 <<UNIT
# Written by mailstead; changes are lost.
[Unit]
Description=The way of mailcow's exporter to mailcow's API on this host

[Service]
User=nobody
Restart=always
RestartSec=5
ExecStart=/usr/bin/socat TCP-LISTEN:$way_port,bind=127.0.0.1,reuseaddr,fork OPENSSL:$1,verify=0,no-sni

[Install]
WantedBy=multi-user.target
UNIT
  quietly systemctl daemon-reload
  quietly systemctl enable "$way.service"
  if [[ $before != "$(<"$file")" ]] || ! systemctl --quiet is-active "$way.service"; then
    quietly systemctl restart "$way.service"
  fi
}

# Print where mailcow's HTTPS is on this host, from mailcow.conf.
web_address() {
  local bind port
  bind=$(value_of HTTPS_BIND "$install_root/mailcow.conf")
  port=$(value_of HTTPS_PORT "$install_root/mailcow.conf")
  [[ -n $bind && $bind != 0.0.0.0 ]] || bind=127.0.0.1
  echo "$bind:${port:-443}"
}

# It is a container of its own beside mailcow's: their compose file stays mailcow's. It uses the host's network, so
# that it asks mailcow as this host does, which is the one address that mailcow lets ask. At its start it prints its
# key and token, so nothing that it prints is kept.
put_mailcow_exporter() {
  local listen=$1 image=$2 sent=$3 web digest running
  web=$(web_address)
  put_way "$web"
  put "$settings/exporter.env" 600 <"$sent"
  digest=$(printf '%s\n' "$listen" "$image" | cat - "$sent" | sha256sum | cut -c 1-12)
  running=$(docker inspect --format '{{index .Config.Labels "mailstead.digest"}} {{.State.Running}}' "$container" 2>/dev/null) || true # there may be none
  [[ $running != "$digest true" ]] || return 0
  log "starting mailcow's exporter"
  docker image inspect "$image" >/dev/null 2>&1 || quietly docker pull "$image"
  docker rm --force "$container" >/dev/null 2>&1 || true # there may be none
  quietly docker run --detach --name "$container" --label "mailstead.digest=$digest" --restart unless-stopped \
    --network host --read-only --cap-drop ALL --security-opt no-new-privileges --memory 128m --log-driver none \
    --env-file "$settings/exporter.env" --env MAILCOW_EXPORTER_SCHEME=http \
    --env "MAILCOW_EXPORTER_HOST=127.0.0.1:$way_port" --env "MAILCOW_EXPORTER_LISTEN=$listen:$exporter_port" "$image"
}

# Any answer will do: mailcow's exporter refuses whoever does not say the token.
answers() {
  curl --silent --output /dev/null --max-time 10 "http://$1/"
}

main "$@"
