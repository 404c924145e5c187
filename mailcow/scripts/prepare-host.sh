#!/usr/bin/env bash
# Make a fresh machine ready for mailcow: its packages, its key, its name, its clock, its image's firewall.
#
# Usage:  prepare-host.sh HOSTNAME TIMEZONE SSH_PUBLIC_KEY PORTS
#   HOSTNAME        fully qualified name of the mail host
#   TIMEZONE        such as Etc/UTC
#   SSH_PUBLIC_KEY  the one key that may log in from now on; a public key is no secret
#   PORTS           TCP ports for the whole internet, joined by commas
# Exit:   0 ready, 1 refused or failed (standard error says why)
# Again:  safe at any time; a run that died half-way is finished by the next.
# shellcheck source=lib.sh
[[ ${mailstead_lib-} == loaded ]] || source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

packages=(ca-certificates curl gawk git jq openssl rsync tzdata)
login_user=ubuntu
mark=mailstead # comment on the firewall rules that are ours

main() {
  [[ $# -eq 4 ]] || die "want 4 arguments (host name, time zone, public key, ports), got $#"
  local hostname=$1 timezone=$2 public_key=$3 ports=$4
  [[ $hostname == *.*.* ]] || die "host name $hostname is not fully qualified; write mail.example.org"
  [[ $ports =~ ^[0-9]+(,[0-9]+)*$ ]] || die "ports $ports are not numbers joined by commas"
  check_system
  hold_lock
  wait_for_first_boot
  install_missing "${packages[@]}"
  set_login_key "$public_key"
  set_name "$hostname"
  set_timezone "$timezone"
  open_image_firewall "$ports"
  echo "prepared $hostname"
}

# Only releases that were read up or tried; others may lack a Docker that mailcow accepts.
check_system() {
  local system
  system=$(system_release)
  case $system in
    'debian 12' | 'debian 13' | 'ubuntu 22.04' | 'ubuntu 24.04') ;;
    *) die "this host runs $system; Debian 12 and 13, Ubuntu 22.04 and 24.04 are supported" ;;
  esac
}

# At the first boot cloud-init and the image's own upgrades hold apt and write to /etc.
wait_for_first_boot() {
  local status=0
  [[ -x $root/usr/bin/cloud-init ]] || return 0
  timeout 900 cloud-init status --wait >/dev/null 2>&1 || status=$?
  # 2 is "done, with errors it recovered from"
  case $status in
    0 | 2) ;;
    124) die "cloud-init has not finished within 900 s; look at /var/log/cloud-init.log" ;;
    *) die "cloud-init failed (exit $status); look at /var/log/cloud-init.log" ;;
  esac
}

# The configured key is the one that logs in: one that was taken out of the config opens nothing any more.
# The old file stays until the new one is complete.
set_login_key() {
  local key=$1 home=$root/home/$login_user file
  file=$home/.ssh/authorized_keys
  ssh-keygen -l -f - <<<"$key" >/dev/null 2>&1 || die "ssh_public_key is no public key; write the line of your id_ed25519.pub"
  install --directory --mode 700 --owner "$login_user" --group "$login_user" "$home/.ssh"
  printf '# Written by mailstead from ssh_public_key; other lines go.\n%s\n' "$key" | put "$file" 600
  chown "$login_user:$login_user" "$file"
}

# /etc/hosts and /etc/hostname are written in place: some systems mount them one by one.
set_name() {
  local name=$1 short=${1%%.*} kept
  echo "$short" >"$root/etc/hostname"
  hostname "$short"
  kept=$(grep -v "^127\.0\.1\.1[[:space:]]" "$root/etc/hosts" || true) # no other line is no failure
  printf '%s\n127.0.1.1 %s %s\n' "$kept" "$name" "$short" >"$root/etc/hosts"
}

set_timezone() {
  local zone=$1
  [[ -f $root/usr/share/zoneinfo/$zone ]] || die "time zone $zone is unknown here; write one as in timedatectl list-timezones"
  ln -sfn "/usr/share/zoneinfo/$zone" "$root/etc/localtime"
  echo "$zone" | put "$root/etc/timezone" 644
}

# Oracle's images reject in INPUT what no rule lets in. Ours go right above that REJECT: the first places belong to
# mailcow's own netfilter. The file is edited, never saved from the running rules: that would freeze Docker's chains
# in it. Docker's published ports do not pass INPUT; what else listens on the host does. There is no IPv6 in the
# network, so rules.v6 stays as it is.
open_image_firewall() {
  local file=$root/etc/iptables/rules.v4 port
  local -a ports
  IFS=, read -r -a ports <<<"$1"
  [[ -e $file ]] || return 0
  for port in "${ports[@]}"; do accept_rule "$port"; done |
    awk -v mark="$mark" '
      FNR == NR { ours = ours "-A INPUT " $0 "\n"; next }
      index($0, "--comment " mark " ") { next }
      /^-A INPUT .*-j (REJECT|DROP)/ && !written { printf "%s", ours; written = 1 }
      { print }
    ' - "$file" | put "$file" 640
  close_live_ports "$1"
  for port in "${ports[@]}"; do open_live_port "$port"; done
}

accept_rule() {
  echo "-p tcp -m state --state NEW -m tcp --dport $1 -m comment --comment $mark -j ACCEPT"
}

open_live_port() {
  local rule place
  local -a words
  rule=$(accept_rule "$1")
  read -r -a words <<<"$rule"
  iptables --wait -C INPUT "${words[@]}" 2>/dev/null && return 0
  # Rules are counted from 1, the first line of the listing is the policy. Without a REJECT everything is let in.
  place=$(iptables --wait -S INPUT | awk '/-j (REJECT|DROP)/ { print NR - 1; exit }')
  [[ -n $place ]] || return 0
  iptables --wait -I INPUT "$place" "${words[@]}"
}

# Take out the rules of ports that are no longer among PORTS.
close_live_ports() {
  local wanted=,$1, lines line port
  local -a words
  lines=$(iptables --wait -S INPUT | awk -v mark="$mark" 'index($0, "--comment " mark " ")')
  while read -r line; do
    port=$(sed -n 's/.*--dport \([0-9]*\).*/\1/p' <<<"$line")
    [[ -n $port && $wanted != *",$port,"* ]] || continue
    read -r -a words <<<"${line#-A }"
    iptables --wait -D "${words[@]}"
  done <<<"$lines"
}

main "$@"
