#!/usr/bin/env bash
# Make .venv and install the locked packages into it.
#
# Usage:  CI/setup.sh [--quiet]
# Exit:   0 ready, 1 an install step failed, 3 something is missing that only root can install
# Again:  safe at any time; does nothing while the lock file is unchanged.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

quiet=${1:-}
lock=requirements-dev.txt
want=$(sha256sum "$lock" | cut -d ' ' -f 1)
stamp=.venv/.installed

say() {
  [[ $quiet == --quiet ]] || printf '%s\n' "$*"
}

fail() {
  printf 'setup: %s\n' "$2" >&2
  exit "$1"
}

# Debian's tools warn about themselves (debconf, apt-utils): what they say is shown only when they fail.
quietly() {
  local said status=0
  said=$("$@" 2>&1) || status=$?
  [[ $status -eq 0 ]] || printf '%s\n' "$said" >&2
  return "$status"
}

# Debian and Ubuntu keep ensurepip in a package of its own.
need_venv() {
  local status=0 user
  python3 -c 'import ensurepip, venv' 2>/dev/null || status=$?
  [[ $status -ne 0 ]] || return 0
  user=$(id -u)
  [[ $user -eq 0 ]] || fail 3 "python3 lacks venv; run: sudo apt-get install python3-venv"
  say "setup: installing Debian package python3-venv (make down does not remove it)"
  export DEBIAN_FRONTEND=noninteractive
  quietly apt-get update -qq
  quietly apt-get install -y -qq --no-install-recommends python3-venv ca-certificates
}

main() {
  if [[ -f $stamp && $(<"$stamp") == "$want" ]]; then
    exit 0
  fi
  command -v python3 >/dev/null || fail 3 "python3 is missing; run: apt-get install python3"
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail 3 "python3 is older than 3.11; install a newer one"
  need_venv
  say "setup: installing the packages of $lock into .venv (about a minute the first time)"
  [[ -x .venv/bin/pip ]] || python3 -m venv --clear .venv
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock" ||
    fail 1 "pip could not install $lock; its message stands above"
  printf '%s' "$want" >"$stamp"
}

main
