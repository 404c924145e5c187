#!/usr/bin/env bash
# Write down what looks like a secret and is none, so that CI/check.sh says only what is new. Read the diff.
#
# Usage:  CI/baseline.sh
# Exit:   0 written
# Again:  safe at any time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

found=$(git ls-files -z --cached --others --exclude-standard -- . ':!tests' ':!requirements*.txt' ':!.secrets.baseline' |
  xargs -0 .venv/bin/detect-secrets scan)
printf '%s\n' "$found" >.secrets.baseline
