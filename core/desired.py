"""From settings and the list to what should be: domains, mailboxes, aliases, hosts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from core import names
from core.conflicts import find_conflicts
from core.errors import InputError
from core.people import PROTOCOLS, LeaverMail, MailDomain, MailList
from core.settings import Settings

MAX_PER_DOMAIN: Final = 10_000
"""Mailboxes, and aliases, that mailcow lets a domain have: above what one server can carry."""
DEFAULT_QUOTA_MIB: Final = 2_048
ROLES: Final = ("postmaster", "abuse")
"""Local parts that every domain needs: reports and complaints go there."""
_MIB_PER_GIB: Final = 1_024
AliasKind = Literal["role", "alias", "list", "catch_all"]


@dataclass(frozen=True, kw_only=True)
class Host:
    """One mail host."""

    number: int
    """From 1; what ``server:`` in the list means."""
    name: str
    """Name of its resource: ``mail-host-1``."""
    hostname: str
    """Its name in DNS, mailcow's hostname, HELO and PTR: ``mail.example.com``."""


@dataclass(frozen=True, kw_only=True)
class DesiredMailbox:
    """One person's mailbox as it should be."""

    address: str
    local_part: str
    domain: str
    full_name: str
    """What recipients see; the local part when the list says no name."""
    quota_mib: int
    active: bool
    """False for people who are offboarded: logins are closed and the mail is kept."""
    kept_until: date | None
    """From this day on the line may be taken out of the list; None for active people."""
    server: int
    """Number of the host it lies on."""
    protocols: tuple[str, ...] = PROTOCOLS
    """Open ways in, of ``core.mail_list.PROTOCOLS`` and in that order."""
    change_password: bool = False
    """Whether the web page asks for a new password at the first log-in."""
    sending_limit: str = ""
    """``100/h``, or empty for none."""
    tags: tuple[str, ...] = ()
    """The list's own, sorted; ours is not among them."""
    mail: LeaverMail = "refuse"
    """For closed mailboxes: what happens to mail that still comes."""
    forward_to: tuple[str, ...] = ()
    """Whole addresses that mail goes on to, sorted; for active people and for leavers."""
    keep_copy: bool = True
    """Whether forwarded mail also stays in the mailbox."""
    auto_reply: str = ""
    reuse_address: bool = False
    """Deliberately given although somebody else had the address within a year."""


@dataclass(frozen=True, kw_only=True)
class DesiredAlias:
    """One address that leads to others."""

    address: str
    goto: tuple[str, ...]
    """Whole addresses, in order."""
    domain: str
    server: int
    kind: AliasKind = "role"


@dataclass(frozen=True, kw_only=True)
class DesiredMoveIn:
    """Mail that is brought into a mailbox from another provider."""

    address: str
    """The mailbox here."""
    domain: str
    host: str
    port: int
    encryption: Literal["tls", "starttls"]
    user: str
    password_in: str
    """Path of the password there below Vault's mount."""
    server: int


@dataclass(frozen=True, kw_only=True)
class DesiredDomain:
    """One domain as it should be in mailcow."""

    name: str
    server: int
    dkim_selector: str
    max_quota_mib: int
    """Limit of one mailbox: the size of the mail volume."""
    quota_mib: int
    """Limit of all mailboxes together; far above what they are promised, so that it never binds (ADR 0012)."""
    max_mailboxes: int
    max_aliases: int
    default_quota_mib: int


@dataclass(frozen=True, kw_only=True)
class DesiredState:
    """Everything that the program makes people and mail resources from."""

    stack: str
    hosts: tuple[Host, ...]
    domains: tuple[DesiredDomain, ...]
    mailboxes: tuple[DesiredMailbox, ...]
    """Active and offboarded people."""
    aliases: tuple[DesiredAlias, ...]
    notices: tuple[str, ...]
    """Decisions that were made for the operator, to be said aloud."""
    move_ins: tuple[DesiredMoveIn, ...] = ()


def desired_state(settings: Settings, mail_list: MailList, *, stack: str, mail_list_file: str) -> DesiredState:
    """Work out what should be.

    Args:
        settings: The stack's configuration.
        mail_list: The checked list of people.
        stack: Name of the stack.
        mail_list_file: The list's name, for problems.

    Raises:
        InputError: Settings and list do not fit; all problems at once.
    """
    listed = {domain.name: domain for domain in mail_list.domains}
    served = tuple(d for d in mail_list.domains if not settings.domain_names or d.name in settings.domain_names)
    # The first of domain_names, as they are written there: it names the host.
    first = next(iter(settings.domain_names or listed), None)
    hosts = _hosts(settings, first) if first else ()
    hostnames = {host.number: host.hostname for host in hosts}
    problems = find_conflicts(
        settings, mail_list, served, hostnames, stack_file=names.stack_file(stack), mail_list_file=mail_list_file
    )
    if problems:
        raise InputError(problems)
    return DesiredState(
        stack=stack,
        hosts=hosts,
        domains=tuple(_domain(domain, settings) for domain in served),
        mailboxes=tuple(mailbox for domain in served for mailbox in _mailboxes(domain)),
        aliases=tuple(alias for domain in served for alias in _role_aliases(domain)),
        notices=(*_host_name_notice(settings, hosts), *_role_notices(served)),
    )


def _hosts(settings: Settings, first: str) -> tuple[Host, ...]:
    return tuple(
        Host(
            number=number,
            name=names.host_name(number),
            hostname=(settings.mail_hostname if number == 1 else "") or names.default_hostname(number, first),
        )
        for number in range(1, settings.instance_count + 1)
    )


def _domain(domain: MailDomain, settings: Settings) -> DesiredDomain:
    volume_mib = settings.block_volume_sizes[0] * _MIB_PER_GIB
    return DesiredDomain(
        name=domain.name,
        server=domain.server,
        dkim_selector=domain.dkim_selector,
        max_quota_mib=volume_mib,
        quota_mib=max(volume_mib, MAX_PER_DOMAIN * DEFAULT_QUOTA_MIB),
        max_mailboxes=MAX_PER_DOMAIN,
        max_aliases=MAX_PER_DOMAIN,
        default_quota_mib=DEFAULT_QUOTA_MIB,
    )


def _mailboxes(domain: MailDomain) -> Iterator[DesiredMailbox]:
    active: list[tuple[str, date | None]] = [(user.name, None) for user in domain.users]
    for name, until in [*active, *((leaver.name, leaver.until) for leaver in domain.offboarded)]:
        yield DesiredMailbox(
            address=names.address_of(name, domain.name),
            local_part=name,
            domain=domain.name,
            full_name=name,
            quota_mib=DEFAULT_QUOTA_MIB,
            active=until is None,
            kept_until=until,
            server=domain.server,
        )


def _role_aliases(domain: MailDomain) -> Iterator[DesiredAlias]:
    """Addresses that every domain needs; a user of that name satisfies it."""
    for role in _missing_roles(domain):
        yield DesiredAlias(
            address=names.address_of(role, domain.name),
            goto=(domain.postmaster or names.address_of(domain.users[0].name, domain.name),),
            domain=domain.name,
            server=domain.server,
        )


def _missing_roles(domain: MailDomain) -> tuple[str, ...]:
    people = {user.name for user in domain.users}
    return tuple(role for role in ROLES if role not in people)


def _role_notices(served: Iterable[MailDomain]) -> Iterator[str]:
    for domain in served:
        roles = [names.address_of(role, domain.name) for role in _missing_roles(domain)]
        if domain.postmaster is None and roles:
            target = names.address_of(domain.users[0].name, domain.name)
            goes = "go" if len(roles) > 1 else "goes"
            yield f"{' and '.join(roles)} {goes} to {target} (first user); to choose somebody, write postmaster: NAME"


def _host_name_notice(settings: Settings, hosts: tuple[Host, ...]) -> Iterator[str]:
    if not settings.mail_hostname and not settings.domain_names:
        yield (
            f"the mail host is {hosts[0].hostname}, after the first domain of the list;"
            f" to keep that whatever the order, write {names.PROJECT}:mail_hostname: {hosts[0].hostname}"
        )
