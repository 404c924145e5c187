"""Steps of the engine's preview, as its document has them."""

from typing import Any

from ops.facts import Facts, Held
from ops.words import Words, words_of

OURS = "pulumi-python:dynamic/mailstead"
PEOPLE = "mailstead:people:People"
HOST = "mail-host-1"

Plain = dict[str, Any]


def step(op: str, kind: str, name: str, *, old: Plain | None = None, new: Plain | None = None) -> Plain:
    """Write a step of any type, made through the provider of the first mail host."""
    provider = f"urn:pulumi:dev::mailstead::pulumi:providers:pulumi-python::{HOST}::473e478c"
    sides = {"oldState": old, "newState": new}
    states = {side: {"inputs": inputs, "provider": provider} for side, inputs in sides.items() if inputs is not None}
    return {"op": op, "urn": f"urn:pulumi:dev::mailstead::{PEOPLE}${kind}::{name}", **states}


def of_people(op: str, kind: str, name: str, **inputs: Plain | None) -> Plain:
    """Write a step of something that people have: ``of_people("create", "Mailbox", …)``."""
    given = {"old": {} if op in {"delete", "update", "replace"} else None, "new": {} if op != "delete" else None}
    return step(op, f"{OURS}:{kind}", name, **{**given, **inputs})


def mailbox(**inputs: Any) -> Plain:
    """Inputs of a mailbox about which the list says nothing special."""
    plain: Plain = {
        "full_name": "alice",
        "quota_mib": 2048.0,
        "active": True,
        "kept_until": "",
        "protocols": ["imap", "pop3", "smtp", "sieve", "eas", "dav"],
        "change_password": False,
        "sending_limit": "",
        "tags": [],
        "mail": "refuse",
        "forward_to": [],
        "keep_copy": True,
        "auto_reply": "",
        "secret_made": "2026-11-22T13:50:00+00:00",
        "__provider": "gASVEwAAAAAAAACM",
    }
    return {**plain, **inputs}


def words(*steps: Plain, recorded: tuple[str, ...] = (), **more: Any) -> Words:
    """Put steps into words."""
    return words_of({"steps": list(steps)}, recorded=frozenset(recorded), **more)


def sentences(*steps: Plain, recorded: tuple[str, ...] = (), **more: Any) -> list[str]:
    """Give each line, without its mark."""
    told = words(*steps, recorded=recorded, **more)
    return [f"{happening.subject} {happening.sentence}" for happening in told.happenings]


def kinds(*steps: Plain, recorded: tuple[str, ...] = (), **more: Any) -> list[str]:
    """Give the kind of each line."""
    return [happening.kind for happening in words(*steps, recorded=recorded, **more).happenings]


BOBS_MAIL = Held(bytes_used=1_288_490_189, messages=3402, last_login=1_795_132_800, owner="dev")
BOBS_MAIL_IN_WORDS = "1.2 GiB, 3,402 messages, last log-in 2026-11-20"


def read(**held: Held) -> Facts:
    """Facts of a server that was read: mailboxes of example.com by local part."""
    mailboxes = {f"{name}@example.com": one for name, one in held.items()}
    return Facts(held=mailboxes, read=frozenset({"example.com"}), domains={"example.com": "dev"})


OFFLINE = Facts(not_reachable={"example.com": "mail.example.com"})
