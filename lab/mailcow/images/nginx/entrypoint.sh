#!/usr/bin/env bash
# Starts nginx with the site of /etc/nginx/templates (the install folder's data/conf/nginx), filled in from the environment.
# Environment: MAILCOW_HOSTNAME, HTTP_PORT, HTTPS_PORT, HTTP_REDIRECT (y|n), ADDITIONAL_SERVER_NAMES (comma list).
# Exit: that of nginx.
# Run again: writes the same configuration again.
set -euo pipefail

export HTTP_PORT=${HTTP_PORT:-80}
export HTTPS_PORT=${HTTPS_PORT:-443}
more_names=${ADDITIONAL_SERVER_NAMES:-}
export SERVER_NAMES="${MAILCOW_HOSTNAME:?is missing} ${more_names//,/ }"
# The addresses that a name of a container leads to change with each start: nginx asks Docker's resolver at each request.
RESOLVER=$(awk '$1 == "nameserver" { print $2; exit }' /etc/resolv.conf)
export RESOLVER
case ${HTTP_REDIRECT:-n} in
  [yY]*) export PLAIN_SITE=redirect ;;
  *) export PLAIN_SITE=web ;;
esac
# shellcheck disable=SC2016  # the names are for envsubst: nginx has variables of the same form, which must stay
envsubst '${HTTP_PORT} ${HTTPS_PORT} ${SERVER_NAMES} ${RESOLVER} ${PLAIN_SITE}' \
  </etc/nginx/templates/nginx.conf.template >/etc/nginx/nginx.conf
rm -f /run/nginx-web.sock # of a killed nginx: the next could not listen
exec nginx -g 'daemon off;'
