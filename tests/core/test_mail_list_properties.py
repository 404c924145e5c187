"""The list's reader against texts nobody thought of."""

from contextlib import suppress

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from core.errors import InputError
from core.mail_list import parse_mail_list
from core.people import MailList
from tests.core import samples
from tests.core.grammar import key_names
from tests.core.lists import mail_lists

# Several test runs share two cores here: being slow is no failure.
_patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
_WORDS = ["example.com", "alice", "bob@example.com", "refuse", "100/h", "mail/relays/x", "on", "~", "müller.example"]
_SIGNS = [":", ": ", "- ", "\n", "\n  ", "\n    ", "[", "]", "{", "}", ", ", '"', "'", "&a ", "*a", "!!int ", "<<", "|"]
_MORE_SIGNS = [
    ">",
    "? ",
    "#",
    "\t",
    "2026-12-31",
    "1",
    "-1",
    "0x1f",
    "1e9",
    "\x00",
    "\ufeff",
    "ü",
    "%",
    "@",
    "---",
    "...",
]
# Pieces that lists are made of, put together anyhow: nearer to what people mistype than random characters are.
_PIECES = some.sampled_from([*key_names(), *_WORDS, *_SIGNS, *_MORE_SIGNS])
_SCALARS = (
    some.none()
    | some.booleans()
    | some.integers()
    | some.text()
    | some.dates()
    | some.floats()
    | some.sampled_from(_WORDS)
)
_STRUCTURES = some.recursive(
    _SCALARS,
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.sampled_from([*key_names(), "x"]), inner),
)


@_patient
@given(mail_lists())
def test_a_good_list_that_is_written_down_is_read_back(people: MailList) -> None:
    assert parse_mail_list(samples.rendered(people), "mail_list.yml") == people


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
@given(_STRUCTURES)
def test_any_structure_is_read_or_refused_in_our_words(structure: object) -> None:
    with suppress(InputError):
        parse_mail_list(yaml.safe_dump(structure), "mail_list.yml")


@_patient
@given(some.dictionaries(some.sampled_from(key_names()), _STRUCTURES, min_size=1))
def test_a_domain_with_anything_in_its_keys_is_read_or_refused_in_our_words(keys: dict[str, object]) -> None:
    """Nearer to a list than any structure is, so that every key's reader gets what it does not expect."""
    domain = {"name": "example.com", "users": ["alice", {"name": "bob", **keys}], **keys}

    with suppress(InputError):
        parse_mail_list(yaml.safe_dump({"domains": [domain]}), "mail_list.yml")


@_patient
@given(mail_lists(), some.integers(min_value=0))
def test_a_good_list_that_lacks_one_letter_is_read_or_refused_in_our_words(people: MailList, number: int) -> None:
    text = samples.rendered(people)
    place = number % len(text)

    with suppress(InputError):
        parse_mail_list(text[:place] + text[place + 1 :], "mail_list.yml")
