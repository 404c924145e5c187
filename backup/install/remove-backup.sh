#!/usr/bin/env bash
# Take the backup's timers, settings and programs off a host. Backups that are there stay.
#
# Usage:  remove-backup.sh
# Output: one line
# Exit:   0 none of them is there, 1 failed (standard error says why)
# Again:  safe at any time; a run that died half-way is finished by the next.
# The script comes over standard input (with lib.sh before it), so nothing in it reads from there.
# shellcheck source=../../mailcow/scripts/lib.sh
[[ ${mailstead_lib-} == loaded ]] || source "$(dirname "${BASH_SOURCE[0]}")/../../mailcow/scripts/lib.sh"

units=(mailstead-backup.timer mailstead-offsite.timer mailstead-backup.service mailstead-offsite.service mailstead-metadata.service)

main() {
  [[ $# -eq 0 ]] || die "want no arguments, got $#"
  local unit
  hold_lock
  for unit in "${units[@]}"; do
    [[ -e $root/etc/systemd/system/$unit ]] || continue
    # A backup that is being written is ended, and its unfinished folder is not taken for one.
    quietly systemctl disable --now "$unit"
    rm -f "$root/etc/systemd/system/$unit"
  done
  systemctl daemon-reload
  rm -rf "$root"/usr/local/lib/mailstead/backup{,.new,.old} "$root/usr/local/lib/mailstead/rclone"
  rm -f "$root"/etc/mailstead/{backup.env,backup-key.asc,rclone.conf,rclone.installed,offsite-credentials,metadata.nft}
  # Alerts about the age of backups that nobody wants any more would never end.
  rm -f "$root"/var/lib/prometheus/node-exporter/mailstead_{backup,offsite}.prom
  echo 'backups removed; what is in /backup stays'
}

main "$@"
