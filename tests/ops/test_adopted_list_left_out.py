"""From a server's rows to a list: what it cannot say is named with the reason."""

from typing import Any

import pytest

from tests.ops.adopted_lists import adopted, left_out, server_of, wanted
from tests.ops.existing_server import HOSTNAME


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ({"tags": ("mailstead-dev",)}, "belongs to stack dev"),
        ({"protocols": ()}, "has no protocol open, which a list cannot say"),
        ({"name": "Bob "}, "cannot be said in a list: full_name"),
        ({"sending_limit": "100/x"}, "cannot be said in a list: sending_limit"),
    ],
)
def test_a_mailbox_that_a_list_cannot_say_exactly_is_left_out_with_the_reason(
    columns: dict[str, Any], why: str
) -> None:
    found = left_out(server_of(bob=columns))

    assert list(found) == ["mailbox bob@example.com"]
    assert found["mailbox bob@example.com"].startswith(why)


def test_a_name_before_the_at_sign_that_we_give_nobody_is_left_out() -> None:
    server = server_of()
    server.has_mailbox("o'brien@example.com")

    assert left_out(server)["mailbox o'brien@example.com"].startswith("cannot be said in a list: user o'brien")


def test_somebody_who_must_be_there_is_not_offboarded() -> None:
    assert (
        "every domain needs somebody there"
        in left_out(server_of(postmaster={"active": False}))["mailbox postmaster@example.com"]
    )


@pytest.mark.parametrize(
    ("goto", "columns", "why"),
    [
        (["alice@example.com"], {"active": False}, "is switched off, which a list cannot say"),
        (["alice@example.com"], {"private_comment": "mailstead-dev"}, "belongs to stack dev"),
        (["null@localhost"], {}, "throws its mail away, which a list cannot say"),
        (["alice@example.com", "nobody@example.com"], {}, "leads to nobody@example.com, which is not in the list"),
        (["bob@localhost"], {}, "leads to bob@localhost, which ends with a domain that has no dot"),
        ([], {}, "leads nowhere"),
    ],
)
def test_an_alias_that_a_list_cannot_say_is_left_out_with_the_reason(
    goto: list[str], columns: dict[str, Any], why: str
) -> None:
    server = server_of()
    server.has_alias("info@example.com", *goto, **columns)

    assert left_out(server)["alias info@example.com"].startswith(why)
    assert wanted(adopted(server)).aliases == ()


def test_an_alias_that_leads_to_one_that_is_left_out_is_left_out_too() -> None:
    server = server_of()
    server.has_alias("a@example.com", "b@example.com")
    server.has_alias("b@example.com", "c@example.com", "alice@example.com")
    server.has_alias("c@example.com", "null@localhost")

    assert sorted(left_out(server)) == ["alias a@example.com", "alias b@example.com", "alias c@example.com"]
    assert wanted(adopted(server)).aliases == ()


def test_aliases_that_go_round_are_left_out_and_those_beside_them_are_not() -> None:
    server = server_of()
    server.has_alias("a@example.com", "b@example.com")
    server.has_alias("b@example.com", "a@example.com")
    server.has_alias("info@example.com", "alice@example.com")

    assert left_out(server) == {
        "alias a@example.com": "is part of a circle",
        "alias b@example.com": "is part of a circle",
    }
    assert [alias.address for alias in wanted(adopted(server)).aliases] == ["info@example.com"]


@pytest.mark.parametrize("goto", [["alice@example.com", "bob@example.com"], ["someone@outside.example"]])
def test_a_catch_all_needs_one_person_of_the_list(goto: list[str]) -> None:
    server = server_of(bob={})
    server.has_alias("@example.com", *goto)

    assert "one person of the list" in left_out(server)["alias @example.com"]


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ({"active": False}, "is switched off, which a list cannot say"),
        ({"backup_mx": True}, "only keeps mail for another server"),
        ({"tags": ("mailstead-dev",)}, "belongs to stack dev"),
        ({"selector": "Mail_2020"}, "cannot be said in a list: dkim_selector"),
    ],
)
def test_a_domain_that_a_list_cannot_say_is_left_out_with_all_in_it(columns: dict[str, Any], why: str) -> None:
    server = server_of()
    server.has_domain("other.example", **columns)
    server.has_mailbox("eve@other.example")
    server.has_alias("info@other.example", "eve@other.example")

    found = left_out(server)

    assert list(found) == ["domain other.example"]
    assert found["domain other.example"].startswith(why)


def test_a_domain_that_nobody_reads_is_left_out() -> None:
    server = server_of()
    server.has_domain("empty.example")
    server.has_alias("info@empty.example", "alice@example.com")

    assert "nobody reads postmaster@" in left_out(server)["domain empty.example"]


def test_what_a_list_has_no_word_for_is_named_and_goes_on_as_it_is() -> None:
    server = server_of(bob={})
    server.alias_domains["aka.example"] = "example.com"
    server.has_filter("bob@example.com")
    server.has_filter("bob@example.com")
    server.has_sync_job("alice@example.com")

    people = adopted(server)

    assert {found.what: found.why for found in people.left_out} == {
        "alias domain aka.example": "stands for example.com, which a list cannot say",
        "Sieve filters of bob@example.com (2)": "go on as they are",
        "sync jobs of alice@example.com": "go on as they are",
    }
    assert "#   alias domain aka.example stands for example.com" in people.text(HOSTNAME)
