#!/usr/bin/env bash
# Look whether mailcow works as seen from its own host: every container, every port, the API, the certificate.
#
# Usage:  verify-mailcow.sh HOSTNAME
# Exit:   0 works, 1 does not (standard error names every part that does not)
# Again:  only looks; safe at any time.
# A certificate that nobody vouches for yet is a warning: it comes when DNS points here, and that is a later step.
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

conf=$install_root/mailcow.conf
running_limit_s=${MAILSTEAD_LIMIT_S:-600}
watch_s=$((pause_s * 5)) # a container that dies at its start shows within this time
port_limit_s=120         # Postfix makes strangers wait some seconds for its greeting

main() {
  [[ $# -eq 1 ]] || die "want 1 argument, the host name, got $#"
  local hostname=$1 services count
  cd "$install_root" || die "$install_root is missing; run install-mailcow.sh first"
  services=$(docker compose config --services | sort)
  wait_for_services "$services"
  watch_restarts "$services"
  wait_for_api 120
  check_ports
  warn_of_certificate "$hostname"
  count=$(wc -l <<<"$services")
  echo "verified $hostname: $count services"
}

# Print one line a container: service, state, number of restarts, health.
containers() {
  local ids
  ids=$(docker compose ps --all --quiet)
  [[ -n $ids ]] || return 0
  # shellcheck disable=SC2086 # one word an id
  docker inspect --format '{{index .Config.Labels "com.docker.compose.service"}} {{.State.Status}} {{.RestartCount}} {{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}' $ids | sort
}

# Print the services that do not run, each with its state. mailcow's releases differ in their services, so they are
# compared with its own list and not with a number.
lacking() {
  local services=$1 now service state
  now=$(containers)
  for service in $services; do
    state=$(awk -v service="$service" '$1 == service { print $2 " " $4 }' <<<"$now")
    [[ $state == 'running '* && $state != *unhealthy ]] || echo "$service (${state:-no container})"
  done
}

wait_for_services() {
  local services=$1 deadline=$((SECONDS + running_limit_s)) missing
  while true; do
    missing=$(lacking "$services")
    [[ -n $missing ]] || return 0
    ((SECONDS < deadline)) || die "not running after $running_limit_s s: ${missing//$'\n'/, }; look at: sudo docker compose logs (in $install_root)"
    sleep "$pause_s"
  done
}

# A container that restarts again and again is "running" most of the time.
watch_restarts() {
  local services=$1 before after restarted missing
  before=$(containers)
  sleep "$watch_s"
  after=$(containers)
  restarted=$(awk 'FNR == NR { count[$1] = $3; next } $3 > count[$1] { print $1 }' <(echo "$before") <(echo "$after"))
  [[ -z $restarted ]] || die "restarting again and again: ${restarted//$'\n'/, }; look at: sudo docker compose logs (in $install_root)"
  missing=$(lacking "$services")
  [[ -z $missing ]] || die "did not keep running: ${missing//$'\n'/, }"
}

# Docker's proxy accepts connections for a dead service, so each must say its own words.
check_ports() {
  local key usual protocol port
  while read -r key usual protocol; do
    port=$(port_of "$key" "$usual")
    wait_until "$port_limit_s" "port $port speaks ${protocol//_/ }" "speaks_$protocol" "$port"
  done <<'PORTS'
SMTP_PORT 25 smtp
SUBMISSION_PORT 587 smtp
SMTPS_PORT 465 smtp_over_tls
IMAP_PORT 143 imap
IMAPS_PORT 993 imap_over_tls
POPS_PORT 995 pop3_over_tls
HTTP_PORT 80 http
PORTS
}

# Print the port of a service from mailcow.conf, where an address may stand before it. Usage: port_of KEY USUAL
port_of() {
  local value
  value=$(value_of "$1" "$conf")
  value=${value##*:}
  echo "${value:-$2}"
}

speaks_smtp() { greets "$1" '220*'; }
speaks_imap() { greets "$1" '\* OK*'; }
speaks_smtp_over_tls() { greets_in_tls "$1" '220*' QUIT; }
speaks_imap_over_tls() { greets_in_tls "$1" '\* OK*' 'a LOGOUT'; }
speaks_pop3_over_tls() { greets_in_tls "$1" '+OK*' QUIT; }

speaks_http() {
  curl --silent --output /dev/null --max-time 15 "http://127.0.0.1:$1/"
}

# Usage: greets PORT PATTERN
greets() {
  # shellcheck disable=SC2016 # the inner shell's own words
  timeout 15 bash -c 'read -r line <"/dev/tcp/127.0.0.1/$1" && [[ $line == $2 ]]' bash "$1" "$2" 2>/dev/null
}

# Says goodbye at once, so that the server ends the conversation. Usage: greets_in_tls PORT PATTERN GOODBYE
greets_in_tls() {
  local said
  said=$(timeout 15 openssl s_client -quiet -crlf -connect "127.0.0.1:$1" <<<"$3" 2>/dev/null) || true # how it ended does not matter
  # shellcheck disable=SC2053 # a pattern
  [[ $said == $2 ]]
}

warn_of_certificate() {
  local hostname=$1 port said advice
  port=$(port_of HTTPS_PORT 443)
  said=$(openssl s_client -connect "127.0.0.1:$port" -servername "$hostname" -verify_hostname "$hostname" \
    </dev/null 2>/dev/null | sed -n 's/^ *Verify return code: //p' | head -n 1) || true # a failure is what it reports
  advice=$(certificate_advice)
  [[ $said == 0\ * ]] ||
    log "warning: the certificate of $hostname is not trusted yet (${said:-no answer}); $advice"
}

# Print what to do for a certificate that everybody trusts.
certificate_advice() {
  local skipped
  skipped=$(value_of SKIP_LETS_ENCRYPT "$conf")
  if [[ $skipped == y ]]; then
    echo "lets_encrypt is off: put one of your own into $install_root/data/assets/ssl (cert.pem, key.pem), or set lets_encrypt: true"
  else
    echo "it comes by itself once the DNS records are there, which mailstead dns lists"
  fi
}

main "$@"
