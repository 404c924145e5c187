#!/usr/bin/env bash
# Writes mailcow.conf and a self-signed certificate into the install folder it is called from, asking for what the environment does not say.
# Usage: ./generate_config.sh [-d|--dev]        --dev leaves the checkout as it is.
# Environment: MAILCOW_HOSTNAME, MAILCOW_TZ, MAILCOW_BRANCH, SKIP_CLAMD, MAILCOW_DBPASS, MAILCOW_DBROOT, MAILCOW_REDISPASS, COMPOSE_VERSION.
# Standard input: answers; when it is closed, defaults where there are any.
# Exit: 0 done, 1 refused.
# Run again: refuses an existing mailcow.conf unless told to replace it; then all passwords are new.
# A stand-in for mailcow's script of this name: the same interface, another text. Where mailcow's asks for ever (no timezone), this one stops.
set -euo pipefail

refuse() {
  echo "$1" >&2
  exit 1
}

# Prints a question, reads one line; empty when standard input is closed.
ask() {
  REPLY=""
  read -r -p "$1" REPLY || true
}

check_host() {
  local command version
  for command in openssl curl docker git awk sha1sum grep cut jq; do
    command -v "$command" >/dev/null || refuse "Cannot find $command; install it."
  done
  version=$(docker version --format '{{.Server.Version}}' 2>/dev/null) || refuse "Docker does not answer; start it."
  [[ ${version%%.*} =~ ^[0-9]+$ ]] || refuse "Docker's version '$version' is not understood."
  ((${version%%.*} >= 24)) || refuse "Docker $version is too old; 24 or later is needed."
}

check_folder() {
  [[ -L .env ]] || refuse "There is no link .env in this folder; call the script from the install folder."
  [[ -f mailcow.conf ]] || return 0
  ask "mailcow.conf exists. Replace it, with new passwords? [y/N] "
  case $REPLY in
    [yY] | [yY][eE][sS])
      mv mailcow.conf mailcow.conf_backup
      chmod 600 mailcow.conf_backup
      ;;
    *) exit 1 ;;
  esac
}

# A name from the environment is taken as it is; one that is typed is looked at.
choose_hostname() {
  [[ -z ${MAILCOW_HOSTNAME:-} ]] || return 0
  ask "Hostname of the mail server (FQDN): "
  MAILCOW_HOSTNAME=$REPLY
  [[ $MAILCOW_HOSTNAME == *.* ]] || refuse "'$MAILCOW_HOSTNAME' is not a full name."
  [[ $MAILCOW_HOSTNAME != *. ]] || refuse "'$MAILCOW_HOSTNAME' ends with a dot."
  if [[ $MAILCOW_HOSTNAME != *.*.* ]]; then
    ask "'$MAILCOW_HOSTNAME' is a bare domain. Use it all the same? [y/N] "
    [[ $REPLY == [yY]* ]] || exit 1
  fi
}

choose_timezone() {
  [[ -z ${MAILCOW_TZ:-} ]] || return 0
  local proposal=""
  if [[ -s /etc/timezone ]]; then
    proposal=$(</etc/timezone)
  elif [[ -L /etc/localtime ]]; then
    proposal=$(readlink /etc/localtime)
    proposal=${proposal#*zoneinfo/}
  fi
  ask "Timezone [$proposal]: "
  MAILCOW_TZ=${REPLY:-$proposal}
  [[ -n $MAILCOW_TZ ]] || refuse "No timezone is set; set MAILCOW_TZ."
}

choose_clamd() {
  [[ -z ${SKIP_CLAMD:-} ]] || return 0
  local memory_kib
  memory_kib=$(awk '/^MemTotal:/ { print $2 }' /proc/meminfo)
  SKIP_CLAMD=n
  if ((memory_kib <= 2621440)); then
    ask "There is little memory. Leave the virus scanner out? [Y/n] "
    [[ $REPLY == [nN]* ]] || SKIP_CLAMD=y
  fi
}

choose_branch() {
  [[ -z ${MAILCOW_BRANCH:-} ]] || return 0
  ask "Branch: 1 master, 2 nightly, 3 legacy [1] "
  case $REPLY in
    2) MAILCOW_BRANCH=nightly ;;
    3) MAILCOW_BRANCH=legacy ;;
    *) MAILCOW_BRANCH=master ;;
  esac
}

random_password() {
  openssl rand -base64 96 | tr -dc 'A-Za-z0-9' | head -c 28
}

write_configuration() {
  local database_password root_password redis_password
  database_password=${MAILCOW_DBPASS:-$(random_password)}
  root_password=${MAILCOW_DBROOT:-$(random_password)}
  redis_password=${MAILCOW_REDISPASS:-$(random_password)}
  (
    umask 077
    : >mailcow.conf
  )
  cat >mailcow.conf <<CONFIG
# The mail server's name, and how passwords are stored
MAILCOW_HOSTNAME=${MAILCOW_HOSTNAME}
MAILCOW_PASS_SCHEME=BLF-CRYPT

# MariaDB and Redis
DBNAME=mailcow
DBUSER=mailcow
DBPASS=${database_password}
DBROOT=${root_password}
REDISPASS=${redis_password}

# The web server: an empty address is all addresses; a port here is a number alone
HTTP_PORT=80
HTTP_BIND=
HTTPS_PORT=443
HTTPS_BIND=
HTTP_REDIRECT=y

# Mail and inner ports: address:port or port
SMTP_PORT=25
SMTPS_PORT=465
SUBMISSION_PORT=587
IMAP_PORT=143
IMAPS_PORT=993
POP_PORT=110
POPS_PORT=995
SIEVE_PORT=4190
DOVEADM_PORT=127.0.0.1:19991
SQL_PORT=127.0.0.1:13306
REDIS_PORT=127.0.0.1:7654

TZ=${MAILCOW_TZ}
COMPOSE_PROJECT_NAME=mailcowdockerized
DOCKER_COMPOSE_VERSION=${COMPOSE_VERSION:-}

# Mail folders
ACL_ANYONE=disallow
MAILDIR_GC_TIME=7200
MAILDIR_SUB=Maildir

# Certificates
ADDITIONAL_SAN=
AUTODISCOVER_SAN=y
ADDITIONAL_SERVER_NAMES=
SKIP_LETS_ENCRYPT=n
ENABLE_SSL_SNI=n
SKIP_IP_CHECK=n
SKIP_HTTP_VERIFICATION=n
ACME_DNS_CHALLENGE=n
ACME_DNS_PROVIDER=dns_xxx
ACME_ACCOUNT_EMAIL=me@example.com

# Parts that can be left out
SKIP_UNBOUND_HEALTHCHECK=n
SKIP_CLAMD=${SKIP_CLAMD}
SKIP_OLEFY=n
SKIP_SOGO=n
SKIP_FTS=y
USE_WATCHDOG=y
#WATCHDOG_NOTIFY_EMAIL=
LOG_LINES=9999

# Inner network
IPV4_NETWORK=172.22.1
IPV6_NETWORK=fd4d:6169:6c63:6f77::/64
ENABLE_IPV6=false
#SNAT_TO_SOURCE=
DISABLE_NETFILTER_ISOLATION_RULE=n

# The API: all three are needed; addresses separated by commas, no blanks
#API_KEY=your-key
#API_KEY_READ_ONLY=your-key
#API_ALLOW_FROM=172.22.1.1,127.0.0.1

SPAMHAUS_DQS_KEY=
CONFIG
  chmod 600 mailcow.conf
}

# Served until there is a real one. The key stays readable for all, as mailcow leaves it.
make_certificate() {
  mkdir -p data/assets/ssl-example data/assets/ssl
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -sha256 -days 365 \
    -subj "/C=DE/ST=NRW/L=Willich/O=mailcow/OU=mailcow/CN=${MAILCOW_HOSTNAME}" \
    -addext "subjectAltName=DNS:${MAILCOW_HOSTNAME}" \
    -keyout data/assets/ssl-example/key.pem -out data/assets/ssl-example/cert.pem 2>/dev/null ||
    refuse "openssl could not make a certificate for '$MAILCOW_HOSTNAME'."
  chmod 644 data/assets/ssl-example/key.pem
  local name
  for name in cert.pem key.pem; do
    [[ -e data/assets/ssl/$name ]] || cp "data/assets/ssl-example/$name" "data/assets/ssl/$name"
  done
}

# Failures are shown and not fatal: the remote may be away, or the branch unknown to it.
update_checkout() {
  git fetch --all || echo "The checkout could not be fetched; going on with what is here." >&2
  git checkout -f "$MAILCOW_BRANCH" || echo "$MAILCOW_BRANCH could not be checked out; going on with what is here." >&2
}

# The branch master reports the newest tag, any other checkout its commit.
write_version() {
  local branch version
  branch=$(git rev-parse --abbrev-ref HEAD) || branch=none
  if [[ $branch == master ]]; then
    version=$(git describe --tags --abbrev=0) || version=unknown
  else
    version=$(git rev-parse --short HEAD) || version=unknown
  fi
  mkdir -p data/web/inc
  # shellcheck disable=SC2016  # the names are PHP's
  printf '<?php\n$MAILCOW_GIT_VERSION = "%s";\n$MAILCOW_BRANCH = "%s";\n' \
    "$version" "${MAILCOW_BRANCH:-$branch}" >data/web/inc/app_info.inc.php
}

development=no
for argument in "$@"; do
  case $argument in
    -d | --dev) development=yes ;;
    *) ;;
  esac
done

check_host
check_folder
choose_hostname
choose_timezone
choose_clamd
if [[ $development == no ]]; then
  choose_branch
fi
write_configuration
make_certificate
if [[ $development == no ]]; then
  update_checkout
fi
write_version
