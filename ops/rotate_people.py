"""Rotates the passwords of many people, one at a time: a campaign that goes on where an earlier run was stopped."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from core.desired import DesiredMailbox
from core.errors import (
    HostUnreachableError,
    LoginRefusedError,
    MailcowUnavailableError,
    MailsteadError,
    RefusedError,
    VaultDeniedError,
    VaultSealedError,
    VaultUnreachableError,
)
from core.names import user_secret
from core.rotation import ANCHOR_NOTE, Campaign, campaign_of, with_anchor, without_anchor
from ops.rotation import Rotating

Outcome = Literal["rotated", "done_before", "offboarded", "failed", "waiting"]

# The next person would fare the same, and each try may wait for minutes.
_NOBODYS_OWN: Final = (
    VaultUnreachableError,
    VaultSealedError,
    VaultDeniedError,
    MailcowUnavailableError,
    HostUnreachableError,
    LoginRefusedError,
)
_ALIKE: Final = 3


@dataclass(frozen=True, kw_only=True)
class Rotated:
    """What became of one person."""

    address: str
    outcome: Outcome
    """``waiting``: not tried, because the ones before failed all the same way."""
    sentence: str = ""
    """Why it failed, or what the operator should know besides."""


@dataclass(frozen=True, kw_only=True)
class PeopleRotating:
    """Rotates the passwords of a domain.

    Attributes:
        rotating: Rotates one.
        confirm: Asks the operator; given the question, says yes or no, or refuses to ask.
        tell: Told of each person at once, with its place and how many there are.
    """

    rotating: Rotating
    confirm: Callable[[str], bool]
    tell: Callable[[Rotated, int, int], None]

    def run(self, people: Sequence[DesiredMailbox], *, domain: str, anew: bool = False) -> list[Rotated] | None:
        """Rotate everybody who is active and not done in this campaign; one who fails stops nobody else.

        Args:
            people: Everybody of the domain.
            domain: Its name, for the question.
            anew: Begin a new campaign although another has not ended.

        Returns:
            What became of each, in the list's order; None when the operator said no.

        Raises:
            RefusedError: Nobody can be asked, or nobody is there.
            VaultError: Vault does not answer, or refuses.
        """
        active = [person for person in people if person.active]
        notes = {person.address: self._notes(person) for person in active}
        campaign = campaign_of(
            {address: custom or {} for address, custom in notes.items()}, now=self.rotating.now(), anew=anew
        )
        to_do = [person for person in active if not campaign.has_done(notes[person.address] or {})]
        if not active:
            raise RefusedError(f"nobody of {domain} is active, so there is no password to rotate")
        if to_do and not self.confirm(_question(domain, campaign, people=len(active), to_do=len(to_do))):
            return None
        anchors = self._anchored(campaign, [person for person in to_do if notes[person.address] is not None])
        results = list(self._each(people, campaign))
        if not any(result.outcome in {"failed", "waiting"} for result in results):
            self._end([person for person in active if person.address in anchors])
        return results

    def _notes(self, person: DesiredMailbox) -> dict[str, str] | None:
        found = self.rotating.vault.metadata(_path(person))
        return None if found is None else dict(found.custom)

    def _anchored(self, campaign: Campaign, to_do: Sequence[DesiredMailbox]) -> frozenset[str]:
        """Note that the campaign has begun, before anybody is touched; returns beside whom that stands."""
        if not campaign.is_new or not to_do:
            return frozenset(campaign.anchors)
        first = to_do[0]
        self.rotating.vault.set_metadata(_path(first), with_anchor(self._notes(first) or {}, campaign.name))
        return frozenset({*campaign.anchors, first.address})

    def _each(self, people: Sequence[DesiredMailbox], campaign: Campaign) -> Iterator[Rotated]:
        failures: list[type[Exception]] = []
        for place, person in enumerate(people, start=1):
            if not person.active:
                result = Rotated(address=person.address, outcome="offboarded")
            elif len(failures) == _ALIKE and len(set(failures)) == 1:
                result = Rotated(address=person.address, outcome="waiting")
            else:
                result = self._one(person, campaign, failures)
            self.tell(result, place, len(people))
            yield result

    def _one(self, person: DesiredMailbox, campaign: Campaign, failures: list[type[Exception]]) -> Rotated:
        """Rotate one; ``failures`` keeps the last ones in a row that were nobody's own."""
        try:
            told = self.rotating.rotate(person, campaign=campaign)
        except MailsteadError as problem:
            failures[:] = [*failures, type(problem)][-_ALIKE:] if isinstance(problem, _NOBODYS_OWN) else []
            return Rotated(address=person.address, outcome="failed", sentence=str(problem))
        failures.clear()
        if told is None:
            return Rotated(address=person.address, outcome="done_before")
        return Rotated(address=person.address, outcome="rotated", sentence=told)

    def _end(self, anchors: Sequence[DesiredMailbox]) -> None:
        for person in anchors:
            custom = self._notes(person) or {}
            if ANCHOR_NOTE in custom:
                self.rotating.vault.set_metadata(_path(person), without_anchor(custom))


def _path(person: DesiredMailbox) -> str:
    return user_secret(person.domain, person.local_part)


def _question(domain: str, campaign: Campaign, *, people: int, to_do: int) -> str:
    if campaign.is_new:
        who = f"Give all {people} people of {domain} new passwords"
    else:
        who = (
            f"Go on with the rotation of {domain} that began at {campaign.name} "
            f"({people - to_do} of {people} are done): give {to_do} more people new passwords"
        )
    return f"{who}? Their present ones stop working at once, and each has to be handed over a new one."
