"""What is found before the first mail, in plain words: what it is, how it stands, what to do."""

import ipaddress
import re
from dataclasses import dataclass
from typing import Final, Literal

from core.blocklists import Blocklist
from core.dns_seen import Reply

Verdict = Literal["ready", "note", "to do", "unknown"]
"""``note``: mail leaves, and something about it is good to know; ``unknown``: it could not be asked."""

KNOWN_MX: Final = "gmail-smtp-in.l.google.com"
"""A mail server that everybody may speak to, and that is always there."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    name: str
    """What: ``port 25``, ``relay``, ``sender``, ``HELO``, ``PTR``, ``blocklist``, ``allowance``, ``clock``."""
    about: str
    """Whom it is about: a mail host, a relay, a domain."""
    verdict: Verdict
    found: str
    to_do: str = ""


_POLICY: Final = frozenset({"127.0.0.10", "127.0.0.11"})
"""Spamhaus PBL: no spam was seen; the network's owner says that mail should not come directly from there."""
_NOT_ASKED: Final = re.compile(r"127\.255\.255\.\d+")
"""No listing: the list does not answer this resolver (Spamhaus: .252 typing error, .254 public, .255 too many)."""

_CLOCK_MAY_DIFFER_S: Final = 5.0


def blocklist_question(zone: str, address: str) -> str:
    """Name what a blocklist is asked for an address (RFC 5782, 2.1 and 2.4)."""
    reverse = ipaddress.ip_address(address).reverse_pointer
    return f"{reverse.removesuffix('.in-addr.arpa').removesuffix('.ip6.arpa')}.{zone}"


def blocklist_finding(listing: Blocklist, address: str, reply: Reply) -> Finding:
    """Say what a blocklist answered."""
    refused = [value for value in reply.values if _NOT_ASKED.fullmatch(value)]
    # A resolver that makes up answers for names that are not there is no listing either.
    strange = [value for value in reply.values if not value.startswith("127.")]
    if reply.silence or refused or strange:
        why = f"answers {(refused or strange)[0]}" if reply.values else f"gives no answer ({reply.silence})"
        return Finding(
            name="blocklist",
            about=address,
            verdict="unknown",
            found=f"{listing.name} {why}, which says nothing about {address}; its terms: {listing.terms}"
            f" ({listing.source}, read {listing.checked:%Y-%m})",
            to_do="ask through a resolver of your own: --resolver ADDRESS",
        )
    if not reply.values:
        return Finding(name="blocklist", about=address, verdict="ready", found=f"{listing.name} does not list it")
    if set(reply.values) <= _POLICY:
        found = f"{listing.name} lists it as an address that should not send mail directly (its owner's policy)"
        to_do = f"have it taken out at {listing.removal}, or let mail leave by a relay"
    else:
        found = f"{listing.name} lists it ({', '.join(reply.values)})"
        to_do = f"read why at {listing.removal} and have it taken out; a new address may cost less time"
    return Finding(name="blocklist", about=address, verdict="to do", found=found, to_do=to_do)


def ptr_finding(hostname: str, address: str, back: Reply, forward: Reply) -> Finding:
    """Say whether an address has the host's name, and the name the address (RFC 1912, 2.1)."""

    def finding(verdict: Verdict, found: str, to_do: str = "") -> Finding:
        return Finding(name="PTR", about=hostname, verdict=verdict, found=found, to_do=to_do)

    if back.silence or forward.silence:
        return finding(
            "unknown",
            f"DNS gives no answer ({back.silence or forward.silence})",
            "try again, or add --resolver ADDRESS",
        )
    ask = f"ask whose address it is for a PTR record {address} → {hostname} (`mailstead dns checklist` has the request)"
    names = [name.rstrip(".").lower() for name in back.values]
    if not names:
        return finding("to do", f"{address} has no PTR record, so many servers refuse its mail", ask)
    if names != [hostname.lower()]:
        return finding("to do", f"{address} is called {', '.join(names)}, not {hostname}", ask)
    if address not in forward.values:
        known = ", ".join(forward.values) or "no address"
        return finding(
            "to do", f"{hostname} leads to {known}, not to {address}", f"enter an A record {hostname} → {address}"
        )
    return finding("ready", f"{address} is called {hostname}, and that leads back to it")


def hello_finding(hostname: str, given: str) -> Finding:
    """Say whether mailcow introduces itself by the host's name, which is that of PTR and A record (RFC 5321, 4.1.4)."""
    if given == hostname.lower():
        return Finding(name="HELO", about=hostname, verdict="ready", found="the mail server greets by this name")
    if not given:
        found, to_do = "the mail server does not answer on its own host", "mailstead status says what is down"
    else:
        found = f"the mail server greets as {given}; receivers compare that with its address's PTR record"
        to_do = "on the host: MAILCOW_HOSTNAME in mailcow.conf has to be this name; mailstead up --refresh sets it"
    return Finding(name="HELO", about=hostname, verdict="to do", found=found, to_do=to_do)


def clock_finding(hostname: str, ahead_s: float) -> Finding:
    """Say how a host's clock stands; a mail from the future is distrusted, and a certificate may not hold yet."""
    if abs(ahead_s) <= _CLOCK_MAY_DIFFER_S:
        return Finding(name="clock", about=hostname, verdict="ready", found="agrees with this machine's")
    side = "ahead of" if ahead_s > 0 else "behind"
    return Finding(
        name="clock",
        about=hostname,
        verdict="to do",
        found=f"is {abs(ahead_s):,.0f} s {side} this machine's",
        to_do="on the host: sudo timedatectl set-ntp true, then timedatectl; and look at this machine's clock",
    )
