#!/usr/bin/env bash
# Bring this instance's network to what the cloud says: security lists and public addresses.
#
# Usage:  vcn
# Reads:  /etc/oci-lab/security-lists.nft  rules of the subnet's security lists, as one nft file
#         /etc/oci-lab/addresses           public addresses with prefix length, one a line; may be empty
# Exit:   0 in place, else nft's or ip's
# Again:  safe at any time; the cloud runs it after each change, systemd at each boot.
set -euo pipefail

readonly platform=/etc/oci-lab
readonly label=eth0:public

nft -f "${platform}/security-lists.nft"

mapfile -t wanted <"${platform}/addresses"
present=$(ip -4 -oneline address show dev eth0 label "${label}" | awk '{print $4}')

for address in ${present}; do
  if [[ " ${wanted[*]-} " != *" ${address} "* ]]; then
    ip address del "${address}" dev eth0 label "${label}"
  fi
done

for address in "${wanted[@]}"; do
  ip address replace "${address}" dev eth0 label "${label}"
  # Neighbours may still know the address by the machine that had it before.
  arping -q -U -c 1 -I eth0 "${address%/*}"
done
