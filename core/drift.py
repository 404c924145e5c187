"""Where mail servers differ from what should be, and what they have that nobody asked for. Pure.

What the list leaves to people is no difference: passwords, tags that were given by hand, whether a password has been
changed already, limits of a domain that was taken over as it was.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from core.desired import DesiredAlias, DesiredDomain, DesiredMailbox, DesiredMoveIn, DesiredState
from core.live import LiveAccess, LiveAlias, LiveDomain, LiveMailbox, LiveServer
from core.sieve import mail_rules, same_script

FindingKind = Literal["missing", "changed", "unknown", "left_over"]
"""``left_over`` carries our mark and is not in the list; ``unknown`` carries none."""
What = Literal["domain", "DKIM key", "mailbox", "alias", "move-in"]

_LIMITS: Final = {
    "max_quota_mib": "largest mailbox, MiB",
    "quota_mib": "all mailboxes together, MiB",
    "max_mailboxes": "most mailboxes",
    "max_aliases": "most aliases",
    "default_quota_mib": "usual mailbox, MiB",
}
_NOTHING: Final = "none"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One field that is not as it should be."""

    field: str
    """In words: ``quota``."""
    wanted: str
    found: str


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that differs."""

    kind: FindingKind
    what: What
    name: str
    """The address, or the domain."""
    server: int
    """Number of the mail server."""
    differences: tuple[Difference, ...] = ()
    """For what has changed: field by field."""


def compare(state: DesiredState, servers: Sequence[LiveServer]) -> tuple[Finding, ...]:
    """Say what differs, domain by domain; nothing of a domain that is missing as a whole but the domain.

    Args:
        state: What should be.
        servers: What is there, on every server of the stack. Domains of other stacks are nobody's business.
    """
    findings: list[Finding] = []
    for server in servers:
        wanted = {domain.name: domain for domain in state.domains if domain.server == server.number}
        live = {domain.name: domain for domain in server.domains}
        findings += [_finding("missing", "domain", name, server) for name in wanted if name not in live]
        for name in live.keys() - wanted.keys():
            findings += _surplus("domain", name, live[name].owner, state.stack, server)
        for name, domain in wanted.items():
            if name in live:
                findings += _in_domain(state, domain, live[name], server)
        findings += _move_ins([one for one in state.move_ins if one.server == server.number], server)
    order = ("missing", "changed", "unknown", "left_over")
    return tuple(sorted(findings, key=lambda finding: (order.index(finding.kind), finding.name, finding.what)))


def _in_domain(state: DesiredState, wanted: DesiredDomain, live: LiveDomain, server: LiveServer) -> Iterator[Finding]:
    yield from _changed("domain", wanted.name, _of_domain(wanted, live, state.stack), server)
    if live.dkim_selector is None:
        yield _finding("missing", "DKIM key", wanted.name, server)
    else:
        selector = _field("selector", wanted.dkim_selector, live.dkim_selector)
        yield from _changed("DKIM key", wanted.name, selector, server)
    mailboxes = {mailbox.address: mailbox for mailbox in state.mailboxes if mailbox.domain == wanted.name}
    for mailbox in live.mailboxes:
        found = mailboxes.pop(mailbox.address, None)
        if found is None:
            yield from _surplus("mailbox", mailbox.address, mailbox.owner, state.stack, server)
        else:
            yield from _changed("mailbox", mailbox.address, _of_mailbox(found, mailbox, state.stack), server)
    yield from (_finding("missing", "mailbox", address, server) for address in mailboxes)
    aliases = {alias.address: alias for alias in state.aliases if alias.domain == wanted.name}
    for alias in live.aliases:
        known = aliases.pop(alias.address, None)
        if known is None:
            yield from _surplus("alias", alias.address, alias.owner, state.stack, server)
        else:
            yield from _changed("alias", alias.address, _of_alias(known, alias, state.stack), server)
    yield from (_finding("missing", "alias", address, server) for address in aliases)


def _of_domain(wanted: DesiredDomain, live: LiveDomain, stack: str) -> Iterator[Difference]:
    yield from _owner(live.owner, stack)
    if live.owner != stack:
        return  # taken over as it was
    yield from _field("mail for it", "taken in", "taken in" if live.active else "switched off")
    for key, words in _LIMITS.items():
        yield from _field(words, f"{getattr(wanted, key):,}", f"{live.limits[key]:,}")


def _of_mailbox(wanted: DesiredMailbox, live: LiveMailbox, stack: str) -> Iterator[Difference]:
    yield from _owner(live.owner, stack)
    yield from _field("full name", wanted.full_name, live.full_name)
    yield from _field("quota, MiB", _quota(wanted.quota_mib), _quota(live.quota_mib))
    yield from _field("log-in", _access(wanted), live.access)
    yield from _field("protocols", _texts(wanted.protocols), _texts(live.protocols))
    yield from _field("sending limit", wanted.sending_limit or _NOTHING, live.sending_limit or _NOTHING)
    there = {tag.casefold() for tag in live.tags}
    if any(tag.casefold() not in there for tag in wanted.tags):
        yield Difference(field="tags", wanted=_texts(wanted.tags), found=_texts(live.tags))
    if not same_script(_rules(wanted), live.rules):
        yield Difference(field="forward and reply", wanted=_told(wanted), found=_told_of(live.rules))


def _of_alias(wanted: DesiredAlias, live: LiveAlias, stack: str) -> Iterator[Difference]:
    yield from _owner(live.owner, stack)
    yield from _field("leads to", _texts(sorted(wanted.goto)), _texts(sorted(goto.lower() for goto in live.goto)))
    yield from _field("state", "on", _on(live.active))


def _move_ins(wanted: Iterable[DesiredMoveIn], server: LiveServer) -> Iterator[Finding]:
    # Jobs that the list does not know are people's own: they make them in the web page.
    live = {(one.address, one.host.lower(), one.user): one for one in server.move_ins}
    for one in wanted:
        found = live.get((one.address, one.host.lower(), one.user))
        if found is None:
            yield _finding("missing", "move-in", one.address, server)
            continue
        differences = (*_field("port", str(one.port), str(found.port)), *_field("state", "on", _on(found.active)))
        yield from _changed("move-in", one.address, differences, server)


def _access(wanted: DesiredMailbox) -> LiveAccess:
    if wanted.active:
        return "open"
    return "closed" if wanted.mail == "refuse" else "receives only"


def _rules(wanted: DesiredMailbox) -> str:
    if _access(wanted) == "closed":
        return ""
    return mail_rules(forward_to=wanted.forward_to, keep_copy=wanted.keep_copy, auto_reply=wanted.auto_reply)


def _told(wanted: DesiredMailbox) -> str:
    if not _rules(wanted):
        return _NOTHING
    parts = [f"to {_texts(wanted.forward_to)}"] * bool(wanted.forward_to) + ["a reply"] * bool(wanted.auto_reply)
    return " and ".join(parts)


def _told_of(rules: str) -> str:
    return "something else" if rules else _NOTHING


def _owner(owner: str | None, stack: str) -> Iterator[Difference]:
    if owner not in {None, stack}:
        yield Difference(field="stack", wanted=stack, found=str(owner))


def _field(name: str, wanted: str, found: str) -> Iterator[Difference]:
    if wanted != found:
        yield Difference(field=name, wanted=wanted, found=found)


def _changed(what: What, name: str, differences: Iterable[Difference], server: LiveServer) -> Iterator[Finding]:
    found = tuple(differences)
    if found:
        yield Finding(kind="changed", what=what, name=name, server=server.number, differences=found)


def _surplus(what: What, name: str, owner: str | None, stack: str, server: LiveServer) -> Iterator[Finding]:
    """Give what the list does not know; what another stack has marked is known there."""
    if owner in {None, stack}:
        yield _finding("unknown" if owner is None else "left_over", what, name, server)


def _finding(kind: FindingKind, what: What, name: str, server: LiveServer) -> Finding:
    return Finding(kind=kind, what=what, name=name, server=server.number)


def _on(active: bool) -> str:  # noqa: FBT001 — its only meaning
    return "on" if active else "off"


def _quota(mib: int) -> str:
    return f"{mib:,}" if mib else "no limit"


def _texts(items: Iterable[str]) -> str:
    return ", ".join(items) or _NOTHING
