"""Decisions that were made for the operator, and what follows from the list's own: said aloud, never refused."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from core import names
from core.desired import Host
from core.people import MailDomain
from core.settings import Settings

_MOST_NAMED: Final = 5


def notices(
    settings: Settings, hosts: Sequence[Host], served: Iterable[MailDomain], *, listed: Collection[str]
) -> Iterator[str]:
    """Give the sentences.

    Args:
        settings: The stack's configuration.
        hosts: Its mail hosts.
        served: The domains that it serves.
        listed: All domains of the list: mail to another is mail that leaves.
    """
    if not settings.mail_hostname and not settings.domain_names:
        yield (
            f"the mail host is {hosts[0].hostname}, after the first domain of the list;"
            f" to keep that whatever the order, write {names.PROJECT}:mail_hostname: {hosts[0].hostname}"
        )
    for domain in served:
        yield from _missing_roles(domain) if settings.adopt else _roles(domain)
        yield from _outside(domain, listed)


def _missing_roles(domain: MailDomain) -> Iterator[str]:
    """Say what is not made while what is there is taken over."""
    roles = [names.address_of(role, domain.name) for role in domain.missing_roles]
    if domain.postmaster is None and roles:
        verb = "are" if len(roles) > 1 else "is"
        yield (
            f"{' and '.join(roles)} {verb} not in the list and {verb} not made while adopt is true;"
            " every domain needs both: write postmaster: NAME"
        )


def _roles(domain: MailDomain) -> Iterator[str]:
    roles = [names.address_of(role, domain.name) for role in domain.missing_roles]
    if domain.postmaster is None and roles:
        goes = "go" if len(roles) > 1 else "goes"
        yield (
            f"{' and '.join(roles)} {goes} to {domain.role_target} (first user);"
            " to choose somebody, write postmaster: NAME"
        )


def _outside(domain: MailDomain, listed: Collection[str]) -> Iterator[str]:
    def leaving(name: str, targets: Iterable[str]) -> Iterator[str]:
        for target in targets:
            if target.rpartition("@")[2] not in listed:
                yield f"{names.address_of(name, domain.name)} to {target}"

    groups = (*domain.aliases, *domain.lists)
    sent_on = [pair for group in groups for pair in leaving(group.name, group.to)]
    if domain.postmaster:
        sent_on += [pair for role in domain.missing_roles for pair in leaving(role, [domain.postmaster])]
    forwarded = [pair for user in domain.users if user.forward for pair in leaving(user.name, user.forward.to)]
    forwarded += [pair for leaver in domain.offboarded for pair in leaving(leaver.name, leaver.forward_to)]
    if sent_on:
        yield (
            f"mail leaves this server by {_some(sent_on)}; it goes out with its first sender's address (mailcow has"
            " no SRS), so that many servers refuse it or take it for spam; better a user with forward:, or an address"
            " that is here"
        )
    if forwarded:
        yield (
            f"mail leaves this server by {_some(forwarded)}; spam that is forwarded counts against this server, and"
            " what the other one refuses does not come back; leave keep: true, or let them read it here"
        )


def _some(pairs: Sequence[str]) -> str:
    more = f" and {len(pairs) - _MOST_NAMED} more" if len(pairs) > _MOST_NAMED else ""
    return f"{', '.join(pairs[:_MOST_NAMED])}{more}"
