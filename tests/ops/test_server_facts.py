"""What a preview asks of servers and of Vault: little, side by side, and never for long."""

import threading
import time
from dataclasses import replace
from typing import Any, cast

import pytest

from core.errors import MailcowUnavailableError, VaultSealedError
from mailcow.api import MailcowApi
from ops.facts import Facts
from ops.server_access import Access
from ops.server_facts import facts_of
from ops.steps import Step, steps_of
from tests.fakes import FakeMailcow, FakeVault
from tests.ops.steps import Plain, mailbox, of_people
from tests.resources.users.people import found_domain, row

ALICE, BOB = "alice@example.com", "bob@example.com"
NEW = of_people("create", "Mailbox", ALICE, new=mailbox())
CLOSED = of_people("update", "Mailbox", BOB, old=mailbox(), new=mailbox(active=False))


def steps(*entries: Plain) -> list[Step]:
    return steps_of({"steps": list(entries)})


def access(mailcow: FakeMailcow, number: int = 1, *, adopt: bool = False) -> Access:
    api = cast("MailcowApi", mailcow)
    return Access(number=number, hostname=f"mail{number}.example.com", mailcow=api, host=None, adopt=adopt)


def server(*local_parts: str, **columns: Any) -> FakeMailcow:
    """A server with our domain and mailboxes in it."""
    mailcow = FakeMailcow()
    found_domain(mailcow, "mailstead-dev")
    for name in local_parts:
        address = f"{name}@example.com"
        mailcow.mailboxes[address] = replace(row(), address=address, **columns)
    return mailcow


def found(*entries: Plain, mailcow: FakeMailcow, vault: FakeVault | None = None, **more: Any) -> Facts:
    recorded = cast("frozenset[str]", more.pop("recorded", frozenset()))
    known = vault or FakeVault()
    return facts_of(steps(*entries), [access(mailcow)], recorded=recorded, vault=lambda: known, **more)


def test_one_request_a_server_and_one_a_domain_tell_everything() -> None:
    mailcow = server("alice", "bob", bytes_used=1024, messages=7, last_login=1_795_132_800)
    others = [of_people("delete", "Mailbox", f"user{number}@example.com", old=mailbox()) for number in range(50)]

    facts = found(NEW, CLOSED, *others, mailcow=mailcow)

    assert mailcow.reads == ["list domains", "list mailboxes example.com"]
    assert (facts.held[BOB].bytes_used, facts.held[BOB].messages, facts.held[BOB].owner) == (1024, 7, "dev")
    assert facts.is_missing("user1@example.com")


def test_nothing_is_asked_for_a_change_that_closes_nobody() -> None:
    mailcow = server("bob")
    bigger = of_people("update", "Mailbox", BOB, old=mailbox(), new=mailbox(quota_mib=4096.0))

    assert found(bigger, mailcow=mailcow) == Facts()
    assert mailcow.reads == []


def test_a_domain_that_the_server_does_not_have_is_not_asked_for_its_mailboxes() -> None:
    """Of a domain that is not there, mailcow lists the mailboxes of all domains."""
    mailcow = FakeMailcow()

    facts = found(NEW, of_people("create", "Domain", "example.com"), mailcow=mailcow)

    assert mailcow.reads == ["list domains"]
    assert facts.is_missing(ALICE)


def test_a_server_that_is_offline_is_not_reachable_and_nothing_fails() -> None:
    mailcow = server("bob")
    mailcow.failure = MailcowUnavailableError("mailcow on mail1.example.com cannot be reached")

    facts = found(CLOSED, mailcow=mailcow)

    assert facts.phrase(BOB) == "what is in it is not known: mail1.example.com is not reachable"


def test_an_error_that_nobody_thought_of_does_not_stop_the_preview_either() -> None:
    mailcow = server("bob")
    mailcow.failure = ZeroDivisionError()

    assert found(CLOSED, mailcow=mailcow).not_reachable == {"example.com": "mail1.example.com"}


def test_a_server_that_is_slow_is_waited_for_only_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    mailcow, released = server("bob"), threading.Event()
    monkeypatch.setattr(mailcow, "list_mailboxes", lambda _domain: released.wait(30))
    begun = time.monotonic()

    facts = found(CLOSED, mailcow=mailcow, deadline_s=0.2)
    released.set()

    assert time.monotonic() - begun < 5
    assert "not reachable" in facts.phrase(BOB)


def test_servers_are_asked_side_by_side() -> None:
    """Each waits until the other was asked, which only both at once can do."""
    both = threading.Barrier(2, timeout=10)

    class Waiting(FakeMailcow):
        def list_domains(self) -> tuple[Any, ...]:
            both.wait()
            return super().list_domains()

    there = [of_people("delete", "Mailbox", BOB, old=mailbox()), of_people("delete", "Mailbox", "x@b.example", old={})]
    there[1]["oldState"]["provider"] = there[1]["oldState"]["provider"].replace("mail-host-1", "mail-host-2")

    facts = facts_of(
        steps(*there),
        [access(Waiting(), 1), access(Waiting(), 2)],
        recorded=frozenset(),
        vault=FakeVault,
    )

    assert facts.not_reachable == {}


@pytest.mark.parametrize(
    ("notes", "never_made"),
    [
        (None, True),
        ({"state": "initial"}, True),
        ({"state": "initial", "mailbox_made": "2026-11-22T13:50:00+00:00"}, False),
        ({"state": "adopted"}, False),
    ],
    ids=["no secret", "a password that no mailbox was seen with", "a mailbox was made", "taken over"],
)
def test_vault_tells_a_mailbox_that_is_gone_from_one_that_was_never_made(
    notes: dict[str, str] | None, *, never_made: bool
) -> None:
    vault = FakeVault()
    if notes is not None:
        vault.create_secret("mail/users/example.com/alice", {"password": "x"}, notes)

    facts = found(NEW, mailcow=server(), vault=vault, recorded=frozenset({ALICE}))

    assert (ALICE in facts.never_made, ALICE in facts.unsure) == (never_made, False)


def test_without_vault_it_is_not_known_whether_a_mailbox_was_there() -> None:
    vault = FakeVault()
    vault.failure = VaultSealedError("Vault is sealed")

    facts = found(NEW, mailcow=server(), vault=vault, recorded=frozenset({ALICE}))

    assert (facts.never_made, facts.unsure) == (frozenset(), {ALICE})


def test_vault_is_not_asked_about_people_who_were_never_recorded() -> None:
    vault = FakeVault()

    found(NEW, mailcow=server(), vault=vault)

    assert vault.calls == []


def test_whether_to_take_over_is_what_the_server_was_set_up_with() -> None:
    facts = facts_of(steps(NEW), [access(server(), adopt=True)], recorded=frozenset(), vault=FakeVault)

    assert facts.adopt
