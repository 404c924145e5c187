"""The certificates that the mail host shows, and names that lead to it."""

import re
import subprocess
from dataclasses import dataclass

from lab.services import dns
from tests.lab.outside.conftest import Ours

PORTS = {25: "smtp", 465: "", 587: "smtp", 993: "", 995: "", 443: ""}
FIRST_NAMES = {
    *("mail.example.com", "autodiscover.example.com", "autoconfig.example.com"),
    *("mail.startup.io", "autodiscover.startup.io", "autoconfig.startup.io"),
}


@dataclass(frozen=True)
class Seen:
    """A certificate as openssl shows it."""

    serial: str
    issuer: str
    names: frozenset[str]


def seen(ours: Ours, port: int) -> Seen:
    """What somebody outside sees on a port."""
    starttls = ["-starttls", PORTS[port]] if PORTS[port] else []
    shown = subprocess.run(
        ["openssl", "s_client", "-connect", f"{ours.address}:{port}", "-servername", "mail.example.com", *starttls],
        input="", capture_output=True, text=True, check=False, timeout=30,
    ).stdout  # fmt: skip
    read = subprocess.run(
        ["openssl", "x509", "-noout", "-serial", "-issuer", "-ext", "subjectAltName"],
        input=shown, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return Seen(
        serial=re.findall(r"serial=(\w+)", read)[0],
        issuer=re.findall(r"issuer=(.*)", read)[0],
        names=frozenset(re.findall(r"DNS:([^,\s]+)", read)),
    )


def seen_everywhere(ours: Ours) -> Seen:
    """What all ports show alike."""
    (only,) = {seen(ours, port) for port in PORTS}
    return only


def names_of(domain: str) -> set[str]:
    return {f"{label}.{domain}" for label in ("mail", "autodiscover", "autoconfig")}


def lead_here(ours: Ours, domain: str, more: str = "") -> None:
    """Serve a zone whose names lead to our host."""
    aliases = "".join(f"{label} IN CNAME mail.example.com.\n" for label in ("autodiscover", "autoconfig"))
    dns.put_zone(ours.world, domain, f"mail IN A {ours.address}\n{aliases}{more}")


def mail_works(ours: Ours) -> None:
    alice, carol = ours.user("alice@example.com"), ours.user("carol@startup.io")
    carol.read(alice.send(carol.address))
