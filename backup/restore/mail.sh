#!/usr/bin/env bash
# Brings one mailbox's archive into mailcow: merged into the live mailbox, beside its mail, or in its place.
#
# Usage:  sourced by ../restore.sh, after lib.sh, place.sh and opening.sh
#         find_mail_volume, then restore_mailbox DOMAIN DAY ARCHIVE SHA256 MESSAGES NAME
#         before it, how may be set to beside or overwrite, and dry_run to --dry-run
# Again:  safe at any time; what a killed run has brought is counted as there.
# shellcheck source=../../mailcow/scripts/lib.sh
[[ ${mailstead_lib-} == loaded ]] || source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=journal.sh
[[ -v standstill_file ]] || source "$(dirname "${BASH_SOURCE[0]}")/journal.sh"
# shellcheck source=opening.sh
[[ -v work ]] || source "$(dirname "${BASH_SOURCE[0]}")/opening.sh"

how=merge
dry_run=""
# Whether mailcow has to have a mailbox already; a dry run of everything would make them.
need_mailbox=yes
stamp=$(date --utc +%Y%m%dT%H%M%SZ)
exit_no_mailbox=3
vmail=""
staging=""
owner=""

# Docker volumes of mailcow's project, on the host. Usage: volume NAME
volume() {
  local name folder
  name=$(value_of BACKUP_PROJECT "$root/etc/mailstead/backup.env")
  [[ -n $name ]] || name=$(value_of COMPOSE_PROJECT_NAME "$install_root/mailcow.conf")
  name=${name:-mailcowdockerized}_$1
  # What Docker says is another way to the same place on a host of ours, and nothing is renamed from one way to another.
  folder=$docker_volumes/$name/_data
  [[ -d $folder ]] || folder=$(docker volume inspect --format '{{.Mountpoint}}' "$name" 2>/dev/null) ||
    die "mailcow's volume $name is missing; mailcow has to be installed and started first: mailstead up"
  printf '%s\n' "$root${folder#"$root"}"
}

find_mail_volume() {
  local group
  vmail=$(volume vmail-vol-1)
  [[ -d $vmail ]] || die "$vmail is missing; mailcow has to be installed and started first: mailstead up"
  # On the same disk, so that a message gets its place by one rename.
  staging=$(beside_mail restore)
  # Of a restore that was stopped, when Dovecot may stand still.
  owner=$(standstill OWNER)
  [[ -z $owner ]] || return 0
  owner=$(in_dovecot id --user vmail)
  group=$(in_dovecot id --group vmail)
  owner=$owner:$group
  [[ $owner =~ ^[0-9]+:[0-9]+$ ]] || die "the container dovecot-mailcow does not say who vmail is ($owner); is it running?"
}

# Print a folder of ours on the disk that the mail lies on: beside the data, in no container; or in it, where that is a
# disk of its own. No name with a dot, which would be a domain's. Usage: beside_mail NAME
beside_mail() {
  if mountpoint --quiet -- "$vmail" 2>/dev/null; then
    printf '%s\n' "$vmail/_mailstead-$1"
  else
    printf '%s\n' "${vmail%/*}/mailstead-$1"
  fi
}

in_dovecot() {
  docker compose --project-directory "$install_root" exec -T dovecot-mailcow "$@" </dev/null
}

doveadm() {
  quietly in_dovecot doveadm "$@"
}

# Doveadm's own status for an unknown user (EX_NOUSER of sysexits).
no_such_user=67

# Usage: require_mailbox ADDRESS
require_mailbox() {
  local status=0
  # For five minutes Dovecot may still know one that was removed.
  doveadm auth cache flush "$1"
  # shellcheck disable=SC2310 # its status is what is asked for
  in_dovecot doveadm user "$1" >/dev/null 2>&1 || status=$?
  case $status in
    0) ;;
    "$no_such_user")
      log "error: mailcow has no mailbox $1, so nobody could read what is restored; make it again first (put the person back into mail_list.yml and run: mailstead up), then run this again"
      exit "$exit_no_mailbox"
      ;;
    *) die "doveadm user $1 ended with $status; is the container dovecot-mailcow running?" ;;
  esac
}

restore_mailbox() {
  local domain=$1 day=$2 archive=$3 sha256=$4 messages=$5 name=$6 address=$6@$1 opened=$work/mailbox counts found
  [[ -z $need_mailbox ]] || require_mailbox "$address"
  have_archive "$domain" "$day" "$archive"
  open_archive "$tree/$domain/$day" "$archive" "$sha256" "$opened"
  counts=$(unpack "$opened" "$staging" "$name")
  rm -f -- "$opened"
  found=$(jq .messages <<<"$counts")
  [[ $messages == - || $found == "$messages" ]] ||
    die "$archive holds $found messages, its manifest says $messages; nothing of it is restored"
  chown --recursive --no-dereference "$owner" "$staging/$name"
  case $how in
    merge | beside) bring "$address" "$staging/$name" "$vmail/$domain/$name" "$day" ;;
    *) replace "$address" "$staging/$name" "$vmail/$domain/$name" ;;
  esac
  rm -rf -- "$staging"
}

# What was unpacked is the owner's already; left are the folders that were made for it. What people's programs rename
# meanwhile has its owner. Usage: give_to_owner FOLDER
give_to_owner() {
  find "$1" -ignore_readdir_race ! \( -uid "${owner%:*}" -gid "${owner#*:}" \) -exec chown --no-dereference "$owner" {} +
}

# Usage: bring ADDRESS UNPACKED LIVE DAY
bring() {
  local address=$1 unpacked=$2 live=$3 folder=Restored-$4 done_ added kept files where=""
  local arguments=(merge "$unpacked" "$live")
  if [[ $how == beside ]]; then
    arguments=(beside "$unpacked" "$live" "$folder")
    where=" in folder $folder"
  fi
  [[ -n $dry_run ]] || make_folder_of "$live"
  done_=$(python3 "$restore_programs/maildir.py" ${dry_run:+"$dry_run"} "${arguments[@]}")
  added=$(jq .added <<<"$done_")
  kept=$(jq .kept <<<"$done_")
  files=$(jq --raw-output '.files_kept | join(", ")' <<<"$done_")
  if [[ -z $dry_run ]]; then
    give_to_owner "$live"
    tell_dovecot "$address"
    [[ $how == merge ]] || subscribe "$address" "$folder"
  fi
  printf '%s: %s%s messages added%s, %s were there and stay as they are%s\n' "$address" "${dry_run:+would be: }" "$added" \
    "$where" "$kept" "${files:+; kept the live $files}"
}

# On a new host nobody of the domain has had mail yet, so its folder is not there; Dovecot has to get into it.
# Usage: make_folder_of LIVE
make_folder_of() {
  local domain_folder=${1%/*}
  [[ -d $domain_folder ]] || (umask 077 && mkdir -- "$domain_folder")
  chown --no-dereference "$owner" "$domain_folder"
}

# Put the archive's mailbox in the place of the live one, which is kept aside. Usage: replace ADDRESS UNPACKED LIVE
replace() {
  local address=$1 unpacked=$2 live=$3 aside newer=0 index
  aside=$(replaced_mail)/$address-$stamp
  index=$(volume vmail-index-vol-1)
  if [[ -d $live ]]; then
    newer=$(python3 "$restore_programs/maildir.py" missing "$unpacked" "$live")
    newer=$(jq .missing <<<"$newer")
  fi
  if [[ -n $dry_run ]]; then
    printf '%s: would be replaced; %s messages that the archive does not have would leave it, and be kept on the host\n' "$address" "$newer"
    return 0
  fi
  # shellcheck disable=SC2310
  in_dovecot doveadm kick "$address" >/dev/null 2>&1 || true # nobody is logged in
  if [[ -d $live ]]; then
    (umask 077 && mkdir -p -- "${aside%/*}")
    mv -- "$live" "$aside"
  fi
  make_folder_of "$live"
  mv -T -- "$unpacked" "$live"
  # It speaks of the folders that are gone, and Dovecot makes it again.
  rm -rf -- "${index:?}/$address"
  tell_dovecot "$address"
  printf '%s: replaced; %s messages that the archive does not have left it; what was there lies in %s\n' "$address" "$newer" "$aside"
}

# Print where replaced mail is kept: on the disk that it lies on. Moved to another one, it would be copied and then
# removed, with what came meanwhile.
replaced_mail() {
  local ours its
  ours=$(stat --format %d -- "$mail_root")
  its=$(stat --format %d -- "$vmail")
  # The same disk, mounted twice, is another to a rename.
  if [[ $ours == "$its" && $vmail == "$docker_volumes"/* && $staging != "$vmail"/* ]]; then
    printf '%s\n' "$state_root/replaced"
  else
    beside_mail replaced
  fi
}

# Usage: tell_dovecot ADDRESS
tell_dovecot() {
  doveadm force-resync -u "$1" '*'
  doveadm quota recalc -u "$1"
}

# Most mail programs show only folders that are subscribed. Usage: subscribe ADDRESS FOLDER
subscribe() {
  local listed names
  listed=$(in_dovecot doveadm mailbox list -u "$1" "$2" "$2/*")
  [[ -n $listed ]] || return 0
  mapfile -t names <<<"$listed"
  doveadm mailbox subscribe -u "$1" "${names[@]}"
}
