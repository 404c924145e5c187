"""`mailstead drift`: the whole list against the servers, in few requests, each finding with what to do."""

import io
import json
from dataclasses import replace
from datetime import date
from typing import Any, cast

import pytest
from rich.console import Console

from core.desired import DesiredState
from core.people import Forward, Leaver, User
from mailcow.api import MailcowApi
from ops.drift import Drift, find_drift
from ops.drift_report import as_json, exit_code, print_drift
from ops.server_access import Access
from tests.core import samples
from tests.ops.drifting import server_of
from tests.ops.existing_server import ExistingServer

TODAY = date(2026, 11, 22)


def drift_of(wanted: DesiredState, server: ExistingServer, *, recorded: tuple[str, ...] | None = None) -> Drift:
    access = Access(number=1, hostname="mail.example.com", mailcow=cast("MailcowApi", server), host=None)
    known = {mailbox.address for mailbox in wanted.mailboxes} if recorded is None else recorded
    return find_drift(wanted, [access], recorded=known, today=TODAY)


def findings(drift: Drift) -> list[tuple[str, str]]:
    return [(advice.finding.kind, advice.finding.name) for advice in drift.advice]


def printed(drift: Drift) -> str:
    said = io.StringIO()
    print_drift(drift, Console(file=said, soft_wrap=True, markup=False, highlight=False), stack="dev", adopts=False)
    return said.getvalue()


def test_of_a_thousand_mailboxes_exactly_the_nine_that_differ_are_found_in_a_few_requests() -> None:
    people = tuple(f"user{number:04}" for number in range(500))
    wanted = samples.state(samples.domain(users=people), samples.domain("startup.io", users=people, line=9))
    server = server_of(wanted)
    for address in ("user0007@example.com", "user0123@startup.io"):
        del server.mailboxes[address]
    for address, columns in {
        "user0001@example.com": {"quota_mib": 1},
        "user0002@example.com": {"active": False},
        "user0003@startup.io": {"sending_limit": "1/d"},
        "user0004@startup.io": {"protocols": ("imap",)},
    }.items():
        server.mailboxes[address] = replace(server.mailboxes[address], **cast("dict[str, Any]", columns))
    for name in ("one", "two", "three"):
        server.has_mailbox(f"{name}@example.com")

    drift = drift_of(wanted, server)

    assert findings(drift) == [
        ("missing", "user0007@example.com"),
        ("missing", "user0123@startup.io"),
        ("changed", "user0001@example.com"),
        ("changed", "user0002@example.com"),
        ("changed", "user0003@startup.io"),
        ("changed", "user0004@startup.io"),
        ("unknown", "one@example.com"),
        ("unknown", "three@example.com"),
        ("unknown", "two@example.com"),
    ]
    of_the_server = ["version", "list domains", "list sending limits", "list alias domains", "list all filters"]
    of_each_domain = [f"{kind} {name}" for name in ("example.com", "startup.io") for kind in ("list mailboxes", "get dkim", "list aliases")]  # fmt: skip  # noqa: E501
    assert sorted(server.reads) == sorted([*of_the_server, "list sync jobs all", *of_each_domain])
    assert server.changes == []


def test_a_server_that_is_as_the_list_says_has_no_drift() -> None:
    leaver = Leaver(
        name="carol",
        until=date(2027, 1, 31),
        mail="forward",
        forward_to=("alice@example.com",),
        auto_reply="Carol has left",
    )
    forward = Forward(to=("bob@example.com",), keep=False)
    alice = User(name="alice", forward=forward, tags=("staff",), sending_limit="100/h", aliases=("al",))
    wanted = samples.state(samples.domain(users=(alice, "bob"), leavers=(leaver,)))

    drift = drift_of(wanted, server_of(wanted))

    assert (findings(drift), exit_code(drift)) == ([], 0)
    assert printed(drift) == (
        "No drift: 3 mailboxes of the list on mail.example.com are as the list says, and nothing else is there.\n"
    )


def test_a_forward_whose_filter_was_put_to_rest_by_hand_is_found() -> None:
    wanted = samples.state(samples.domain(users=(User(name="alice", forward=Forward(to=("bob@example.com",))), "bob")))
    server = server_of(wanted)
    server.filters[1] = replace(server.filters[1], active=False)

    drift = drift_of(wanted, server)

    assert findings(drift) == [("changed", "alice@example.com")]
    assert "forward and reply: in the list to bob@example.com; on the server none" in printed(drift)


def test_what_was_made_by_hand_is_shown_with_what_is_in_it_the_line_to_write_and_how_to_be_rid_of_it() -> None:
    wanted = samples.state()
    server = server_of(wanted)
    server.has_mailbox(
        "dave@example.com", name="Dave D.", quota_mib=8192, protocols=("imap", "smtp"), messages=12, bytes_used=2048
    )

    said = printed(drift_of(wanted, server))

    assert "mailbox dave@example.com (2.0 KiB, 12 messages, never logged in)" in said
    assert (
        "take over: write under users of example.com:"
        " {name: dave, full_name: Dave D., quota_mib: 8192, protocols: [imap, smtp]}" in said
    )
    assert "or remove: delete it in mailcow's web page, https://mail.example.com/" in said
    assert "Pulumi.dev.yaml has to say mailstead:adopt: true" in said


@pytest.mark.parametrize(
    ("address", "goto", "line"),
    [
        ("info@example.com", ("alice@example.com",), "aliases of example.com: {name: info, to: alice@example.com}"),
        (
            "Team@example.com",
            ("alice@example.com", "x@y.example"),
            "lists of example.com: {name: team, to: [alice@example.com, x@y.example]}",
        ),
        ("@example.com", ("bob@example.com",), "example.com: catch_all: bob@example.com"),
    ],
)
def test_aliases_made_by_hand_are_proposed_as_what_they_are(address: str, goto: tuple[str, ...], line: str) -> None:
    wanted = samples.state()
    server = server_of(wanted)
    server.has_alias(address, *goto)

    (advice,) = drift_of(wanted, server).advice

    assert advice.adopt == f"write under {line}"


def test_a_closed_mailbox_made_by_hand_is_proposed_with_a_date() -> None:
    wanted = samples.state()
    server = server_of(wanted)
    server.has_mailbox("eve@example.com", active=False)

    (advice,) = drift_of(wanted, server).advice

    assert advice.adopt.startswith("write under offboarded of example.com: {name: eve, until: 2026-12-22")


def test_a_domain_made_by_hand_is_proposed_as_a_whole_and_not_looked_into() -> None:
    wanted = samples.state()
    server = server_of(wanted)
    server.has_domain("third.example")

    (advice,) = drift_of(wanted, server).advice

    assert "mailstead adopt --stack dev" in advice.adopt
    assert "list mailboxes third.example" not in server.reads


def test_a_mailbox_that_is_gone_is_told_from_one_that_was_never_made() -> None:
    wanted = samples.state()
    server = server_of(wanted)
    server.mailboxes.clear()

    bob, alice = sorted(drift_of(wanted, server, recorded=("alice@example.com",)).advice, key=lambda one: one.mend)[
        ::-1
    ]

    assert bob.mend == "mailstead up --stack dev, which never came to it yet"
    assert alice.mend == "mailstead up --refresh --stack dev, which makes it again, EMPTY"


def test_json_has_every_finding_with_its_differences_and_advice() -> None:
    wanted = samples.state()
    server = server_of(wanted)
    server.mailboxes["alice@example.com"] = replace(server.mailboxes["alice@example.com"], quota_mib=4096)

    document = json.loads(as_json(drift_of(wanted, server)))

    assert (document["exit_code"], document["counts"], document["mailboxes"]) == (10, {"changed": 1}, 2)
    assert document["findings"] == [
        {
            "kind": "changed",
            "what": "mailbox",
            "name": "alice@example.com",
            "server": 1,
            "differences": [{"field": "quota, MiB", "wanted": "2,048", "found": "4,096"}],
            "mend": "mailstead up --refresh --stack dev; or write into the list what the server has",
        }
    ]
