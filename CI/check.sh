#!/usr/bin/env bash
# Everything that can be said about the code without running it.
#
# Usage:  CI/check.sh [--nightly]
#   --nightly  also fail where figures of somebody else's system are older than a year; else they are a warning
# Exit:   0 clean, 1 at least one check found something (all are run, the last line names them), 2 wrong usage
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PATH="$PWD/.venv/bin:$PATH"

nightly=${1:-}
if [[ $# -gt 1 || -n ${nightly#--nightly} ]]; then
  printf 'check: cannot read %s; usage: CI/check.sh [--nightly]\n' "$*" >&2
  exit 2
fi
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

# Tests plant secrets on purpose. A false alarm elsewhere is written down: CI/baseline.sh.
secrets() {
  local baseline=$scratch/baseline status=0 files
  tracked . ':!tests' ':!requirements*.txt' ':!.secrets.baseline' >"$scratch/files"
  mapfile -d '' -t files <"$scratch/files"
  # A copy: the tool writes new line numbers into it, says so by 3, and a check changes no file.
  cp .secrets.baseline "$baseline"
  detect-secrets-hook --baseline "$baseline" "${files[@]}" || status=$?
  [[ $status -eq 0 || $status -eq 3 ]]
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

# Strictly: a link, an anchor or a page that is missing from the navigation fails it. With --quiet nothing would:
# what is not logged is not counted.
site() {
  NO_MKDOCS_2_WARNING=1 mkdocs build --strict --site-dir "$scratch/site"
}

# How many of the commands that the documents have typed a test runs; that none is forgotten is a test of its own.
documented_commands() {
  local counted
  if counted=$(python -m tests.docs.command_book 2>&1); then
    printf '  note  %s\n' "$counted"
  else
    printf '  FAIL  documented commands\n%s\n' "$counted"
    failed+=(commands)
  fi
}

# What is free of charge changes without a change of ours, so it cannot fail a change of ours.
figures() {
  local old
  old=$(python -c '
import datetime
from core import blocklists, free_tier

for said in (free_tier.stale_facts_warning, blocklists.stale_terms_warning):
    print(said(datetime.date.today()) or "", end=" ")')
  if [[ -n ${old// /} ]]; then
    printf '  warn  %s\n' "$old"
    if [[ -n $nightly ]]; then
      failed+=(figures)
    fi
  fi
}

program_is_short() {
  local lines
  lines=$(wc -l <__main__.py)
  [[ $lines -le 80 ]]
}

main() {
  scratch=$(mktemp -d)
  output=$scratch/output
  trap 'rm -rf "$scratch"' EXIT
  step format ruff format --check .
  step lint ruff check .
  step types basedpyright --level error
  step layers lint-imports
  step shell shell_scripts shellcheck
  step shfmt shell_scripts shfmt -i 2 -ci -d
  step yaml yaml_files yamllint --strict
  step workflows workflows
  step spelling codespell
  step secrets secrets
  step hosts no_registry_hosts
  step length files_are_short
  step program program_is_short
  step site site
  documented_commands
  figures
  if [[ ${#failed[@]} -gt 0 ]]; then
    printf 'check: failed: %s\n' "${failed[*]}" >&2
    exit 1
  fi
  printf 'check: clean\n'
}

main
