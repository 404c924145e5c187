#!/usr/bin/env bash
# Print the stacks that serve people as a job's output: names=["eu","us"].
#
# Usage:  CI/stack-names.sh >>"$GITHUB_OUTPUT"
# Exit:   0 printed; 2 a file has to be corrected, 3 a domain has no stack or two (standard error says which)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

stacks=$(./mailstead stacks --production --json)
names=$(jq --compact-output '[.[].name]' <<<"$stacks")
printf 'names=%s\n' "$names"
