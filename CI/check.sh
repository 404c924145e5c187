#!/usr/bin/env bash
# Everything that can be said about the code without running it.
#
# Usage:  CI/check.sh
# Exit:   0 clean, 1 at least one check found something (all are run, the last line names them)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PATH="$PWD/.venv/bin:$PATH"

failed=()

step() {
  local name=$1 start=$EPOCHREALTIME status=0
  shift
  "$@" >"$output" 2>&1 || status=$?
  local took_ms=$(((${EPOCHREALTIME/./} - ${start/./}) / 1000))
  if [[ $status -eq 0 ]]; then
    printf '  ok    %-10s %6d ms\n' "$name" "$took_ms"
  else
    printf '  FAIL  %-10s %6d ms\n' "$name" "$took_ms"
    sed 's/^/        /' "$output"
    failed+=("$name")
  fi
}

tracked() {
  git ls-files -z --cached --others --exclude-standard -- "$@"
}

shell_scripts() {
  tracked '*.sh' | xargs -0 "$@"
}

yaml_files() {
  tracked '*.yml' '*.yaml' | xargs -0 "$@"
}

workflows() {
  zizmor --offline --quiet .github/workflows
}

# Lock files and sources name no package registry: the clients know their own.
no_registry_hosts() {
  local pattern='pypi\.org|pythonhosted\.org|registry\.npmjs|proxy\.golang|crates\.io|deb\.debian\.org|archive\.ubuntu'
  local found
  found=$(tracked | { xargs -0 grep -nIE "$pattern" -- 2>/dev/null || true; } | { grep -v '^CI/check.sh:' || true; })
  if [[ -n $found ]]; then
    printf '%s\n' "$found"
    return 1
  fi
}

files_are_short() {
  local long
  long=$(tracked '*.py' '*.sh' | xargs -0 wc -l | awk '$2 != "total" && $1 > 300 {print $2 ": " $1 " lines; split it by responsibility"}')
  if [[ -n $long ]]; then
    printf '%s\n' "$long"
    return 1
  fi
}

program_is_short() {
  local lines
  lines=$(wc -l <__main__.py)
  [[ $lines -le 80 ]]
}

main() {
  output=$(mktemp)
  trap 'rm -f "$output"' EXIT
  step format ruff format --check .
  step lint ruff check .
  step types basedpyright --level error
  step layers lint-imports
  step shell shell_scripts shellcheck
  step shfmt shell_scripts shfmt -i 2 -ci -d
  step yaml yaml_files yamllint --strict
  step workflows workflows
  step spelling codespell
  step secrets .venv/bin/detect-secrets-hook --baseline .secrets.baseline
  step hosts no_registry_hosts
  step length files_are_short
  step program program_is_short
  if [[ ${#failed[@]} -gt 0 ]]; then
    printf 'check: failed: %s\n' "${failed[*]}" >&2
    exit 1
  fi
  printf 'check: clean\n'
}

main
