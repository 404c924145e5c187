#!/usr/bin/env bash
# Look for drift of a stack, and keep one open issue that says what differs; it is closed when nothing does any more.
#
# Usage:  CI/drift-issue.sh STACK
# Needs:  GH_TOKEN with issues: write, GITHUB_REPOSITORY, and what ./mailstead needs
# Exit:   0 nothing differs; 10 something does, 1 a server could not be asked (both stand in the issue)
set -euo pipefail
repository=${GITHUB_REPOSITORY:?}
cd "$(dirname "${BASH_SOURCE[0]}")/.."

main() {
  [[ $# -eq 1 ]] || {
    printf 'drift-issue: want a stack\n' >&2
    exit 1
  }
  local stack=$1 status=0 scratch title number
  scratch=$(mktemp -d)
  # shellcheck disable=SC2064 # the folder of now
  trap "rm -rf '$scratch'" EXIT
  title="Mail servers of stack $stack differ from the list"
  ./mailstead drift --stack "$stack" >"$scratch/found" 2>&1 || status=$?
  cat "$scratch/found"
  number=$(gh issue list --repo "$repository" --state open --search "in:title \"$title\"" --json number,title |
    jq --raw-output --arg title "$title" '[.[] | select(.title == $title) | .number] | first // empty')
  if [[ $status -eq 0 ]]; then
    [[ -z $number ]] || gh issue close "$number" --repo "$repository" --comment "Nothing differs any more."
    exit 0
  fi
  # Indented, so that nothing in it is read as Markdown.
  sed 's/^/    /' "$scratch/found" >"$scratch/body.md"
  if [[ -n $number ]]; then
    gh issue edit "$number" --repo "$repository" --body-file "$scratch/body.md"
  else
    gh issue create --repo "$repository" --title "$title" --body-file "$scratch/body.md"
  fi
  exit "$status"
}

main "$@"
