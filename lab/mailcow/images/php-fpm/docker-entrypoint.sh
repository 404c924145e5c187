#!/usr/bin/env bash
# Starts the lab's mailcow API.
# Usage: docker-entrypoint.sh (no arguments; variables as in mailcow's compose file)
# Standard input: not read.
# Exit: with the API's status.
# Again: waiting, schema, first administrator and API keys are all made so that they may run at every start.
set -euo pipefail
shopt -s inherit_errexit

exec python3 -m api
