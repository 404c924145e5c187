"""All that a mail server has that a list of people could speak of, read in one request a domain and kind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from mailcow.rows import AliasRow, DkimRow, DomainRow, FilterRow, MailboxRow, Mailcow, SyncJobRow


class Surveyed(Mailcow, Protocol):
    """mailcow's calls, and those that only taking a server over makes; see ``mailcow.calls.survey``."""

    def version(self) -> str:
        """Return the version that mailcow reports."""
        ...

    def list_alias_domains(self) -> Mapping[str, str]:
        """Read all domains that only stand for another, each with that one."""
        ...

    def list_all_filters(self) -> tuple[FilterRow, ...]:
        """Read the Sieve filters of all mailboxes."""
        ...

    def prove_it_may_change(self) -> None:
        """Make sure that the API key may do more than read."""
        ...


@dataclass(frozen=True, kw_only=True)
class DomainSurvey:
    """One domain of a server with everything in it."""

    row: DomainRow
    dkim: DkimRow | None
    mailboxes: tuple[MailboxRow, ...]
    """By address, each with its sending limit."""
    aliases: tuple[AliasRow, ...]
    """By address; a catch-all is ``@domain``."""


@dataclass(frozen=True, kw_only=True)
class ServerSurvey:
    """What a mail server has."""

    hostname: str
    version: str
    domains: tuple[DomainSurvey, ...]
    """By name; those that were looked into."""
    others: tuple[DomainRow, ...]
    """The domains that were not."""
    alias_domains: Mapping[str, str]
    """Names that only stand for a domain, each with that one."""
    filters: tuple[FilterRow, ...]
    sync_jobs: tuple[SyncJobRow, ...]


def survey(mailcow: Surveyed, *, hostname: str, looks_into: Callable[[DomainRow], bool]) -> ServerSurvey:
    """Read a server; changes nothing.

    Args:
        mailcow: Its calls.
        hostname: Its name.
        looks_into: Chooses the domains whose mailboxes and aliases are read.

    Raises:
        MailcowError: It refuses, or does not answer.
    """
    version = mailcow.version()
    rows = sorted(mailcow.list_domains(), key=lambda row: row.name)
    limits = mailcow.list_sending_limits()
    chosen = [row for row in rows if looks_into(row)]
    return ServerSurvey(
        hostname=hostname,
        version=version,
        domains=tuple(_domain(mailcow, row, limits) for row in chosen),
        others=tuple(row for row in rows if row not in chosen),
        alias_domains=mailcow.list_alias_domains(),
        filters=mailcow.list_all_filters(),
        sync_jobs=mailcow.list_sync_jobs(),
    )


def _domain(mailcow: Surveyed, row: DomainRow, limits: Mapping[str, str]) -> DomainSurvey:
    mailboxes = sorted(mailcow.list_mailboxes(row.name), key=lambda mailbox: mailbox.address)
    return DomainSurvey(
        row=row,
        dkim=mailcow.get_dkim(row.name),
        mailboxes=tuple(replace(mailbox, sending_limit=limits.get(mailbox.address, "")) for mailbox in mailboxes),
        aliases=tuple(sorted(mailcow.list_aliases(row.name), key=lambda alias: alias.address.lower())),
    )
