#!/usr/bin/env bash
# All tests in one pytest run: the fast ring, then the lab ring. One summary, nothing skipped.
#
# Usage:  CI/test.sh [PYTEST ARGUMENT...]
#   WORKERS=1 CI/test.sh runs one test after the other; 2 is what two processors take: the lab ring waits a lot
# Exit:   pytest's
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

exec .venv/bin/python -m pytest -m "not live" -n "${WORKERS:-2}" --dist loadgroup --no-loadscope-reorder "$@"
