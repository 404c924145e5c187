"""Calls that the transcripts leave out, by the file and name of the exchange that they come before.

A step is a POST to the API, or an SQL statement where the recording changed the database by hand.
"""

import json
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
    """A statement on the database; texts in double quotes, since a single one can be a part of an address."""

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


@dataclass(frozen=True)
class Redis:
    """A command for Redis, where other containers write."""

    command: tuple[str, ...]


@dataclass(frozen=True)
class Down:
    """A part of the mail server is stopped: redis or mysql."""

    part: str


@dataclass(frozen=True)
class Up:
    """It is started again."""

    part: str


Step = Post | Sql | WrongKeys | Fault | Redis | Down | Up


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


def _log(key: str, count: int, line: dict[str, str]) -> tuple[Redis, ...]:
    """Describe log lines as the containers write them, the newest last; `{n}` in a message is the line's number."""
    lines = [{**line, "time": str(1795356000 + n), "message": line["message"].format(n=n)} for n in range(count)]
    return tuple(Redis(("LPUSH", key, json.dumps(one))) for one in lines)


_POSTFIX_LOG = _log(
    "POSTFIX_MAILLOG",
    5,
    {"priority": "info", "program": "postfix/smtpd", "message": "connect from unknown[203.0.113.{n}]"},
)
_DOVECOT_LOG = _log(
    "DOVECOT_MAILLOG",
    2,
    {"priority": "info", "program": "dovecot", "message": "imap-login: Login: user=<u@x.example>"},
)
_BAN_OPTIONS = {
    "ban_time": 86400,
    "ban_time_increment": True,
    "max_ban_time": 86400,
    "netban_ipv4": 32,
    "netban_ipv6": 128,
    "max_attempts": 20,
    "retry_window": 600,
    "banlist_id": "00000000-0000-4000-8000-000000000000",
    "manage_external": 0,
}
_DEFAULT_BAN_OPTIONS = {**_BAN_OPTIONS, "ban_time": 1800, "max_ban_time": 10000, "max_attempts": 10}
_RELAY_IDS = Sql("ALTER TABLE transports AUTO_INCREMENT = 2")

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
    ("07-relayhost", "get all, none"): (domain("rl.example"),),
    ("07-relayhost", "add/transport"): (_RELAY_IDS,),
    ("09-misc", "logs postfix, empty"): (*_POSTFIX_LOG * 2, *_DOVECOT_LOG * 3),
    ("09-misc", "fail2ban, nothing set"): (
        Redis(("SET", "F2B_OPTIONS", json.dumps(_BAN_OPTIONS))),
        Redis(("SET", "F2B_REGEX", json.dumps({"1": r"mailcow UI: Invalid password for .+ by ([0-9a-f\.:]+)"}))),
        Redis(("HSET", "F2B_WHITELIST", "192.0.2.10", "1", "198.51.100.0/24", "1")),
        Redis(("HSET", "F2B_ACTIVE_BANS", "203.0.113.7/32", "1895356000")),
    ),
    ("09-misc", "fail2ban, options and one ban set"): (
        Redis(("SET", "F2B_OPTIONS", json.dumps(_DEFAULT_BAN_OPTIONS))),
    ),
    ("09-misc", "mailbox with 90 MiB used of 100"): (
        domain("ms.example"),
        mailbox("u@ms.example", "100"),
        Sql('UPDATE quota2 SET bytes = 94371840, messages = 7 WHERE username = "u@ms.example"'),
        Sql('INSERT INTO sasl_log (service, username, real_rip) VALUES ("imap", "u@ms.example", "203.0.113.5")'),
        Sql("ALTER TABLE filterconf AUTO_INCREMENT = 2"),
    ),
    ("14-outage", "php-fpm down: get"): (Fault("get/domain", "bad_gateway"), Fault("add/domain", "bad_gateway")),
    ("14-outage", "Redis down: get"): (Down("redis"),),
    ("14-outage", "MariaDB down: get"): (Up("redis"), Down("mysql")),
    ("14-outage", "dockerapi down: get"): (
        Up("mysql"),
        Fault("get/domain", "no_dockerapi"),
        Fault("add/domain", "no_dockerapi"),
    ),
    ("14-outage", "dockerapi answers rubbish: delete/mailbox"): (
        domain("o.example"),
        mailbox("u@o.example"),
        Fault("delete/mailbox", "rubbish_dockerapi"),
    ),
    ("14-outage", "dockerapi answers rubbish: status/containers"): (Fault("get/status", "rubbish_dockerapi"),),
    ("14-outage", "dockerapi answers rubbish: status/vmail"): (Fault("get/status", "rubbish_dockerapi"),),
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
