#!/usr/bin/env bash
# A version of mailcow on trial: started for this host only, and looked at with real mail.
#
# Usage:  sourced by upgrade-mailcow.sh, after lib.sh and way-back.sh, in mailcow's folder
#         start, bring_up VERSION, look, open_to_the_world, remove_old_images
# Again:  safe at any time.
# shellcheck source=way-back.sh
[[ -v upgrade_root ]] || source "$(dirname "${BASH_SOURCE[0]}")/way-back.sh"

conf=$install_root/mailcow.conf
api_limit_s=900 # a newer version changes the database's tables first
# What verify-mailcow.sh and probe-mailcow.sh look for is next to this file.
trial_scripts=$(dirname "${BASH_SOURCE[0]}")
# What mailcow opens to the world, and the port where mailcow.conf says nothing.
mail_ports='SMTP_PORT 25
SMTPS_PORT 465
SUBMISSION_PORT 587
IMAP_PORT 143
IMAPS_PORT 993
POP_PORT 110
POPS_PORT 995
SIEVE_PORT 4190'

start() {
  compose up --detach --remove-orphans
  wait_for_api "$api_limit_s"
}

# Print what is wrong: a part of mailcow that does not run, or a mail that is not sent or read. Nothing when all is well.
look() {
  local wrong
  wrong=$(look_at_parts)
  [[ -n $wrong ]] || wrong=$(what_is_wrong bash "$trial_scripts/probe-mailcow.sh")
  printf '%s' "$wrong"
}

look_at_parts() {
  local hostname
  hostname=$(value_of MAILCOW_HOSTNAME "$conf")
  what_is_wrong bash "$trial_scripts/verify-mailcow.sh" "$hostname"
}

# Run a script; print the error it ends with, and log its other words. Usage: what_is_wrong PROGRAM [ARGUMENT...]
what_is_wrong() {
  local status=0 line wrong=''
  "$@" >/dev/null 2>"$upgrade_root/words" || status=$?
  while IFS= read -r line; do
    if [[ $line == 'error: '* ]]; then wrong=${line#error: }; else log "$line"; fi
  done <"$upgrade_root/words"
  ((status == 0)) || printf '%s' "${wrong:-$2 ended with $status}"
}

bring_up() {
  local version=$1 wrong
  log "starting mailcow $version, for this host only until mail works"
  rm -f .git/index.lock
  git -c advice.detachedHead=false checkout --quiet --force --detach "refs/tags/$version^{commit}"
  add_new_options
  name_version "$version"
  close_to_the_world | with_values "$conf" | put "$conf" 600
  start
  wrong=$(look)
  [[ -z $wrong ]] || die "$wrong"
}

# mailcow's own functions for mailcow.conf, where the release has them: they ask nothing with a closed input.
add_new_options() {
  local module function project_name
  project_name=$(project)
  for module in migrate_options new_options; do
    function=migrate_config_options
    [[ $module == migrate_options ]] || function=adapt_new_options
    [[ -e _modules/scripts/$module.sh ]] || continue
    # shellcheck disable=SC2016 # the inner shell's own words
    SCRIPT_DIR=$install_root DOCKER_COMPOSE_VERSION=native IPV6_BOOL=false COMPOSE_PROJECT_NAME=$project_name \
      quietly bash -c 'source "$1"; "$2"' bash "_modules/scripts/$module.sh" "$function" </dev/null
  done
}

# What its web interface and its API say; mailcow's scripts write the file for a branch only.
name_version() {
  local file=data/web/inc/app_info.inc.php
  [[ -e $file ]] || return 0
  sed --in-place --regexp-extended "s/(MAILCOW_GIT_VERSION *= *\")[^\"]*/\1$1/" "$file"
}

close_to_the_world() {
  local key usual port
  printf '%s\n' HTTP_BIND=127.0.0.1 HTTPS_BIND=127.0.0.1
  while read -r key usual; do
    port=$(value_of "$key" "$conf")
    port=${port##*:} # an address may stand before it
    printf '%s=127.0.0.1:%s\n' "$key" "${port:-$usual}"
  done <<<"$mail_ports"
}

# As it was before.
open_to_the_world() {
  local before=$copies/install/mailcow.conf key usual value
  for key in HTTP_BIND HTTPS_BIND; do
    value=$(value_of "$key" "$before")
    printf '%s=%s\n' "$key" "$value"
  done
  while read -r key usual; do
    value=$(value_of "$key" "$before")
    printf '%s=%s\n' "$key" "${value:-$usual}"
  done <<<"$mail_ports"
}

# Several upgrades would fill the disk. One that the new version has, too, stays.
remove_old_images() {
  local image old new
  [[ -e $upgrade_root/old-images ]] || return 0
  new=$(docker compose config --images 2>>"$said")
  old=$(<"$upgrade_root/old-images")
  for image in $old; do
    [[ $'\n'$new$'\n' != *$'\n'"$image"$'\n'* ]] || continue
    docker image rm "$image" >/dev/null 2>&1 || log "warning: the old image $image is still there; remove it by: sudo docker image rm $image"
  done
}
