#!/usr/bin/env bash
# Ports of the host for one block of addresses, in the firewall that Oracle's images come with.
#
# Usage:  sourced after lib.sh, or sent before a script that calls open_to
# Again:  changes nothing by itself.
# shellcheck source=../../mailcow/scripts/lib.sh
[[ ${mailstead_lib-} == loaded ]] || source "$(dirname "${BASH_SOURCE[0]}")/../../mailcow/scripts/lib.sh"

firewall_mark=mailstead-monitoring # comment on the rules that are ours
firewall_file=$root/etc/iptables/rules.v4

# Let a block reach these ports and take out what an earlier run let in; - is nobody. Our rules go right above the
# image's REJECT: the first places belong to mailcow's own netfilter. Without that file everything is let in, and the
# cloud's own list is what keeps strangers out. Usage: open_to BLOCK PORT...
open_to() {
  local block=$1 port rules=''
  shift
  [[ -e $firewall_file ]] || return 0
  if [[ $block != - ]]; then
    for port in "$@"; do
      rules+="-s $block -p tcp -m state --state NEW -m tcp --dport $port -m comment --comment $firewall_mark -j ACCEPT"$'\n'
    done
  fi
  write_rules "$rules"
  set_live_rules "$rules"
}

# The file is edited, never saved from the running rules: that would freeze Docker's chains in it.
write_rules() {
  awk -v mark="$firewall_mark" -v ours="$1" '
    index($0, "--comment " mark " ") { next }
    /^-A INPUT .*-j (REJECT|DROP)/ && !written {
      count = split(ours, lines, "\n")
      for (i = 1; i < count; i++) print "-A INPUT " lines[i]
      written = 1
    }
    { print }
  ' "$firewall_file" >"$firewall_file.mailstead"
  if cmp --silent "$firewall_file.mailstead" "$firewall_file"; then
    rm -f "$firewall_file.mailstead"
  else
    put "$firewall_file" 640 <"$firewall_file.mailstead"
    rm -f "$firewall_file.mailstead"
  fi
}

set_live_rules() {
  local rules=$1 lines line rule place
  local -a words
  lines=$(iptables --wait -S INPUT | awk -v mark="$firewall_mark" 'index($0, "--comment " mark " ")')
  while read -r line; do
    [[ -n $line ]] || continue
    read -r -a words <<<"${line#-A }"
    iptables --wait -D "${words[@]}"
  done <<<"$lines"
  while read -r rule; do
    [[ -n $rule ]] || continue
    # Rules are counted from 1, the first line of the listing is the policy.
    place=$(iptables --wait -S INPUT | awk '/-j (REJECT|DROP)/ { print NR - 1; exit }')
    [[ -n $place ]] || continue
    read -r -a words <<<"$rule"
    iptables --wait -I INPUT "$place" "${words[@]}"
  done <<<"$rules"
}
