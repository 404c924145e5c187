#!/usr/bin/env bash
# Have the programs that the host's scripts call: the tests run those scripts on this machine, in a pretended host.
#
# Usage:  CI/programs.sh
# Exit:   0 all there, 1 an install failed, 3 something is missing that only root can install
# Again:  safe at any time; does nothing when all are there.
set -euo pipefail

# Of what prepare-host.sh installs on a mail host, those that the tests do not play; and what judges our zone files.
programs=(gawk jq openssl named-checkzone)
# Programs whose Debian package has another name.
declare -A package_of=(["named-checkzone"]=bind9-utils)

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
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

main
