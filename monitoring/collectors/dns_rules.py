"""What DNS has to say of a record that mail does not work without, so that it counts as right; asks nobody itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dns_spf import is_spf, lets_send

Record = dict[str, str]
"""``name``, ``type`` and ``value`` as `mailstead dns records` has them; the name of a PTR is its address."""


@dataclass(frozen=True)
class Reply:
    """What stands at a name: names in lower case, a TXT as one text."""

    values: tuple[str, ...] = ()
    alias: bool = False


Ask = Callable[[str, str], Reply]
STRENGTH = {"none": 0, "quarantine": 1, "reject": 2}


def is_right(record: Record, ask: Ask) -> bool:
    """Judge one record; ``ask`` may raise what it likes."""
    reply = ask(record["name"], record["type"])
    return rule_of(record)(record, reply, ask)


def rule_of(record: Record) -> Callable[[Record, Reply, Ask], bool]:
    """Choose how to judge it."""
    if record["type"] != "TXT":
        return {"A": right_address, "AAAA": right_address, "PTR": right_pointer, "MX": right_mx}.get(
            record["type"], same
        )
    if "._domainkey." in record["name"]:
        return right_dkim
    if is_version(record["value"], "DMARC1"):
        return right_dmarc
    return right_spf if is_spf(record["value"]) else same


def same(record: Record, reply: Reply, _ask: Ask) -> bool:
    """It is there as it is, whatever is beside it."""
    return record["value"] in reply.values


def right_address(record: Record, reply: Reply, _ask: Ask) -> bool:
    """Mail goes to any of a name's addresses, so there is one; what an MX names is no alias (RFC 2181, 10.3)."""
    return not reply.alias and set(reply.values) == {record["value"]}


def right_pointer(record: Record, reply: Reply, ask: Ask) -> bool:
    """The address names the host, and the host's name leads back."""
    back = ask(record["value"], "AAAA" if ":" in record["name"] else "A")
    return record["value"] in reply.values and record["name"] in back.values


def right_mx(record: Record, reply: Reply, ask: Ask) -> bool:
    """Our host alone has the lowest number, and an address of its own (RFC 5321, 5.1)."""
    target = record["value"].partition(" ")[2]
    entries = [(int(number), host) for number, _, host in (value.partition(" ") for value in reply.values)]
    ours = [number for number, host in entries if host == target]
    if reply.alias or not ours or any(number <= min(ours) for number, host in entries if host != target):
        return False
    there = [ask(target, kind) for kind in ("A", "AAAA")]
    return any(one.values for one in there) and not any(one.alias for one in there)


def right_dkim(record: Record, reply: Reply, _ask: Ask) -> bool:
    """There is one key, the one that signs, and nothing says that it is not for mail (RFC 6376, 3.6.1)."""
    lists = [(tags(text), text) for text in reply.values if '"' not in text]
    keys = [found for (found, _), _ in lists if "p" in found and found.get("v", "DKIM1") == "DKIM1"]
    if len(keys) != 1 or any(mistaken for (found, mistaken), _ in lists if found == keys[0]):
        return False
    (key,), (wanted, _) = keys, tags(record["value"])
    services, hashes = ({part.strip() for part in key.get(*one).split(":")} for one in (("s", "*"), ("h", "sha256")))
    ours = wanted["p"] and "".join(key["p"].split()) == wanted["p"] and key.get("k", "rsa") == wanted.get("k", "rsa")
    return bool(ours and services & {"*", "email"} and "sha256" in hashes)


def right_dmarc(record: Record, reply: Reply, _ask: Ask) -> bool:
    """There is one policy, no weaker than wanted, and in force (RFC 9989)."""
    found = [tags(text) for text in reply.values if is_version(text, "DMARC1")]
    if len(found) != 1:
        return False
    policy, mistaken = found[0]
    wanted = STRENGTH[tags(record["value"])[0].get("p", "none")]
    in_force = not wanted or policy.get("t", "n").lower() != "y"
    return not mistaken and in_force and STRENGTH.get(policy.get("p", "").lower(), -1) >= wanted


def right_spf(record: Record, reply: Reply, ask: Ask) -> bool:
    """There is one record (RFC 7208, 4.5), which lets us and our relays send, and not everybody."""
    found = [text for text in reply.values if is_spf(text)]
    return len(found) == 1 and lets_send(
        found[0], record["name"], record["value"], lambda name, kind: ask(name, kind).values
    )


def tags(text: str) -> tuple[dict[str, str], bool]:
    """Read ``tag=value;``, and say whether something in it is none, or stands there twice (RFC 6376, 3.2)."""
    parts = [part.partition("=") for part in text.split(";") if part.strip()]
    found: dict[str, str] = {}
    for name, equals, value in parts:
        if equals:
            found.setdefault(name.strip(), value.strip())
    return found, len(found) != len(parts)


def is_version(text: str, version: str) -> bool:
    """Whether the first tag says so."""
    name, _, value = text.partition(";")[0].partition("=")
    return (name.strip(), value.strip()) == ("v", version)
