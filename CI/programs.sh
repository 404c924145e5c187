#!/usr/bin/env bash
# Have the programs that the host's scripts call: the tests run those scripts on this machine, in a pretended host.
#
# Usage:  CI/programs.sh
# Exit:   0 all there, 1 an install failed, 3 something is missing that only root can install
# Again:  safe at any time; does nothing when all are there.
set -euo pipefail

# Of what our scripts install on a mail host, those that the tests do not play; what judges our zone files, and
# what judges the ops host's configuration and rules.
programs=(curl dig gawk gpg jq openssl rsync named-checkzone promtool amtool prometheus-blackbox-exporter)
# Programs whose Debian package has another name.
declare -A package_of=([dig]=bind9-dnsutils ["named-checkzone"]=bind9-utils [gpg]=gnupg [promtool]=prometheus [amtool]=prometheus-alertmanager)
# What these packages would start at once and at each boot; the tests want their programs only.
services=(prometheus prometheus-alertmanager prometheus-blackbox-exporter prometheus-node-exporter)
policy=/usr/sbin/policy-rc.d # Debian asks this file before it starts a service

main() {
  local program user missing=()
  for program in "${programs[@]}"; do
    command -v "$program" >/dev/null || missing+=("${package_of[$program]:-$program}")
  done
  [[ ${#missing[@]} -gt 0 ]] || exit 0
  user=$(id -u)
  if [[ $user -ne 0 ]]; then
    printf 'programs: the tests need %s; run: sudo apt-get install %s\n' "${missing[*]}" "${missing[*]}" >&2
    exit 3
  fi
  printf 'programs: installing Debian packages: %s (they stay: make down does not remove them)\n' "${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  hold_services_back
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  leave_services_off "${missing[@]}"
}

# A file of that name that is there already is somebody's decision, and stays.
hold_services_back() {
  [[ ! -e $policy ]] || return 0
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
}

leave_services_off() {
  local service
  for service in "${services[@]}"; do
    # One that was there before these packages came is not ours to touch.
    [[ " $* " == *" $service "* ]] || continue
    rm -f "/etc/systemd/system/multi-user.target.wants/$service.service"
  done
}

main
