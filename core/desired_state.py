"""From settings and the list to what should be."""

from collections.abc import Iterator
from typing import Final

from core import names
from core.conflicts import find_conflicts
from core.desired import DesiredAlias, DesiredDomain, DesiredState, Host
from core.desired_people import DEFAULT_QUOTA_MIB, aliases_of, mailboxes_of, move_ins_of, promised_mib
from core.errors import InputError
from core.notices import notices
from core.outbound import outbound_of
from core.people import MailDomain, MailList
from core.settings import Settings

MAX_PER_DOMAIN: Final = 10_000
"""Mailboxes, and aliases, that mailcow lets a domain have: above what one server can carry."""
_MIB_PER_GIB: Final = 1_024


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
        mailboxes=tuple(mailbox for domain in served for mailbox in mailboxes_of(domain)),
        aliases=tuple(alias for domain in served for alias in _aliases(domain, settings)),
        notices=tuple(notices(settings, hosts, served, listed=frozenset(listed))),
        move_ins=tuple(move_in for domain in served for move_in in move_ins_of(domain)),
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


def _aliases(domain: MailDomain, settings: Settings) -> Iterator[DesiredAlias]:
    """Give a domain's aliases; while what is there is taken over, nothing is added that nobody has asked for."""
    for alias in aliases_of(domain):
        if alias.kind != "role" or domain.postmaster is not None or not settings.adopt:
            yield alias


def _domain(domain: MailDomain, settings: Settings) -> DesiredDomain:
    volume_mib = settings.block_volume_sizes[0] * _MIB_PER_GIB
    quotas_mib = promised_mib(domain)
    default_mib = domain.defaults.quota_mib or DEFAULT_QUOTA_MIB
    return DesiredDomain(
        name=domain.name,
        server=domain.server,
        dkim_selector=domain.dkim_selector,
        dkim_next=domain.dkim_next,
        dkim_retired=domain.dkim_retired,
        max_quota_mib=max(volume_mib, default_mib, *quotas_mib),
        quota_mib=max(volume_mib, MAX_PER_DOMAIN * DEFAULT_QUOTA_MIB, sum(quotas_mib)),
        max_mailboxes=MAX_PER_DOMAIN,
        max_aliases=MAX_PER_DOMAIN,
        default_quota_mib=default_mib,
        subdomains=domain.subdomains,
        outbound=outbound_of(domain, settings),
        mta_sts=domain.mta_sts,
    )
