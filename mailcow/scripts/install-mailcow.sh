#!/usr/bin/env bash
# Put mailcow's repository at one version onto the mail volume. Nothing is configured or started.
#
# Usage:  install-mailcow.sh REPOSITORY VERSION
#   REPOSITORY  address of the git repository
#   VERSION     a tag
# Exit:   0 in place, 1 refused or failed (standard error says why)
# Again:  safe at any time; a clone that died half-way is made anew, one that is complete is kept with everything
#         that lies in it.
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

main() {
  [[ $# -eq 2 ]] || die "want 2 arguments (repository, version), got $#"
  local repository=$1 version=$2
  hold_lock
  mountpoint --quiet "$mail_root" || die "/srv/mail is not mounted; mailcow belongs on the mail volume"
  [[ -e $install_root ]] || clone "$repository" "$version"
  check_out "$repository" "$version"
  echo "mailcow $version"
}

# The folder gets its name when everything is in it.
clone() {
  local unfinished=$install_root.unfinished
  rm -rf "$unfinished"
  git -c advice.detachedHead=false clone --quiet --depth 1 --branch "$2" "$1" "$unfinished" >&2
  mv "$unfinished" "$install_root"
}

# mailcow's scripts commit local changes on a branch of their own; a tag that is checked out is left alone.
check_out() {
  local repository=$1 version=$2 wanted current
  cd "$install_root"
  rm -f .git/index.lock .git/shallow.lock # of a git that was killed; ours is the only one, by the lock
  git remote set-url origin "$repository"
  wanted=$(git rev-parse --verify --quiet "refs/tags/$version^{commit}") || wanted=''
  if [[ -z $wanted ]]; then
    git fetch --quiet --depth 1 origin "refs/tags/$version:refs/tags/$version" >&2
    wanted=$(git rev-parse --verify "refs/tags/$version^{commit}")
  fi
  current=$(git rev-parse --verify --quiet HEAD) || current=''
  [[ $current != "$wanted" ]] || return 0
  git -c advice.detachedHead=false checkout --quiet --detach "$wanted" >&2
}

main "$@"
