"""From a server's mailboxes to people of a list; who cannot be said exactly is left out, with the reason."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from core.desired_people import DEFAULT_QUOTA_MIB
from core.errors import InputError
from core.mail_list import parse_mail_list
from core.people import PROTOCOLS, ROLES, Leaver, MailDomain, MailList, User
from mailcow.rows import MailboxRow
from ops.list_layout import list_text
from ops.server_survey import DomainSurvey
from users.ownership import owner_of

# Stands in for somebody in a list that is only made to be read back.
_ANYBODY: Final = "postmaster@elsewhere.example"


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """One thing of the server that the list does not speak of, and that stays there as it is."""

    what: str
    """``alias spam@example.com``."""
    why: str
    """``is switched off, which a list cannot say``."""

    def __str__(self) -> str:
        return f"{self.what} {self.why}"


@dataclass(frozen=True, kw_only=True)
class AdoptedPeople:
    """Everybody of one domain."""

    users: tuple[User, ...]
    leavers: tuple[Leaver, ...]
    defaults: User
    left_out: tuple[LeftOut, ...]


def people_of(survey: DomainSurvey, *, stack: str, until: Callable[[str], date]) -> AdoptedPeople:
    """Say a domain's mailboxes as people.

    Args:
        survey: The domain.
        stack: Whose list it becomes.
        until: For a mailbox that is switched off, the day until which its mail is kept.
    """
    users: list[User] = []
    leavers: list[Leaver] = []
    left_out: list[LeftOut] = []
    for row in survey.mailboxes:
        person = _person(row, until)
        why = why_not_ours(row.tags, stack) or _beyond_a_list(row, person) or _unsayable(survey.row.name, person)
        if why:
            left_out.append(LeftOut(what=f"mailbox {row.address}", why=why))
        elif isinstance(person, User):
            users.append(person)
        else:
            leavers.append(person)
    defaults = _common_defaults([*users, *(leaver.was for leaver in leavers)])
    return AdoptedPeople(
        users=tuple(_shortened(user, defaults) for user in users),
        leavers=tuple(replace(leaver, was=_shortened(leaver.was, defaults)) for leaver in leavers),
        defaults=defaults,
        left_out=tuple(left_out),
    )


def why_not_ours(marks: Iterable[str], stack: str) -> str | None:
    """Say whose something is that bears another stack's mark; None for ours and for nobody's."""
    owner = owner_of(marks, stack=stack)
    return None if owner in {None, stack} else f"belongs to stack {owner}"


def _person(row: MailboxRow, until: Callable[[str], date]) -> User | Leaver:
    local_part = row.address.rpartition("@")[0]
    user = User(
        name=local_part,
        full_name=row.name if row.name not in {"", local_part} else None,
        quota_mib=row.quota_mib,
        protocols=row.protocols if row.protocols != PROTOCOLS else None,
        sending_limit=row.sending_limit or None,
        tags=_tags_of_theirs(row),
    )
    if row.active:
        return user
    return Leaver(
        name=local_part,
        until=until(row.address),
        mail="keep" if row.receives_only else "refuse",
        was=replace(user, name=""),
    )


def _tags_of_theirs(row: MailboxRow) -> tuple[str, ...] | None:
    """Give the tags that a list can say; others stay on the mailbox, where they are nobody's business."""
    said = tuple(sorted(tag for tag in set(row.tags) if _reads_back(User(name="x", tags=(tag,)))))
    return said or None


def _reads_back(user: User) -> bool:
    return _unsayable("example.com", user) is None


def _beyond_a_list(row: MailboxRow, person: User | Leaver) -> str | None:
    if not row.protocols:
        return "has no protocol open, which a list cannot say"
    if isinstance(person, Leaver) and person.name in ROLES:
        return "is switched off, and every domain needs somebody there; open it, or take it out, in mailcow"
    return None


def _unsayable(domain: str, person: User | Leaver) -> str | None:
    """Say why a list cannot hold a person; None when reading one that does gives the same again."""
    users, leavers = ((person,), ()) if isinstance(person, User) else ((), (person,))
    tried = MailDomain(name=domain, users=users, offboarded=leavers, postmaster=_ANYBODY, server=1, line=0)
    return why_unsayable(tried)


def why_unsayable(domain: MailDomain) -> str | None:
    """Say why a list cannot hold a domain; None when reading one that does gives the same again."""
    wanted = MailList(domains=(domain,))
    try:
        read = parse_mail_list(list_text(wanted), "")
    except InputError as wrong:
        return f"cannot be said in a list: {wrong.problems[0].message}"
    return None if read == wanted else "cannot be said in a list"


def _common_defaults(people: Iterable[User]) -> User:
    """Find the quota that most have, so that it stands once."""
    quotas = Counter(user.quota_mib for user in people)
    quota_mib, count = min(quotas.items(), key=lambda found: (-found[1], found[0] or 0), default=(None, 0))
    return User(name="", quota_mib=quota_mib if count > 1 and quota_mib != DEFAULT_QUOTA_MIB else None)


def _shortened(user: User, defaults: User) -> User:
    usual = DEFAULT_QUOTA_MIB if defaults.quota_mib is None else defaults.quota_mib
    return replace(user, quota_mib=None if user.quota_mib == usual else user.quota_mib)


def known_dates(mail_list: MailList) -> Mapping[str, date]:
    """Give the day of everybody who has left in a list, by address."""
    return {
        f"{leaver.name}@{domain.name}": leaver.until for domain in mail_list.domains for leaver in domain.offboarded
    }
