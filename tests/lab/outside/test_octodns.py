"""octoDNS pushes what we write for it to a real DNS server, and then our check is green; each fault is found."""

import json
import os
import subprocess
from collections.abc import Generator
from pathlib import Path
from typing import Any, cast

import dns.resolver
import pytest

from lab.services import dns as name_server
from lab.topology import CLONE
from tests.lab.outside.conftest import DOMAINS, Ours

pytestmark = pytest.mark.lab

OTHERS = 'www IN A 192.0.2.80\n@ IN TXT "somebody-verification=1234"\n'


def octodns(folder: Path, ours: Ours, *arguments: str) -> str:
    """Run octodns-sync as the file that we wrote says; gives what it prints."""
    key = name_server.update_key(ours.world)
    credentials = {"DNS_HOST": ours.world.dns, "DNS_KEY_NAME": key.name, "DNS_KEY_SECRET": key.secret}
    ended = subprocess.run(
        [CLONE / ".venv/bin/octodns-sync", "--config-file=config/production.yaml", *arguments],
        cwd=folder,
        env={**os.environ, **credentials, "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    return ended.stdout + ended.stderr


def asked(ours: Ours, name: str, kind: str) -> list[str]:
    """What the name server says of a name."""
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.lifetime = [ours.world.dns], 5
    try:
        return sorted(record.to_text() for record in resolver.resolve(name, kind))
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []


def check(ours: Ours, *, accept: tuple[int, ...] = (0,)) -> list[dict[str, Any]]:
    """What `mailstead dns check` finds, told of the world's name server only."""
    name = ours.service.stack.name
    run = ours.service.stack.mailstead(
        "dns", "check", "--stack", name, "--json", "--resolver", ours.world.dns, accept=accept
    )
    return cast("list[dict[str, Any]]", json.loads(run.output))


@pytest.fixture(scope="module")
def pushed(ours: Ours, tmp_path_factory: pytest.TempPathFactory) -> Generator[Ours]:
    """The service whose zones hold what others need, and ours as octoDNS has pushed them."""
    world, folder = ours.world, tmp_path_factory.mktemp("octodns")
    for domain in DOMAINS:
        name_server.put_zone(world, domain, OTHERS)
    name_server.point(world, {ours.address: ours.hostname})
    ours.service.stack.mailstead("dns", "octodns", "--out", str(folder), "--stack", ours.service.stack.name)
    octodns(folder, ours, "--doit")
    assert "No changes were planned" in octodns(folder, ours), "a second run should have nothing to do"
    yield ours
    for domain in DOMAINS:
        name_server.put_zone(world, domain, ours.zone(domain))


def test_everything_that_we_ask_for_is_served_after_octodns_has_pushed_it(pushed: Ours) -> None:
    for record in pushed.records:
        if record.domain:
            assert asked(pushed, record.name, record.type), f"{record.type} {record.name} is not there"


def test_what_others_need_in_the_zone_is_still_there(pushed: Ours) -> None:
    for domain in DOMAINS:
        assert asked(pushed, f"www.{domain}", "A") == ["192.0.2.80"]
        assert '"somebody-verification=1234"' in asked(pushed, domain, "TXT")


def test_the_check_is_green_after_octodns_has_pushed(pushed: Ours) -> None:
    findings = check(pushed)

    assert {finding["verdict"] for finding in findings if finding["required"]} == {"right"}


FAULTS = {
    "no MX": ("example.com", "example.com. IN MX 10 mail.example.com.", ""),
    "another MX": ("example.com", "10 mail.example.com.", "10 mail.elsewhere.test."),
    "SPF that names nobody": ("example.com", "v=spf1 mx ip4:{address}", "v=spf1 ip4:192.0.2.1"),
    "a DKIM key of another server": ("startup.io", "p=MIIB", "p=MIIC"),
    "no DMARC": ("startup.io", "_dmarc.startup.io. IN TXT", "_other.startup.io. IN TXT"),
    "another address of the mail host": ("example.com", "IN A {address}", "IN A 192.0.2.1"),
    "two SPF records": ("example.com", "$TTL 3600", '$TTL 3600\nexample.com. IN TXT "v=spf1 -all"'),
    "an MX that names an alias": ("startup.io", "mail.startup.io. IN A {address}", "mail IN CNAME mail.example.com."),
}
"""What is planted: in which zone, what stands there, and what comes in its place."""

NAMED = {
    "no MX": ("example.com", "MX"),
    "another MX": ("example.com", "MX"),
    "SPF that names nobody": ("example.com", "TXT"),
    "a DKIM key of another server": ("s1._domainkey.startup.io", "TXT"),
    "no DMARC": ("_dmarc.startup.io", "TXT"),
    "another address of the mail host": ("mail.example.com", "A"),
    "two SPF records": ("example.com", "TXT"),
    "an MX that names an alias": ("startup.io", "MX"),
}
"""The record that the check has to name."""


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found_and_named(pushed: Ours, fault: str) -> None:
    domain, right, wrong = FAULTS[fault]
    right = right.format(address=pushed.address)
    whole = pushed.zone(domain)
    planted = whole.replace(right, wrong)
    assert planted != whole
    world = pushed.world
    try:
        name_server.put_zone(world, domain, planted)
        findings = check(pushed, accept=(10,))
    finally:
        name_server.put_zone(world, domain, whole)

    found = {(one["name"], one["type"]) for one in findings if one["required"] and one["verdict"] != "right"}
    assert NAMED[fault] in found


def test_an_address_without_its_name_is_found(pushed: Ours) -> None:
    world = pushed.world
    try:
        name_server.point(world, {pushed.address: ""})
        findings = check(pushed, accept=(10,))
    finally:
        name_server.point(world, {pushed.address: "mail.example.com"})

    assert any(one["type"] == "PTR" and one["verdict"] != "right" for one in findings)
