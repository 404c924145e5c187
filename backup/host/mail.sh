#!/usr/bin/env bash
# Copies each domain's mail into one plain mirror, and makes an archive of each mailbox that has changed.
#
# Usage:  sourced by backup.sh, after job.sh and archive.sh
#         find_mail, need_room, mirror_domain DOMAIN, forget_gone_domains, archive_domain DOMAIN FOLDER
# Again:  the mirror is brought to what is there; an archive is made anew, or linked from the newest snapshot.
#
# Maildir: what a message says never changes, only its name and folder do. Dovecot may rename between two looks at a
# folder, so the mirror is brought up twice, the second time shortly (tried: 100 of 200 moved meanwhile, none missed).
# shellcheck source=archive.sh
[[ -v gnupg_home ]] || source "$(dirname "${BASH_SOURCE[0]}")/archive.sh"
# shellcheck source=newest.sh
source "$(dirname "${BASH_SOURCE[0]}")/newest.sh"

vmail=""
vanished=24 # rsync's status when files went away while it copied: they have another name by now

# Print where a Docker volume of mailcow's lies. Usage: volume NAME
volume() {
  local project
  project=$(setting BACKUP_PROJECT mailcowdockerized)
  docker volume inspect --format '{{.Mountpoint}}' "${project}_$1" 2>/dev/null ||
    die "mailcow's volume ${project}_$1 is missing; is mailcow installed here?"
}

find_mail() {
  local here before
  vmail=$(volume vmail-vol-1)
  vmail=$root${vmail#"$root"}
  [[ -d $vmail ]] || die "$vmail is missing; is the mail volume mounted?"
  here=$(domains_in "$vmail")
  before=$(domains_in "$mirror")
  if [[ -z $here && -n $before ]]; then
    die "there is no mail at all in $vmail, and there was at the last backup; nothing is changed. If all domains were removed, then: sudo rm -r $mirror"
  fi
}

# Print the domains that have mail below a folder, one a line. Usage: domains_in FOLDER
domains_in() {
  [[ -d $1 ]] || return 0
  find "$1" -mindepth 1 -maxdepth 1 -type d -name '*.*' -printf '%f\n' | sort
}

# Print the mailboxes below a domain's folder, one a line: local parts have no line breaks. Usage: mailboxes_in FOLDER
mailboxes_in() {
  find "$1" -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort
}

# Refuse early when the disk cannot hold it: what is new goes into the mirror, and the whole mailbox that it is in into
# an archive. Encrypted mail does not get smaller.
need_room() {
  local domain domains name people known changed size needed free
  needed=$(system_size)
  domains=$(domains_in "$vmail")
  for domain in $domains; do
    size=$(rsync_mail --dry-run --out-format='%l %n' "$vmail/$domain/" "$mirror/$domain/" |
      awk '$1 ~ /^[0-9]+$/ {sum += $1} END {printf "%d", sum}')
    needed=$((needed + size))
    known=$(newest_entries "$domain")
    people=$(mailboxes_in "$vmail/$domain")
    while read -r name; do
      [[ -n $name ]] || continue
      changed=$(changed_since_mirror "$domain" "$name" "$known")
      [[ -n $changed ]] || continue
      size=$(size_of "$vmail/$domain/$name" --apparent-size)
      needed=$((needed + size))
    done <<<"$people"
  done
  free=$(df --output=avail --block-size=1 "$backup_root" | tail -n 1)
  ((needed + needed / 20 <= free)) ||
    die "today's backup needs about $((needed / 1048576)) MiB and $backup_root has $((free / 1048576)) MiB free; make block_volume_sizes bigger, or backup_keep_days smaller"
}

# Print yes where a mailbox gets a new archive. Usage: changed_since_mirror DOMAIN NAME ENTRIES
changed_since_mirror() {
  local entry live mirrored
  entry=$(entry_of "$2" <<<"$3")
  # One that is removed at this moment is gone from the volume first.
  if [[ -n $entry && -d $mirror/$1/$2 && -d $vmail/$1/$2 ]]; then
    live=$(fingerprint "$vmail/$1/$2")
    mirrored=$(fingerprint "$mirror/$1/$2")
    [[ $live != "$mirrored" ]] || return 0
  fi
  echo yes
}

# Usage: rsync_mail OPTION... SOURCE TARGET
rsync_mail() {
  local status=0
  rsync --archive --numeric-ids --delete "$@" || status=$?
  [[ $status -eq 0 || $status -eq $vanished ]] || die "copying the mail failed (rsync's status $status)"
}

# Usage: mirror_domain DOMAIN
mirror_domain() {
  (umask 077 && mkdir -p -- "$mirror")
  rsync_mail "$vmail/$1/" "$mirror/$1/"
  rsync_mail "$vmail/$1/" "$mirror/$1/"
}

forget_gone_domains() {
  local domain domains
  domains=$(domains_in "$mirror")
  for domain in $domains; do
    [[ -d $vmail/$domain ]] || rm -rf -- "${mirror:?}/$domain"
  done
}

# Print what tells one state of a mailbox from another: every name, size and time in it. Where people read their mail
# meanwhile, names go away between two looks: those are left out.
# Usage: fingerprint FOLDER
fingerprint() {
  local sum
  sum=$(find "$1" -ignore_readdir_race -mindepth 1 -printf '%P\t%y\t%s\t%T@\n' | awk -F '\t' '$2 == "d" {print $1 "\t" $2; next} {print}' | sort | sha256sum)
  printf '%s\n' "${sum%% *}"
}

# Print how many messages a mailbox has, their size in bytes, and the newest one's time. By names below it: a mailbox,
# too, may be called new or cur. Usage: count_of FOLDER
count_of() {
  (cd -- "$1" && find . -type f -regextype posix-extended -regex '.*/(cur|new)/[^/]+' -printf '%s %T@\n') |
    awk '{count++; bytes += $1; if ($2 > newest) newest = $2} END {printf "%d %d %d\n", count, bytes, newest}'
}

# Archive every mailbox of a domain into FOLDER; their entries go to FOLDER/entries. Usage: archive_domain DOMAIN FOLDER
archive_domain() {
  local name people known
  check_newest "$1"
  known=$(newest_entries "$1")
  people=$(mailboxes_in "$mirror/$1")
  while read -r name <&7; do # standard input stays free for the programs in it
    [[ -z $name ]] || archive_mailbox "$1" "$name" "$2" "$known"
  done 7<<<"$people"
}

# An unchanged mailbox has the archive of the newest snapshot. Usage: archive_mailbox DOMAIN NAME FOLDER ENTRIES
archive_mailbox() {
  local domain=$1 name=$2 folder=$3 archive before state was counted messages mail_bytes newest sum listed size
  archive=$name.tar.gz.gpg
  state=$(fingerprint "$mirror/$domain/$name")
  before=$(entry_of "$name" <<<"$4")
  was=$(jq --raw-output '.fingerprint // empty' <<<"${before:-null}")
  counted=$(count_of "$mirror/$domain/$name")
  read -r messages mail_bytes newest <<<"$counted"
  taken_day=""
  [[ -z $was || $was != "$state" ]] || take_again "$domain" "$before" "$folder"
  if [[ -n $taken_day ]]; then
    sum=$(jq --raw-output .sha256 <<<"$before")
  else
    sum=$(pack "$folder/$archive" "$mirror/$domain" "$name")
    listed=$(grep --count --extended-regexp '/(cur|new)/[^/]+$' "$folder/$archive.list" || true) # none is no failure
    rm -f -- "$folder/$archive.list"
    [[ $listed == "$messages" ]] || die "the archive of $name@$domain holds $listed messages and the mirror $messages; run it again"
    verify "$folder/$archive" "$sum"
  fi
  size=$(stat --format %s -- "$folder/$archive")
  jq --null-input --compact-output --arg name "$name" --arg archive "$archive" --arg sha256 "$sum" --arg fingerprint "$state" \
    --argjson bytes "$size" --argjson messages "$messages" --argjson mail_bytes "$mail_bytes" \
    --argjson newest "$newest" --arg day "$taken_day" '
      {$name, $archive, $bytes, $sha256, $messages, $mail_bytes, $fingerprint,
       newest_at: (if $newest > 0 then ($newest | todate) else null end),
       linked_from: (if $day == "" then null else $day end)}' >>"$folder/entries"
}
