#!/usr/bin/env bash
# Start systemd as the container's first process, on either version of control groups.
#
# On version 1 the lab binds /sys/fs/cgroup read-write. On version 2 the container has a control group namespace of
# its own, whose folder Docker mounts read-only: it is made writable here.
#
# Usage:  enter
# Exit:   never, or what mount says
set -euo pipefail

if [[ -e /sys/fs/cgroup/cgroup.controllers ]]; then
  mount -o remount,rw /sys/fs/cgroup
fi
exec /sbin/init
