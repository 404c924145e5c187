#!/usr/bin/env bash
# Say in a pull request what `up` would do to a stack; the comment of an earlier run is written over.
#
# Usage:  CI/preview-comment.sh STACK PULL_REQUEST
# Needs:  GH_TOKEN with pull-requests: write, GITHUB_REPOSITORY, and what ./mailstead needs
# Exit:   0 said; 2 a file has to be corrected or 3 it would be refused (said too); 1 nothing could be said
set -euo pipefail
repository=${GITHUB_REPOSITORY:?}
cd "$(dirname "${BASH_SOURCE[0]}")/.."

main() {
  [[ $# -eq 2 && $2 =~ ^[0-9]+$ ]] || {
    printf 'preview-comment: want a stack and the number of a pull request\n' >&2
    exit 1
  }
  local stack=$1 pull_request=$2 status=0 scratch
  scratch=$(mktemp -d)
  # shellcheck disable=SC2064 # the folder of now
  trap "rm -rf '$scratch'" EXIT
  ./mailstead preview --stack "$stack" --markdown >"$scratch/comment.md" 2>"$scratch/complaints" || status=$?
  cat "$scratch/complaints" >&2
  [[ -s $scratch/comment.md ]] || without_preview "$stack" "$scratch/complaints" >"$scratch/comment.md"
  comment "$pull_request" "$scratch/comment.md"
  case $status in
    0 | 10 | 11 | 12) exit 0 ;; # it can be done; what it does, the comment says
    *) exit "$status" ;;
  esac
}

# What stands in the comment when there is no preview: the reason. Usage: without_preview STACK FILE
without_preview() {
  printf '<!-- mailstead preview of stack %s -->\n### Mail: stack %s cannot be previewed\n\n' "$1" "$1"
  # Indented, so that nothing in it is read as Markdown.
  sed 's/^/    /' "$2"
}

# Usage: comment PULL_REQUEST FILE
comment() {
  local pull_request=$1 file=$2 marker earlier
  marker=$(head -n 1 "$file")
  earlier=$(gh api --paginate "repos/$repository/issues/$pull_request/comments" |
    jq --raw-output --slurp --arg marker "$marker" '[.[][] | select(.body | startswith($marker)) | .id] | first // empty')
  if [[ -n $earlier ]]; then
    gh api --silent --method PATCH "repos/$repository/issues/comments/$earlier" --field "body=@$file"
  else
    gh api --silent --method POST "repos/$repository/issues/$pull_request/comments" --field "body=@$file"
  fi
}

main "$@"
