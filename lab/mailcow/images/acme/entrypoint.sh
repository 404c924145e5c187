#!/usr/bin/env bash
# Starts the ACME client; without anything to do for it, only waits.
# Environment: SKIP_LETS_ENCRYPT, and what the client reads (certificates/settings.py).
# Exit: 143 when it is ended.
# Run again: looks at its names at once.
set -euo pipefail
# The first process of a container is not ended by a signal it does not wait for: without this, stopping takes long.
trap 'exit 143' TERM

if [[ ${SKIP_LETS_ENCRYPT:-n} =~ ^([yY][eE][sS]|[yY])+$ ]]; then
  printf "%(%c)T - SKIP_LETS_ENCRYPT=y, skipping Let's Encrypt...\n" -1
  sleep infinity &
  wait
fi
exec python3 -m certificates
