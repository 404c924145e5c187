#!/usr/bin/env bash
# Say at once what a pipeline's machine has not got, all of it, before anything is logged in or changed.
#
# Usage:  CI/needs.sh PROGRAM...
# Exit:   0 all there, 1 something is missing
set -euo pipefail

missing=()
for program in "$@"; do
  command -v "$program" >/dev/null || missing+=("$program")
done
if [[ ${#missing[@]} -gt 0 ]]; then
  printf 'needs: this machine has no %s; install it on the runner (docs/how-to/pipelines.md says what a runner needs)\n' \
    "${missing[*]}" >&2
  exit 1
fi
