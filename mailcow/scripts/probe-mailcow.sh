#!/usr/bin/env bash
# Send real mail through mailcow and read it: by submission with a log-in, and by port 25 as other servers do. And read
# one that lies here already: with another key pair for mail, only new ones could be read.
#
# Usage:  probe-mailcow.sh
# Exit:   0 all were read, 1 one was not (standard error says which; it never holds a password, or a word of a mail)
# Again:  safe at any time; what a run that was killed has left is removed by the next.
# The mailbox is in a domain of its own, which nobody can have outside (RFC 2606: .invalid), so that no domain's limits
# stand in the way and nobody's password is needed. It is made by mailcow's API, and removed again.
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

conf=$install_root/mailcow.conf
domain=mailstead-probe.invalid
address=probe@$domain
send_limit_s=300 # a virus scanner that starts takes minutes
read_limit_s=120
work=""
doveadm=(docker compose exec -T dovecot-mailcow doveadm)

main() {
  [[ $# -eq 0 ]] || die "want no arguments, got $#"
  local token
  cd "$install_root" || die "$install_root is missing; run install-mailcow.sh first"
  (umask 077 && mkdir -p "$state_root")
  work=$(mktemp -d "$state_root/.probe.XXXXXX") # in a folder that only root reads
  trap clean_up EXIT
  trap 'exit 143' TERM
  trap 'exit 130' INT
  remove_mailbox
  read_old_mail
  make_mailbox
  token=$(openssl rand -hex 8)
  write_mail "by-submission-$token" "$address"
  wait_until "$send_limit_s" 'submission (port 587) with a log-in does not take a mail' submit
  wait_until "$read_limit_s" 'a mail sent by submission (port 587) is not in the mailbox' can_read "by-submission-$token"
  write_mail "from-outside-$token" sender@mailstead-outside.invalid
  wait_until "$send_limit_s" 'port 25 does not take a mail' deliver
  wait_until "$read_limit_s" 'a mail sent by port 25 is not in the mailbox' can_read "from-outside-$token"
  echo 'mail was sent and read'
}

clean_up() {
  local status=$? removed
  # What was found out above stays: a server that is down cannot be tidied up, and the next probe does it.
  set +e
  (
    set -e
    remove_mailbox
  )
  removed=$?
  ((removed == 0)) || log "warning: the domain $domain of the probe is still in mailcow; the next probe removes it"
  rm -rf -- "$work"
  exit "$status"
}

# Ask the API for a change. Usage: change PATH <BODY
change() {
  local reply types
  cat >"$work/body" # arguments are visible to everybody on the machine
  reply=$(ask_api POST "$1" "$work/body")
  rm -f "$work/body"
  types=$(jq --raw-output '[.. | objects | .type? // empty] | unique | join(",")' <<<"${reply#*$'\n'}" 2>/dev/null) || types='' # no JSON, no type
  [[ ${reply%%$'\n'*} == 200 && $types == success ]] ||
    die "mailcow's API did not do $1 for the probe (status ${reply%%$'\n'*}, answer of type ${types:-none}); look at: sudo docker compose logs php-fpm-mailcow (in $install_root)"
}

# Print yes when mailcow has something of this name. Usage: known PATH
known() {
  local reply
  reply=$(ask_api GET "$1")
  # What is no JSON is nothing.
  jq --raw-output 'if type == "object" and length > 0 then "yes" else empty end' <<<"${reply#*$'\n'}" 2>/dev/null || true
}

remove_mailbox() {
  local found folder
  found=$(known "get/mailbox/$address")
  [[ -z $found ]] || jq --null-input --arg name "$address" '[$name]' | change delete/mailbox
  found=$(known "get/domain/$domain")
  [[ -z $found ]] || jq --null-input --arg name "$domain" '[$name]' | change delete/domain
  # A backup takes each domain's folder for a domain.
  folder=$(mail_folder)/$domain
  [[ ! -d $folder ]] || rmdir --ignore-fail-on-non-empty -- "$folder"
}

make_mailbox() {
  local password
  password=Aa1-$(openssl rand -hex 16)
  printf 'user = "%s:%s"\n' "$address" "$password" >"$work/log-in"
  # key_size 0: no DKIM key is made for it.
  jq --null-input --arg domain "$domain" '{$domain, description: "probe of mailstead", aliases: 1, mailboxes: 1,
    defquota: 10, maxquota: 10, quota: 10, active: "1", key_size: 0}' | change add/domain
  # From a pipe: arguments are visible to everybody on the machine.
  printf '%s\n' "$password" | jq --raw-input --arg domain "$domain" '{local_part: "probe", $domain, name: "Probe",
    quota: 10, password: ., password2: ., active: "1", force_pw_update: "0", tls_enforce_in: "0", tls_enforce_out: "0"}' |
    change add/mailbox
}

mail_folder() {
  local project_name
  project_name=$(value_of COMPOSE_PROJECT_NAME "$conf")
  printf '%s\n' "$docker_volumes/${project_name:-mailcowdockerized}_vmail-vol-1/_data"
}

# Of the first person who has a mail in the inbox, the newest; what is in it goes nowhere.
read_old_mail() {
  local folder mailbox person first number
  folder=$(mail_folder)
  for mailbox in "$folder"/*.*/*/; do
    [[ -d $mailbox ]] || continue # there is none at all
    first=$(find "$mailbox" -mindepth 2 -type f \( -path '*/cur/*' -o -path '*/new/*' \) ! -path '*/.*/*' -print -quit)
    [[ -n $first ]] || continue
    person=$(basename "$mailbox")@$(basename "$(dirname "$mailbox")")
    # A folder may be left of somebody who is no more.
    "${doveadm[@]}" user "$person" </dev/null >/dev/null 2>&1 || continue
    number=$("${doveadm[@]}" -f flow fetch -u "$person" uid mailbox INBOX </dev/null | sed -n 's/^uid=\([0-9]*\).*/\1/p' | tail -n 1)
    [[ -n $number ]] || continue
    "${doveadm[@]}" fetch -u "$person" text mailbox INBOX uid "$number" </dev/null >/dev/null 2>&1 ||
      die "a mail that $person has had cannot be read; see why by: sudo docker compose exec dovecot-mailcow doveadm fetch -u $person hdr mailbox INBOX uid $number (in $install_root)"
    return 0
  done
}

# Usage: write_mail TOKEN FROM
write_mail() {
  local date
  date=$(date --rfc-email)
  printf '%s\r\n' "Date: $date" "From: <$2>" "To: <$address>" "Message-ID: <$1@${2#*@}>" "Subject: Probe $1" '' \
    "Mailstead looks whether mail arrives: $1" >"$work/mail"
}

submit() {
  speak smtp SUBMISSION_PORT 587 "" --mail-from "$address" --mail-rcpt "$address" --upload-file "$work/mail" --ssl-reqd \
    --config - <"$work/log-in"
}

deliver() {
  speak smtp SMTP_PORT 25 "" --mail-from sender@mailstead-outside.invalid --mail-rcpt "$address" --upload-file "$work/mail"
}

# Also in Junk: what a filter thinks of it is not what is asked. Usage: can_read TOKEN
can_read() {
  local folder said
  for folder in INBOX Junk; do
    said=$(speak imaps IMAPS_PORT 993 "$folder" --request "SEARCH TEXT $1" --config - <"$work/log-in") # tried again if it fails
    if [[ $said =~ SEARCH\ [0-9] ]]; then
      return 0
    fi
  done
  return 1
}

# One conversation with this host. The certificate may be self-signed still, and the connection does not leave the
# machine. Usage: speak PROTOCOL KEY USUAL-PORT FOLDER OPTION...
speak() {
  local protocol=$1 port path=$4
  port=$(value_of "$2" "$conf")
  port=${port##*:} # an address may stand before it
  port=${port:-$3}
  [[ -n $path ]] || path=$(value_of MAILCOW_HOSTNAME "$conf") # what the client calls itself
  shift 4
  curl --silent --insecure --max-time 60 "$@" "$protocol://127.0.0.1:$port/$path" 2>/dev/null
}

main "$@"
