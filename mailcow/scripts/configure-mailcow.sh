#!/usr/bin/env bash
# Give mailcow its configuration and its keys, start it, and wait until its API answers.
#
# Usage:  configure-mailcow.sh HOSTNAME TIMEZONE CLAMAV LETS_ENCRYPT [DIRECTORY_URL]
#   HOSTNAME      fully qualified name of the mail host
#   TIMEZONE      such as Etc/UTC
#   CLAMAV        on or off: look for viruses in mails
#   LETS_ENCRYPT  on or off: ask for certificates
#   DIRECTORY_URL where to ask for them instead of Let's Encrypt
# Output: one line that changes when the API keys do, and holds none
# Exit:   0 runs and answers, 1 refused or failed (standard error says why; it never holds a secret)
# Again:  safe at any time; a run that died half-way is finished by the next. Keys and passwords that are there stay.
# Until the default password of mailcow's administrator is replaced, web and API are bound to the loopback address.
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

conf=$install_root/mailcow.conf
generated_stamp=$state_root/mailcow-conf-generated
api_limit_s=900 # the first start makes the database's tables

main() {
  [[ $# -eq 4 || $# -eq 5 ]] || die "want 4 or 5 arguments (host name, time zone, ClamAV, Let's Encrypt, ACME directory), got $#"
  local hostname=$1 timezone=$2 directory_url=${5-} skip_clamav skip_lets_encrypt digest
  [[ $hostname == *.*.* ]] || die "host name $hostname is not fully qualified; write mail.example.org"
  skip_clamav=$(skip_when_off ClamAV "$3")
  skip_lets_encrypt=$(skip_when_off "Let's Encrypt" "$4")
  hold_lock
  refuse_half_upgraded
  cd "$install_root" || die "$install_root is missing; run install-mailcow.sh first"
  make_keys
  generate_conf "$hostname" "$timezone" "$skip_clamav"
  settings "$hostname" "$timezone" "$skip_clamav" "$skip_lets_encrypt" "$directory_url" | with_values "$conf" | put "$conf" 600
  # Not "only if something changed": after a run that died right here it never would.
  compose pull --quiet
  compose up --detach --remove-orphans
  wait_for_api "$api_limit_s"
  digest=$(keys_digest)
  echo "configured $hostname $digest"
}

# It would open what is on trial, and a way back would then lose what came meanwhile.
refuse_half_upgraded() {
  local to
  to=$(value_of TO "$state_root/upgrade/journal")
  [[ -z $to ]] ||
    die "an upgrade to mailcow $to was cut off on this host, and has to be finished first: write $to into mailcow_version, and run mailstead up"
}

# mailcow's switches say what to skip.
skip_when_off() {
  case $2 in
    on) echo n ;;
    off) echo y ;;
    *) die "$1 is $2; write on or off" ;;
  esac
}

# What the vault is going to keep. The administrator's password is made only while the default one is in force.
make_keys() {
  local api_key read_only_key password
  api_key=$(value_of API_KEY "$secrets_file")
  read_only_key=$(value_of API_KEY_READ_ONLY "$secrets_file")
  password=$(value_of ADMIN_PASSWORD "$secrets_file")
  [[ -n $api_key ]] || api_key=$(new_key)
  [[ -n $read_only_key ]] || read_only_key=$(new_key)
  [[ -n $password || -e $admin_marker ]] || password=$(new_password)
  mkdir -p "$state_root"
  chmod 700 "$state_root"
  {
    echo "API_KEY=$api_key"
    echo "API_KEY_READ_ONLY=$read_only_key"
    [[ -z $password ]] || echo "ADMIN_PASSWORD=$password"
  } | put "$secrets_file" 600
}

# Five groups of six hexadecimal digits, as mailcow's own page makes them.
new_key() {
  openssl rand -hex 15 | tr a-f A-F | sed 's/....../&-/g; s/-$//'
}

# 24 letters and digits in four groups, without those that look alike; every kind is in it.
new_password() {
  local text=''
  until [[ $text =~ [a-z] && $text =~ [A-Z] && $text =~ [2-9] && ${#text} -ge 24 ]]; do
    text=$(openssl rand -base64 96 | tr -d '\n' | tr -dc 'a-km-zA-HJ-NP-Z2-9')
  done
  sed 's/....../&-/g; s/-$//' <<<"${text:0:24}"
}

# mailcow's own script makes mailcow.conf with the database's passwords: once. Run again it would make new ones, and
# the database would be lost. A file without our stamp may be half of one; it is made again only while there is no
# database that it belongs to.
generate_conf() {
  local hostname=$1 timezone=$2 skip_clamav=$3 version
  if [[ -e $conf && ! -e $generated_stamp ]] && ! compgen -G "$docker_volumes/*_mysql-vol-1/_data/*" >/dev/null; then
    log "mailcow.conf is of a run that died, and there is no database yet: made again"
    rm -f "$conf"
  fi
  if [[ ! -e $conf ]]; then
    version=$(git describe --tags --exact-match HEAD)
    # It asks what these do not answer; without an input it takes its proposals. It would leave the tag for the
    # newest version if the branch were not named.
    MAILCOW_HOSTNAME=$hostname MAILCOW_TZ=$timezone MAILCOW_BRANCH=$version SKIP_CLAMD=$skip_clamav \
      COMPOSE_VERSION=native quietly ./generate_config.sh </dev/null
    chmod 600 "$conf"
  fi
  check_conf
  date --utc +%FT%TZ | put "$generated_stamp" 644
}

check_conf() {
  local key value
  for key in DBPASS DBROOT REDISPASS; do
    value=$(value_of "$key" "$conf")
    [[ -n $value ]] || die "mailcow.conf has no $key, and there is a database that it belongs to; put mailcow.conf back from the backup"
  done
}

settings() {
  local hostname=$1 timezone=$2 skip_clamav=$3 skip_lets_encrypt=$4 directory_url=$5 network bind=127.0.0.1
  network=$(value_of IPV4_NETWORK "$conf")
  [[ ! -e $admin_marker ]] || bind=''
  echo "MAILCOW_HOSTNAME=$hostname"
  echo "TZ=$timezone"
  echo "SKIP_CLAMD=$skip_clamav"
  echo "SKIP_LETS_ENCRYPT=$skip_lets_encrypt"
  echo "DIRECTORY_URL=$directory_url"
  echo 'ADDITIONAL_SAN=mail.*' # mail.DOMAIN of each domain: one that is added needs no new configuration
  echo 'DOCKER_COMPOSE_VERSION=native'
  echo 'ENABLE_IPV6=false' # the network has none
  echo "HTTP_BIND=$bind"
  echo "HTTPS_BIND=$bind"
  # Calls from this host arrive from the bridge; nobody else may ask.
  echo "API_ALLOW_FROM=${network:-172.22.1}.1"
  grep '^API_KEY' "$secrets_file"
}

# 120 bits each: nothing leads back from here.
keys_digest() {
  grep '^API_KEY' "$secrets_file" | sha256sum | cut -c 1-12
}

main "$@"
