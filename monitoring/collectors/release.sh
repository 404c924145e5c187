#!/usr/bin/env bash
# Ask mailcow's own repository whether a newer release is out than the one that is installed: figures for Prometheus.
#
# Usage:  release.sh
# Output: /var/lib/prometheus/node-exporter/mailstead_release.prom, whole or not at all; when the repository could not be
#         asked it says that and nothing of releases, so that no old answer looks like a new one
# Exit:   0 asked and written, 1 it could not be asked
# Again:  safe at any time.
# Needs:  METRICS_MAILCOW_ROOT, from /etc/mailstead/metrics.env
# shellcheck disable=SC2034 # lib.sh reads it
collector=release
# shellcheck source=lib.sh
source "${BASH_SOURCE[0]%/*}/lib.sh"
export GIT_TERMINAL_PROMPT=0

main() {
  # Its folder may belong to another user.
  local git=(timeout 60 git -c "safe.directory=${METRICS_MAILCOW_ROOT:?}" -C "$METRICS_MAILCOW_ROOT")
  local installed newest listed releases text good=0
  installed=$("${git[@]}" describe --tags --abbrev=0) || installed='' # git has said why, and the figures say that it did
  listed=$("${git[@]}" ls-remote --tags --refs origin) || listed=''
  # mailcow's releases are named by year and month, and a letter for each that mends one: 2026-07, 2026-07a.
  releases=$(sed -nE 's|^.*refs/tags/(20[0-9]{2}-[0-9]{2}[a-z]?)$|\1|p' <<<"$listed" | sort)
  newest=$(tail -n 1 <<<"$releases")
  [[ -z $installed || -z $newest ]] || good=1
  text=$(figures "$good" "$installed" "$newest")
  put_figures <<<"$text"
  [[ $good == 1 ]] || {
    echo "error: no release of mailcow is known; look at: sudo git -C $METRICS_MAILCOW_ROOT ls-remote --tags origin" >&2
    exit 1
  }
}

# Usage: figures GOOD INSTALLED NEWEST
figures() {
  local available=0
  told_when
  told_how "$1"
  [[ $1 == 1 ]] || return 0
  [[ ! $3 > $2 ]] || available=1
  head_of mail_mailcow_update_available 'Whether a newer release of mailcow is out.'
  echo "mail_mailcow_update_available $available"
  head_of mail_mailcow_version_info 'Which release is installed, and which is the newest.'
  echo "mail_mailcow_version_info{version=\"$2\",newest=\"$3\"} 1"
}

main "$@"
