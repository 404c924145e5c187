"""The name server of a world is BIND: it serves any zone, takes updates with the world's key, and knows addresses."""

import subprocess
import time
from collections.abc import Generator
from pathlib import Path

import dns.exception
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.resolver
import dns.tsig
import dns.update
import pytest

from lab import machine
from lab.docker_client import Docker
from lab.errors import LabError
from lab.services import dns as name_server
from lab.services import service
from lab.world import World
from tests.lab.bootstrap import labs
from tests.lab.bootstrap.labs import Clone

pytestmark = [pytest.mark.lab, pytest.mark.enable_socket]

ZONE = """\
$TTL 3600
@ IN MX 10 mail.example.com.
mail.example.com. IN A 10.77.9.9
www IN CNAME mail.other.test.
long IN TXT "one string " "and another"
"""


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Generator[Clone]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAILSTEAD_LAB_DOCKER", "own")
        made = labs.make_clone(tmp_path_factory.mktemp("names") / "clone")
        yield made
        made.down()


@pytest.fixture(scope="module")
def world(clone: Clone) -> World:
    return clone.up()


@pytest.fixture(autouse=True)
def bare(world: World) -> Generator[None]:
    """Each test begins with a server that knows nothing."""
    yield
    for zone in ("example.com", "other.test"):
        name_server.remove_zone(world, zone)
    name_server.publish(world, {})
    name_server.point(world, {"10.77.9.9": "", "10.77.9.8": ""})


def ask(world: World, name: str, kind: str) -> list[str]:
    """What the server answers, as text; nothing if there is nothing."""
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.lifetime = [world.dns], 3
    try:
        return sorted(record.to_text() for record in resolver.resolve(name, kind))
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []


def rcode(world: World, name: str) -> str:
    answer = dns.query.udp(dns.message.make_query(name, "A"), world.dns, timeout=3)
    return dns.rcode.to_text(answer.rcode())


def update(world: World, secret: str) -> str:
    """Add a record to example.com with a key; gives the server's answer."""
    key = name_server.update_key(world)
    ring = {dns.name.from_text(key.name): dns.tsig.Key(key.name, secret, key.algorithm)}
    change = dns.update.UpdateMessage("example.com", keyring=ring)
    change.add("added", 60, "A", "10.77.9.10")
    try:
        return dns.rcode.to_text(dns.query.tcp(change, world.dns, timeout=3).rcode())
    except dns.tsig.PeerBadSignature:
        return "BADSIG"


def test_a_zone_is_served_with_an_authority_whose_name_resolves(world: World) -> None:
    name_server.put_zone(world, "example.com", ZONE)

    assert ask(world, "example.com", "MX") == ["10 mail.example.com."]
    assert ask(world, "long.example.com", "TXT") == ['"one string " "and another"']
    (server,) = ask(world, "example.com", "NS")
    assert ask(world, server, "A") == [world.dns]
    assert len(ask(world, "example.com", "SOA")) == 1


def test_the_root_delegates_a_zone_and_knows_no_other_top_level_domain(world: World) -> None:
    name_server.put_zone(world, "example.com", ZONE)

    assert rcode(world, "com") == "NOERROR"
    assert rcode(world, "org") == rcode(world, "nothing.example.com") == "NXDOMAIN"


def test_a_zone_put_again_replaces_all_of_it_dynamic_updates_included(world: World) -> None:
    name_server.put_zone(world, "example.com", ZONE)
    assert update(world, name_server.update_key(world).secret) == "NOERROR"
    assert ask(world, "added.example.com", "A") == ["10.77.9.10"]

    name_server.put_zone(world, "example.com", "@ IN MX 20 elsewhere.example.com.\nelsewhere IN A 10.77.9.8\n")

    assert ask(world, "example.com", "MX") == ["20 elsewhere.example.com."]
    assert ask(world, "added.example.com", "A") == ask(world, "long.example.com", "TXT") == []


def test_a_zone_that_is_removed_is_unknown_at_once(world: World) -> None:
    name_server.put_zone(world, "example.com", ZONE)
    name_server.remove_zone(world, "example.com")

    assert rcode(world, "example.com") == rcode(world, "com") == "NXDOMAIN"


def test_a_zone_that_bind_does_not_take_is_refused_in_its_words_and_the_one_before_is_served_on(world: World) -> None:
    name_server.put_zone(world, "example.com", ZONE)

    with pytest.raises(LabError, match=r"example\.com: .*CNAME and other data"):
        name_server.put_zone(world, "example.com", "www IN CNAME a\nwww IN A 10.77.9.9\n")

    assert ask(world, "example.com", "MX") == ["10 mail.example.com."]


def test_a_zone_is_changed_and_copied_with_the_worlds_key_only(world: World) -> None:
    name_server.put_zone(world, "example.com", ZONE)
    key = name_server.update_key(world)
    ring = {dns.name.from_text(key.name): dns.tsig.Key(key.name, key.secret, key.algorithm)}

    assert update(world, "bm90LXRoZS1rZXk=") == "BADSIG"
    assert ask(world, "added.example.com", "A") == []
    with pytest.raises(dns.exception.DNSException):
        list(dns.query.xfr(world.dns, "example.com"))
    assert list(dns.query.xfr(world.dns, "example.com", keyring=ring))


def test_an_alias_leads_from_one_zone_into_another(world: World) -> None:
    name_server.put_zone(world, "example.com", ZONE)
    name_server.put_zone(world, "other.test", "mail IN A 10.77.9.7\n")

    assert ask(world, "www.example.com", "A") == ["10.77.9.7"]


def test_an_address_leads_back_to_its_first_name_or_to_the_one_that_was_asked_for(world: World) -> None:
    name_server.publish(world, {"b.test": "10.77.9.9", "a.test": "10.77.9.9"})
    assert ask(world, "9.9.77.10.in-addr.arpa", "PTR") == ["a.test."]

    name_server.point(world, {"10.77.9.9": "mail.example.com"})
    name_server.point(world, {"10.77.9.8": "mx.elsewhere.test"})

    assert ask(world, "9.9.77.10.in-addr.arpa", "PTR") == ["mail.example.com."]
    assert ask(world, "8.9.77.10.in-addr.arpa", "PTR") == ["mx.elsewhere.test."]
    assert rcode(world, "7.9.77.10.in-addr.arpa") == "NXDOMAIN"


def test_the_name_server_starts_within_a_second_and_knows_again_what_it_knew(world: World, clone: Clone) -> None:
    name_server.put_zone(world, "example.com", ZONE)
    assert update(world, name_server.update_key(world).secret) == "NOERROR"
    clone.kill(only="dns")
    begin = time.monotonic()

    name_server.start(world)

    assert time.monotonic() - begin < 1
    assert ask(world, "example.com", "MX") == ["10 mail.example.com."]
    assert ask(world, "added.example.com", "A") == ["10.77.9.10"]


def test_the_name_server_leaves_nothing_outside_its_worlds_folder(world: World) -> None:
    entry = service.running(world, name_server.NAME)
    assert entry is not None
    listed = Path(f"/proc/{entry.process.pid}/fd")
    files = {str(link.readlink()) for link in listed.iterdir()}
    written = {file for file in files if file.startswith("/") and not file.startswith(("/dev", "/proc"))}

    assert all(file.startswith(str(world.folder)) for file in written)
    assert (world.folder / "dns" / "update.key").stat().st_mode & 0o777 == 0o600
    shown = subprocess.run([machine.find("ss") or "ss", "-lntp"], capture_output=True, text=True, check=True).stdout
    listening = [line.split()[3] for line in shown.splitlines() if f"pid={entry.process.pid}," in line]
    assert set(listening) == {f"{world.dns}:53"}


def test_a_host_resolves_through_it(world: World) -> None:
    name_server.put_zone(world, "example.com", ZONE)
    labs.run_host(world)
    docker, host = Docker(world.docker_host), f"{world.network}-host"
    docker.call("cp", str(name_server.resolv_conf(world)), f"{host}:/etc/resolv.conf.lab")
    docker.call("exec", host, "sh", "-c", "cat /etc/resolv.conf.lab > /etc/resolv.conf")

    found = docker.call("exec", host, "timeout", "3", "getent", "hosts", "mail.example.com")

    assert found.split() == ["10.77.9.9", "mail.example.com"]
