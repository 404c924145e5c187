"""Where servers differ from what should be: exactly that, field by field, and nothing that is people's own business."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from core.desired import DesiredMailbox, DesiredState
from core.desired_state import desired_state
from core.drift import Finding, compare
from core.errors import InputError
from core.live import LiveAccess, LiveAlias, LiveDomain, LiveMailbox, LiveMoveIn, LiveServer
from core.people import Forward, Leaver, MailList, MoveIn, User
from core.sieve import mail_rules
from tests.core import samples
from tests.core.lists import mail_lists

DAY = "2027-01-31"
LIMITS = ("max_quota_mib", "quota_mib", "max_mailboxes", "max_aliases", "default_quota_mib")
ALICE = "alice@example.com"


def as_wanted(state: DesiredState, number: int = 1) -> LiveServer:
    """A server that is exactly as it should be."""
    domains = [
        LiveDomain(
            name=domain.name,
            owner=state.stack,
            active=True,
            limits={key: getattr(domain, key) for key in LIMITS},
            dkim_selector=domain.dkim_selector,
            mailboxes=tuple(mailbox(one, state.stack) for one in state.mailboxes if one.domain == domain.name),
            aliases=tuple(
                LiveAlias(address=one.address, owner=state.stack, goto=one.goto[::-1], active=True)
                for one in state.aliases
                if one.domain == domain.name
            ),
        )
        for domain in state.domains
        if domain.server == number
    ]
    move_ins = [
        LiveMoveIn(address=one.address, host=one.host, user=one.user, port=one.port, active=True)
        for one in state.move_ins
        if one.server == number
    ]
    return LiveServer(number=number, domains=tuple(domains), move_ins=tuple(move_ins))


def mailbox(wanted: DesiredMailbox, stack: str = "dev") -> LiveMailbox:
    access: LiveAccess = "open" if wanted.active else "closed" if wanted.mail == "refuse" else "receives only"
    rules = mail_rules(forward_to=wanted.forward_to, keep_copy=wanted.keep_copy, auto_reply=wanted.auto_reply)
    return LiveMailbox(
        address=wanted.address,
        owner=stack,
        full_name=wanted.full_name,
        quota_mib=wanted.quota_mib,
        access=access,
        protocols=wanted.protocols,
        sending_limit=wanted.sending_limit,
        tags=(*wanted.tags, "by hand"),
        rules="" if access == "closed" else rules.replace("\r\n", "\n"),
    )


def changed(server: LiveServer, address: str, **columns: Any) -> LiveServer:
    """The same server with one mailbox changed by hand."""
    domains = [
        replace(one, mailboxes=tuple(replace(m, **columns) if m.address == address else m for m in one.mailboxes))
        for one in server.domains
    ]
    return replace(server, domains=tuple(domains))


def in_domain(server: LiveServer, **columns: Any) -> LiveServer:
    """The same server with its only domain changed by hand."""
    (domain,) = server.domains
    return replace(server, domains=(replace(domain, **columns),))


def told(state: DesiredState, server: LiveServer) -> list[tuple[str, str, str]]:
    return [(finding.kind, finding.what, finding.name) for finding in compare(state, [server])]


def the_difference(state: DesiredState, server: LiveServer) -> tuple[str, str, str]:
    """Field, wanted and found of the only thing that differs."""
    ((finding),) = compare(state, [server])
    (difference,) = finding.differences
    return difference.field, difference.wanted, difference.found


@given(mail_lists())
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=60)
def test_a_server_that_is_as_any_list_says_does_not_differ_from_it(people: MailList) -> None:
    state = wanted_of(people)

    assert compare(state, [as_wanted(state)]) == ()


@given(mail_lists(), some.data())
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], max_examples=60)
def test_what_is_taken_away_or_put_there_is_found_and_nothing_else(people: MailList, data: some.DataObject) -> None:
    state = wanted_of(people)
    server = as_wanted(state)
    expected: list[tuple[str, str, str]] = []
    domains: list[LiveDomain] = []
    for domain in server.domains:
        gone = data.draw(some.sets(some.sampled_from(domain.mailboxes))) if domain.mailboxes else set[LiveMailbox]()
        made = [f"made-by-hand-{number}@{domain.name}" for number in range(data.draw(some.integers(0, 2)))]
        expected += [("missing", "mailbox", one.address) for one in gone]
        expected += [("unknown", "mailbox", address) for address in made]
        stranger = LiveMailbox(
            address="",
            owner=None,
            full_name="x",
            quota_mib=1,
            access="open",
            protocols=(),
            sending_limit="",
            tags=(),
        )
        left = [one for one in domain.mailboxes if one not in gone]
        domains.append(replace(domain, mailboxes=(*left, *(replace(stranger, address=one) for one in made))))

    assert sorted(told(state, replace(server, domains=tuple(domains)))) == sorted(expected)


def wanted_of(people: MailList) -> DesiredState:
    """What a list asks for, all of it on one server."""
    here = MailList(domains=tuple(replace(domain, server=1) for domain in people.domains))
    try:
        return desired_state(samples.settings(), here, stack="dev", mail_list_file="mail_list.yml")
    except InputError:
        return samples.state()


@pytest.mark.parametrize(
    ("columns", "difference"),
    [
        ({"quota_mib": 4096}, ("quota, MiB", "2,048", "4,096")),
        ({"quota_mib": 0}, ("quota, MiB", "2,048", "no limit")),
        ({"full_name": "Alice"}, ("full name", "alice", "Alice")),
        ({"access": "closed"}, ("log-in", "open", "closed")),
        ({"protocols": ("imap", "smtp")}, ("protocols", "imap, pop3, smtp, sieve, eas, dav", "imap, smtp")),
        ({"sending_limit": "5/d"}, ("sending limit", "none", "5/d")),
        ({"rules": 'redirect "x@y.example";'}, ("forward and reply", "none", "something else")),
        ({"owner": "prod"}, ("stack", "dev", "prod")),
    ],
)
def test_a_mailbox_that_was_changed_by_hand_is_shown_field_by_field_with_both_values(
    columns: dict[str, Any], difference: tuple[str, str, str]
) -> None:
    state = samples.state()

    assert the_difference(state, changed(as_wanted(state), ALICE, **columns)) == difference


def test_all_fields_that_differ_are_shown() -> None:
    state = samples.state()

    (finding,) = compare(state, [changed(as_wanted(state), ALICE, quota_mib=1, full_name="A", access="closed")])

    assert [difference.field for difference in finding.differences] == ["full name", "quota, MiB", "log-in"]


@pytest.mark.parametrize(
    "columns",
    [{"owner": None}, {"tags": ("by hand", "another")}],
    ids=["taken over, and nobody marked it", "tagged by hand"],
)
def test_what_the_list_leaves_to_people_is_no_difference(columns: dict[str, Any]) -> None:
    state = samples.state()

    assert compare(state, [changed(as_wanted(state), ALICE, **columns)]) == ()


def test_a_tag_of_the_list_that_is_gone_differs_and_its_case_does_not() -> None:
    state = samples.state(samples.domain(users=(User(name="alice", tags=("Sales",)), "bob")))

    assert compare(state, [changed(as_wanted(state), ALICE, tags=("sales",))]) == ()
    assert the_difference(state, changed(as_wanted(state), ALICE, tags=("x",))) == ("tags", "Sales", "x")


def test_a_forward_that_was_switched_off_by_hand_differs() -> None:
    forward = Forward(to=("bob@example.com",))
    state = samples.state(samples.domain(users=(User(name="alice", forward=forward), "bob")))

    found = the_difference(state, changed(as_wanted(state), ALICE, rules=""))

    assert found == ("forward and reply", "to bob@example.com", "none")


def test_a_closed_mailbox_that_was_opened_by_hand_differs() -> None:
    leaver = Leaver(name="carol", until=samples.date.fromisoformat(DAY), mail="keep")
    state = samples.state(samples.domain(leavers=(leaver,)))

    found = the_difference(state, changed(as_wanted(state), "carol@example.com", access="open"))

    assert found == ("log-in", "receives only", "open")


def test_aliases_are_compared_whatever_the_order_of_their_targets() -> None:
    state = samples.state()
    server = as_wanted(state)
    postmaster, *others = server.domains[0].aliases
    strange = LiveAlias(address="info@example.com", owner=None, goto=(ALICE,), active=True)

    findings = told(state, in_domain(server, aliases=(*others, strange)))
    off = the_difference(state, in_domain(server, aliases=(replace(postmaster, active=False), *others)))
    elsewhere = the_difference(state, in_domain(server, aliases=(replace(postmaster, goto=("x@y.example",)), *others)))

    assert findings == [("missing", "alias", postmaster.address), ("unknown", "alias", "info@example.com")]
    assert off == ("state", "on", "off")
    assert elsewhere == ("leads to", ALICE, "x@y.example")


def test_what_carries_our_mark_and_is_not_in_the_list_is_told_from_what_was_made_by_hand() -> None:
    state = samples.state()
    server = as_wanted(state)
    (domain,) = server.domains
    ours = replace(domain.mailboxes[0], address="zoe@example.com", owner="dev")

    assert told(state, in_domain(server, mailboxes=(*domain.mailboxes, ours))) == [
        ("left_over", "mailbox", "zoe@example.com")
    ]


def test_what_another_stack_has_marked_is_nobodys_business() -> None:
    state = samples.state()
    server = as_wanted(state)
    theirs = LiveDomain(name="other.example", owner="prod", active=True)
    by_hand = LiveDomain(name="third.example", owner=None, active=True)

    assert told(state, replace(server, domains=(*server.domains, theirs, by_hand))) == [
        ("unknown", "domain", "third.example")
    ]


def test_of_a_domain_that_is_gone_only_the_domain_is_told() -> None:
    assert told(samples.state(), LiveServer(number=1, domains=())) == [("missing", "domain", "example.com")]


def test_limits_of_a_domain_are_compared_unless_it_was_taken_over_as_it_was() -> None:
    state = samples.state()
    server = as_wanted(state)
    smaller = in_domain(server, limits={**server.domains[0].limits, "max_aliases": 5})

    assert the_difference(state, smaller) == ("most aliases", "10,000", "5")
    assert compare(state, [in_domain(smaller, owner=None)]) == ()


@pytest.mark.parametrize(
    ("selector", "finding"),
    [(None, ("missing", "DKIM key", "example.com")), ("dkim", ("changed", "DKIM key", "example.com"))],
)
def test_a_key_that_is_gone_or_another_differs(selector: str | None, finding: tuple[str, str, str]) -> None:
    state = samples.state()

    assert told(state, in_domain(as_wanted(state), dkim_selector=selector)) == [finding]


def test_mail_that_no_longer_moves_in_differs_and_jobs_of_peoples_own_do_not() -> None:
    move_in = MoveIn(server="imap.old.example", user="a", password_in="mail/move-in/example.com/alice")
    state = samples.state(samples.domain(users=(User(name="alice", move_in=move_in), "bob")))
    server = as_wanted(state)
    (job,) = server.move_ins

    assert told(state, replace(server, move_ins=())) == [("missing", "move-in", ALICE)]
    assert told(state, replace(server, move_ins=(replace(job, active=False),))) == [("changed", "move-in", ALICE)]
    assert compare(state, [replace(server, move_ins=(job, replace(job, user="her own")))]) == ()


def test_a_domain_on_another_server_than_it_should_be_is_missing_here_and_unknown_there() -> None:
    state = samples.state()
    here, there = LiveServer(number=1, domains=()), replace(as_wanted(state), number=2)

    findings = [(finding.kind, finding.server) for finding in compare(state, [here, there])]

    assert findings == [("missing", 1), ("left_over", 2)]


def test_what_is_missing_comes_first_then_what_has_changed_then_what_nobody_knows() -> None:
    state = samples.state()
    server = changed(as_wanted(state), ALICE, quota_mib=1)
    (domain,) = server.domains
    alice, _ = domain.mailboxes
    stranger = replace(alice, address="a@example.com", owner=None)

    findings: tuple[Finding, ...] = compare(state, [in_domain(server, mailboxes=(alice, stranger))])

    assert [finding.kind for finding in findings] == ["missing", "changed", "unknown"]
