#!/usr/bin/env bash
# Ask the lists that other mail servers refuse by whether this host's address is on them: figures for Prometheus.
#
# Usage:  blocklists.sh
# Output: /var/lib/prometheus/node-exporter/mailstead_blocklists.prom, whole or not at all; a list that did not answer,
#         or refused to, has no figure of a listing and is told as unanswered
# Exit:   0 one list or more has answered, or there is none to ask; 1 none has (standard error says which)
# Again:  safe at any time; each run asks each list once or twice.
# Needs:  METRICS_ADDRESS (public IPv4 address, or a name that has one), METRICS_BLOCKLISTS (zones with blanks between)
#         and METRICS_MAILCOW_ROOT, from /etc/mailstead/metrics.env
# shellcheck disable=SC2034 # lib.sh reads it
collector=blocklists
# shellcheck source=lib.sh
source "${BASH_SOURCE[0]%/*}/lib.sh"

dig=(dig -r +time=5 +tries=1 +noall +comments +answer)

main() {
  local address zone state counter text answered=0 asked=0 network resolvers
  local -A listed=()
  network=$(setting IPV4_NETWORK)
  # Lists do not answer resolvers that everybody uses; mailcow's own is this host's alone. Nothing is dig's own choice.
  resolvers=("@${network:-172.22.1}.254" '')
  address=$(address_of "${METRICS_ADDRESS:?}")
  for zone in ${METRICS_BLOCKLISTS-}; do
    asked=$((asked + 1))
    state=$(listing "$zone" "$address")
    if [[ $state == 1 ]]; then
      # A list that was given up may name the whole world; this address none may name (RFC 5782, 5).
      counter=$(listing "$zone" 127.0.0.1)
      [[ $counter == 0 ]] || state=''
    fi
    listed[$zone]=$state
    if [[ -n $state ]]; then
      answered=$((answered + 1))
    else
      echo "error: $zone says nothing about ${address:-$METRICS_ADDRESS, which has no IPv4 address}" >&2
    fi
  done
  text=$(figures "$((asked == 0 || answered > 0))") # whole, before any of it is put there
  put_figures <<<"$text"
  ((asked == 0 || answered > 0))
}

# Print 1 where a list has an address on it, 0 where it has not, nothing where it does not say. Usage: listing ZONE IPV4
listing() {
  local resolver answer found strange a b c d
  [[ -n $2 ]] || return 0
  IFS=. read -r a b c d <<<"$2"
  for resolver in "${resolvers[@]}"; do
    answer=$("${dig[@]}" ${resolver:+"$resolver"} -q "$d.$c.$b.$a.$1" -t A) || continue # the next may be there
    [[ $answer =~ status:\ (NOERROR|NXDOMAIN), ]] || continue
    found=$(values <<<"$answer")
    if [[ -z $found ]]; then
      echo 0
      return
    fi
    # 127.255.255.x says that this resolver is not answered; what does not begin with 127 was made up on the way.
    strange=$(awk '/^127\.255\.255\./ || !/^127\./' <<<"$found")
    if [[ -z $strange ]]; then
      echo 1
      return
    fi
  done
}

# Print the addresses of an answer, one a line.
values() {
  awk '!/^;/ && $4 == "A" { print $5 }'
}

# Print the IPv4 address that a name has, nothing when it has none; an address as it is.
address_of() {
  local answer
  if [[ $1 =~ ^[0-9]+(\.[0-9]+){3}$ ]]; then
    echo "$1"
  elif answer=$("${dig[@]}" -q "$1" -t A); then
    values <<<"$answer" | sed -n 1p
  fi
}

# Usage: figures GOOD
figures() {
  local zone silent
  told_when
  told_how "$1"
  head_of mail_blocklisted 'Whether the list has the public address of the host on it.'
  for zone in ${METRICS_BLOCKLISTS-}; do
    [[ -z ${listed[$zone]} ]] || echo "mail_blocklisted{list=\"$zone\"} ${listed[$zone]}"
  done
  head_of mail_blocklist_unanswered 'Whether the list did not answer, or refused to.'
  for zone in ${METRICS_BLOCKLISTS-}; do
    silent=0
    [[ -n ${listed[$zone]} ]] || silent=1
    echo "mail_blocklist_unanswered{list=\"$zone\"} $silent"
  done
}

main "$@"
