#!/usr/bin/env bash
# Look at the certificate that each port of this host shows: figures for Prometheus.
#
# Usage:  certificates.sh
# Output: /var/lib/prometheus/node-exporter/mailstead_certificates.prom, whole or not at all; a port that shows none has
#         no figure, and the run is told as failed
# Exit:   0 every port showed one, 1 one or more did not (standard error says which)
# Again:  safe at any time.
# Needs:  METRICS_HOSTNAME and METRICS_MAILCOW_ROOT, from /etc/mailstead/metrics.env
# shellcheck disable=SC2034 # lib.sh reads it
collector=certificates
# shellcheck source=lib.sh
source "${BASH_SOURCE[0]%/*}/lib.sh"

# What mailcow.conf calls the port, the usual one, and what is said before TLS.
ports='
SMTP_PORT 25 smtp
SMTPS_PORT 465
SUBMISSION_PORT 587 smtp
IMAPS_PORT 993
POPS_PORT 995
HTTPS_PORT 443
'

main() {
  local key usual before where end text lines='' good=1
  while read -r key usual before; do
    [[ -n $key ]] || continue
    where=$(address_of "$key" "$usual")
    end=$(end_of "$where" "$before")
    if [[ -n $end ]]; then
      lines+="mail_certificate_expiry_timestamp_seconds{port=\"$usual\"} $end"$'\n'
    else
      good=0
      echo "error: port $usual shows no certificate at $where" >&2
    fi
  done <<<"$ports"
  text=$(figures "$good" "$lines")
  put_figures <<<"$text"
  [[ $good == 1 ]]
}

# Print ADDRESS:PORT of a port on this host; mailcow.conf has a number, or an address before it.
# Usage: address_of KEY USUAL
address_of() {
  local found bind
  found=$(setting "$1")
  found=${found:-$2}
  [[ $1 != HTTPS_PORT ]] || bind=$(setting HTTPS_BIND)
  if [[ $found == *:* ]]; then
    echo "$found"
  else
    [[ -n ${bind-} && $bind != 0.0.0.0 ]] || bind=127.0.0.1
    echo "$bind:$found"
  fi
}

# Print when the certificate of a port ends, in seconds since 1970; nothing when it shows none.
# Usage: end_of ADDRESS:PORT [BEFORE-TLS]
end_of() {
  local words=(-connect "$1" -servername "${METRICS_HOSTNAME:?}") shown end
  [[ -z ${2-} ]] || words+=(-starttls "$2")
  # mailcow's port 25 lets whoever is new wait for some seconds. What goes wrong is seen by what is not there.
  shown=$(timeout 30 openssl s_client "${words[@]}" </dev/null 2>/dev/null) || shown=''
  end=$(openssl x509 -noout -enddate <<<"$shown" 2>/dev/null) || return 0
  date --date "${end#notAfter=}" +%s
}

# Usage: figures GOOD LINES
figures() {
  told_when
  told_how "$1"
  head_of mail_certificate_expiry_timestamp_seconds 'When the certificate ends that the port shows.'
  printf '%s' "$2"
}

main "$@"
