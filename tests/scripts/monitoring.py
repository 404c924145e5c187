"""Scripts of monitoring on a pretended host: sent as the product sends them, with the files that come along."""

from collections.abc import Mapping
from pathlib import Path

from components.host_files import HostFile, as_function
from tests.scripts.machine import SCRIPTS, Machine, Run

INSTALL = Path(__file__).parents[2] / "monitoring" / "install"
NODE = "/usr/bin/prometheus-node-exporter"
RULES = """\
*filter
:INPUT ACCEPT [0:0]
-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT
-A INPUT -p tcp -m state --state NEW -m tcp --dport 22 -j ACCEPT
-A INPUT -j REJECT --reject-with icmp-host-prohibited
COMMIT
"""


def make_installable(machine: Machine) -> None:
    """Give the host a package manager, a service manager and a firewall that remember what they were told."""
    machine.stub("dpkg")
    machine.stub("dpkg-query", '[[ ! -e $root/marks/${@: -1} ]] || echo "installed"')
    machine.stub(
        "apt-get",
        "mkdir -p $root/marks $root/usr/bin; case $* in\n"
        '*" install "*) for word in "$@"; do [[ $word == -* || $word == *=* ]] || touch "$root/marks/$word"; done\n'
        f'  for word in {NODE} /usr/bin/socat; do [[ $* != *"${{word##*/}}"* ]] || touch "$root$word"; done\n'
        "  [[ $* != *bind9-dnsutils* ]] || touch $root/usr/bin/dig ;;\n"
        '*" remove "*bind9-dnsutils) rm -f "$root/usr/bin/dig" "$root/marks/bind9-dnsutils" ;;\n'
        '*" remove "*) rm -f "$root/usr/bin/${@: -1}" "$root/marks/${@: -1}" ;; esac',
    )
    machine.stub(
        "systemctl",
        "mkdir -p $root/active; unit=${@: -1}; case $* in *is-active*) [[ -e $root/active/$unit ]] ;;\n"
        "*is-failed*) [[ -e $root/failed/$unit ]] ;;\n"
        '"restart "* | "enable --now "*) touch "$root/active/$unit" ;; esac',
    )
    machine.stub(
        "iptables", 'case $* in *"-S INPUT"*) cat $root/live ;; *-I*) echo "-A INPUT ${*:5}" >>$root/live ;; esac'
    )
    machine.stub("chown")
    machine.stub("curl")
    machine.write("/etc/iptables/rules.v4", RULES)
    machine.write("/live", "-P INPUT ACCEPT\n-A INPUT -j REJECT\n")


def send(machine: Machine, script: str, *arguments: str, files: Mapping[str, str], limit_s: int | None = None) -> Run:
    """Run a script over standard input, as ``run_with_files`` does."""
    sent = {path: HostFile(content=text.encode()) for path, text in files.items()}
    function = as_function(sent).decode()
    text = "\n".join((SCRIPTS.joinpath("lib.sh").read_text(), function, INSTALL.joinpath(script).read_text()))
    return machine.run(script, *arguments, stdin=text, limit_s=limit_s)
