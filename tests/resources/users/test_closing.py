"""Closing a mailbox ends at once all that opens it, in order, and until all of it is ended it is not closed."""

import shlex
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import HostUnreachableError, MailcowUnavailableError, RefusedError, RemoteCommandError
from tests.fakes import FakeMailcow, FakeVault
from tests.resources.users.conftest import FakeShell, Living
from tests.resources.users.people import ADDRESS, found_domain, found_password, mailbox
from tests.resources.users.wire import Life
from users.closing import doveadm_command
from users.mailbox import MailboxProvider

LEFT = {"active": False, "kept_until": "2026-12-31"}
PHONE, LAPTOP = 1, 2


@pytest.fixture
def alice(living: Living, mailcow: FakeMailcow, vault: FakeVault) -> Life:
    """Alice with her mailbox, a phone and a laptop with app passwords."""
    found_domain(mailcow, "mailstead-dev")
    found_password(vault)
    life = living(MailboxProvider)
    life.up(mailbox())
    mailcow.app_passwords[ADDRESS] = {PHONE: "phone", LAPTOP: "laptop"}
    mailcow.changes.clear()
    return life


def is_closed(mailcow: FakeMailcow, shell: FakeShell) -> bool:
    """Whether nothing opens her mailbox any more."""
    return not mailcow.mailboxes[ADDRESS].active and not mailcow.app_passwords[ADDRESS] and bool(shell.ran)


def test_closing_is_log_in_off_then_app_passwords_then_sessions(
    alice: Life, mailcow: FakeMailcow, shell: FakeShell
) -> None:
    deleted_before: list[bool] = []
    shell.watch = lambda: deleted_before.append(mailcow.app_passwords[ADDRESS] == {})

    assert alice.up(mailbox(**LEFT)) == "update"

    assert mailcow.changes == [f"edit mailbox {ADDRESS}", *[f"delete app password {ADDRESS}"] * 2]
    assert deleted_before == [True]
    assert mailcow.mailboxes[ADDRESS].active is False
    assert mailcow.mailboxes[ADDRESS].receives_only is False


@pytest.mark.parametrize(
    ("mail", "receives"),
    [
        ({"mail": "refuse"}, False),
        ({"mail": "keep"}, True),
        ({"mail": "forward", "forward_to": ["bob@a.example"]}, True),
    ],
)
def test_mail_of_a_leaver_is_refused_or_still_comes_in(
    alice: Life,
    mailcow: FakeMailcow,
    mail: dict[str, object],
    receives: bool,  # noqa: FBT001 — a table
) -> None:
    alice.up(mailbox(**LEFT, **mail))

    assert mailcow.mailboxes[ADDRESS].active is False
    assert mailcow.mailboxes[ADDRESS].receives_only is receives
    assert alice.refresh() == "same"


def test_a_leavers_mail_is_answered_and_forwarded_and_not_once_it_is_refused(alice: Life, mailcow: FakeMailcow) -> None:
    alice.up(mailbox(**LEFT, mail="forward", forward_to=["bob@example.com"], auto_reply='Ask "Bob"'))
    (found,) = mailcow.filters.values()
    assert found.script.splitlines() == [
        'require ["copy", "vacation"];',
        'vacation :days 1 "Ask \\"Bob\\"";',
        'redirect :copy "bob@example.com";',
    ]

    alice.up(mailbox(**LEFT))

    assert mailcow.filters == {}
    assert mailcow.mailboxes[ADDRESS].receives_only is False


def test_a_leaver_who_was_let_in_again_by_hand_is_closed_again(
    alice: Life, mailcow: FakeMailcow, shell: FakeShell
) -> None:
    alice.up(mailbox(**LEFT))
    shell.ran.clear()
    mailcow.mailboxes[ADDRESS] = replace(mailcow.mailboxes[ADDRESS], active=True)

    assert alice.refresh() == "drift"
    alice.up(mailbox(**LEFT))

    assert is_closed(mailcow, shell)


def test_a_leaver_whose_refused_mail_comes_in_again_is_seen(alice: Life, mailcow: FakeMailcow) -> None:
    alice.up(mailbox(**LEFT))
    mailcow.mailboxes[ADDRESS] = replace(mailcow.mailboxes[ADDRESS], receives_only=True)

    assert alice.refresh() == "drift"
    alice.up(mailbox(**LEFT))

    assert mailcow.mailboxes[ADDRESS].receives_only is False


@pytest.mark.parametrize("refreshed", [False, True], ids=["", "refreshed meanwhile"])
def test_a_closing_that_died_half_way_is_finished_by_the_next_run(
    alice: Life,
    mailcow: FakeMailcow,
    shell: FakeShell,
    refreshed: bool,  # noqa: FBT001 — a table
) -> None:
    shell.failure = RemoteCommandError("no container")
    with pytest.raises(RemoteCommandError):
        alice.up(mailbox(**LEFT))
    shell.failure = None
    shell.ran.clear()
    if refreshed:
        alice.refresh()

    assert alice.up(mailbox(**LEFT)) == "update"
    assert is_closed(mailcow, shell)
    assert alice.up(mailbox(**LEFT)) == "same"


def test_app_passwords_that_could_not_be_deleted_keep_it_from_being_closed(
    alice: Life, mailcow: FakeMailcow, shell: FakeShell
) -> None:
    mailcow.failures[f"delete app password {ADDRESS}"] = MailcowUnavailableError("not ready")
    with pytest.raises(MailcowUnavailableError):
        alice.up(mailbox(**LEFT))
    assert shell.ran == []

    alice.up(mailbox(**LEFT))

    assert is_closed(mailcow, shell)


def test_a_host_that_cannot_be_reached_for_a_moment_is_tried_again(
    alice: Life, shell: FakeShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda _s: setattr(shell, "failure", None))
    shell.failure = HostUnreachableError("away")

    alice.up(mailbox(**LEFT))

    assert len(shell.ran) == 2


def test_a_later_change_of_somebody_closed_ends_nothing_again(
    alice: Life, mailcow: FakeMailcow, shell: FakeShell
) -> None:
    alice.up(mailbox(**LEFT))
    shell.ran.clear()
    mailcow.reads.clear()

    alice.up(mailbox(active=False, kept_until="2027-01-31"))

    assert shell.ran == []
    assert mailcow.reads == [f"get mailbox {ADDRESS}"]


def test_somebody_who_comes_back_can_leave_again(alice: Life, mailcow: FakeMailcow, shell: FakeShell) -> None:
    alice.up(mailbox(**LEFT))
    alice.up(mailbox())
    assert mailcow.mailboxes[ADDRESS].active
    shell.ran.clear()

    alice.up(mailbox(**LEFT))

    assert is_closed(mailcow, shell)


def test_a_mailbox_made_closed_has_nothing_to_end(
    living: Living, mailcow: FakeMailcow, vault: FakeVault, shell: FakeShell
) -> None:
    found_domain(mailcow, "mailstead-dev")
    found_password(vault)
    life = living(MailboxProvider)

    life.up(mailbox(**LEFT))

    assert shell.ran == []
    assert life.up(mailbox(**LEFT)) == "same"


def test_somebody_closed_by_an_older_version_is_closed_in_full_once(
    alice: Life, mailcow: FakeMailcow, shell: FakeShell
) -> None:
    alice.up(mailbox(**LEFT))
    del alice.outputs["closed"]
    mailcow.app_passwords[ADDRESS] = {PHONE: "phone"}
    shell.ran.clear()

    assert alice.up(mailbox(**LEFT)) == "update"

    assert is_closed(mailcow, shell)


def test_where_there_is_only_the_api_open_sessions_are_named_and_left(
    alice: Life, mailcow: FakeMailcow, shell: FakeShell, said: list[str]
) -> None:
    provider = alice.provider
    assert isinstance(provider, MailboxProvider)
    provider.host.shell = None

    alice.up(mailbox(**LEFT))

    assert mailcow.app_passwords[ADDRESS] == {}
    assert shell.ran == []
    assert len(said) == 1
    assert "alice@example.com can log in no more; sessions that are open go on" in said[0]
    assert alice.up(mailbox(**LEFT)) == "same"


@pytest.mark.parametrize(
    "address",
    ["*@example.com", "alice@*", "a?@example.com", "a b@example.com", "$(id)@example.com", "-a@example.com", "x"],
)
def test_nothing_that_could_mean_more_than_one_mailbox_reaches_the_host(address: str) -> None:
    with pytest.raises(RefusedError, match="no address of ours"):
        doveadm_command(address)


def run_with(folder: Path, sudo: str, address: str = ADDRESS) -> subprocess.CompletedProcess[str]:
    """Run the command where ``sudo`` does this."""
    (folder / "sudo").write_text(f"#!/bin/sh\n{sudo}\n")
    (folder / "sudo").chmod(0o755)
    environment = {"PATH": f"{folder}:/usr/bin:/bin", "LOG": str(folder / "log")}
    return subprocess.run(
        ["/bin/sh", "-c", doveadm_command(address)], capture_output=True, text=True, check=False, env=environment
    )


DOCKER = """
echo "$*" >>"$LOG"
case "$*" in
  *"docker ps"*) echo 4f2a ;;
  *flush*) exit {flush} ;;
  *kick*) exit {kick} ;;
  *who*) for who in {left}; do echo "$who imap 4711"; done; {after} ;;
esac
"""


def asked(folder: Path) -> list[list[str]]:
    """What the host was asked to do, by words."""
    return [shlex.split(line) for line in (folder / "log").read_text().splitlines()]


@pytest.mark.parametrize(("flush", "kick", "status"), [(0, 0, 0), (0, 68, 0), (0, 75, 1), (75, 0, 75)])
def test_the_host_forgets_log_ins_and_then_puts_out_who_is_in(
    tmp_path: Path, flush: int, kick: int, status: int
) -> None:
    """Status 68 is doveadm's for nobody being in."""
    done = run_with(tmp_path, DOCKER.format(flush=flush, kick=kick, left="", after=""))

    assert done.returncode == status
    container = ["-n", "docker", "exec", "4f2a", "doveadm"]
    assert asked(tmp_path)[1] == [*container, "auth", "cache", "flush", ADDRESS]
    if not flush:
        assert asked(tmp_path)[2] == [*container, "kick", ADDRESS]


def test_who_is_still_in_after_that_is_put_out_again(tmp_path: Path) -> None:
    after = """echo x >>"$LOG.times\""""
    left = f"""$([ -s "$LOG.times" ] || echo {ADDRESS})"""

    done = run_with(tmp_path, DOCKER.format(flush=0, kick=0, left=left, after=after))

    assert done.returncode == 0
    assert [words[5] for words in asked(tmp_path)[1:]] == ["auth", "kick", "who", "kick", "who"]


def test_somebody_whose_address_only_looks_alike_does_not_matter(tmp_path: Path) -> None:
    done = run_with(tmp_path, DOCKER.format(flush=0, kick=0, left="malice@example.com aliceXexample.com", after=""))

    assert done.returncode == 0


def test_sessions_that_do_not_end_are_no_success(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("users.closing._SECONDS_TO_LEAVE", 1)

    done = run_with(tmp_path, DOCKER.format(flush=0, kick=0, left=ADDRESS, after=""))

    assert done.returncode == 1
    assert "sessions of alice@example.com did not end within 1 s" in done.stderr


def test_a_host_without_a_running_dovecot_is_no_success(tmp_path: Path) -> None:
    done = run_with(tmp_path, "exit 0")

    assert done.returncode == 1
    assert "no container of dovecot-mailcow runs" in done.stderr
