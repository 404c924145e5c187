"""The list's parser against texts nobody thought of."""

import string
from contextlib import suppress
from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from core.errors import InputError
from core.mail_list import parse_mail_list
from core.people import Leaver, MailDomain, MailList, User
from tests.core import samples

# Several test runs share two cores here: being slow is no failure.
_patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
_INNER = some.text(alphabet=string.ascii_lowercase + string.digits, min_size=1, max_size=8)
_LOCAL_PARTS = some.builds("{}{}{}".format, _INNER, some.sampled_from([".", "_", "+", "-", ""]), _INNER).filter(
    "0".__ne__
)
_DOMAIN_NAMES = some.builds("{}.{}".format, _INNER, some.sampled_from(["com", "io", "co.uk", "xn--p1ai"]))
# Pieces that lists are made of, put together anyhow: nearer to what people mistype than random characters are.
_PIECES = some.sampled_from(
    [
        *["domains", "name", "users", "offboarded", "until", "postmaster", "server", "example.com", "alice", "on", "~"],
        *[
            ":",
            ": ",
            "- ",
            "\n",
            "\n  ",
            "\n    ",
            "[",
            "]",
            "{",
            "}",
            ", ",
            '"',
            "'",
            "&a ",
            "*a",
            "!!int ",
            "<<",
            "|",
            ">",
        ],
        *["? ", "#", "\t", "2026-12-31", "1", "-1", "0x1f", "1e9", "\x00", "\ufeff", "ü", "%", "@", "---", "..."],
    ]
)


@some.composite
def _domains(draw: some.DrawFn, name: str) -> MailDomain:
    people = draw(some.lists(_LOCAL_PARTS, min_size=1, max_size=6, unique=True))
    active = people[: draw(some.integers(min_value=1, max_value=len(people)))]
    leavers = [person for person in people[len(active) :] if person not in {"abuse", "postmaster"}]
    return MailDomain(
        name=name,
        users=tuple(User(name=person) for person in active),
        offboarded=tuple(Leaver(name=person, until=draw(some.dates(min_value=date(1000, 1, 1)))) for person in leavers),
        postmaster=draw(some.sampled_from([None, f"{active[0]}@{name}", "ops@elsewhere.example.org"])),
        server=draw(some.integers(min_value=1, max_value=9)),
        line=0,
    )


@some.composite
def _lists(draw: some.DrawFn) -> MailList:
    found = draw(some.lists(_DOMAIN_NAMES, min_size=1, max_size=4, unique=True))
    return MailList(domains=tuple(draw(_domains(name)) for name in found))


def _without_lines(people: MailList) -> list[tuple[object, ...]]:
    return [(d.name, d.users, d.offboarded, d.postmaster, d.server) for d in people.domains]


@_patient
@given(_lists())
def test_a_good_list_that_is_written_down_is_read_back(people: MailList) -> None:
    assert _without_lines(parse_mail_list(samples.rendered(people), "mail_list.yml")) == _without_lines(people)


@_patient
@given(some.text())
def test_any_text_is_read_or_refused_in_our_words(text: str) -> None:
    with suppress(InputError):
        parse_mail_list(text, "mail_list.yml")


@_patient
@given(some.lists(_PIECES, max_size=40).map("".join))
def test_any_heap_of_yaml_signs_is_read_or_refused_in_our_words(text: str) -> None:
    with suppress(InputError):
        parse_mail_list(text, "mail_list.yml")


@_patient
@given(
    some.recursive(
        some.none() | some.booleans() | some.integers() | some.text() | some.dates(),
        lambda inner: (
            some.lists(inner, max_size=4)
            | some.dictionaries(
                some.sampled_from(["domains", "name", "users", "offboarded", "until", "postmaster", "server", "x"]),
                inner,
            )
        ),
    )
)
def test_any_structure_is_read_or_refused_in_our_words(structure: object) -> None:
    with suppress(InputError):
        parse_mail_list(samples.yaml.safe_dump(structure), "mail_list.yml")
