"""New first passwords for everybody of a domain: one after another, nobody twice, whatever happens on the way."""

from collections import Counter
from dataclasses import replace

import pytest

from core.desired import DesiredMailbox
from core.errors import (
    MailcowRefusedError,
    MailcowUnavailableError,
    RefusedError,
    VaultError,
    VaultSealedError,
    VaultUnreachableError,
)
from ops.rotate_people import PeopleRotating, Rotated
from tests.ops.kills import Killed, Reaper
from tests.ops.passwords import Office, leaver, path, person
from tests.ops.test_rotation import watched

NAMES = ("ann", "bob", "cem", "dan", "eve")
PEOPLE = tuple(person(name) for name in NAMES)


@pytest.fixture
def office() -> Office:
    office = Office()
    office.takes_on(*PEOPLE)
    return office


class Campaigning:
    """Rotates a.example; remembers what was asked and told."""

    def __init__(self, office: Office, *, agrees: bool = True) -> None:
        self.office = office
        self.agrees = agrees
        self.questions: list[str] = []
        self.told: list[str] = []
        self.rotating = office.rotating()

    def run(self, people: tuple[DesiredMailbox, ...] = PEOPLE, *, anew: bool = False) -> dict[str, str]:
        """Give what became of each, by name; nothing when nobody agreed."""
        self.office.clock.passes(minutes=1)
        results = PeopleRotating(rotating=self.rotating, confirm=self._confirm, tell=self._tell).run(
            people, domain="a.example", anew=anew
        )
        return {result.address.partition("@")[0]: result.outcome for result in results or ()}

    def _confirm(self, question: str) -> bool:
        self.questions.append(question)
        return self.agrees

    def _tell(self, result: Rotated, place: int, count: int) -> None:
        self.told.append(f"{place}/{count} {result.address} {result.outcome}")


def versions(office: Office) -> list[int]:
    return [len(office.vault.secrets[path(each)].versions) for each in PEOPLE]


def anchored(office: Office) -> list[str]:
    return [each.local_part for each in PEOPLE if "rotation_campaign" in office.notes(each)]


def test_everybody_gets_a_password_of_their_own_that_opens_the_mailbox(office: Office) -> None:
    results = Campaigning(office).run()

    assert results == dict.fromkeys(NAMES, "rotated")
    assert all(office.opens(each) for each in PEOPLE)
    assert len({office.password(each) for each in PEOPLE}) == len(PEOPLE)
    assert office.sessions == set()
    assert anchored(office) == []


def test_each_is_told_when_it_is_done(office: Office) -> None:
    campaigning = Campaigning(office)

    campaigning.run()

    assert campaigning.told[1] == "2/5 bob@a.example rotated"


def test_nothing_happens_to_people_who_were_not_agreed_on(office: Office) -> None:
    campaigning = Campaigning(office, agrees=False)

    assert campaigning.run() == {}
    assert versions(office) == [1] * 5
    assert anchored(office) == []
    assert "Give all 5 people of a.example new passwords?" in campaigning.questions[0]


def test_people_who_have_left_are_left_alone(office: Office) -> None:
    gone = leaver("cem")
    people = tuple(gone if each.local_part == "cem" else each for each in PEOPLE)
    before = office.notes(gone)

    results = Campaigning(office).run(people)

    assert (results["cem"], results["dan"]) == ("offboarded", "rotated")
    assert office.notes(gone) == before
    assert versions(office) == [2, 2, 1, 2, 2]


def test_where_everybody_has_left_there_is_nothing_to_rotate(office: Office) -> None:
    with pytest.raises(RefusedError, match="nobody of a.example is active"):  # noqa: RUF043 — a dot is a dot
        Campaigning(office).run((leaver("ann"),))


def test_one_who_fails_stops_nobody_else_and_is_done_by_the_next_run_alone(office: Office) -> None:
    office.mailcow.failures["set password cem@a.example"] = MailcowRefusedError("mailcow refused")

    first = Campaigning(office).run()
    assert first == {**dict.fromkeys(NAMES, "rotated"), "cem": "failed"}
    assert len(anchored(office)) == 1

    again = Campaigning(office)
    assert again.run() == {**dict.fromkeys(NAMES, "done_before"), "cem": "rotated"}
    assert "Go on with the rotation of a.example" in again.questions[0]
    assert "(4 of 5 are done)" in again.questions[0]
    assert versions(office) == [2] * 5
    assert all(office.opens(each) for each in PEOPLE)
    assert anchored(office) == []


def test_after_a_campaign_has_ended_the_next_one_is_for_everybody(office: Office) -> None:
    Campaigning(office).run()

    assert Campaigning(office).run() == dict.fromkeys(NAMES, "rotated")
    assert versions(office) == [3] * 5


def test_begun_anew_it_is_for_everybody_and_the_stopped_one_is_forgotten(office: Office) -> None:
    office.mailcow.failures["set password cem@a.example"] = MailcowRefusedError("mailcow refused")
    Campaigning(office).run()

    assert Campaigning(office).run(anew=True) == dict.fromkeys(NAMES, "rotated")
    assert anchored(office) == []


def test_who_was_rotated_by_hand_meanwhile_is_not_rotated_again(office: Office) -> None:
    office.mailcow.failures["set password cem@a.example"] = MailcowRefusedError("mailcow refused")
    office.mailcow.failures["set password dan@a.example"] = MailcowRefusedError("mailcow refused")
    Campaigning(office).run()
    office.clock.passes(minutes=1)
    office.rotating().rotate(person("dan"))

    assert Campaigning(office).run() == {**dict.fromkeys(NAMES, "done_before"), "cem": "rotated"}


def test_somebody_whose_mailbox_was_never_made_fails_alone(office: Office) -> None:
    results = Campaigning(office).run((person("new"), *PEOPLE))

    assert results == {"new": "failed", **dict.fromkeys(NAMES, "rotated")}
    assert path(person("new")) not in office.vault.secrets


@pytest.mark.parametrize("failure", [VaultSealedError("sealed"), MailcowUnavailableError("mailcow is down")])
def test_what_fails_everybody_alike_is_not_tried_on_a_thousand_people(office: Office, failure: Exception) -> None:
    """A mailcow that is down costs minutes of waiting a person."""
    for name in NAMES:
        office.mailcow.failures[f"set password {name}@a.example"] = failure

    results = Campaigning(office).run()

    assert Counter(results.values()) == {"failed": 3, "waiting": 2}
    assert Campaigning(office).run() == dict.fromkeys(NAMES, "failed") | {"ann": "rotated", "bob": "rotated"} | {
        "cem": "rotated",
        "dan": "failed",
        "eve": "failed",
    }


def test_three_people_with_faults_of_their_own_stop_nobody(office: Office) -> None:
    for name in NAMES[:4]:
        office.vault.soft_delete(path(person(name)))

    results = Campaigning(office).run()

    assert results == {**dict.fromkeys(NAMES, "failed"), "eve": "rotated"}


def test_without_an_answer_from_vault_nothing_is_begun(office: Office) -> None:
    office.vault.failure = VaultUnreachableError("Vault does not answer")

    with pytest.raises(VaultError):
        Campaigning(office).run()

    assert office.mailcow.changes == []


def calls_of_a_whole_campaign() -> int:
    office, reaper = Office(), Reaper()
    office.takes_on(*PEOPLE[:3])
    campaigning = Campaigning(office)
    campaigning.rotating = watched(office, reaper)
    campaigning.run(PEOPLE[:3])
    return len(reaper.calls)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", range(1, calls_of_a_whole_campaign() + 1))
def test_a_campaign_killed_anywhere_is_finished_by_the_next_run_and_rotates_nobody_twice(
    number: int, *, after: bool
) -> None:
    office, people = Office(), PEOPLE[:3]
    office.takes_on(*people)
    killed = Campaigning(office)
    killed.rotating = watched(office, Reaper(at=number, after=after))

    with pytest.raises(Killed):
        killed.run(people)
    ended = all("rotated" in office.notes(each) for each in people) and not any(
        "rotation_campaign" in office.notes(each) for each in people
    )
    results = Campaigning(office).run(people)

    assert set(results.values()) <= {"rotated", "done_before"}
    assert all(office.opens(each) for each in people)
    assert all("rotating" not in office.notes(each) for each in people)
    assert office.sessions == set()
    assert [len(office.vault.secrets[path(each)].versions) for each in people] == [3 if ended else 2] * 3


def test_two_operators_at_once_rotate_nobody_twice(office: Office) -> None:
    """The second one begins while the first is under way, and has seen the notes as they were."""
    first, second = Campaigning(office), Campaigning(office)
    usual = office.rotating().server(1)

    def meanwhile(address: str) -> str:
        if address == "bob@a.example" and not second.told:
            second.run()
        return usual.end_sessions(address)

    first.rotating = replace(office.rotating(), server=lambda _: replace(usual, end_sessions=meanwhile))

    first.run()

    assert versions(office) == [2] * 5
    assert all(office.opens(each) for each in PEOPLE)
