"""From one domain of the list to its mailboxes, aliases and mail that moves in."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final, TypeVar

from core import names
from core.desired import AliasKind, DesiredAlias, DesiredMailbox, DesiredMoveIn
from core.people import PROTOCOLS, Forward, Group, Leaver, MailDomain, User

DEFAULT_QUOTA_MIB: Final = 2_048

T = TypeVar("T")


def mailboxes_of(domain: MailDomain) -> Iterator[DesiredMailbox]:
    """Work out the mailboxes of a domain: active people, then those who have left."""
    for user in domain.users:
        yield _active(user, domain)
    for leaver in domain.offboarded:
        yield _closed(leaver, domain)


def _active(user: User, domain: MailDomain) -> DesiredMailbox:
    defaults = domain.defaults
    forward = user.forward or Forward(to=())
    return DesiredMailbox(
        address=names.address_of(user.name, domain.name),
        local_part=user.name,
        domain=domain.name,
        full_name=user.full_name or user.name,
        quota_mib=quota_mib(user, domain),
        active=True,
        kept_until=None,
        server=domain.server,
        protocols=_first(PROTOCOLS, user.protocols, defaults.protocols),
        change_password=_first(False, user.change_password, defaults.change_password),
        sending_limit=_first("", user.sending_limit, defaults.sending_limit),
        tags=tuple(sorted(_first((), user.tags, defaults.tags))),
        forward_to=tuple(sorted(forward.to)),
        keep_copy=forward.keep,
        reuse_address=user.reuse_address,
    )


def _closed(leaver: Leaver, domain: MailDomain) -> DesiredMailbox:
    return replace(
        _active(replace(leaver.was, name=leaver.name), domain),
        active=False,
        kept_until=leaver.until,
        mail=leaver.mail,
        forward_to=tuple(sorted(leaver.forward_to)),
        auto_reply=leaver.auto_reply,
    )


def _first(otherwise: T, *said: T | None) -> T:
    return next((value for value in said if value is not None), otherwise)


def quota_mib(user: User, domain: MailDomain) -> int:
    """Say how much a person may keep."""
    return _first(DEFAULT_QUOTA_MIB, user.quota_mib, domain.defaults.quota_mib)


def promised_mib(domain: MailDomain) -> list[int]:
    """Say how much each person of a domain may keep."""
    return [quota_mib(user, domain) for user in (*domain.users, *(leaver.was for leaver in domain.offboarded))]


def aliases_of(domain: MailDomain) -> Iterator[DesiredAlias]:
    """Work out the aliases of a domain: roles, people's further names, aliases, lists, the catch-all."""
    if target := domain.role_target:
        yield from (_alias(domain, role, (target,), "role") for role in domain.missing_roles)
    for user in domain.users:
        yield from _further_names(domain, user.name, user.aliases)
    for leaver in domain.offboarded:
        # Mail to an alias of somebody who gets none would be taken in first and bounced later.
        if leaver.mail != "refuse":
            yield from _further_names(domain, leaver.name, leaver.was.aliases)
    yield from _groups(domain, domain.aliases, "alias")
    yield from _groups(domain, domain.lists, "list")
    if domain.catch_all:
        yield _alias(domain, "", [domain.catch_all], "catch_all")


def _further_names(domain: MailDomain, name: str, aliases: Iterable[str]) -> Iterator[DesiredAlias]:
    for alias in aliases:
        yield _alias(domain, alias, [names.address_of(name, domain.name)], "alias")


def _groups(domain: MailDomain, groups: Iterable[Group], kind: AliasKind) -> Iterator[DesiredAlias]:
    for group in groups:
        yield _alias(domain, group.name, group.to, kind)


def _alias(domain: MailDomain, name: str, goto: Iterable[str], kind: AliasKind) -> DesiredAlias:
    address = names.address_of(name, domain.name)
    return DesiredAlias(address=address, goto=tuple(goto), domain=domain.name, server=domain.server, kind=kind)


def move_ins_of(domain: MailDomain) -> Iterator[DesiredMoveIn]:
    """Work out whose mail is brought here from elsewhere."""
    for user in domain.users:
        if user.move_in:
            yield DesiredMoveIn(
                address=names.address_of(user.name, domain.name),
                domain=domain.name,
                host=user.move_in.server,
                port=user.move_in.port,
                encryption=user.move_in.encryption,
                user=user.move_in.user,
                password_in=user.move_in.password_in,
                server=domain.server,
            )
