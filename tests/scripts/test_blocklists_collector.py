"""blocklists.sh: a listing is told, a refusal to answer is none, and what was true before does not stay."""

import os
import subprocess
from pathlib import Path

import pytest

from core.blocklists import BLOCKLISTS
from tests.scripts.machine import Machine

SCRIPT = Path(__file__).parents[2] / "monitoring" / "collectors" / "blocklists.sh"
FIGURES = "/var/lib/prometheus/node-exporter/mailstead_blocklists.prom"
ZONES = [listing.zone for listing in BLOCKLISTS]
ZEN, SPAMCOP, PSBL = ZONES
ADDRESS = "203.0.113.7"
OURS, NOBODYS = "7.113.0.203", "1.0.0.127"
OWN = "172.22.1.254"
SUCCESS = 'mail_collector_last_run_success{collector="blocklists"}'


@pytest.fixture
def host(machine: Machine) -> Machine:
    """A mail host at second 2,000 that no list knows."""
    machine.write("/mailcow/mailcow.conf", "DBNAME=mailcow\n")
    machine.stub("date", "echo 2000")
    # Asked as `dig … [@RESOLVER] -q NAME -t A`; what is in no file is not there, as with real lists.
    machine.stub(
        "dig",
        "said=$*; name=${said#*-q }; name=${name% -t A}; resolver=host\n"
        "[[ $said != *@* ]] || { resolver=${said#*@}; resolver=${resolver%% *}; }\n"
        'for file in "$root/answers/$resolver/$name" "$root/answers/any/$name"; do\n'
        '  [[ ! -e $file ]] || { source "$file"; exit; }; done\n'
        'echo ";; ->>HEADER<<- opcode: QUERY, status: NXDOMAIN, id: 1"',
    )
    return machine


def answer(host: Machine, name: str, *addresses: str, resolver: str = "any") -> None:
    lines = "".join(f"echo '{name}. 60 IN A {address}'\n" for address in addresses)
    header = "echo ';; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 1'\n"
    host.write(f"/answers/{resolver}/{name}", f"{header}echo\necho ';; ANSWER SECTION:'\n{lines}")


def fail(host: Machine, name: str, how: str, *, resolver: str = "any") -> None:
    said = "exit 9" if how == "silent" else f"echo ';; ->>HEADER<<- opcode: QUERY, status: {how}, id: 1'"
    host.write(f"/answers/{resolver}/{name}", said)


def collect(host: Machine, *zones: str, address: str = ADDRESS) -> subprocess.CompletedProcess[str]:
    stubs = host.root.parent / "stubs"
    env = {"PATH": f"{stubs}:{os.environ['PATH']}", "MAILSTEAD_ROOT": str(host.root)}
    known = {"METRICS_ADDRESS": address, "METRICS_BLOCKLISTS": " ".join(zones)}
    return subprocess.run(
        ["bash", str(SCRIPT)],
        env={**env, **known, "METRICS_MAILCOW_ROOT": f"{host.root}/mailcow"},
        capture_output=True,
        text=True,
        check=False,
    )


def figures(host: Machine) -> dict[str, float]:
    lines = [line for line in host.read(FIGURES).splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def listed(zone: str) -> str:
    return f'mail_blocklisted{{list="{zone}"}}'


def unanswered(zone: str) -> str:
    return f'mail_blocklist_unanswered{{list="{zone}"}}'


def test_an_address_that_no_list_knows_is_a_zero_for_each(host: Machine) -> None:
    done = collect(host, *ZONES)

    found = figures(host)
    assert (done.returncode, done.stderr) == (0, "")
    assert {found[listed(zone)] for zone in ZONES} == {0} == {found[unanswered(zone)] for zone in ZONES}
    assert found[SUCCESS] == 1


@pytest.mark.parametrize("code", ["127.0.0.2", "127.0.0.10"])
def test_a_listing_is_told_of_the_list_that_has_it(host: Machine, code: str) -> None:
    answer(host, f"{OURS}.{ZEN}", code)
    done = collect(host, *ZONES)

    found = figures(host)
    assert (found[listed(ZEN)], found[listed(SPAMCOP)], found[listed(PSBL)]) == (1, 0, 0)
    assert done.returncode == 0


@pytest.mark.parametrize("code", ["127.255.255.254", "127.255.255.252", "198.51.100.1"])
def test_a_refusal_to_answer_and_an_answer_made_up_on_the_way_are_no_listing(host: Machine, code: str) -> None:
    answer(host, f"{OURS}.{ZEN}", code)
    done = collect(host, *ZONES)

    found = figures(host)
    assert listed(ZEN) not in found
    assert found[unanswered(ZEN)] == 1
    assert (found[SUCCESS], done.returncode) == (1, 0)
    assert f"{ZEN} says nothing about {ADDRESS}" in done.stderr


def test_a_list_that_refuses_one_resolver_is_asked_by_the_other(host: Machine) -> None:
    answer(host, f"{OURS}.{ZEN}", "127.255.255.254", resolver="host")
    fail(host, f"{OURS}.{SPAMCOP}", "silent", resolver=OWN)
    answer(host, f"{OURS}.{SPAMCOP}", "127.0.0.2", resolver="host")
    collect(host, ZEN, SPAMCOP)

    found = figures(host)
    assert (found[listed(ZEN)], found[listed(SPAMCOP)]) == (0, 1)


def test_mailcows_own_resolver_is_asked_first_where_its_network_is(host: Machine) -> None:
    host.write("/mailcow/mailcow.conf", "IPV4_NETWORK=10.99.3\n")
    collect(host, ZEN)

    (question,) = host.called("dig")
    assert f" @10.99.3.254 -q {OURS}.{ZEN} -t A" in question


def test_a_list_that_names_the_whole_world_is_not_believed(host: Machine) -> None:
    answer(host, f"{OURS}.{PSBL}", "127.0.0.2")
    answer(host, f"{NOBODYS}.{PSBL}", "127.0.0.2")
    collect(host, *ZONES)

    assert listed(PSBL) not in figures(host)
    assert figures(host)[unanswered(PSBL)] == 1


@pytest.mark.parametrize("how", ["silent", "SERVFAIL", "REFUSED"])
def test_what_was_true_before_does_not_stay_when_nobody_answers(host: Machine, how: str) -> None:
    collect(host, *ZONES)
    for zone in ZONES:
        fail(host, f"{OURS}.{zone}", how)
    done = collect(host, *ZONES)

    found = figures(host)
    assert [name for name in found if name.startswith("mail_blocklisted")] == []
    assert (found[SUCCESS], done.returncode) == (0, 1)


def test_where_all_mail_leaves_by_a_relay_no_list_is_asked(host: Machine) -> None:
    done = collect(host)

    assert host.called("dig") == []
    assert (figures(host)[SUCCESS], done.returncode) == (1, 0)


def test_a_server_that_is_known_by_its_name_is_asked_for_by_its_address(host: Machine) -> None:
    answer(host, "mx.example.net", ADDRESS)
    answer(host, f"{OURS}.{ZEN}", "127.0.0.2")
    collect(host, *ZONES, address="mx.example.net")

    assert figures(host)[listed(ZEN)] == 1


def test_a_name_without_an_address_says_nothing(host: Machine) -> None:
    done = collect(host, *ZONES, address="mx.example.net")

    assert figures(host)[SUCCESS] == 0
    assert "mx.example.net, which has no IPv4 address" in done.stderr
    assert done.returncode == 1


def test_prometheus_finds_nothing_wrong_with_the_figures(host: Machine) -> None:
    answer(host, f"{OURS}.{ZEN}", "127.255.255.254")
    collect(host, *ZONES)

    done = subprocess.run(
        ["promtool", "check", "metrics"], input=host.read(FIGURES), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
