"""What an operator may write in the list, and what is said about everything else."""

from datetime import date
from textwrap import dedent

import pytest

from core.mail_list import parse_mail_list
from core.people import Leaver, User
from tests.core import samples
from tests.core.list_problems import only_problem, problems


def test_the_short_form_is_read() -> None:
    people = parse_mail_list("domains: [{name: example.com, users: [alice, bob]}]", "mail_list.yml")

    assert people.domains == (samples.domain(line=1),)


def test_every_word_of_the_short_form_is_read() -> None:
    text = """\
    # our people
    domains:
      - name: example.com
        users: [alice, b.o-b_2+x]
        offboarded:
          - {name: dave, until: 2026-12-31}
          - {name: erin, until: "2027-01-01"}
        postmaster: alice
        server: 2
      - name: xn--mnchen-3ya.de
        postmaster: someone@elsewhere.org
    """

    first, second = parse_mail_list(dedent(text), "mail_list.yml").domains

    assert first.users == (User(name="alice"), User(name="b.o-b_2+x"))
    assert first.offboarded == (
        Leaver(name="dave", until=date(2026, 12, 31)),
        Leaver(name="erin", until=date(2027, 1, 1)),
    )
    assert (first.postmaster, first.server, first.line) == ("alice@example.com", 2, 3)
    assert (second.users, second.postmaster, second.server) == ((), "someone@elsewhere.org", 1)


def test_all_problems_are_said_at_once_in_the_order_of_the_lines() -> None:
    found = problems("""\
    domains:
      - name: Example.com
        users: [Alice, bob, bob]
        usres: [x]
        offboarded:
          - {name: dave, until: 2026-02-30}
          - {name: bob, until: 2026-12-31}
      - name: startup
        users: [carol]
        server: 0
    """)

    assert found == [
        "mail_list.yml:2: domain Example.com has upper-case letters; write example.com",
        "mail_list.yml:3: user Alice of Example.com has upper-case letters; write alice",
        "mail_list.yml:3: user bob of Example.com is there twice; take one out",
        "mail_list.yml:4: key usres is unknown; did you mean users?",
        "mail_list.yml:6: until 2026-02-30 of dave is a day that no calendar has; write a real one",
        "mail_list.yml:7: bob of Example.com is under users and under offboarded; take bob out of one of the two",
        "mail_list.yml:8: domain startup has no dot; write the whole domain, such as startup.com",
        "mail_list.yml:10: server 0 of startup is not a whole number from 1 to 9999; write for example 1",
    ]


@pytest.mark.parametrize("text", ["", "# nobody yet\n", "domains:", "domains: []", "---\n"])
def test_an_empty_list_is_refused_with_what_to_write(text: str) -> None:
    assert "the list is empty; write domains: [{name: example.com, users: [alice, bob]}]" in only_problem(text)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("domains:\n\t- name: example.com", 2, "column 1 on: this character cannot stand here; indent with spaces"),
        ("domains: [{name: example.com", 1, "check"),
        ("domains:\n  - name: a: b", 2, "column 12 on: a colon stands where none may be"),
        ('domains: ["', 1, "a quote is not closed"),
        ("domains:\n  - {name: example.com, users: [*alice]}", 2, "* refers to a name that no & gave"),
        ("domains: []\n---\ndomains: []", 2, "a second document begins"),
        ("domains:\n\x07", 2, "a control character"),
    ],
)
def test_unreadable_yaml_is_told_with_its_line_in_our_words(text: str, line: int, words: str) -> None:
    said = only_problem(text)

    assert said.startswith(f"mail_list.yml:{line}: cannot be read")
    assert words in said


def test_yaml_nested_beyond_reason_is_a_problem_and_no_crash() -> None:
    assert "cannot be read" in only_problem("[" * 1500)


def test_a_key_written_twice_is_refused_because_yaml_would_drop_one_of_them() -> None:
    said = only_problem("""\
    domains:
      - name: example.com
        users: [alice]
        users: [bob]
    """)

    assert said == "mail_list.yml:4: key users is written twice, first in line 3; write it once"


def test_a_domain_that_is_there_twice_is_refused_with_both_lines() -> None:
    said = only_problem("""\
    domains:
      - {name: example.com, users: [alice]}
      - {name: example.com, users: [bob]}
    """)

    assert said.startswith("mail_list.yml:3: domain example.com is there twice, first in line 2;")


@pytest.mark.parametrize(
    ("user", "advice"),
    [
        ("on", 'user on of example.com means true or false to YAML; write "on", with the quotes'),
        ("12", 'user 12 of example.com is a number to YAML; write "12", with the quotes'),
        ("2026-01-01", "is a date to YAML"),
        ("null", "is nothing to YAML"),
        ("'a..b'", "has two dots in a row; write one"),
        ("'.alice'", "is no name for a mailbox"),
        ("müller", "is no name for a mailbox"),
        ("a" * 65, "is 65 characters long and mail carries 64"),
        ('"0"', "is refused by mailcow"),
        ("'a b'", "has a blank in it; write a.b"),
        ("''", 'user "" of example.com is empty'),
        ("[alice]", "user of example.com is a list and not a text; write one name"),
        ("alice@example.com", "is a whole address; write only alice"),
        ("carol@startup.io", "is an address of another domain; write carol under domain startup.io"),
    ],
)
def test_a_user_that_cannot_be_one_is_refused_with_what_to_write(user: str, advice: str) -> None:
    assert advice in only_problem(f"domains: [{{name: example.com, users: [{user}, bob]}}]")


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("München.de", "has upper-case letters; write münchen.de"),
        ("i❤.ws", "has signs that no registry takes; copy its form that begins with xn-- from your registrar"),
        ("ü.de.", "ends with a dot; write ü.de"),
        ("ü", "has no dot; write the whole domain, such as ü.com"),
        ("example", "has no dot"),
        ("example..com", "has an empty part between dots"),
        ("example.com.", "ends with a dot; write example.com"),
        ("-a.com", "has the part '-a'"),
        ("alice@example.com", "is an address; write only what stands behind the @"),
        ("https://example.com", "is more than a domain"),
        ("192.0.2.1", "looks like an IP address"),
        ("xn--9999999999.de", "which stands for no letters"),
        (f"{'a' * 64}.com", "has a part of 64 characters"),
        (f"{'a.' * 130}com", "is 263 characters long"),
    ],
)
def test_a_domain_that_cannot_be_one_is_refused_with_what_to_write(name: str, advice: str) -> None:
    assert advice in only_problem(f'domains: [{{name: "{name}", users: [alice]}}]')


@pytest.mark.parametrize(
    ("leaver", "advice"),
    [
        ("bob", "offboarded of example.com is bob and not a set of keys; write {name: bob, until: YYYY-MM-DD}"),
        ("{name: bob}", "offboarded bob has no date to keep the mail until"),
        ("{name: bob, until: soon}", "until soon of bob is not a date; write YYYY-MM-DD"),
        ("{name: bob, until: 2026-1-5}", "until 2026-1-5 of bob is not a date"),
        ("{name: bob, until: [2026-01-05]}", "until of bob is a list and not a date"),
        ("{until: 2026-01-05}", "offboarded of example.com has no name; write {name: bob, until: YYYY-MM-DD}"),
        ("{}", "offboarded of example.com has no name"),
        ("{nmae: bob, until: 2026-01-05}", "key nmae is unknown; did you mean name?"),
        ("{name: bob, until: 2026-01-05, why: left}", "key why is unknown; known are name, until, mail, auto_reply"),
        ("{name: bob, until: 2026-01-05, forward: alice}", "key forward is unknown"),
        ("{name: bob, until: 2026-01-05, mail: kept}", "mail kept of bob is not known here; did you mean keep?"),
        ("{name: bob, until: 2026-01-05, mail: {}}", "mail of bob does not say where to; write {forward: [alice]}"),
        ("{name: bob, until: 2026-01-05, mail: {forward: []}}", "forward of mail of bob is empty"),
        ("{name: bob, until: 2026-01-05, auto_reply: Bye}", "auto_reply of bob is never sent while mail is refused"),
        ("{name: bob, until: 2026-01-05, mail: keep, auto_reply: ' '}", "auto_reply ' ' of bob is empty"),
        ("{name: postmaster, until: 2026-01-05}", "is an address that every domain needs"),
    ],
)
def test_an_offboarded_line_says_who_and_until_when(leaver: str, advice: str) -> None:
    assert advice in only_problem(f"domains: [{{name: example.com, users: [alice], offboarded: [{leaver}]}}]")


@pytest.mark.parametrize("rest", ["", ", users: []", ", users:", ", offboarded: [{name: bob, until: 2026-12-31}]"])
def test_a_domain_with_nobody_to_read_postmaster_has_to_name_somebody(rest: str) -> None:
    said = only_problem(f"domains: [{{name: example.com{rest}}}]")

    assert "say who reads postmaster@: postmaster: ADDRESS" in said


def test_a_domain_without_users_may_name_somebody_of_another_domain() -> None:
    text = "domains: [{name: a.org, users: [alice]}, {name: b.org, postmaster: alice@a.org}]"

    assert parse_mail_list(text, "mail_list.yml").domains[1].postmaster == "alice@a.org"


@pytest.mark.parametrize(
    ("postmaster", "advice"),
    [
        (
            "alcie",
            "postmaster of example.com is alcie@example.com, which is not in the list; did you mean alice@example.com?",
        ),
        ("gone", "postmaster of example.com is gone@example.com, who is offboarded; rename first"),
        ("Alice", "postmaster Alice of example.com has upper-case letters; write alice"),
        ("alice@", "is no address"),
        ("on", "means true or false"),
    ],
)
def test_a_postmaster_has_to_be_somebody_who_reads_mail(postmaster: str, advice: str) -> None:
    text = f"""\
    domains:
      - name: example.com
        users: [alice]
        offboarded: [{{name: gone, until: 2026-12-31}}]
        postmaster: {postmaster}
    """

    assert advice in only_problem(text)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("hello", "the list is hello and not a set of keys"),
        ("domains: 5", "domains is 5 and not a list"),
        ("domains: [example.com]", "a domain is example.com and not a set of keys"),
        ("domains: [{name: example.com, users: alice}]", "users of example.com is alice and not a list"),
        ("domains: [{users: [alice]}]", "a domain has no name; write {name: example.com, users: [alice]}"),
        ("domains: [{name: a.org, users: [alice], server: [1]}]", "server of a.org is a list and not a whole number"),
        ("domain: []", "key domain is unknown; did you mean domains?"),
        ("? [a]\n: b\ndomains: [{name: example.com, users: [alice]}]", "a key is a list; write a word"),
    ],
)
def test_a_list_of_another_shape_is_told_what_it_should_be(text: str, advice: str) -> None:
    assert advice in only_problem(text)


def test_what_was_written_is_shown_without_control_characters_and_not_at_full_length() -> None:
    said = only_problem('domains: [{name: example.com, users: ["a\\e[31m' + "b" * 90 + '", bob]}]')

    assert said.isprintable()
    assert len(said) < 250
