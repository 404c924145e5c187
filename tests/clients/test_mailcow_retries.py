"""What passes by itself is tried again, with reading back in between; what is refused is not."""

from collections.abc import Generator
from contextlib import contextmanager

import pytest
import requests

from core.errors import MailcowRefusedError, MailcowUnclearError
from mailcow.api import MailcowApi
from mailcow.rows import MailboxChange
from mailcow.transport import bare_session
from tests.clients.replay import Exchange, Replay, mailcow
from tests.clients.samples import BOB, DOMAIN, PASSWORD
from tests.clients.test_mailcow_changes import FORWARD, filter_row, said

READ = f"get/mailbox/{BOB.address}"
MISSING = Exchange("GET", READ, {})
THERE = Exchange("GET", READ, {"username": BOB.address, "name": "Bob", "quota": 2147483648, "active": 1})
NOTHING = ""
DEADLOCK = "SQLSTATE[40001]: Serialization failure: 1213 Deadlock found when trying to get lock; try restarting"
LOCK_WAIT = "SQLSTATE[HY000]: General error: 1205 Lock wait timeout exceeded; try restarting transaction"
PAGE = "<html>preparing</html>"
CUT = requests.exceptions.ConnectionError("cut")


def routes(replay: Replay) -> list[str]:
    """What was asked for, in order."""
    return [path for _, path, _ in replay.requests]


def test_an_add_that_died_of_a_deadlock_is_read_back_and_sent_again() -> None:
    api, replay = mailcow(
        Exchange("POST", "add/mailbox", NOTHING), Exchange("POST", "add/mailbox", said("mailbox_added", "x")), MISSING
    )

    assert api.add_mailbox(BOB, password=PASSWORD) is True

    assert routes(replay) == ["add/mailbox", READ, "add/mailbox"]


def test_an_add_whose_answer_was_cut_off_is_found_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda _s: None)
    exists = Exchange("POST", "add/mailbox", said("object_exists", BOB.address, type_="danger"))
    api, _ = mailcow(CUT, exists, THERE, patience_s=60)

    assert api.add_mailbox(BOB, password=PASSWORD) is False


def test_an_edit_that_died_of_a_deadlock_is_sent_again() -> None:
    api, replay = mailcow(
        Exchange("POST", "edit/mailbox", NOTHING),
        Exchange("POST", "edit/mailbox", said("mailbox_modified", BOB.address)),
        THERE,
    )

    api.edit_mailbox(BOB.address, MailboxChange(quota_mib=1))

    assert routes(replay) == ["edit/mailbox", READ, "edit/mailbox"]


@pytest.mark.parametrize("text", [DEADLOCK, LOCK_WAIT])
def test_a_deadlock_that_mailcow_puts_into_words_is_no_refusal(text: str) -> None:
    api, replay = mailcow(
        Exchange("POST", "edit/mailbox", said(text, type_="danger")),
        Exchange("POST", "edit/mailbox", said("mailbox_modified", BOB.address)),
        THERE,
    )

    api.edit_mailbox(BOB.address, MailboxChange(quota_mib=1))

    assert routes(replay) == ["edit/mailbox", READ, "edit/mailbox"]


def test_another_error_of_the_database_is_a_refusal_and_not_sent_again() -> None:
    api, replay = mailcow(Exchange("POST", "edit/mailbox", said("SQLSTATE[22001]: Data too long", type_="danger")))

    with pytest.raises(MailcowRefusedError, match="Data too long"):
        api.edit_mailbox(BOB.address, MailboxChange(name="x" * 300))

    assert len(replay.requests) == 1


def test_what_stays_unclear_is_given_up_after_a_few_times() -> None:
    api, replay = mailcow(Exchange("POST", "edit/mailbox", NOTHING), THERE)

    with pytest.raises(MailcowUnclearError):
        api.edit_mailbox(BOB.address, MailboxChange(quota_mib=1))

    assert routes(replay) == ["edit/mailbox", READ] * 3


@pytest.mark.parametrize("outage", [PAGE, CUT], ids=["web page", "connection cut"])
def test_an_outage_is_waited_out(outage: str | Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda _s: None)
    done = Exchange("POST", "edit/domain", said("domain_modified", "full.example"))
    first = Exchange("POST", "edit/domain", outage, 502) if isinstance(outage, str) else outage
    api, replay = mailcow(first, done, patience_s=60)

    api.edit_domain(DOMAIN)

    assert routes(replay) == ["edit/domain"] * 2


def test_a_filter_whose_answer_was_cut_off_is_looked_for_and_not_made_twice() -> None:
    api, replay = mailcow(CUT, Exchange("GET", f"get/filters/{FORWARD.username}", [filter_row()]))

    api.add_filter(FORWARD)

    assert routes(replay) == ["add/filter", f"get/filters/{FORWARD.username}"]


def test_a_filter_that_never_came_in_is_sent_again() -> None:
    api, replay = mailcow(
        CUT,
        Exchange("POST", "add/filter", said("mailbox_modified", FORWARD.username)),
        Exchange("GET", f"get/filters/{FORWARD.username}", {}),
    )

    api.add_filter(FORWARD)

    assert routes(replay) == ["add/filter", f"get/filters/{FORWARD.username}", "add/filter"]


class Locked:
    """Counts who holds it, and remembers what was asked meanwhile."""

    def __init__(self) -> None:
        self.held = False
        self.inside: list[str] = []
        self.outside: list[str] = []

    @contextmanager
    def __call__(self) -> Generator[None]:
        self.held = True
        yield
        self.held = False

    def api(self, *exchanges: Exchange) -> MailcowApi:
        """Return a client that holds this for what must be alone."""
        replay, session = Replay(*exchanges), bare_session()
        session.mount("https://", replay)
        send = replay.send

        def watched(request: requests.PreparedRequest, **kwargs: object) -> requests.Response:
            path = str(request.path_url).removeprefix("/api/v1/")
            (self.inside if self.held else self.outside).append(path)
            return send(request, **kwargs)

        replay.send = watched  # type: ignore[method-assign] # pyright: ignore[reportAttributeAccessIssue] — only watches
        return MailcowApi(session, hostname="mail.a.example", key=lambda: "K", patience_s=0, exclusive=self)


def test_what_mailcow_cannot_do_side_by_side_is_done_alone_and_nothing_else_is() -> None:
    lock = Locked()
    address = BOB.address
    api = lock.api(
        Exchange("POST", "add/mailbox", said("mailbox_added", address)),
        Exchange("POST", "edit/mailbox", said("mailbox_modified", address)),
        Exchange("POST", "delete/mailbox", said("mailbox_removed", address)),
        Exchange("POST", "edit/domain", said("domain_modified", "full.example")),
        Exchange("POST", "delete/domain", said("domain_removed", "full.example")),
    )

    api.add_mailbox(BOB, password=PASSWORD)
    api.edit_mailbox(address, MailboxChange(name="Bob"))
    api.edit_mailbox(address, MailboxChange(active=True))
    assert lock.inside == []

    api.edit_mailbox(address, MailboxChange(active=False))
    api.delete_mailbox(address)
    api.edit_domain(DOMAIN)
    api.delete_domain("full.example")

    assert lock.outside == ["add/mailbox", "edit/mailbox", "edit/mailbox"]
    assert lock.inside == ["edit/mailbox", "delete/mailbox", "edit/domain", "delete/domain"]
