#!/usr/bin/env bash
# Count what each mailbox has sent within an hour, and find those that are nearly full: figures for Prometheus.
#
# Usage:  mailboxes.sh
# Output: /var/lib/prometheus/node-exporter/mailstead_mailboxes.prom, whole or not at all
# Exit:   0 written, 1 database or log could not be read (the old figures stay, and their age raises an alert)
# Again:  safe at any time.
# Needs:  METRICS_MAILCOW_ROOT, from /etc/mailstead/metrics.env
# shellcheck disable=SC2034 # lib.sh reads it
collector=mailboxes
# shellcheck source=lib.sh
source "${BASH_SOURCE[0]%/*}/lib.sh"

main() {
  local postfix domains mailboxes logged sent text
  local question='SELECT username, domain, quota, COALESCE(bytes, 0) FROM mailbox LEFT JOIN quota2 USING (username)'
  postfix=$(container_of postfix)
  domains=$(hosted)
  mailboxes=$(rows_of "$question" | as_json)
  logged=$(docker logs --since 1h "$postfix" 2>&1)
  sent=$(sent_in <<<"$logged")
  text=$(figures "$domains" "$mailboxes" "$sent")
  put_figures <<<"$text"
}

# Print the rows of standard input, whose columns have tabs between, as a JSON list of lists.
as_json() {
  jq --raw-input 'split("\t")' | jq --slurp --compact-output .
}

# Print how many mails came in by each login, as JSON. Postfix names the login once a mail, beside its queue id.
sent_in() {
  sed -nE 's/^.*smtpd\[[0-9]+\]: ([0-9A-Za-z]+): client=.*[, ]sasl_username=([^, ]+).*$/\1\t\2/p' | sort --unique |
    as_json | jq --compact-output '
      map(.[1] | ascii_downcase) | group_by(.) | map({key: .[0], value: length}) | from_entries'
}

# Usage: figures DOMAINS MAILBOXES SENT; a mailbox without a quota (0) is never full
figures() {
  jq --null-input --raw-output --argjson domains "$1" --argjson mailboxes "$2" --argjson sent "$3" '
    def ratio: if (.[2] | tonumber) > 0 then (.[3] | tonumber) / (.[2] | tonumber) else 0 end;
    [$mailboxes[] | select(ratio > 0.9)] as $full
    | "# HELP mail_mailboxes_nearly_full Mailboxes that have used more than 90 % of their quota.",
      "# TYPE mail_mailboxes_nearly_full gauge",
      ($domains[] as $domain | [$full[] | select(.[1] == $domain)] | length
        | "mail_mailboxes_nearly_full{domain=\"\($domain)\"} \(.)"),
      "# HELP mail_mailbox_used_ratio Which part of its quota one of them has used.",
      "# TYPE mail_mailbox_used_ratio gauge",
      ($full[] | "mail_mailbox_used_ratio{mailbox=\"\(.[0])\"} \(ratio * 1000 | round / 1000)"),
      "# HELP mail_sent_messages Mails that were sent with the login of the mailbox, within the window.",
      "# TYPE mail_sent_messages gauge",
      ($mailboxes[] | .[0] as $name
        | "mail_sent_messages{mailbox=\"\($name)\",window=\"1h\"} \($sent[$name | ascii_downcase] // 0)")
  '
  told_when
}

main "$@"
