"""The schema that editors check the list with: it takes what the reader takes, and knows every key."""

import re
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft7Validator

from core.list_schema import mail_list_schema
from core.mail_list import parse_mail_list
from core.people import MailList
from docs.list_reference import LONG, SHAPES, SHORT, mail_list
from ops.list_layout import SCHEMA_LINE
from tests.core import samples
from tests.core.grammar import shapes_of
from tests.core.lists import mail_lists
from tests.docs.pages import ROOT

SCHEMA = mail_list_schema()


class _AsEditorsRead(yaml.SafeLoader):
    """YAML 1.2, as editors have it: only true and false are truth values, and a day is a text."""


_AsEditorsRead.yaml_implicit_resolvers = {}
for _tag, _pattern in {
    "bool": "true|false",
    "int": "[-+]?[0-9]+",
    "float": r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?",
    "null": "~|null|",
}.items():
    _AsEditorsRead.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), None)


def complaints(text: str) -> list[str]:
    document: Any = yaml.load(text, Loader=_AsEditorsRead)  # noqa: S506 — a safe loader with fewer types
    return [error.message for error in Draft7Validator(SCHEMA).iter_errors(document)]


def test_the_schema_is_one() -> None:
    Draft7Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("text", [SHORT, LONG, (ROOT / "mail_list.yml").read_text(encoding="utf-8")])
def test_good_lists_please_the_schema(text: str) -> None:
    assert complaints(text) == []


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(mail_lists())
def test_what_the_reader_takes_the_schema_takes_too(people: MailList) -> None:
    """Else an editor marks what is right, and people learn not to look."""
    text = samples.rendered(people)
    parse_mail_list(text, "mail_list.yml")

    assert complaints(text) == []


@pytest.mark.parametrize(
    "keys",
    [
        "sending_limit: 0",
        "sending_limit: none",
        "users: [alice, {name: bob, forward: x@müller.example}]",
        'offboarded: [{name: dave, until: "2027-01-31"}]',
        "users:",
        "aliases:",
        "offboarded: []",
    ],
)
def test_every_way_to_write_it_that_the_reader_takes_the_schema_takes(keys: str) -> None:
    text = f"domains:\n  - name: example.com\n    postmaster: x@y.org\n    {keys}\n"
    text = text.replace("    sending", "    defaults:\n      sending")
    parse_mail_list(text, "mail_list.yml")

    assert complaints(text) == []


@pytest.mark.parametrize(
    "keys",
    [
        "usres: [alice]",
        "users: alice",
        "users: [Alice]",
        "users: [alice@example.com]",
        "users: [{full_name: Alice}]",
        "users: [{name: alice, quota_mib: 4G}]",
        'users: [{name: alice, quota_mib: "4096"}]',
        "users: [{name: alice, protocols: [pop]}]",
        "users: [{name: alice, protocols: []}]",
        "users: [{name: alice, change_password: yes}]",
        "users: [{name: alice, forward: {keep: true}}]",
        "users: [{name: alice, sending_limit: 100/hour}]",
        "users: [{name: alice, tags: [mailstead-prod]}]",
        "users: [{name: alice, move_in: {server: a.b, user: u, password_in: hunter2}}]",
        "offboarded: [{name: bob}]",
        "offboarded: [{name: bob, until: soon}]",
        "offboarded: [{name: bob, until: 2027-01-31, mail: kept}]",
        "offboarded: [{name: bob, until: 2027-01-31, auto_reply: Bye}]",
        "subdomains: [{name: shop}]",
        "subdomains: [{name: shop, cname: a.b, address: 192.0.2.1}]",
        "relay: {host: a.b, user: u}",
        "server: one",
        "dkim_selector: a.b",
    ],
)
def test_an_editor_marks_what_the_reader_would_refuse(keys: str) -> None:
    assert complaints(f"domains:\n  - name: example.com\n    {keys}\n") != []


def test_the_reference_and_the_schema_describe_every_key() -> None:
    page = mail_list()

    assert {shape.title for shape in SHAPES} == {shape.title for shape in shapes_of()}
    for shape in shapes_of():
        assert f"## {shape.title}\n" in page
        for key in shape.keys:
            assert key.meaning.endswith(".")
            assert key.meaning.replace("<", "\\<") in page
            assert shape.schema()["properties"][key.name]["description"] == key.meaning


def test_links_within_the_reference_lead_to_its_headings() -> None:
    page = mail_list()
    headings = {heading.lower().replace(" ", "-") for heading in re.findall(r"^## (.*)$", page, re.MULTILINE)}

    assert set(re.findall(r"\]\(#([^)]*)\)", page)) <= headings


def test_the_lists_first_line_names_the_schema() -> None:
    text = (ROOT / "mail_list.yml").read_text(encoding="utf-8")

    assert text.startswith(SCHEMA_LINE)
    assert (ROOT / SCHEMA_LINE.strip().partition("$schema=")[2]).is_file()
