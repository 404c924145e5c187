"""From what a server has to a list of people that says the same, and to what such a list cannot say."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from core.names import DKIM_SELECTOR
from core.people import MailDomain, MailList
from mailcow.rows import DomainRow
from ops.adopted_groups import aliases_of, with_aliases
from ops.adopted_people import LeftOut, people_of, why_not_ours, why_unsayable
from ops.list_layout import list_text
from ops.server_survey import DomainSurvey, ServerSurvey

_ANYBODY: Final = "postmaster@elsewhere.example"
_MOST_NAMED: Final = 5


@dataclass(frozen=True, kw_only=True)
class AdoptedList:
    """A list of people as a server says it."""

    mail_list: MailList
    left_out: tuple[LeftOut, ...]
    """What stays on the server as it is and is not in the list."""

    def text(self, hostname: str) -> str:
        """Write it as a file, which says at its end what is not in it.

        Args:
            hostname: Where it comes from.
        """
        if not self.left_out:
            return list_text(self.mail_list)
        lines = [f"#   {left_out}" for left_out in self.left_out]
        head = f"# Left out by `mailstead adopt`, and left as it is on {hostname}:"
        return "\n".join([list_text(self.mail_list).rstrip("\n"), head, *lines, ""])


def why_domain_stays(row: DomainRow, *, stack: str, domain_names: Collection[str]) -> str | None:
    """Say why a domain of the server is not looked into; None for one that is.

    Args:
        row: The domain.
        stack: Whose list it becomes.
        domain_names: The domains that the stack serves; empty for all.
    """
    if foreign := why_not_ours(row.tags, stack):
        return foreign
    if domain_names and row.name not in domain_names:
        return "is not in domain_names of the stack"
    if row.backup_mx:
        return "only keeps mail for another server"
    return None if row.active else "is switched off, which a list cannot say"


def adopted_list(
    survey: ServerSurvey, *, stack: str, domain_names: Collection[str], until: Callable[[str], date]
) -> AdoptedList:
    """Say what a server has as a list.

    Args:
        survey: The server.
        stack: Whose list it becomes.
        domain_names: The domains that the stack serves; empty for all.
        until: For a mailbox that is switched off, by its address, the day until which its mail is kept.
    """
    left_out = [
        _domain(row.name, why_domain_stays(row, stack=stack, domain_names=domain_names) or "is left out")
        for row in survey.others
    ]
    domains: list[MailDomain] = []
    for found in survey.domains:
        bare = _bare(found)
        if wrong := why_unsayable(replace(bare, postmaster=_ANYBODY)):
            left_out.append(_domain(bare.name, wrong))
            continue
        people = people_of(found, stack=stack, until=until)
        left_out += people.left_out
        domains.append(replace(bare, users=people.users, offboarded=people.leavers, defaults=people.defaults))
    listed = {domain.name for domain in domains}
    rows = [row for found in survey.domains if found.row.name in listed for row in found.aliases]
    aliases = aliases_of(rows, domains, stack=stack)
    whole = [with_aliases(domain, aliases.by_address) for domain in domains]
    left_out += [*aliases.left_out, *_nobody_reads(whole), *_beside(survey, listed)]
    return AdoptedList(
        mail_list=MailList(domains=tuple(domain for domain in whole if _has_reader(domain))),
        left_out=tuple(left_out),
    )


def _bare(found: DomainSurvey) -> MailDomain:
    return MailDomain(
        name=found.row.name,
        users=(),
        offboarded=(),
        postmaster=None,
        server=1,
        line=0,
        dkim_selector=found.dkim.selector if found.dkim else DKIM_SELECTOR,
    )


def _domain(name: str, why: str) -> LeftOut:
    return LeftOut(what=f"domain {name}", why=why)


def _has_reader(domain: MailDomain) -> bool:
    return not domain.missing_roles or domain.role_target is not None


def _nobody_reads(domains: Collection[MailDomain]) -> Iterator[LeftOut]:
    for domain in domains:
        if not _has_reader(domain):
            yield _domain(domain.name, "has no user, and nobody reads postmaster@ and abuse@, which every domain needs")


def _beside(survey: ServerSurvey, listed: Collection[str]) -> Iterator[LeftOut]:
    """Name what people have besides mailboxes and aliases, and what only stands for something else."""
    for name, target in sorted(survey.alias_domains.items()):
        yield LeftOut(what=f"alias domain {name}", why=f"stands for {target}, which a list cannot say")
    for what, rows in (("Sieve filters", survey.filters), ("sync jobs", survey.sync_jobs)):
        owners = [row.username for row in rows if row.username.rpartition("@")[2] in listed]
        if owners:
            yield LeftOut(what=f"{what} of {_some(owners)}", why="go on as they are")


def _some(owners: list[str]) -> str:
    counted = sorted(Counter(owners).items())
    named = [f"{owner} ({count})" if count > 1 else owner for owner, count in counted]
    more = f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
    return f"{', '.join(named[:_MOST_NAMED])}{more}"
