"""Calls that the transcripts leave out, by the file and name of the exchange that they come before.

A step is a POST to the API, or an SQL statement where the recording changed the database by hand.
"""

from dataclasses import dataclass
from typing import Any

PASSWORD = "Secret-123"


@dataclass(frozen=True)
class Post:
    """A call with the read-write key; must not be refused."""

    route: str
    body: Any


@dataclass(frozen=True)
class Sql:
    """A statement on the database."""

    statement: str


@dataclass(frozen=True)
class WrongKeys:
    """Calls with wrong keys."""

    count: int


@dataclass(frozen=True)
class Fault:
    """A fault of the stand-in, for the next call of a route; its answer is not looked at."""

    route: str
    mode: str


Step = Post | Sql | WrongKeys | Fault


def mailbox(address: str, quota_mib: str = "10") -> Post:
    """Describe a mailbox to add."""
    local_part, domain = address.split("@")
    body = {"local_part": local_part, "domain": domain, "quota": quota_mib, "password": PASSWORD, "password2": PASSWORD}
    return Post("add/mailbox", body)


def domain(name: str, **fields: Any) -> Post:
    """Describe a domain to add, without a DKIM key."""
    return Post("add/domain", {"domain": name, "key_size": 0, **fields})


def _edit_min(quota_mib: str) -> Post:
    return Post("edit/mailbox", {"items": ["min@mb.example"], "attr": {"quota": quota_mib}})


_ODD_MAILBOXES = (
    "nums",
    "bools",
    "hashed",
    "strong",
    "unlim",
    "nan",
    "emptyq",
    "neg",
    "angle",
    "rlf",
    "tagstr",
    "tagdup",
    "act2",
    "act7",
    "ldapu",
)
_KEYS_AS_BEFORE = Sql("UPDATE api SET allow_from = '127.0.0.1', skip_ip_check = 0, active = 1")

SETUPS: dict[tuple[str, str], tuple[Step, ...]] = {
    ("01-auth", "skip_ip_check=1, source not listed"): (Sql("UPDATE api SET skip_ip_check = 1"),),
    ("01-auth", "allow_from is a CIDR"): (Sql("UPDATE api SET skip_ip_check = 0, allow_from = '127.0.0.0/8'"),),
    ("01-auth", "allow_from list with space and semicolon"): (
        Sql("UPDATE api SET allow_from = '192.0.2.1, 198.51.100.0/24;127.0.0.1'"),
    ),
    ("01-auth", "key not active"): (Sql("UPDATE api SET active = 0"),),
    ("01-auth", "right key after 30 wrong ones"): (_KEYS_AS_BEFORE, WrongKeys(30)),
    ("01-auth", "key with characters outside a-zA-Z0-9-"): (
        Sql("UPDATE api SET api_key = 'under_score.key' WHERE access = 'rw'"),
    ),
    ("01-auth", "key of 255 characters"): (Sql("UPDATE api SET api_key = REPEAT('k', 255) WHERE access = 'rw'"),),
    ("01-auth", "key of 1 character"): (Sql("UPDATE api SET api_key = 'k' WHERE access = 'rw'"),),
    ("01-auth", "two headers: key and session of nobody"): (
        Sql("UPDATE api SET api_key = 'RW-KEY-OF-THE-TEST' WHERE access = 'rw'"),
    ),
    ("03-domain", "delete with a mailbox in it"): (mailbox("someone@min.example"),),
    ("03-domain", "delete empty"): (Post("delete/mailbox", ["someone@min.example"]),),
    ("03-domain", "add: the mailcow host name itself"): (Post("delete/domain", ["localhost"]),),
    ("03-domain", "edit relayhost that does not exist"): (
        Post("edit/domain", {"items": ["full.example"], "attr": {"mailboxes": "25"}}),
    ),
    ("04-mailbox", "add all fields"): (_edit_min("100"),),
    ("04-mailbox", "edit quota too big"): (_edit_min("100"),),
    ("04-mailbox", "delete one"): (
        Post("delete/mailbox", [f"{name}@mb.example" for name in _ODD_MAILBOXES]),
        *(mailbox(f"d{number}@mb.example") for number in range(4)),
    ),
    ("05-alias", "get all, none exist"): (
        domain("al.example", aliases=6),
        mailbox("m1@al.example"),
        mailbox("m2@al.example"),
        domain("al2.example"),
    ),
    ("05-alias", "delete mailbox m1 (goto of aliases)"): (
        Post("add/alias", {"address": "both@al.example", "goto": "m1@al.example,m2@al.example", "active": "1"}),
    ),
    ("06-dkim", "get, none"): (domain("dk.example"), domain("dk2.example")),
    ("06-dkim", "add: no key_size"): (Post("delete/dkim", ["dk2.example"]),),
    ("06-dkim", "add: no selector"): (Post("delete/dkim", ["dk2.example"]),),
    ("08-app-passwd", "get all of a mailbox, none"): (domain("ap.example"), mailbox("ap@ap.example")),
    ("10-batch", "add/mailbox with a JSON list of two"): (domain("ba.example", mailboxes=10),),
    ("10-batch", "edit three, all good"): tuple(mailbox(f"b{number}@ba.example") for number in range(1, 4)),
    ("12-half-deleted", "get one"): (
        domain("c1.example"),
        mailbox("p32-0-11@c1.example"),
        Fault("delete/mailbox", "half_delete"),
        Post("delete/mailbox", ["p32-0-11@c1.example"]),
    ),
    ("13-session-cookie", "first call, no cookie sent"): (domain("sc.example"), domain("sc2.example")),
    ("15-more", "add/mailbox whose address is an alias"): (
        domain("mo.example"),
        mailbox("u@mo.example"),
        Post("add/alias", {"address": "taken@mo.example", "goto": "u@mo.example", "active": "1"}),
    ),
    ("15-more", "delete/domain of an alias domain name"): (
        Post("add/alias-domain", {"alias_domain": "moaka.example", "target_domain": "mo.example", "active": "1"}),
    ),
}
