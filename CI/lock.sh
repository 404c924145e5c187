#!/usr/bin/env bash
# Lock requirements*.in into requirements*.txt: exact versions and hashes, no addresses.
#
# Usage:  CI/lock.sh [PACKAGE...]   the packages to raise; none raises nothing that still fits
# Again:  safe at any time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

for name in requirements requirements-dev; do
  .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-header "${@/#/--upgrade-package=}" "$name.in" --output-file "$name.txt"
done
