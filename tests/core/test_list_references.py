"""Who leads to whom in the list: nobody who is not there, nobody who has left, and never in a circle."""

import time
from textwrap import dedent

import pytest

from core.mail_list import parse_mail_list
from tests.core.list_problems import only_problem, problems


def listed(rest: str) -> str:
    """A list of two domains, with more keys in the first."""
    return dedent("""\
    domains:
      - name: startup.io
        users: [carol]
      - name: example.com
        users: [alice, {name: bob, aliases: [robert]}]
        offboarded: [{name: dave, until: 2027-01-31, mail: keep, aliases: [david]}]
    """) + "".join(f"    {line}\n" for line in rest.splitlines())


@pytest.mark.parametrize(
    ("key", "beginning"),
    [
        ("postmaster: {}", "postmaster of example.com is"),
        ("aliases: [{{name: info, to: {}}}]", "alias info of example.com leads to"),
        ("lists: [{{name: team, to: [alice, {}]}}]", "list team of example.com leads to"),
    ],
)
@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("alcie", "alcie@example.com, which is not in the list; did you mean alice@example.com?"),
        ("carol", "carol@example.com, which is not in the list; did you mean carol@startup.io?"),
        ("carl@startup.io", "carl@startup.io, which is not in the list; did you mean carol@startup.io?"),
        ("zz@startup.io", "zz@startup.io, which is not in the list; write the address of somebody under users"),
        ("dave", "dave@example.com, who is offboarded; rename first: write who gets this mail from now on"),
        ("david", "david@example.com, who is offboarded; rename first: write who gets this mail from now on"),
    ],
)
def test_whoever_is_led_to_has_to_be_there(key: str, beginning: str, target: str, said: str) -> None:
    assert only_problem(listed(key.format(target))) == f"mail_list.yml:7: {beginning} {said}"


@pytest.mark.parametrize("target", ["dave", "nobody", "carl@startup.io"])
def test_a_forward_has_to_lead_to_somebody_too(target: str) -> None:
    others = "{name: startup.io, users: [carol]}"
    keys = f"users: [{{name: eve, forward: {target}}}], offboarded: [{{name: dave, until: 2027-01-31}}]"

    said = only_problem(f"domains: [{others}, {{name: example.com, {keys}}}]")

    assert "forward of eve leads to" in said


def test_the_mail_of_somebody_who_has_left_goes_to_somebody_who_is_there() -> None:
    gone = "{name: bob, until: 2027-01-31, mail: {forward: dave}}, {name: dave, until: 2027-01-31}"

    said = only_problem(f"domains: [{{name: example.com, users: [alice], offboarded: [{gone}]}}]")

    assert "forward of bob leads to dave@example.com, who is offboarded; rename first" in said


@pytest.mark.parametrize(
    "target", ["alice", "robert", "carol@startup.io", "postmaster", "abuse@startup.io", "x@outside.net", "team"]
)
def test_users_further_names_lists_roles_and_addresses_outside_may_be_led_to(target: str) -> None:
    text = listed(f"aliases: [{{name: info, to: {target}}}]\nlists: [{{name: team, to: [alice, bob]}}]")

    assert parse_mail_list(text, "mail_list.yml")


@pytest.mark.parametrize(
    ("owner", "said"),
    [
        ("team", "catch_all of example.com is team@example.com, which is no user of the list"),
        ("x@outside.net", "catch_all of example.com is x@outside.net, which is no user of the list"),
        ("alcie", "did you mean alice@example.com?"),
        ("dave", "who is offboarded; rename first"),
    ],
)
def test_a_catch_all_needs_a_person_who_owns_it(owner: str, said: str) -> None:
    found = only_problem(listed(f"catch_all: {owner}\nlists: [{{name: team, to: [alice, bob]}}]"))

    assert found.startswith("mail_list.yml:7: ")
    assert said in found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "users: [a, {name: b, forward: b}]",
            "mail for b@x.org would go round for ever: b@x.org → b@x.org; take one of these steps out",
        ),
        ("users: [a, {name: b, aliases: [c], forward: c}]", "c@x.org → b@x.org → c@x.org"),
        ("users: [{name: a, forward: b}, {name: b, forward: a}]", "a@x.org → b@x.org → a@x.org"),
        ("users: [a], aliases: [{name: b, to: c}, {name: c, to: b}]", "b@x.org → c@x.org → b@x.org"),
        ("users: [a, {name: b, forward: team}], lists: [{name: team, to: [a, b]}]", "b@x.org → team@x.org → b@x.org"),
        ("users: [{name: a, forward: postmaster}]", "a@x.org → postmaster@x.org → a@x.org"),
        ("users: [a], postmaster: postmaster", "postmaster@x.org → postmaster@x.org"),
        (
            "users: [a], lists: [{name: l, to: [a, l]}]",
            "l@x.org → l@x.org",
        ),
    ],
)
def test_mail_that_would_go_round_is_refused(text: str, said: str) -> None:
    assert said in problems(f"domains: [{{name: x.org, {text}}}]")[0]


def test_a_long_circle_is_shown_in_part_and_a_long_chain_is_none() -> None:
    def aliases(last: str) -> str:
        steps = ", ".join(f"{{name: n{number}, to: n{number + 1}}}" for number in range(3_000))
        return f"domains: [{{name: x.org, users: [a], aliases: [{steps}, {{name: n3000, to: {last}}}]}}]"

    assert parse_mail_list(aliases("a"), "mail_list.yml")
    assert "n3@x.org → n4@x.org → … → n0@x.org; take one" in only_problem(aliases("n0"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("users: [bob], aliases: [{name: bob, to: bob@y.org}]", "bob of x.org is under users and under aliases"),
        ("users: [bob, eve], lists: [{name: eve, to: [bob]}]", "eve of x.org is under users and under lists"),
        ("users: [bob, {name: eve, aliases: [bob]}]", "bob of x.org is under users and under aliases of eve"),
        ("users: [bob, {name: eve, aliases: [e, e]}]", "alias e of x.org is there twice; take one out"),
        (
            "users: [bob], aliases: [{name: i, to: bob}, {name: i, to: bob}]",
            "alias i of x.org is there twice; take one out",
        ),
        (
            "users: [bob], aliases: [{name: i, to: bob}], lists: [{name: i, to: [bob]}]",
            "i of x.org is under aliases and under lists; take i out of one of the two",
        ),
        (
            "users: [bob], offboarded: [{name: eve, until: 2027-01-31, aliases: [bob]}]",
            "bob of x.org is under users and under aliases of eve",
        ),
    ],
)
def test_an_address_that_two_would_have_is_refused(text: str, said: str) -> None:
    assert said in only_problem(f"domains: [{{name: x.org, {text}}}]")


def test_a_domain_that_is_written_in_both_its_forms_is_there_twice() -> None:
    text = "domains: [{name: müller.example, users: [a]}, {name: xn--mller-kva.example, users: [b]}]"

    assert "domain xn--mller-kva.example is there twice, first in line 1" in only_problem(text)


def test_a_target_may_be_written_in_either_form_of_its_domain() -> None:
    text = "domains: [{name: müller.example, users: [a], catch_all: a@xn--mller-kva.example}]"

    (domain,) = parse_mail_list(text, "mail_list.yml").domains
    assert (domain.name, domain.catch_all) == ("xn--mller-kva.example", "a@xn--mller-kva.example")


@pytest.mark.parametrize(
    "line", ["users: [alice, Bob]", "users: [alice, {nmae: bob}]", "usres: [alice, bob]\n    postmaster: x@y.z"]
)
def test_whoever_leads_to_somebody_that_could_not_be_read_is_not_blamed(line: str) -> None:
    """Else one mistyped name makes a second problem of every line that is right about it."""
    found = problems(
        f"""\
    domains:
      - name: example.com
        {line}
        lists: [{{name: team, to: [bob]}}]
    """.replace("\n    postmaster", "\n        postmaster")
    )

    assert [said for said in found if said.startswith("mail_list.yml:4: list")] == []


def test_a_thousand_people_who_lead_to_each_other_are_checked_in_a_moment() -> None:
    users = ", ".join(f"{{name: p{number}, forward: p{number + 1}}}" for number in range(1_000))
    text = f"domains: [{{name: x.org, users: [{users}, p1000], lists: [{{name: all, to: [p0, p1, p2]}}]}}]"

    began = time.process_time()
    parse_mail_list(text, "mail_list.yml")

    assert time.process_time() - began < 20
