#!/usr/bin/env bash
# All tests in one pytest run: the fast ring, then the lab ring. One summary, nothing skipped.
#
# Usage:  CI/test.sh [PYTEST ARGUMENT...]
# Exit:   pytest's
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

exec .venv/bin/python -m pytest -m "not live" "$@"
