#!/usr/bin/env bash
# Where snapshots lie and what is in them: this host's backup volume, a folder, or off-site through rclone.
#
# Usage:  sourced by ../restore.sh and ../drill.sh, after lib.sh
#         use_place [PATH|REMOTE:PATH]  then snapshots, day_folder, archives_of
# Needs:  BACKUP_MAILCOW_ROOT in /etc/mailstead/backup.env, where mailcow is not in our own place
# Again:  what was fetched from off-site is not fetched again, until the restore that needed it has ended.
# shellcheck source=../../mailcow/scripts/lib.sh
[[ ${mailstead_lib-} == loaded ]] || source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# The tree, as <DOMAIN>/<YYYYMMDD>/ and system/<YYYYMMDD>/, or empty when it is off-site.
tree=""
remote=""
# shellcheck disable=SC2034 # for the files that source this one
restore_programs=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
backup_root=$root/backup
# Everything a restore keeps: below it nothing outlives a restore that has ended.
restore_root=$backup_root/.restore
# mailcow may have stood on this host before us, elsewhere.
install_root=$(value_of BACKUP_MAILCOW_ROOT "$root/etc/mailstead/backup.env")
install_root=${install_root:-$mail_root/mailcow-dockerized}
install_root=$root${install_root#"$root"}
rclone=rclone
rclone_config=${RCLONE_CONFIG:-$root/etc/mailstead/rclone.conf}

use_place() {
  local place=${1:-$backup_root}
  if [[ $place == *:* && $place != /* ]]; then
    use_remote "${place%/}"
    return 0
  fi
  [[ -d $place ]] || die "$place is no folder; --from takes a folder, or a remote of rclone such as offsite:bucket"
  tree=$(realpath "$place")
  [[ ! -d $tree/mailcow ]] || tree=$tree/mailcow
}

use_remote() {
  local own=$root/usr/local/lib/mailstead/rclone
  [[ ! -x $own ]] || rclone=$own
  command -v "$rclone" >/dev/null || die "rclone is not installed, and $1 needs it; install it, or download the folder and give its path"
  local top digest
  remote=$1
  top=$(ask_remote lsf --dirs-only "$remote")
  if grep --quiet --line-regexp mailcow/ <<<"$top"; then
    remote=$remote/mailcow
  fi
  digest=$(sha256sum <<<"$remote")
  tree=$restore_root/fetched/${digest:0:16}
}

ask_remote() {
  "$rclone" --config "$rclone_config" --retries 3 "$@" || die "rclone $1 failed for $remote; see the lines above, the same command goes on from here"
}

# Print DOMAIN/DAY/manifest.json of all days.
manifests() {
  if [[ -n $remote ]]; then
    ask_remote lsf --recursive --files-only --max-depth 3 --include '/*/*/manifest.json' "$remote"
  else
    find "$tree" -mindepth 3 -maxdepth 3 -type f -name manifest.json -printf '%P\n'
  fi
}

# Print DOMAIN DAY of every whole snapshot, oldest first; those of the server itself are of the domain "system".
# One that is still being written has another name, and one without a manifest was never finished.
snapshots() {
  local found
  found=$(manifests)
  awk -F / '$2 ~ /^[0-9]+$/ && length($2) == 8 {print $1, $2}' <<<"$found" | sort -k2,2 -k1,1
}

# Print the newest day of a domain, or check the one that was asked for. Usage: day_of DOMAIN [DAY]
day_of() {
  local domain=$1 day=${2-} found
  found=$(snapshots)
  found=$(awk -v domain="$domain" '$1 == domain {print $2}' <<<"$found")
  [[ -n $found ]] || die "there is no snapshot of $domain in ${remote:-$tree}; look with: restore.sh list"
  if [[ -z $day ]]; then
    tail -n 1 <<<"$found"
    return 0
  fi
  grep --quiet --line-regexp --fixed-strings "$day" <<<"$found" ||
    die "there is no snapshot of $domain of day $day; there are: ${found//$'\n'/ }"
  printf '%s\n' "$day"
}

# Have the small files of a day here, and print the folder. Usage: day_folder DOMAIN DAY
day_folder() {
  local folder=$tree/$1/$2 name
  if [[ -n $remote ]]; then
    for name in manifest.json SHA256SUMS; do
      ask_remote copyto "$remote/$1/$2/$name" "$folder/$name" >&2
    done
  fi
  check_manifest "$folder" "$1" "$2"
  printf '%s\n' "$folder"
}

# Have one archive here. Usage: have_archive DOMAIN DAY ARCHIVE
have_archive() {
  [[ -z $remote ]] || ask_remote copyto "$remote/$1/$2/$3" "$tree/$1/$2/$3" >&2
  [[ -f $tree/$1/$2/$3 && ! -L $tree/$1/$2/$3 ]] || die "$3 of $1, day $2, is missing in ${remote:-$tree}"
}

# Refuse a manifest that is not of this folder, names anything outside of it, or contradicts the sums beside it: then
# somebody or something has changed one of the two. Usage: check_manifest FOLDER DOMAIN DAY
check_manifest() {
  local folder=$1 listed summed own found
  [[ -f $folder/manifest.json ]] || die "$folder has no manifest.json"
  [[ -f $folder/SHA256SUMS ]] || die "$folder has no SHA256SUMS"
  jq --exit-status --arg domain "$2" --arg day "$3" '
    def plain: type == "string" and test("^[^/\\\\[:cntrl:]]+$") and . != "." and . != "..";
    .format == 1 and .domain == $domain and (.day | tostring) == $day
    and ([(.mailboxes // .parts)[] | (.name | plain) and (.archive | plain)
          and (.sha256 | test("^[0-9a-f]{64}$"))] | all)
    and ((.mailboxes // .parts) | ([.[].name] | unique | length) == length and ([.[].archive] | unique | length) == length)
  ' "$folder/manifest.json" >/dev/null 2>&1 ||
    die "manifest.json of $2, day $3, is not one of this day and domain, or is damaged; nothing of this day is restored"
  listed=$(jq --raw-output '(.mailboxes // .parts)[] | "\(.sha256)  \(.archive)"' "$folder/manifest.json" | sort)
  summed=$(awk '$2 != "manifest.json" && $2 != "*manifest.json"' "$folder/SHA256SUMS" | sed 's/^\([0-9a-f]\{64\}\) \*/\1  /' | sort)
  [[ $listed == "$summed" ]] || die "SHA256SUMS and manifest.json of $2, day $3, contradict each other; nothing of this day is restored"
  own=$(awk '$2 == "manifest.json" || $2 == "*manifest.json" {print $1}' "$folder/SHA256SUMS")
  found=$(sha256sum <"$folder/manifest.json")
  [[ -z $own || $own == "${found%% *}" ]] ||
    die "manifest.json of $2, day $3, is not the one that SHA256SUMS speaks of; nothing of this day is restored"
}

# Print, one a line with tabs: ARCHIVE SHA256 MESSAGES NAME; all of a folder, or the one of NAME.
# What a part does not count is "-". Usage: archives_of FOLDER [NAME]
archives_of() {
  jq --raw-output --arg name "${2-}" '
    (.mailboxes // .parts)[] | select($name == "" or .name == $name)
    | [.archive, .sha256, .messages // "-", .name] | @tsv
  ' "$1/manifest.json"
}
