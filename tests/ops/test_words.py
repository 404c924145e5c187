"""A preview in words: what counts, in which order, and what an update touches."""

from ops.words import recorded_addresses
from tests.ops.steps import HOST, OURS, mailbox, of_people, sentences, step, words

INSTANCE = "oci:Core/instance:Instance"


def test_people_whose_host_is_about_to_change_are_counted_and_not_listed() -> None:
    same = of_people("update", "Mailbox", "alice@example.com", old=mailbox(), new=mailbox())
    host = step("update", "pulumi:providers:pulumi-python", HOST, old={}, new={"host:address": "unknown"})

    told = words(same, host)

    assert [happening.subject for happening in told.happenings] == [HOST]
    assert told.follows_host == 1


def test_an_update_that_no_host_explains_gets_a_line() -> None:
    same = of_people("update", "Mailbox", "alice@example.com", old=mailbox(), new=mailbox())

    assert sentences(same) == ["alice@example.com is brought to what the list says"]


def test_what_was_taken_over_as_it_was_is_compared_with_what_it_has() -> None:
    """It is recorded as asked for, and beside that as it was found."""
    taken_over = of_people("update", "Mailbox", "alice@example.com", old=mailbox(), new=mailbox())
    taken_over["oldState"]["outputs"] = {**mailbox(quota_mib=1000.0), "adopted": True}

    assert sentences(taken_over) == ["alice@example.com quota 1,000 → 2,048 MiB"]


def test_an_update_of_people_alone_is_told_from_one_that_touches_a_machine() -> None:
    person = of_people("create", "Mailbox", "alice@example.com", new=mailbox())
    secret = of_people("create", "VaultSecret", "alice@example.com")
    machine = step("update", INSTANCE, "mail-host-1-instance", old={}, new={})

    assert words(person, secret).only_people
    assert not words(person, secret, machine).only_people


def test_components_and_default_providers_are_not_worth_a_line() -> None:
    steps = [
        step("create", "mailstead:people:People", "people"),
        step("create", "pulumi:pulumi:Stack", "mailstead-dev"),
        step("create", "pulumi:providers:pulumi-python", "default"),
    ]

    assert sentences(*steps) == []


def test_the_roster_only_records_what_other_lines_say() -> None:
    assert sentences(of_people("update", "Roster", "roster", new={"addresses": {"bob@example.com": ""}})) == []


def test_the_recorded_addresses_are_read_from_the_roster() -> None:
    roster = {"type": f"{OURS}:Roster", "inputs": {"addresses": {"alice@example.com": ""}}}

    assert recorded_addresses({"deployment": {"resources": [roster]}}) == {"alice@example.com"}
    assert recorded_addresses({"deployment": {}}) == frozenset()


def test_people_come_before_machines_and_the_worst_of_it_comes_first() -> None:
    told = words(
        step("create", INSTANCE, "mail-host-1-instance", new={}),
        of_people("create", "Mailbox", "alice@example.com", new=mailbox()),
        of_people("delete", "Mailbox", "zoe@example.com", old=mailbox()),
        of_people("update", "Mailbox", "bob@example.com", old=mailbox(), new=mailbox(active=False)),
    )

    assert [happening.subject for happening in told.happenings] == [
        "zoe@example.com",
        "bob@example.com",
        "alice@example.com",
        "mail-host-1",
    ]


def test_every_resource_that_changes_is_planned_with_whom_it_is_about() -> None:
    told = words(
        of_people("create", "Mailbox", "alice@example.com", new=mailbox()),
        step("create", INSTANCE, "mail-host-1-instance", new={}),
        of_people("same", "Mailbox", "bob@example.com", old=mailbox(), new=mailbox()),
    )

    planned = [(one.group, one.subject.rpartition("::")[2]) for one in told.planned.values()]
    assert sorted(planned) == [("parts of machines", "mail-host-1-instance"), ("people", "alice@example.com")]
