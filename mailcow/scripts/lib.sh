#!/usr/bin/env bash
# Strict mode, log, lock, careful writing and waiting: what every script of this folder begins with.
#
# Usage:  source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
#         A script that comes over standard input has this text before its own instead.
# Environment (a host sets none of it; the tests do):
#   MAILSTEAD_ROOT     folder that stands for /
#   MAILSTEAD_PAUSE_S  seconds between two looks while waiting
#   MAILSTEAD_LIMIT_S  seconds after which waiting ends, instead of each wait's own limit
# Again:  changes nothing by itself.
set -euo pipefail
shopt -s inherit_errexit
umask 022
export LC_ALL=C

# A script that finds this set does not source the file again.
# shellcheck disable=SC2034
mailstead_lib=loaded
root=${MAILSTEAD_ROOT-}
pause_s=${MAILSTEAD_PAUSE_S:-2}
mail_root=$root/srv/mail
install_root=$mail_root/mailcow-dockerized
state_root=$mail_root/mailstead
secrets_file=$state_root/secrets.env
# shellcheck disable=SC2034
docker_volumes=$mail_root/docker-volumes
# shellcheck disable=SC2034
admin_marker=$state_root/admin-password-replaced

log() {
  printf '%s\n' "$*" >&2
}

die() {
  log "error: $*"
  exit 1
}

# Run a program whose chatter nobody needs unless it fails: then its last lines say why.
# What it prints goes to the engine's log otherwise, and hides the lines that matter. Usage: quietly PROGRAM [ARGUMENT...]
quietly() {
  local said status=0
  said=$(mktemp)
  "$@" >"$said" 2>&1 || status=$?
  [[ $status -eq 0 ]] || tail -n 30 "$said" >&2
  rm -f "$said"
  return "$status"
}

# Let one script at a time work on this host. A killed engine's script may still be at it: then this one waits, and
# so it does for what such a script has started, because programs inherit the lock.
hold_lock() {
  local limit_s=3600
  mkdir -p "$root/run/lock"
  exec 9>"$root/run/lock/mailstead.lock"
  flock --nonblock 9 && return 0
  log "another run is still at work on this host; waiting for it"
  flock --timeout "$limit_s" 9 || die "another run has held /run/lock/mailstead.lock for $limit_s s; see what it does with: sudo fuser -v /run/lock/mailstead.lock"
}

# Write standard input to FILE with MODE, whole or not at all.
# Usage: put FILE MODE
put() {
  local file=$1 mode=$2 folder name temporary
  folder=$(dirname "$file")
  name=$(basename "$file")
  mkdir -p "$folder"
  rm -f "$folder/.$name".??????.new # of a run that was killed just here
  temporary=$(mktemp "$folder/.$name.XXXXXX.new")
  cat >"$temporary"
  chmod "$mode" "$temporary"
  sync "$temporary" # or a power cut could leave the name with nothing in it
  mv -f "$temporary" "$file"
}

# Wait until a command succeeds. Usage: wait_until LIMIT_S WHAT COMMAND...
wait_until() {
  local limit_s=${MAILSTEAD_LIMIT_S:-$1} what=$2 deadline
  shift 2
  deadline=$((SECONDS + limit_s))
  until "$@"; do
    ((SECONDS < deadline)) || die "$what: not within $limit_s s"
    sleep "$pause_s"
  done
}

# Print about how many bytes a folder takes. In one that is in use files go away meanwhile: that is du's status 1, and no
# matter for a guess. Usage: size_of FOLDER [OPTION-OF-DU...]
size_of() {
  local folder=$1 said
  shift
  said=$(du --summarize --block-size=1 "$@" -- "$folder" 2>/dev/null) || true # what it could add up is what it says
  said=${said%%$'\t'*}
  printf '%s\n' "${said:-0}"
}

# Print the value of KEY in a file of KEY=value lines; nothing when it is not there. Usage: value_of KEY FILE
value_of() {
  local key=$1 file=$2
  [[ -e $file ]] || return 0
  # Keys are fixed words of ours, so none can be read as a pattern.
  sed -n "s/^${key}=//p" "$file" | tail -n 1
}

# Print the system's id and release, such as: ubuntu 24.04
system_release() {
  local id release
  id=$(value_of ID "$root/etc/os-release" | tr -d '"')
  release=$(value_of VERSION_ID "$root/etc/os-release" | tr -d '"')
  echo "${id:-unknown} ${release:-release}"
}

# Print a file of KEY=value lines with some of them set; the new ones come on standard input, because arguments are
# visible to everybody on the machine. Other lines and comments stay as they are. Usage: with_values FILE <LINES
with_values() {
  awk '
    { key = $0; sub(/=.*/, "", key) }
    FNR == NR { wanted[key] = $0; order[++count] = key; next }
    key in wanted && index($0, "=") { if (!(key in done)) print wanted[key]; done[key] = 1; next }
    { print }
    END { for (i = 1; i <= count; i++) if (!(order[i] in done)) print wanted[order[i]] }
  ' - "$1"
}

# Print the lines of /etc/fstab that do not mount at PATH. Usage: fstab_without PATH
fstab_without() {
  [[ -e $root/etc/fstab ]] || return 0
  awk -v path="$1" '/^[[:space:]]*#/ || $2 != path' "$root/etc/fstab"
}

# Install those of these packages that are not there yet. Usage: install_missing PACKAGE...
install_missing() {
  local package missing=()
  export DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a
  quietly dpkg --configure -a # finishes an installation that was killed
  for package in "$@"; do
    [[ $(dpkg-query --show --showformat '${db:Status-Status}' "$package" 2>/dev/null || true) == installed ]] || # unknown is not installed
      missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  log "installing ${missing[*]}"
  quietly apt-get --option DPkg::Lock::Timeout=600 update
  quietly apt-get --option DPkg::Lock::Timeout=600 install --yes --no-install-recommends "${missing[@]}"
}

# docker compose for mailcow.
compose() {
  log "docker compose $*"
  quietly docker compose --project-directory "$install_root" "$@"
}

# Ask mailcow's API from this host, print the HTTP status on the first line and the body after it.
# The key is sent from a pipe: arguments are visible to everybody on the machine.
# Usage: ask_api METHOD PATH [BODY_FILE]
ask_api() {
  local method=$1 path=$2 body=${3-} key port reply status
  local options=(--silent --show-error --insecure --max-time 30 --request "$method" --config -)
  key=$(value_of API_KEY "$secrets_file")
  port=$(value_of HTTPS_PORT "$install_root/mailcow.conf")
  [[ -z $body ]] || options+=(--header 'Content-Type: application/json' --data-binary "@$body")
  # The certificate may be self-signed still, and the connection does not leave the machine.
  reply=$(printf 'header = "X-API-Key: %s"\n' "$key" |
    curl "${options[@]}" --write-out '\n%{http_code}' "https://127.0.0.1:${port:-443}/api/v1/$path" 2>/dev/null) || true # a refused connection is status 000
  status=${reply##*$'\n'}
  printf '%s\n%s\n' "${status:-000}" "${reply%$'\n'*}"
}

# Wait until mailcow's API answers its key with JSON. Until then it answers 502, 405 or 500 in HTML, or nothing.
# A 401 is asked again only after a minute: ten of them in ten minutes and mailcow bans the address.
# Usage: wait_for_api LIMIT_S
wait_for_api() {
  local limit_s=${MAILSTEAD_LIMIT_S:-$1} deadline reply status refused=0
  deadline=$((SECONDS + limit_s))
  while true; do
    reply=$(ask_api GET get/status/version)
    status=${reply%%$'\n'*}
    if [[ $status == 200 ]] && jq --exit-status '.version' <<<"${reply#*$'\n'}" >/dev/null 2>&1; then
      return 0
    fi
    if [[ $status == 401 ]]; then
      refused=$((refused + 1))
      ((refused < 4)) || die "mailcow's API refuses its own key; look at: sudo docker compose logs php-fpm-mailcow nginx-mailcow (in $install_root)"
      sleep $((pause_s * 30))
    fi
    ((SECONDS < deadline)) || die "mailcow's API has not answered within $limit_s s (last status $status); look at: sudo docker compose ps and logs (in $install_root)"
    sleep "$pause_s"
  done
}
