"""From a server's aliases to aliases, lists and catch-alls of a list; what cannot be said exactly is left out."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from core.addresses import address_problem, local_part_problem
from core.list_book import circles
from core.list_name_kinds import Written
from core.people import ROLES, Group, Leaver, MailDomain, User
from mailcow.rows import AliasRow
from ops.adopted_people import LeftOut, why_not_ours

_SPECIAL: Final = {
    "null@localhost": "throws its mail away",
    "spam@localhost": "teaches the filter what spam is",
    "ham@localhost": "teaches the filter what spam is not",
}


@dataclass(frozen=True, kw_only=True)
class Aliases:
    """Aliases of all domains: those that a list can say, and the others with the reason."""

    by_address: Mapping[str, tuple[str, ...]]
    """Each address with those that its mail goes to; ``@domain`` for a catch-all."""
    left_out: tuple[LeftOut, ...] = field(default=())


def aliases_of(rows: Iterable[AliasRow], domains: Collection[MailDomain], *, stack: str) -> Aliases:
    """Choose the aliases that a list can say.

    Args:
        rows: Those of the server, of these domains.
        domains: The list's domains with their people.
        stack: Whose list it becomes.
    """
    left_out: list[LeftOut] = []
    found: dict[str, tuple[str, ...]] = {}
    for row in rows:
        if why := _why_not(row, stack):
            left_out.append(_alias(row.address.lower(), why))
        else:
            found[row.address.lower()] = tuple(dict.fromkeys(target.lower() for target in row.goto))
    people = _People(domains)
    # Leaving one out may leave another without an end.
    while wrong := people.wrong_among(found):
        left_out += [_alias(address, why) for address, why in wrong.items()]
        found = {address: to for address, to in found.items() if address not in wrong}
    return Aliases(by_address=found, left_out=tuple(left_out))


def _alias(address: str, why: str) -> LeftOut:
    return LeftOut(what=f"alias {address}", why=why)


def _why_not(row: AliasRow, stack: str) -> str | None:
    local_part = row.address.lower().rpartition("@")[0]
    if foreign := why_not_ours([row.private_comment], stack):
        return foreign
    if not row.active:
        return "is switched off, which a list cannot say"
    if special := next((_SPECIAL[target] for target in row.goto if target in _SPECIAL), None):
        return f"{special}, which a list cannot say"
    if local_part and (wrong := local_part_problem(local_part)):
        return f"cannot be said in a list: it {wrong}"
    for target in row.goto:
        if wrong := address_problem(target.lower()):
            return f"leads to {target}, which {wrong}"
    return None if row.goto else "leads nowhere"


class _People:
    """Who is in the list, for the question whether an alias leads to somebody."""

    def __init__(self, domains: Iterable[MailDomain]) -> None:
        listed = tuple(domains)
        self._domains = {domain.name for domain in listed}
        self._users = {f"{user.name}@{domain.name}" for domain in listed for user in domain.users}
        leavers = [(leaver, f"{leaver.name}@{domain.name}") for domain in listed for leaver in domain.offboarded]
        self._closed = {address for _, address in leavers}
        self._receiving = {address for leaver, address in leavers if leaver.mail != "refuse"}

    def wrong_among(self, aliases: Mapping[str, tuple[str, ...]]) -> Mapping[str, str]:
        """Say which aliases cannot stand beside the others, each with the reason."""
        leads = {address: [Written(text=target, line=0) for target in to] for address, to in aliases.items()}
        wrong = {address: "is part of a circle" for circle, _ in circles(leads) for address in circle}
        for address, to in aliases.items():
            if why := self._why_not(address, to, aliases):
                wrong[address] = why
        return wrong

    def _why_not(self, address: str, to: tuple[str, ...], aliases: Collection[str]) -> str | None:
        if address.startswith("@") and not (len(to) == 1 and to[0] in self._users):
            return "catches all mail and does not lead to one person of the list, who would look at it"
        if len(to) == 1 and to[0] in self._receiving and _is_further_name(address, to[0]):
            return None  # a further name of somebody who has left, which goes with her line
        for target in to:
            if target in self._closed:
                return f"leads to {target}, whose mailbox is switched off"
            known = target in self._users or target in aliases
            if not known and target.rpartition("@")[2] in self._domains:
                return f"leads to {target}, which is not in the list"
        return None


def _is_further_name(address: str, target: str) -> bool:
    local_part, _, domain = address.rpartition("@")
    return bool(local_part) and local_part not in ROLES and target.endswith(f"@{domain}")


def with_aliases(domain: MailDomain, aliases: Mapping[str, tuple[str, ...]]) -> MailDomain:
    """Put a domain's aliases where they stand in a list: at people, at the domain, among its lists."""
    mine = {address: to for address, to in aliases.items() if address.endswith(f"@{domain.name}")}
    catch_all = mine.pop(f"@{domain.name}", ("",))[0]
    postmaster = _one_postmaster(domain, mine)
    if postmaster:
        mine = {address: to for address, to in mine.items() if address.rpartition("@")[0] not in ROLES}
    further = {address: to[0] for address, to in mine.items() if len(to) == 1 and _has_person(domain, address, to[0])}
    groups = [Group(name=address.rpartition("@")[0], to=to) for address, to in mine.items() if address not in further]
    return replace(
        domain,
        users=tuple(replace(user, aliases=tuple(_names_of(user.name, domain, further))) for user in domain.users),
        offboarded=tuple(_leaver(leaver, domain, further) for leaver in domain.offboarded),
        postmaster=postmaster,
        catch_all=catch_all or None,
        aliases=tuple(group for group in groups if len(group.to) == 1),
        lists=tuple(group for group in groups if len(group.to) > 1),
    )


def _has_person(domain: MailDomain, address: str, target: str) -> bool:
    people: Iterable[User | Leaver] = (*domain.users, *domain.offboarded)
    return _is_further_name(address, target) and target in {f"{one.name}@{domain.name}" for one in people}


def _names_of(name: str, domain: MailDomain, further: Mapping[str, str]) -> Iterator[str]:
    return (alias.rpartition("@")[0] for alias, target in further.items() if target == f"{name}@{domain.name}")


def _leaver(leaver: Leaver, domain: MailDomain, further: Mapping[str, str]) -> Leaver:
    return replace(leaver, was=replace(leaver.was, aliases=tuple(_names_of(leaver.name, domain, further))))


def _one_postmaster(domain: MailDomain, aliases: Mapping[str, tuple[str, ...]]) -> str | None:
    """Give the one who gets mail for every address that a domain needs, when there is one and all are aliases."""
    leads = {aliases.get(f"{role}@{domain.name}") for role in ROLES}
    (to,) = leads if len(leads) == 1 else (None,)
    return to[0] if to is not None and len(to) == 1 else None
