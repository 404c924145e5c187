#!/usr/bin/env bash
# Say at once what a pipeline's machine has not got, all of it, before anything is logged in or changed.
#
# Usage:  CI/needs.sh PROGRAM...
# Exit:   0 all there, and pulumi new enough where it is asked for; 1 something is missing or too old
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# mailstead says the same itself, but only when the job has its keys already; the version stands there alone.
check_pulumi() {
  local wanted found
  wanted=$(sed -n 's/^_FIRST_VERSION = (\([0-9]*\), \([0-9]*\), \([0-9]*\))$/\1.\2.\3/p' ops/engine.py)
  [[ -n $wanted ]] || complain "ops/engine.py does not say which pulumi is wanted"
  found=$(PULUMI_SKIP_UPDATE_CHECK=true pulumi version) || found=
  found=${found#v}
  found=${found%%-*}
  if [[ -z $found ]]; then
    complain "pulumi is on PATH and does not say its version; try: pulumi version"
  elif ! printf '%s\n' "$wanted" "$found" | sort --version-sort --check=silent; then
    complain "pulumi $found is too old; install $wanted or newer"
  fi
}

complain() {
  printf 'needs: %s\n' "$1" >&2
  status=1
}

status=0
missing=()
for program in "$@"; do
  if ! command -v "$program" >/dev/null; then
    missing+=("$program")
  elif [[ $program == pulumi ]]; then
    check_pulumi
  fi
done
[[ ${#missing[@]} -eq 0 ]] ||
  complain "this machine has no ${missing[*]}; install it on the runner (docs/how-to/pipelines.md says what a runner needs)"
exit "$status"
