"""The name server of a world: BIND. It knows the world's names, serves any zone, and says at once what there is not.

One server is the resolver of the hosts and the authority for everything, from the root down. Zones come as text
(``put_zone``) or by dynamic update (RFC 2136) with the world's key.
"""

import base64
import json
import os
import secrets
import shutil
import signal
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, cast

import dns.exception
import dns.message
import dns.name
import dns.query
import dns.rdataclass
import dns.rdatatype
from dns.rdtypes.ANY.SOA import SOA

from lab import caches, machine
from lab.errors import LabError
from lab.services import dns_editions, dns_files, service
from lab.services.dns_files import NAMESERVER, REVERSE, ROOT
from lab.services.service import Service
from lab.topology import DNS_PORT
from lab.world import World

__all__ = [
    "NAME",
    "NAMESERVER",
    "UpdateKey",
    "point",
    "publish",
    "put_zone",
    "remove_zone",
    "resolv_conf",
    "start",
    "update_key",
]

NAME: Final = "dns"
_LOADED_WITHIN_S: Final = 10
_ASK_AGAIN_S: Final = 0.02
_SIGNAL_AGAIN_S: Final = 0.5
_SECRET_OCTETS: Final = 32


@dataclass(frozen=True)
class UpdateKey:
    """Lets its owner change and copy the hosted zones of a world.

    Attributes:
        name: What both sides call it.
        algorithm: As TSIG spells it.
        secret: In base64.
    """

    name: str
    algorithm: str
    secret: str = field(repr=False)


def resolv_conf(world: World) -> Path:
    """Give a resolv.conf for the world's hosts."""
    return _folder(world) / "resolv.conf"


def start(world: World) -> None:
    """Start the name server, with the zones that the world has.

    Raises:
        LabError: it does not start.
    """
    folder = _folder(world)
    folder.mkdir(parents=True, exist_ok=True)
    resolv_conf(world).write_text(f"nameserver {world.dns}\noptions timeout:2 attempts:2\n", encoding="utf-8")
    configuration = folder / "named.conf"
    configuration.write_text(dns_files.configuration(world.dns, folder), encoding="utf-8")
    with _alone(world):
        _make_key(folder / "update.key")
        files = dns_editions.newest(folder)
        for zone in {ROOT, REVERSE} - files.keys():
            serial = int(time.time())
            files[zone] = dns_editions.write(folder, zone, _own_zone(world, zone, files, serial), serial)
        dns_editions.declare(folder, files)
    service.ensure(
        world,
        Service(
            name=NAME,
            # -g: in the foreground, log to standard error. One thread will do for a lab.
            argv=(str(_program(folder)), "-g", "-n", "1", "-c", str(configuration)),
            is_ready=lambda: service.answers(world.dns, DNS_PORT),
            files=(configuration,),
        ),
    )


def publish(world: World, addresses: Mapping[str, str]) -> None:
    """Say which names there are besides those in hosted zones, in place of those said before.

    Each address also leads back to its first name.

    Args:
        world: whose name server.
        addresses: address of each name.

    Raises:
        LabError: the server does not take them.
    """
    with _alone(world):
        _remember(world, "names", addresses)
        _serve(world, dns_editions.newest(_folder(world)))


def point(world: World, names: Mapping[str, str]) -> None:
    """Say which names addresses have (PTR), besides those said before; a provider does this on request.

    Args:
        world: whose name server.
        names: name of each address; an empty one takes it back.

    Raises:
        LabError: the server does not take them.
    """
    with _alone(world):
        together = {**_remembered(world, "pointers"), **names}
        _remember(world, "pointers", {address: name for address, name in together.items() if name})
        _serve(world, dns_editions.newest(_folder(world)))


def put_zone(world: World, zone: str, text: str) -> None:
    """Serve a zone, in place of what was served of it before, dynamic updates included.

    Args:
        world: whose name server.
        zone: such as example.com.
        text: its records as a zone file has them, without SOA and NS, which are added.

    Raises:
        LabError: BIND does not take it; the text has its words.
    """
    with _alone(world):
        files = dns_editions.newest(_folder(world))
        serial = _next_serial(world, zone)
        files[zone] = dns_editions.write(_folder(world), zone, dns_files.hosted_zone(zone, serial, text), serial)
        _serve(world, files)


def remove_zone(world: World, zone: str) -> None:
    """Serve a zone no more; one that is not served is fine.

    Raises:
        LabError: the server goes on serving it.
    """
    with _alone(world):
        files = dns_editions.newest(_folder(world))
        if files.pop(zone, None):
            _serve(world, files)


def update_key(world: World) -> UpdateKey:
    """Give the key for dynamic updates and copies of the hosted zones."""
    text = (_folder(world) / "update.key").read_text(encoding="utf-8")
    secret = text.split('secret "')[1].partition('"')[0]
    return UpdateKey(dns_files.UPDATE_KEY_NAME, dns_files.UPDATE_KEY_ALGORITHM, secret)


def _serve(world: World, files: dict[str, Path]) -> None:
    """Let the server read these zones, with a new root and reverse zone, and wait until it has."""
    for zone in (ROOT, REVERSE):
        serial = _next_serial(world, zone)
        files[zone] = dns_editions.write(_folder(world), zone, _own_zone(world, zone, files, serial), serial)
    dns_editions.declare(_folder(world), files)
    wanted = {zone: dns_editions.serial_of(file) for zone, file in files.items()}
    fresh = {ROOT: wanted[ROOT], REVERSE: wanted[REVERSE]}
    hosted = {zone: serial for zone, serial in wanted.items() if zone not in fresh}
    _reload(
        world,
        # A dynamic update raises a zone's serial; those of our own editions are seconds since 1970, like its first.
        lambda: (
            all(_served(world, zone) == serial for zone, serial in fresh.items())
            and all((_served(world, zone) or 0) >= serial for zone, serial in hosted.items())
        ),
    )
    dns_editions.clear(_folder(world), files)


def _reload(world: World, is_done: Callable[[], bool]) -> None:
    entry = service.running(world, NAME)
    if entry is None:
        return  # it reads everything when it starts
    until, again = time.monotonic() + _LOADED_WITHIN_S, 0.0
    while True:
        if time.monotonic() >= again:
            os.kill(entry.process.pid, signal.SIGHUP)  # one that comes while it still reads is lost
            again = time.monotonic() + _SIGNAL_AGAIN_S
        if is_done():
            return
        if time.monotonic() > until:
            raise LabError(f"the name server does not serve its zones; its log is {service.log_of(world, NAME)}")
        time.sleep(_ASK_AGAIN_S)


def _served(world: World, zone: str) -> int | None:
    """Give the serial of a zone as the server says it; None if it is not served."""
    try:
        answer = dns.query.udp(dns.message.make_query(zone, "SOA"), world.dns, timeout=1, port=DNS_PORT)
    except (dns.exception.DNSException, OSError):
        return None
    rrset = answer.get_rrset(answer.answer, dns.name.from_text(zone), dns.rdataclass.IN, dns.rdatatype.SOA)
    return cast("SOA", rrset[0]).serial if rrset else None


def _next_serial(world: World, zone: str) -> int:
    before = [dns_editions.serial_of(file) for file in dns_editions.all_of(_folder(world)).get(zone, [])]
    return max([int(time.time()), (_served(world, zone) or 0) + 1, *(serial + 1 for serial in before)])


def _own_zone(world: World, zone: str, files: Iterable[str], serial: int) -> str:
    names, pointers = _remembered(world, "names"), _remembered(world, "pointers")
    if zone == REVERSE:
        return dns_files.reverse_zone(serial, {**names, NAMESERVER: world.dns}, pointers)
    return dns_files.root_zone(world.dns, serial, names, {*files, REVERSE} - {ROOT})


def _remember(world: World, what: str, values: Mapping[str, str]) -> None:
    file = _folder(world) / f"{what}.json"
    new = file.with_suffix(".new")
    new.write_text(json.dumps(dict(values), indent=2), encoding="utf-8")
    new.replace(file)


def _remembered(world: World, what: str) -> dict[str, str]:
    file = _folder(world) / f"{what}.json"
    return cast("dict[str, str]", json.loads(file.read_text(encoding="utf-8"))) if file.exists() else {}


def _make_key(file: Path) -> None:
    if not file.exists():
        file.touch(mode=0o600)
        secret = base64.b64encode(secrets.token_bytes(_SECRET_OCTETS)).decode()
        file.write_text(dns_files.key_clause(secret), encoding="utf-8")


def _program(folder: Path) -> Path:
    """Copy named: Ubuntu's AppArmor lets the one in its usual place read and write nothing in a world's folder."""
    program = folder / "named"
    new = program.with_suffix(".new")
    shutil.copy2(machine.find("named") or "named", new)
    new.replace(program)  # one that runs cannot be written over
    return program


def _folder(world: World) -> Path:
    return world.folder / "dns"


def _alone(world: World) -> AbstractContextManager[None]:
    return caches.alone(_folder(world) / "lock", lambda: None)
