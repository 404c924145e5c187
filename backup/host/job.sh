#!/usr/bin/env bash
# What the jobs of this folder begin with: settings, one at a time, figures for the watch.
#
# Usage:  source "$here/job.sh", after lib.sh
# Again:  changes nothing by itself.
# shellcheck source=../../mailcow/scripts/lib.sh
[[ ${mailstead_lib-} == loaded ]] || source "$(dirname "${BASH_SOURCE[0]}")/../../mailcow/scripts/lib.sh"

settings_file=$root/etc/mailstead/backup.env
metrics_folder=$root/var/lib/prometheus/node-exporter
backup_root=$root/backup
# shellcheck disable=SC2034 # for those that source this
tree=$backup_root/mailcow
# shellcheck disable=SC2034
mirror=$backup_root/mirror
# shellcheck disable=SC2034
key_file=$root/etc/mailstead/backup-key.asc
# Somebody met an archive that is damaged: the next backup looks at all that it would link.
# shellcheck disable=SC2034
read_every_archive=$backup_root/read-every-archive
ended=0

# Print a setting of the job. Usage: setting NAME [DEFAULT]
setting() {
  local found
  found=$(value_of "$1" "$settings_file")
  printf '%s\n' "${found:-${2-}}"
}

# Do a part in a shell of its own, so that where it fails the others still get their turn. Its status is in ended.
# Never in a condition: bash would go on behind what fails in it. Usage: apart PROGRAM...
apart() {
  set +e
  (
    set -e
    "$@"
  )
  # shellcheck disable=SC2034 # for those that source this
  ended=$?
  set -e
}

# Two at once would write one snapshot. Whoever comes second says so and leaves the first one's figures alone.
# Usage: one_at_a_time NAME
one_at_a_time() {
  mkdir -p "$root/run/lock"
  exec 8>"$root/run/lock/mailstead-$1.lock"
  flock --nonblock 8 || die "another $1 is at work; see it with: sudo systemctl status mailstead-$1.service"
}

need_backup_volume() {
  local wanted
  wanted=$(setting BACKUP_NEEDS_MOUNT yes)
  [[ -d $backup_root ]] || die "there is no $backup_root; mount the backup volume there"
  [[ $wanted == no ]] || mountpoint --quiet "$backup_root" ||
    die "no volume is mounted on $backup_root, and backups would fill the system's own disk; look at: findmnt $backup_root"
}

# Write figures for the node exporter, whole or not at all. Usage: publish TOPIC <TEXT
publish() {
  mkdir -p "$metrics_folder"
  put "$metrics_folder/mailstead_$1.prom" 644
}

# Print a figure that was published before, with its labels; nothing when there is none. Usage: published TOPIC NAME
published() {
  [[ -e $metrics_folder/mailstead_$1.prom ]] || return 0
  awk -v name="$2" '$1 == name || index($1, name "{") == 1' "$metrics_folder/mailstead_$1.prom"
}

# Print a metric's two head lines. Usage: head_of NAME TEXT
head_of() {
  printf '# HELP %s %s\n# TYPE %s gauge\n' "$1" "$2" "$1"
}
