#!/usr/bin/env bash
# Replace the default password of mailcow's administrator, and only then let the world reach web and API.
#
# Usage:  open-mailcow.sh
#         The password is in the host's secrets file, and by now in the vault, too; it leaves the file here.
# Exit:   0 replaced and open, 1 failed (standard error says why; it never holds a secret)
# Again:  safe at any time; a run that died half-way is finished by the next.
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

conf=$install_root/mailcow.conf
api_limit_s=300

main() {
  [[ $# -eq 0 ]] || die "want no arguments, got $#"
  hold_lock
  cd "$install_root" || die "$install_root is missing; run install-mailcow.sh first"
  if [[ ! -e $admin_marker ]]; then
    replace_password
  fi
  # The marker first: a file without password and without marker could be of a host that never had one.
  forget_password
  printf '%s\n' HTTP_BIND= HTTPS_BIND= | with_values "$conf" | put "$conf" 600
  compose up --detach --remove-orphans
  wait_for_api "$api_limit_s"
  echo "open"
}

replace_password() {
  local password body reply status types
  password=$(value_of ADMIN_PASSWORD "$secrets_file")
  [[ -n $password ]] || die "no ADMIN_PASSWORD in $secrets_file; run configure-mailcow.sh first"
  wait_for_api "$api_limit_s"
  body=$state_root/.admin-password.json # in a folder that only root reads
  # From a pipe: arguments are visible to everybody on the machine.
  printf '%s\n' "$password" |
    jq --raw-input '{items: ["admin"], attr: {password: ., password2: .}}' | put "$body" 600
  reply=$(ask_api POST edit/admin "$body")
  rm -f "$body"
  status=${reply%%$'\n'*}
  # Refusals are 200, too: every message must be a success, and there must be one. The answer is not shown: it
  # echoes the request.
  types=$(jq --raw-output '[.. | objects | .type? // empty] | unique | join(",")' <<<"${reply#*$'\n'}" 2>/dev/null) || types='' # no JSON, no type
  [[ $status == 200 && $types == success ]] ||
    die "mailcow did not take the administrator's new password (status $status, answer of type ${types:-none}); the web stays closed to the world"
  date --utc +%FT%TZ | put "$admin_marker" 644
}

forget_password() {
  grep -v '^ADMIN_PASSWORD=' "$secrets_file" | put "$secrets_file" 600
}

main "$@"
