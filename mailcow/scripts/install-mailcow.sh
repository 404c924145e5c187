#!/usr/bin/env bash
# Put mailcow's repository at one version onto the mail volume. Nothing is configured or started, but by an upgrade:
# a mailcow that is in use goes to another version by upgrade-mailcow.sh.
#
# Usage:  install-mailcow.sh REPOSITORY VERSION
#   REPOSITORY  address of the git repository
#   VERSION     a tag
# Exit:   0 in place, 1 refused or failed (standard error says why); of an upgrade, upgrade-mailcow.sh tells
# Again:  safe at any time; a clone that died half-way is made anew, one that is complete is kept with everything
#         that lies in it.
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

upgrade_journal=$state_root/upgrade/journal

main() {
  [[ $# -eq 2 ]] || die "want 2 arguments (repository, version), got $#"
  local repository=$1 version=$2 way
  hold_lock
  mountpoint --quiet "$mail_root" || die "/srv/mail is not mounted; mailcow belongs on the mail volume"
  way=$(way_to "$version")
  if [[ $way == upgrade ]]; then
    exec bash "$(dirname "${BASH_SOURCE[0]}")/upgrade-mailcow.sh" "$repository" "$version"
  fi
  [[ -e $install_root ]] || clone "$repository" "$version"
  check_out "$repository" "$version"
  echo "mailcow $version"
}

# Print upgrade when mailcow is in use at another version, or an upgrade was cut off. It is in use once it is open to the
# world: before that nobody has mail in it, and the scripts that follow bring it up. Usage: way_to VERSION
way_to() {
  local wanted current
  if [[ ! -e $upgrade_journal ]]; then
    [[ -e $admin_marker && -e $install_root ]] || return 0
    wanted=$(git -C "$install_root" rev-parse --verify --quiet "refs/tags/$1^{commit}") || wanted=''
    current=$(git -C "$install_root" rev-parse --verify --quiet HEAD) || current=''
    [[ -z $wanted || $current != "$wanted" ]] || return 0
  fi
  echo upgrade
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
