#!/usr/bin/env bash
# Stop who is not root, before minutes are spent on an environment: the lab needs root (a network, loop devices).
#
# Usage:  CI/root.sh
# Exit:   0 root; 3 not root: says what this machine lacks and what to type
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

user=$(id -u)
[[ $user -ne 0 ]] || exit 0
# No environment yet: the lab's own list of what it needs is read by the machine's Python, where that is new enough.
if python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  exec python3 -m lab.rights
fi
printf '%s\n' "the lab needs root and python3 3.11 or newer; run the same command again as root, with sudo in front" >&2
exit 3
