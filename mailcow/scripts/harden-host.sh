#!/usr/bin/env bash
# Shut out who guesses keys at SSH, and have the system take its security updates by itself.
#
# Usage:  harden-host.sh SSH_FROM REBOOT_AT
#   SSH_FROM   IPv4 blocks that are never shut out, joined by commas; may be empty
#   REBOOT_AT  time of day, HH:MM in the host's time zone, for a restart that an update asks for
# Exit:   0 in force, 1 refused or failed (standard error says why)
# Again:  safe at any time; a run that died half-way is finished by the next.
# shellcheck source=lib.sh
[[ ${mailstead_lib-} == loaded ]] || source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# fail2ban reads the journal with python3-systemd, which is only recommended by its package.
packages=(fail2ban nftables python3-systemd unattended-upgrades)
jail_file=$root/etc/fail2ban/jail.d/mailstead.local
updates_file=$root/etc/apt/apt.conf.d/52mailstead-unattended-upgrades

main() {
  [[ $# -eq 2 ]] || die "want 2 arguments (blocks that may log in, time of a restart), got $#"
  local ssh_from=$1 reboot_at=$2
  [[ -z $ssh_from || $ssh_from =~ ^[0-9./]+(,[0-9./]+)*$ ]] || die "blocks $ssh_from are not IPv4 blocks joined by commas"
  [[ $reboot_at =~ ^([01][0-9]|2[0-3]):[0-5][0-9]$ ]] || die "time $reboot_at is no time of day; write 04:30"
  hold_lock
  install_missing "${packages[@]}"
  watch_ssh "${ssh_from//,/ }"
  update_by_itself "$reboot_at"
  echo "hardened"
}

# Only SSH: mailcow watches its own services. The bans are a table of fail2ban's own, because mailcow's netfilter
# restarts itself when somebody else's rule stands before its own in the chains INPUT and FORWARD.
watch_ssh() {
  local never=$1 before=''
  [[ ! -e $jail_file ]] || before=$(<"$jail_file")
  put "$jail_file" 644 <<EOF
# Written by mailstead; changes are lost.
[DEFAULT]
banaction = nftables[type=multiport]
banaction_allports = nftables[type=allports]
ignoreip = 127.0.0.1/8 ::1${never:+ $never}

[sshd]
enabled = true
backend = systemd
maxretry = 5
findtime = 10m
bantime = 1h
bantime.increment = true
bantime.maxtime = 1w
EOF
  quietly fail2ban-client --test
  quietly systemctl enable fail2ban.service
  if [[ $before != "$(<"$jail_file")" ]] || ! systemctl --quiet is-active fail2ban.service; then
    quietly systemctl restart fail2ban.service
  fi
  wait_until 60 "fail2ban watches sshd" watches_ssh
}

watches_ssh() {
  fail2ban-client status sshd >/dev/null 2>&1
}

# Docker stays at the version that mailcow was tried with: an update of it restarts every container.
update_by_itself() {
  local timer
  put "$updates_file" 644 <<EOF
// Written by mailstead; changes are lost.
APT::Periodic::Update-Package-Lists "1";
APT::Periodic::Unattended-Upgrade "1";
APT::Periodic::AutocleanInterval "7";
Unattended-Upgrade::Package-Blacklist { "docker-ce"; "docker\.io"; "containerd"; };
Unattended-Upgrade::Remove-Unused-Kernel-Packages "true";
Unattended-Upgrade::Automatic-Reboot "true";
Unattended-Upgrade::Automatic-Reboot-Time "$1";
EOF
  for timer in apt-daily.timer apt-daily-upgrade.timer; do
    # The system has them on; where an administrator has masked them, that is meant.
    if [[ $(systemctl is-enabled "$timer" 2>/dev/null || true) == masked* ]]; then # it fails for what is not enabled
      log "warning: $timer is masked on this host, so updates do not come by themselves; to change it: sudo systemctl unmask $timer"
    else
      quietly systemctl enable --now "$timer"
    fi
  done
}

main "$@"
