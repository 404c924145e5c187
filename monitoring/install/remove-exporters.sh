#!/usr/bin/env bash
# Take off a mail host what install-exporters.sh put there: exporters, collectors, their timers, their figures.
#
# Usage:  remove-exporters.sh
# Input:  whoever sends the script puts before it a function that prints firewall.sh as a tar
# Output: one line
# Exit:   0 none of them is there, 1 failed (standard error says why)
# Again:  safe at any time; a run that died half-way is finished by the next.
# The script comes over standard input (with lib.sh before it), so nothing in it reads from there.
# shellcheck source=../../mailcow/scripts/lib.sh
[[ ${mailstead_lib-} == loaded ]] || source "$(dirname "${BASH_SOURCE[0]}")/../../mailcow/scripts/lib.sh"

stamps=$root/var/lib/mailstead

main() {
  [[ $# -eq 0 ]] || die "want no arguments, got $#"
  local sent
  hold_lock
  sent=$(mktemp -d)
  # shellcheck disable=SC2064 # its name is known now
  trap "rm -rf '$sent'" EXIT
  sent_files | tar --extract --no-same-owner --directory "$sent"
  # shellcheck source=firewall.sh
  source "$sent/firewall.sh"
  remove_collectors
  remove_container
  remove_node_exporter
  remove_packages
  open_to -
  echo 'exporters removed'
}

remove_collectors() {
  local file unit name
  # First what would start the others again.
  for file in "$root"/etc/systemd/system/mailstead-metrics*.{timer,service}; do
    [[ -e $file ]] || continue
    unit=$(basename "$file")
    # A template is nothing that runs; its instances are ended by their timers' end.
    [[ $unit == *@.* ]] || quietly systemctl disable --now "$unit"
    # A run that failed would be listed for ever.
    ! systemctl --quiet is-failed "$unit" || quietly systemctl reset-failed "$unit"
    rm -f "$file"
  done
  quietly systemctl daemon-reload
  # What is measured no more must not be read as if it were; the backup's figures lie there too, and stay.
  for file in "$root"/usr/local/lib/mailstead/monitoring/*; do
    name=$(basename "$file")
    rm -f "$root/var/lib/prometheus/node-exporter/mailstead_${name%.*}.prom"
  done
  rm -rf "$root"/usr/local/lib/mailstead/monitoring{,.new,.old}
  rm -f "$root"/etc/mailstead/{metrics.env,exporter.env,dns-records.json}
}

remove_container() {
  local found way=mailstead-exporter-way.service
  if [[ -e $root/etc/systemd/system/$way ]]; then
    quietly systemctl disable --now "$way"
    rm -f "$root/etc/systemd/system/$way"
  fi
  command -v docker >/dev/null || return 0
  found=$(docker ps --all --quiet --filter 'name=^mailstead-exporter$')
  [[ -n $found ]] || return 0
  quietly docker rm --force mailstead-exporter
}

# One that was there before us goes on as it was.
remove_node_exporter() {
  local folder=$root/etc/systemd/system/prometheus-node-exporter.service.d
  rm -f "$folder/mailstead.conf"
  [[ ! -d $folder ]] || rmdir --ignore-fail-on-non-empty "$folder"
  quietly systemctl daemon-reload
  if [[ ! -e $stamps/installed-prometheus-node-exporter ]] && systemctl --quiet is-active prometheus-node-exporter.service; then
    quietly systemctl restart prometheus-node-exporter.service
  fi
}

remove_packages() {
  local package
  export DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a
  for package in prometheus-node-exporter socat bind9-dnsutils; do
    [[ -e $stamps/installed-$package ]] || continue
    quietly apt-get --option DPkg::Lock::Timeout=600 remove --yes "$package"
    rm -f "$stamps/installed-$package"
  done
}

main "$@"
