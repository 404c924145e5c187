#!/usr/bin/env bash
# Bring a mailcow in use to a newer version; where mail does not work with it, back to the old one and its data.
#
# Usage:  upgrade-mailcow.sh REPOSITORY VERSION
#   REPOSITORY  address of the git repository
#   VERSION     a tag
# Output: one line
# Exit:   0 mailcow runs with VERSION, and mail was sent and read; 1 it does not (standard error says why, and whether
#         the old version is back)
# Again:  safe at any time. A run that was killed before anything was stopped is begun anew; after that it is finished,
#         forward or back, as the journal in /srv/mail/mailstead/upgrade says. After a way back the same command tries
#         the same version again.
# mailcow's own update.sh is not used: it follows a branch and no tag, asks questions, merges, and has no way back.
# Until its probe is passed, the new version is reached from this host only: other servers wait with their mail, and
# nobody changes what a way back would lose.
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=way-back.sh
source "$(dirname "${BASH_SOURCE[0]}")/way-back.sh"
# shellcheck source=trial.sh
source "$(dirname "${BASH_SOURCE[0]}")/trial.sh"

journal=$upgrade_root/journal
said=$upgrade_root/said
backup_unit=mailstead-backup.service
other_limit_s=7200

main() {
  [[ $# -eq 2 ]] || die "want 2 arguments (repository, version), got $#"
  local repository=$1 version=$2 from
  # The line to who called may be cut; the work goes on, and the next run waits for its end and finds it done.
  trap '' HUP PIPE
  (umask 077 && mkdir -p -- "$upgrade_root")
  hold_lock
  finish_earlier "$version"
  cd "$install_root" || die "$install_root is missing; run install-mailcow.sh first"
  from=$(installed_version)
  if [[ $from != "$version" ]]; then
    fetch "$repository" "$version"
    refuse_older "$from" "$version"
    need_room_for_copies
    prepare "$from" "$version"
    change "$from" "$version"
  fi
  echo "mailcow $version"
}

# A line to standard error that is cut off ends nothing, nor does a disk that is full.
log() {
  printf '%s\n' "$*" 2>/dev/null >>"$said" || true
  printf '%s\n' "$*" >&2 2>/dev/null || true
}

# Print the tag that is checked out; the commit, where it is none.
installed_version() {
  git describe --tags --exact-match HEAD 2>/dev/null || git rev-parse --short HEAD
}

# Usage: fetch REPOSITORY VERSION
fetch() {
  local known
  rm -f .git/index.lock .git/shallow.lock # of a git that was killed; ours is the only one, by the lock
  git remote set-url origin "$1"
  if git rev-parse --verify --quiet "refs/tags/$2^{commit}" >/dev/null; then
    return 0
  fi
  known=$(git ls-remote --tags origin "refs/tags/$2") || die "$1 does not answer, so mailcow $2 cannot be fetched; nothing was changed"
  [[ -n $known ]] || die "mailcow has no version $2; write one of its tags into mailcow_version. They are listed by: git ls-remote --tags $1"
  git fetch --quiet --depth 1 origin "refs/tags/$2:refs/tags/$2"
}

# mailcow's releases are named by year and month; what is named otherwise goes by the time of its commit.
refuse_older() {
  local from=$1 version=$2 release='^20[0-9]{2}-[0-9]{2}[a-z]?$' is_older='' old_s new_s
  if [[ $from =~ $release && $version =~ $release ]]; then
    [[ $version > $from ]] || is_older=yes
  else
    old_s=$(git log -1 --format=%ct HEAD)
    new_s=$(git log -1 --format=%ct "refs/tags/$version")
    ((new_s >= old_s)) || is_older=yes
  fi
  [[ -z $is_older ]] ||
    die "mailcow $version is older than $from, which is installed, and a newer database does not go back to an older mailcow; write $from into mailcow_version again. The way back to an earlier day is a restore: docs/how-to/restore.md"
}

# All that can be done while mail goes on; whoever is killed in here has changed nothing.
prepare() {
  local from=$1 version=$2 wrong
  log "mailcow $from is to become $version; looking first whether mail works now"
  wrong=$(look)
  [[ -z $wrong ]] ||
    die "mail does not work before the upgrade ($wrong), so nobody could tell afterwards whether $version is at fault; nothing was changed. Mend it first, and run again"
  make_backup
  hold_others
  pull_images "$version"
}

make_backup() {
  if [[ ! -e $root/etc/systemd/system/$backup_unit ]]; then
    log 'warning: no backups are set up on this host (backup_public_key); the upgrade has its own way back only'
    return 0
  fi
  log 'making a backup'
  # One that is at work already is waited for, and is as good.
  systemctl start "$backup_unit" ||
    die "the backup before the upgrade failed, so nothing was changed; look at: sudo journalctl --unit $backup_unit"
}

# No backup of what is half changed, and no restore into it.
hold_others() {
  exec 8>"$root/run/lock/mailstead-backup.lock" 7>"$root/run/lock/mailstead-restore.lock"
  flock --timeout "$other_limit_s" 8 || die "a backup is still at work after $other_limit_s s; look at: sudo systemctl status $backup_unit"
  flock --nonblock 7 || die 'a restore is at work on this host; wait for its end, and run again'
}

# With the new version's list and today's settings, before anything is stopped.
pull_images() {
  local next=$upgrade_root/next files=(--file "$upgrade_root/next/docker-compose.yml")
  log "pulling the images of mailcow $1"
  rm -rf -- "$next"
  mkdir -p -- "$next"
  git show "refs/tags/$1:docker-compose.yml" >"$next/docker-compose.yml"
  [[ ! -e docker-compose.override.yml ]] || files+=(--file docker-compose.override.yml)
  compose --env-file "$conf" "${files[@]}" pull --quiet
  rm -rf -- "$next"
}

# Usage: change FROM VERSION
change() {
  local from=$1 version=$2 status
  keep_local_changes
  docker compose config --images >"$upgrade_root/old-images" 2>>"$said"
  note "$from" "$version" stopping
  # Not in a condition: there, the shell would go on after an error inside.
  set +e
  (
    set -e
    take_down
    keep_copies
  )
  status=$?
  set -e
  if ((status != 0)); then
    log 'no copies could be made; starting mailcow as it was'
    start_again
    die "the database and settings could not be copied, so the upgrade was not begun; mailcow $from runs as before"
  fi
  note "$from" "$version" trying
  try "$from" "$version"
}

# mailcow changes some of its own files, and people do; what they were is kept, and put back by a way back.
keep_local_changes() {
  local changed patch
  changed=$(git diff --name-only HEAD)
  [[ -n $changed ]] || return 0
  patch=$state_root/replaced/mailcow-$(date --utc +%Y%m%dT%H%M%SZ).patch
  git diff HEAD | put "$patch" 600
  log "warning: changed since they were installed, and now as the new version has them: ${changed//$'\n'/, }; the changes are kept in $patch (mailcow itself makes some; your own settings belong into extra.cf, extra.conf and docker-compose.override.yml)"
}

# What is done is written down before the next thing begins. Usage: note FROM TO PHASE [WHY]
note() {
  printf '%s\n' "FROM=$1" "TO=$2" "PHASE=$3" "WHY=${4-}" | put "$journal" 600
}

# Usage: try FROM VERSION
try() {
  local from=$1 version=$2 status why
  : >"$said"
  # Not in a condition: there, the shell would go on after an error inside.
  set +e
  (
    set -e
    bring_up "$version"
  )
  status=$?
  set -e
  if ((status == 0)); then
    note "$from" "$version" passed
    finish_forward "$from" "$version"
    return 0
  fi
  why=$(sed -n 's/^error: //p' "$said" | tail -n 1)
  note "$from" "$version" returning "${why:-it did not start}"
  go_back
  die_of_way_back
}

# Usage: finish_forward FROM VERSION
finish_forward() {
  local wrong
  cd "$install_root"
  if [[ -e $copies/install/mailcow.conf ]]; then # else it was opened by a run that was killed at its end
    open_to_the_world | with_values "$conf" | put "$conf" 600
  fi
  start
  wrong=$(look_at_parts)
  [[ -z $wrong ]] ||
    die "mailcow $2 passed its probe, and does not work since it is open to the world: $wrong; run the same command again"
  remove_old_images
  end
  log "mailcow $2 runs in the place of $1; a mail was sent and read"
}

# The old version with the old data. Once these are back, people work with them, and they are not put back again.
go_back() {
  local from to why phase wrong
  from=$(value_of FROM "$journal")
  to=$(value_of TO "$journal")
  why=$(value_of WHY "$journal")
  phase=$(value_of PHASE "$journal")
  if [[ $phase == returning ]]; then
    log "mailcow $to did not pass ($why); going back to $from and its data"
    take_down
    put_copies_back
    note "$from" "$to" returned "$why"
  fi
  cd "$install_root"
  start
  wrong=$(look)
  [[ -z $wrong ]] ||
    die "mailcow $from is back with its data after $to did not pass ($why), and mail does not work with it either ($wrong); look at: sudo docker compose ps and logs (in $install_root), then run the same command again"
}

# Usage: die_of_way_back
die_of_way_back() {
  local from to why
  from=$(value_of FROM "$journal")
  to=$(value_of TO "$journal")
  why=$(value_of WHY "$journal")
  end
  die "mailcow $to did not pass: $why. mailcow $from is back with the data it had, and mail is sent and read with it; mail that other servers had for us meanwhile comes from their queues. The same command tries $to again; to stay, write $from into mailcow_version"
}

# The journal last: nobody would look for copies of keys and passwords that a killed run has left.
end() {
  drop_copies
  rm -f -- "$upgrade_root/old-images"
  rm -f -- "$journal"
}

# What a run left that was killed. Usage: finish_earlier VERSION
finish_earlier() {
  local version=$1 from to phase
  phase=$(value_of PHASE "$journal")
  from=$(value_of FROM "$journal")
  to=$(value_of TO "$journal")
  [[ -n $phase ]] || return 0
  log "an upgrade from mailcow $from to $to was cut off ($phase); finishing it"
  hold_others
  case $phase in
    stopping) start_again ;;
    trying) finish_trying "$from" "$to" "$version" ;;
    passed) finish_forward "$from" "$to" ;;
    returning | returned) finish_return "$to" "$version" ;;
    *) die "the journal $journal is of another program ($phase)" ;;
  esac
  exec 8>&- 7>&-
}

# Nothing had been changed yet. Copies that have filled the disk go first: a database does not start on a full one.
start_again() {
  cd "$install_root"
  drop_copies
  start
  end
}

# Usage: finish_trying FROM TO VERSION
finish_trying() {
  cd "$install_root"
  if [[ $2 == "$3" ]]; then
    try "$1" "$2"
  else
    note "$1" "$2" returning "it was cut off, and $3 is wanted now"
    finish_return "$2" "$3"
  fi
}

# Usage: finish_return TO VERSION
finish_return() {
  go_back
  [[ $1 != "$2" ]] || die_of_way_back
  end
}

main "$@"
