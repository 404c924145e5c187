"""A preview in words: what happens to whom."""

from typing import Any

from ops.words import recorded_addresses, words_of

OURS = "pulumi-python:dynamic/mailstead"


def step(
    op: str, kind: str, name: str, *, old: dict[str, Any] | None = None, new: dict[str, Any] | None = None
) -> dict[str, Any]:
    urn = f"urn:pulumi:dev::mailstead::mailstead:people:People${kind}::{name}"
    return {"op": op, "urn": urn, "oldState": {"inputs": old or {}}, "newState": {"inputs": new or {}}}


def sentences(*steps: dict[str, Any], recorded: frozenset[str] = frozenset()) -> list[str]:
    words = words_of({"steps": list(steps)}, recorded=recorded)
    return [f"{happening.subject} {happening.sentence}" for happening in words.happenings]


def test_a_new_person_gets_a_mailbox_of_her_size() -> None:
    created = step("create", f"{OURS}:Mailbox", "alice@example.com", new={"quota_mib": 2048.0})

    assert sentences(created) == ["alice@example.com gets a mailbox of 2048 MiB"]


def test_a_mailbox_that_was_there_before_is_said_to_come_back_empty() -> None:
    created = step("create", f"{OURS}:Mailbox", "alice@example.com")

    said = sentences(created, recorded=frozenset({"alice@example.com"}))

    assert said == ["alice@example.com is made again, EMPTY: the mailbox was deleted outside of this program"]


def test_closing_says_until_when_the_mail_is_kept() -> None:
    closed = step(
        "update",
        f"{OURS}:Mailbox",
        "bob@example.com",
        old={"active": True},
        new={"active": False, "kept_until": "2026-12-31"},
    )

    assert sentences(closed) == ["bob@example.com is closed; the mail is kept until 2026-12-31"]


def test_a_deletion_says_that_the_mail_goes() -> None:
    gone = step("delete", f"{OURS}:Mailbox", "bob@example.com")

    assert sentences(gone) == ["bob@example.com is deleted, with all mail in it"]


def test_people_whose_host_is_about_to_change_are_counted_and_not_listed() -> None:
    same = {"address": "alice@example.com"}
    words = words_of(
        {"steps": [step("update", f"{OURS}:Mailbox", "alice@example.com", old=same, new=same)]}, recorded=frozenset()
    )

    assert (words.happenings, words.follows_host) == ((), 1)


def test_an_update_of_people_alone_is_told_from_one_that_touches_a_machine() -> None:
    person = step("create", f"{OURS}:Mailbox", "alice@example.com")
    secret = step("create", f"{OURS}:VaultSecret", "alice@example.com")
    machine = step("update", "oci:Core/instance:Instance", "mail-host-1-instance")

    assert words_of({"steps": [person, secret]}, recorded=frozenset()).only_people
    assert not words_of({"steps": [person, secret, machine]}, recorded=frozenset()).only_people


def test_components_and_default_providers_are_not_worth_a_line() -> None:
    steps = [
        step("create", "mailstead:people:People", "people"),
        step("create", "pulumi:pulumi:Stack", "mailstead-dev"),
        step("create", "pulumi:providers:pulumi-python", "default"),
    ]

    assert sentences(*steps) == []


def test_the_recorded_addresses_are_read_from_the_roster() -> None:
    roster = {"type": f"{OURS}:Roster", "inputs": {"addresses": {"alice@example.com": ""}}}

    assert recorded_addresses({"deployment": {"resources": [roster]}}) == {"alice@example.com"}


def test_a_replaced_mailbox_is_said_to_lose_its_mail_and_a_replaced_secret_to_change() -> None:
    mailbox = step("replace", f"{OURS}:Mailbox", "bob@example.com")
    secret = step("replace", f"{OURS}:VaultSecret", "bob@example.com")

    assert sentences(mailbox, secret) == [
        "bob@example.com is deleted, with all mail in it, and made again, EMPTY",
        "bob@example.com gets a NEW first password in Vault",
    ]
