#!/usr/bin/env bash
# All tests in one pytest run: the fast ring, then the lab ring. One summary, nothing skipped.
#
# Usage:  CI/test.sh [PYTEST ARGUMENT...]
# Two workers, each with a world of its own for the lab ring: its stories are one half of that ring's time and build
# on each other, so a third would find nothing to do. WORKERS=1 runs one test after the other. By whole groups: see
# tests/conftest.py.
# Exit:   pytest's
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

exec .venv/bin/python -m pytest -m "not live" -n "${WORKERS:-2}" --dist loadscope --no-loadscope-reorder "$@"
