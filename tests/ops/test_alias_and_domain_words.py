"""What happens to aliases, lists, catch-alls, domains and their keys."""

from typing import Any

import pytest

from ops.facts import Facts
from tests.ops.steps import Plain, kinds, mailbox, of_people, sentences

ALICE, BOB, CAROL = "alice@example.com", "bob@example.com", "carol@startup.io"
INFO, TEAM, CATCH_ALL = "info@example.com", "team@example.com", "@example.com"
KINDS = {INFO: "alias", TEAM: "list", CATCH_ALL: "catch_all", "postmaster@example.com": "role"}


def alias(op: str, name: str, *, before: list[str] | None = None, after: list[str] | None = None) -> Plain:
    old, new = ({"goto": goto} if goto is not None else None for goto in (before, after))
    return of_people(op, "Alias", name, old=old, new=new)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (alias("create", INFO, after=[BOB]), f"{INFO} leads to {BOB}"),
        (alias("update", INFO, before=[ALICE], after=[BOB]), f"{INFO} leads to {BOB} instead of {ALICE}"),
        (alias("delete", INFO, before=[ALICE]), f"{INFO} no longer leads to {ALICE}"),
        (alias("create", TEAM, after=[ALICE, BOB]), f"{TEAM} becomes a list of {ALICE} and {BOB}"),
        (
            alias("update", TEAM, before=[ALICE, BOB], after=[ALICE, CAROL]),
            f"{TEAM} is joined by {CAROL}; is left by {BOB}",
        ),
        (alias("delete", TEAM, before=[ALICE, BOB]), f"{TEAM} is no longer a list; it had {ALICE} and {BOB}"),
        (
            alias("create", CATCH_ALL, after=[ALICE]),
            f"{CATCH_ALL} becomes the catch-all: mail to unknown addresses goes to {ALICE}",
        ),
        (
            alias("delete", CATCH_ALL, before=[ALICE]),
            f"{CATCH_ALL} is no longer the catch-all: mail to unknown addresses is refused",
        ),
    ],
)
def test_aliases_lists_and_catch_alls_each_have_words_of_their_own(step: Plain, said: str) -> None:
    assert sentences(step, kinds=KINDS) == [said]


def test_a_long_list_is_cut() -> None:
    (told,) = sentences(alias("create", TEAM, after=[f"user{number}@example.com" for number in range(14)]))

    assert told.endswith("user9@example.com and 4 more")


def test_further_addresses_of_somebody_new_stand_in_her_line() -> None:
    told = sentences(
        of_people("create", "Mailbox", ALICE, new=mailbox()),
        alias("create", "postmaster@example.com", after=[ALICE]),
        alias("create", INFO, after=[ALICE]),
        alias("create", TEAM, after=[ALICE, BOB]),
        kinds=KINDS,
    )

    assert told == [
        "alice@example.com gets a mailbox of 2,048 MiB; info@example.com and postmaster@example.com lead there too",
        "team@example.com becomes a list of alice@example.com and bob@example.com",
    ]


def test_a_domain_and_its_key_are_one_line() -> None:
    steps = (of_people("create", "Domain", "example.com"), of_people("create", "DkimKey", "example.com"))

    assert sentences(*steps) == [
        "example.com becomes a mail domain, with a DKIM key; its DNS records are to be entered"
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ({"max_quota_mib": 51_200.0}, {"max_quota_mib": 102_400.0}, "largest mailbox 51,200 → 102,400 MiB"),
        ({"max_aliases": 400.0}, {"max_aliases": 10_000.0}, "at most 10,000 aliases instead of 400"),
    ],
)
def test_limits_of_a_domain_are_said_in_words(old: dict[str, Any], new: dict[str, Any], said: str) -> None:
    assert sentences(of_people("update", "Domain", "example.com", old=old, new=new)) == [f"example.com {said}"]


def test_a_new_key_is_said_to_change_dns() -> None:
    assert sentences(of_people("replace", "DkimKey", "example.com")) == [
        "example.com gets a NEW DKIM key; its DNS record changes"
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            {"selector": "s1"},
            {"selector": "s1", "next": "s2"},
            "gets a further DKIM key s2, which does not sign yet; its DNS record is to be entered",
        ),
        (
            {"selector": "s1", "next": "s2"},
            {"selector": "s2", "retired": "s1"},
            "signs with DKIM key s2 instead of s1, whose record stays for mail on its way",
        ),
        (
            {"selector": "s2", "retired": "s1"},
            {"selector": "s2"},
            "is done with DKIM key s1; its DNS record can go",
        ),
        ({"selector": "s1", "next": "s2"}, {"selector": "s1"}, "keeps its DKIM key, and nothing follows it"),
    ],
)
def test_each_step_of_a_change_of_key_has_words_of_its_own(old: dict[str, Any], new: dict[str, Any], said: str) -> None:
    told = sentences(of_people("update", "DkimKey", "example.com", old=old, new=new))

    assert told == [f"example.com {said}"]


def test_the_pair_of_the_next_key_is_no_line_beside_its_domains() -> None:
    pair = of_people("create", "DkimPair", "s2._domainkey.example.com", new={"selector": "s2"})
    key = of_people("update", "DkimKey", "example.com", old={"selector": "s1"}, new={"selector": "s1", "next": "s2"})

    assert len(sentences(pair, key)) == 1


def test_a_domain_that_goes_takes_its_key_along() -> None:
    steps = (of_people("delete", "Domain", "example.com"), of_people("delete", "DkimKey", "example.com"))

    assert sentences(*steps) == ["example.com stops being a mail domain, and its DKIM key goes"]
    assert kinds(*steps) == ["deletes"]


@pytest.mark.parametrize(
    ("owner", "adopt", "kind", "said"),
    [
        (None, True, "adds", "is taken over as it is, limits and all"),
        (None, False, "refused", "was not made by Mailstead"),
        ("prod", True, "refused", "belongs to stack prod"),
        ("dev", False, "adds", "from an earlier run"),
    ],
)
def test_a_domain_that_is_on_the_server_already_is_not_called_new(
    owner: str | None, kind: str, said: str, *, adopt: bool
) -> None:
    facts = Facts(domains={"example.com": owner}, adopt=adopt)
    step = of_people("create", "Domain", "example.com")

    assert said in sentences(step, facts=facts)[0]
    assert kinds(step, facts=facts) == [kind]
