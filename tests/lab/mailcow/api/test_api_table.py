"""What is left out of the conformance tests is named, exists, and is nothing the product relies on."""

import re

import pytest

from tests.lab.mailcow.api import renaming
from tests.lab.mailcow.api.comparison import Comparison, shape
from tests.lab.mailcow.api.recorded import (
    CONFORMANCE_FILES,
    FOLDER,
    RUNS_FILE,
    Exempted,
    by_rule,
    by_shape,
    exchanges,
    left_out,
    names,
)
from tests.lab.mailcow.api.setups import SETUPS

_LEAST_SHARE = 0.95
_PRODUCT_ROUTES = re.compile(
    r"(get|add|edit|delete)/(domain|mailbox|alias|dkim|app-passwd|relayhost|syncjobs?|filters?|rl-mbox)(/|\?|$)"
    r"|edit/admin$|get/status/(version|containers)"
)


@pytest.mark.parametrize("line", [*left_out(), *by_shape(), *by_rule()], ids=lambda line: line.name)
def test_an_exempted_exchange_exists_and_has_a_reason(line: Exempted) -> None:
    assert line.name in names(line.file)
    assert len(line.reason) > 20


@pytest.mark.parametrize(("file", "name"), SETUPS, ids=str)
def test_an_inserted_call_stands_before_exactly_one_exchange(file: str, name: str) -> None:
    assert names(file).count(name) == 1


@pytest.mark.parametrize("line", left_out(), ids=lambda line: line.name)
def test_no_exchange_of_a_route_that_the_product_calls_is_left_out(line: Exempted) -> None:
    (exchange,) = (one for one in exchanges(line.file) if one.name == line.name)

    assert line.file != "01-auth"
    assert not _PRODUCT_ROUTES.search(exchange.path.removeprefix("/api/v1/"))


def test_nearly_everything_that_was_recorded_is_compared() -> None:
    recorded = sum(len(names(file)) for file in (*CONFORMANCE_FILES, RUNS_FILE))

    assert recorded == 641
    assert 1 - len(left_out()) / recorded >= _LEAST_SHARE
    assert 1 - len([*left_out(), *by_shape(), *by_rule()]) / recorded >= _LEAST_SHARE  # not even with half measures


def test_no_file_of_the_recording_is_passed_over() -> None:
    files = {file.stem for file in FOLDER.glob("[0-9][0-9]-*.json")}

    assert {*CONFORMANCE_FILES, RUNS_FILE} == files


def test_no_recorded_name_is_left_after_renaming() -> None:
    names = re.compile(r"(?<![\w.-])(mb|al|al2|dk|dk2|min|full|small)\.example", re.IGNORECASE)
    for file in CONFORMANCE_FILES:
        for exchange in exchanges(file):
            renamed = f"{renaming.path(exchange.path)} {renaming.value(exchange.body)}"
            assert not names.search(renamed), exchange.name


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("min@mb.example", "qmin@qmb.other.example"),
        ("@al.example", "@qal.other.example"),
        ("o&#039;brien@mb.example", "qo&#039;brien@qmb.other.example"),
        ("null@localhost", "null@localhost"),
        ("u@mo.example, x@other.test;y@other.test", "qu@qmo.other.example, qx@other.test;qy@other.test"),
        ("Duplicate entry 'b-sc.example'", "Duplicate entry 'b-qsc.other.example'"),
        ("xn--bcher-kva.example", "xn--qbcher-4ya.other.example"),
        ("mail.rig.example", "mail.rig.example"),
    ],
)
def test_names_are_changed_the_same_way_everywhere(before: str, after: str) -> None:
    assert renaming.text(before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("/api/v1/get/mailbox/plus%252Btag@mb.example", "/api/v1/get/mailbox/qplus%252Btag@qmb.other.example"),
        ("/api/v1/get/mailbox/min%40mb.example", "/api/v1/get/mailbox/qmin%40qmb.other.example"),
        ("/api/v1/get/domain/b%C3%BCcher.example", "/api/v1/get/domain/qb%C3%BCcher.other.example"),
    ],
)
def test_escaped_names_in_paths_are_changed_too(before: str, after: str) -> None:
    assert renaming.path(before) == after


@pytest.mark.parametrize(
    ("recorded", "ours"),
    [
        ({"active": 1}, {"active": True}),
        ({"active": 1}, {"active": "1"}),
        ({"rl": False}, {"rl": None}),
        ({}, []),
        ({"name": "a"}, {"name": "b"}),
        ({"name": "a"}, {"name": "a", "tags": []}),
        ({"name": "a", "tags": []}, {"name": "a"}),
        ([1, 2], [1]),
        ({"modified": None}, {"modified": "2026-11-22 14:11:31"}),
        ({"created": "2026-11-22 14:11:31"}, {"created": "soon"}),
        ({"msg": ["rl_saved", "a"]}, {"msg": "rl_saved"}),
    ],
)
def test_the_comparison_sees_a_difference(recorded: object, ours: object) -> None:
    assert Comparison().body(recorded, ours)


def test_the_comparison_lets_only_the_time_of_a_change_differ() -> None:
    recorded = {"created": "2026-11-22 14:11:31", "active": 1}

    assert not Comparison().body(recorded, {"created": "2027-01-01 00:00:00", "active": 1})


def test_one_recorded_key_stands_for_one_key_of_ours() -> None:
    comparison = Comparison()
    assert not comparison.body({"pubkey": "AAAA"}, {"pubkey": "BBBB"})

    assert comparison.body({"pubkey": "AAAA"}, {"pubkey": "CCCC"})


def test_a_shortened_list_is_compared_by_its_beginning_and_its_length() -> None:
    abbreviated = "first 1 of 2 elements"

    assert not Comparison().body(["a"], ["a", "b"], abbreviated)
    assert Comparison().body(["a"], ["a"], abbreviated)


def test_a_shape_has_names_and_types_and_no_values() -> None:
    assert shape({"disk": "a", "n": 1}) == shape({"disk": "b", "n": 2})
    assert shape({"disk": "a"}) != shape({"disk": None})
