#!/usr/bin/env bash
# Starts a mail server of somebody else.
# Environment: ROLE (mx, relay), HOST (its name), DOMAIN (whose mail it is), RESOLVER (address of the name server).
# Exit: that of the first of its programs that ends.
# Run again: keeps certificate, DKIM key, logins and mail.
set -euo pipefail

cd "/etc/outside/${ROLE:?is missing}"
install -m 644 main.cf master.cf /etc/postfix/
cat >>/etc/postfix/main.cf <<CONFIG

# Added at start
myhostname = ${HOST:?is missing}
mydomain = ${DOMAIN:?is missing}
CONFIG

if [[ ! -s /etc/postfix/key.pem ]]; then
  (umask 077 && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 \
    -subj "/CN=$HOST" -addext "subjectAltName=DNS:$HOST" \
    -keyout /etc/postfix/key.pem -out /etc/postfix/cert.pem 2>/dev/null)
fi
touch /etc/postfix/senders

if [[ $ROLE == mx ]]; then
  for file in opendkim.conf opendkim-resolver.conf opendmarc.conf; do
    sed "s/@HOST@/$HOST/; s/@DOMAIN@/$DOMAIN/; s/@RESOLVER@/${RESOLVER:?is missing}/" "$file" >"/etc/$file"
  done
  sed "s/@HOST@/$HOST/" policyd-spf.conf >/etc/postfix-policyd-spf-python/policyd-spf.conf
  install -d -m 700 -o opendkim /etc/dkimkeys
  if [[ ! -s /etc/dkimkeys/e1.private ]]; then
    opendkim-genkey --directory=/etc/dkimkeys --domain="$DOMAIN" --selector=e1 --bits=2048
    chown opendkim /etc/dkimkeys/e1.private
  fi
  opendkim -f &
  opendmarc -f &
else
  install -m 644 smtpd.conf /etc/postfix/sasl/smtpd.conf
  if [[ ! -e /etc/sasldb2 ]]; then
    # saslpasswd2 makes the file with a login that nobody has.
    head -c 32 /dev/urandom | base64 | saslpasswd2 -p -c -u "$DOMAIN" nobody
    saslpasswd2 -d -u "$DOMAIN" nobody
  fi
  chgrp sasl /etc/sasldb2
  chmod 640 /etc/sasldb2
fi

trap 'postfix stop; kill $(jobs -p) 2>/dev/null; exit 143' TERM
postfix start-fg &
wait -n
