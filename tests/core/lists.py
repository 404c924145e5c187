"""Lists of people that nobody thought of, each right: every key, in any combination that fits."""

import string
from datetime import date
from typing import Any

import idna
from hypothesis import strategies as some

from core.people import (
    PROTOCOLS,
    Forward,
    Group,
    Leaver,
    LeaverMail,
    MailDomain,
    MailList,
    MoveIn,
    Relay,
    Subdomain,
    User,
)

_INNER = some.text(alphabet=string.ascii_lowercase + string.digits, min_size=1, max_size=8)
LOCAL_PARTS = some.builds("{}{}{}".format, _INNER, some.sampled_from([".", "_", "+", "-", ""]), _INNER).filter(
    "0".__ne__
)
DOMAIN_NAMES = some.builds("{}.{}".format, _INNER, some.sampled_from(["com", "io", "co.uk", "xn--p1ai"])) | (
    some.sampled_from(["müller.example", "straße.example", "日本.example", "ελλάδα.gr"]).map(
        lambda name: idna.encode(name, uts46=True).decode()
    )
)
_SEEN = some.characters(min_codepoint=0x20, exclude_categories=("C", "Z"))
_SENTENCES = some.text(alphabet=_SEEN | some.just(" "), min_size=1, max_size=30).map(str.strip).filter(bool)
_NAMES_OF_PEOPLE = _SENTENCES.map(lambda text: text.replace("<", "").replace(">", "").strip()).filter(bool)
_LINES = some.lists(_SENTENCES | some.just(""), min_size=1, max_size=4).map("\n".join).map(str.strip).filter(bool)
_OUTSIDE = some.sampled_from(["o'brien@else.example.org", "x=y@else.example.org", "a@xn--bcher-kva.example.net"])
_LIMITS = some.sampled_from(["", "1/s", "100/h", "999999999/d"])
_QUOTAS = some.integers(min_value=1, max_value=50 * 1024)
_TAGS = some.lists(some.sampled_from(["sales", "staff", "a-b", "2026"]), max_size=3, unique=True).map(tuple)
_OPEN = some.sets(some.sampled_from(PROTOCOLS), min_size=1).map(
    lambda chosen: tuple(one for one in PROTOCOLS if one in chosen)
)
_MAIL: some.SearchStrategy[LeaverMail] = some.sampled_from(["refuse", "keep", "forward"])


def _maybe(strategy: some.SearchStrategy[Any]) -> some.SearchStrategy[Any]:
    return some.none() | strategy


def _like(name: str = "", **more: some.SearchStrategy[Any]) -> some.SearchStrategy[User]:
    return some.builds(
        User,
        name=some.just(name),
        quota_mib=_maybe(_QUOTAS),
        protocols=_maybe(_OPEN),
        change_password=_maybe(some.booleans()),
        sending_limit=_maybe(_LIMITS),
        tags=_maybe(_TAGS),
        **more,
    )


_MOVE_INS = some.builds(
    MoveIn,
    server=some.sampled_from(["imap.old.example", "xn--mller-kva.example"]),
    user=_SENTENCES,
    password_in=some.just("mail/move-in/example.com/bob"),
    port=some.sampled_from([143, 993, 9933]),
    encryption=some.sampled_from(["tls", "starttls"]),
)
_RELAYS = some.builds(
    Relay,
    host=some.just("smtp.relay.example"),
    port=some.sampled_from([25, 587]),
    tls=some.sampled_from(["verify", "encrypt"]),
    spf=some.sampled_from(["", "include:spf.relay.example"]),
) | some.builds(
    Relay,
    host=some.just("smtp.relay.example"),
    user=_SENTENCES.filter(lambda user: ":" not in user),
    password_in=some.just("mail/relays/us"),
)
_SUBDOMAINS = some.builds(
    Subdomain, name=some.sampled_from(["shop", "a.b", "xn--bcher-kva"]), cname=some.just("x.else.example")
) | some.builds(
    Subdomain, name=some.sampled_from(["vpn", "api"]), address=some.sampled_from(["203.0.113.9", "2001:db8::1", "::1"])
)


def _several(
    draw: some.DrawFn, strategy: some.SearchStrategy[str], *, least: int = 1, most: int = 3
) -> tuple[str, ...]:
    return tuple(draw(some.lists(strategy, min_size=least, max_size=most, unique=True)))


@some.composite
def _domains(draw: some.DrawFn, name: str) -> MailDomain:
    """Make a domain; mail goes on only to people who keep it, so that none of it goes round."""
    free = draw(some.lists(LOCAL_PARTS, min_size=1, max_size=12, unique=True))
    ends = [free.pop() for _ in range(draw(some.integers(min_value=1, max_value=len(free))))]
    people = some.sampled_from([f"{end}@{name}" for end in ends])
    targets = people | _OUTSIDE

    def further_names() -> tuple[str, ...]:
        return tuple(free.pop() for _ in range(draw(some.integers(min_value=0, max_value=min(2, len(free))))))

    users = [draw(_like(end, full_name=_maybe(_NAMES_OF_PEOPLE), move_in=_maybe(_MOVE_INS))) for end in ends]
    leavers: list[Leaver] = []
    groups: dict[str, list[Group]] = {"aliases": [], "lists": []}
    while free:
        one = free.pop()
        kind = draw(some.sampled_from(["user", "leaver", "aliases", "lists"]))
        if kind == "user":
            forward = some.builds(Forward, to=some.just(_several(draw, targets)), keep=some.booleans())
            aliases = some.just(further_names())
            users.append(draw(_like(one, aliases=aliases, forward=_maybe(forward), reuse_address=some.booleans())))
        elif kind == "leaver" and one not in {"abuse", "postmaster"}:
            leavers.append(draw(_leavers(one, further_names(), targets)))
        elif kind in groups:
            most = 1 if kind == "aliases" else 3
            groups[kind].append(Group(name=one, to=_several(draw, targets, most=most)))
    return MailDomain(
        name=name,
        users=tuple(users),
        offboarded=tuple(leavers),
        postmaster=draw(some.none() | targets),
        server=draw(some.integers(min_value=1, max_value=9)),
        line=0,
        defaults=draw(_like()),
        aliases=tuple(groups["aliases"]),
        lists=tuple(groups["lists"]),
        catch_all=draw(some.none() | people),
        dkim_selector=draw(some.sampled_from(["s1", "2026", "on"])),
        dkim_next=draw(some.sampled_from(["", "s2", "2027"])),
        dkim_retired=draw(some.sampled_from(["", "s0", "no"])),
        subdomains=tuple(draw(some.lists(_SUBDOMAINS, max_size=2, unique_by=lambda subdomain: subdomain.name))),
        relay=draw(_maybe(_RELAYS)),
        outbound=draw(some.sampled_from(["", "relay"])),
    )


@some.composite
def _leavers(draw: some.DrawFn, name: str, aliases: tuple[str, ...], targets: some.SearchStrategy[str]) -> Leaver:
    mail: LeaverMail = draw(_MAIL)
    return Leaver(
        name=name,
        until=draw(some.dates(min_value=date(1000, 1, 1))),
        mail=mail,
        forward_to=_several(draw, targets) if mail == "forward" else (),
        auto_reply="" if mail == "refuse" else draw(some.just("") | _LINES),
        was=draw(_like(full_name=_maybe(_NAMES_OF_PEOPLE), aliases=some.just(aliases))),
    )


@some.composite
def mail_lists(draw: some.DrawFn) -> MailList:
    """Make a whole list."""
    found = draw(some.lists(DOMAIN_NAMES, min_size=1, max_size=3, unique=True))
    return MailList(domains=tuple(draw(_domains(name)) for name in found))
