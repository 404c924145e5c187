"""`mailstead handover` as it is typed: what goes where, exit codes, refusals, and no password where none belongs."""

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from typer.testing import CliRunner

from core.errors import MailcowUnavailableError
from ops.cli import app
from ops.rotation import MailServer
from tests.ops.passwords import PASSWORD, Office, person
from tests.ops.workplace import REPOSITORY, Operator
from vault.api import VaultApi
from vault.wrapping import WrappingApi

BOBS = f"{PASSWORD}-of-bob"
LIST = """\
domains:
  - name: a.example
    users: [bob, ann]
    aliases: [{name: info, to: ann}]
    offboarded:
      - {name: eve, until: 2027-01-31}
"""


@pytest.fixture
def office(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> Office:
    """An office whose Vault, mailcow and project the command line finds."""
    office = Office()
    office.takes_on(person(), person("ann"))
    (operator.project_folder / "mail_list.yml").write_text(LIST)
    monkeypatch.chdir(operator.project_folder)
    monkeypatch.delenv("PULUMI_STACK", raising=False)
    for name, value in operator.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("VAULT_ADDR", "https://vault.a.example/")

    @contextmanager
    def mail_servers(*_: object, **__: object) -> Iterator[Callable[[int], MailServer]]:
        yield office.rotating().server

    monkeypatch.setattr(VaultApi, "from_environment", lambda: office.vault)
    monkeypatch.setattr(WrappingApi, "from_environment", lambda: office.wrapping)
    monkeypatch.setattr(WrappingApi, "without_login", lambda: office.wrapping)
    monkeypatch.setattr("ops.mail_servers.mail_servers", mail_servers)
    monkeypatch.setattr("ops.handover_command._now", office.clock)
    return office


def run(*arguments: str, typed: str = "") -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["handover", *arguments], input=typed)
    return result.exit_code, result.stdout, result.stderr


def test_what_to_send_is_on_standard_output_and_nothing_else(office: Office) -> None:
    status, said, complained = run("bob@a.example")

    assert status == 0
    assert said.startswith("Your mailbox bob@a.example is ready.")
    assert "until Monday 23 November 2026, 14:05 UTC (in 24 hours)" in said
    assert "export VAULT_ADDR=https://vault.a.example\n" in said
    assert "https://mail.a.example/" in said
    assert "Send this to the person, by another way than this mailbox" in complained
    assert "mailstead handover bob@a.example --status --stack dev" in complained


def test_no_password_shows_before_the_token_is_opened(office: Office) -> None:
    shown = "".join("".join(map(str, run(*words))) for words in (["bob@a.example"], ["bob@a.example", "--status"]))

    assert PASSWORD not in shown


def test_an_address_may_be_typed_as_people_write_it(office: Office) -> None:
    assert run("Bob@A.example")[0] == 0


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("bobb@a.example", "did you mean bob@a.example?"),
        ("bob", "did you mean bob@a.example?"),
        ("zzzz", "write the whole address"),
        ("info@a.example", "its mail goes to ann@a.example; name the person instead"),
        ("eve@a.example", "is offboarded"),
    ],
)
def test_whom_the_list_does_not_have_is_refused_with_what_was_meant(office: Office, typed: str, words: str) -> None:
    status, said, complained = run(typed)

    assert (status, said) == (3, "")
    assert words in complained
    assert office.wrapping.calls == []


def test_the_span_and_vaults_address_may_be_said(office: Office) -> None:
    _, said, _ = run("bob@a.example", "--ttl", "3d", "--vault-address", "https://from-outside.example/")

    assert "(in 3 days)" in said
    assert "export VAULT_ADDR=https://from-outside.example\n" in said


@pytest.mark.parametrize(
    "arguments",
    [
        ["bob@a.example", "--ttl", "soon"],
        ["bob@a.example", "--ttl", "90d"],
        ["bob@a.example", "--status", "--deliver"],
        ["bob@a.example", "--unwrap"],
        ["bob@a.example", "--deliver", "--json"],
        [],
    ],
)
def test_options_that_make_no_sense_are_refused_before_anything_is_done(office: Office, arguments: list[str]) -> None:
    assert run(*arguments)[0] == 2
    assert office.wrapping.calls == []


def test_a_second_token_says_that_the_first_is_revoked(office: Office) -> None:
    run("bob@a.example")

    _, said, complained = run("bob@a.example")

    assert "notice: The token that was open until now is revoked" in complained
    assert "revoked" not in said


def test_the_standing_is_one_line_and_exit_code_0_whatever_it_is(office: Office) -> None:
    before = run("--status", "bob@a.example")
    run("bob@a.example")
    open_ = run("bob@a.example", "--status")
    run("--unwrap", typed="s.token1\n")
    used = run("bob@a.example", "--status")
    office.clock.passes(days=2)
    expired = run("bob@a.example", "--status")

    assert [status for status, _, _ in (before, open_, used, expired)] == [0] * 4
    words = [re.findall(r"^bob@a\.example: (\w+)", said) for _, said, _ in (before, open_, used, expired)]
    assert words == [["never"], ["open"], ["used"], ["expired"]]


def test_machines_get_json_and_nothing_else(office: Office) -> None:
    made = json.loads(run("bob@a.example", "--json")[1])
    standing = json.loads(run("bob@a.example", "--status", "--json")[1])

    assert (made["token"], made["web"]) == ("s.token1", "https://mail.a.example/")
    assert standing == {
        "address": "bob@a.example",
        "status": "open",
        "expires": "2026-11-23T14:05:00+00:00",
        "delivered": None,
    }


# The person's side


def test_a_token_is_opened_from_standard_input(office: Office) -> None:
    run("bob@a.example")

    status, said, complained = run("--unwrap", typed="s.token1\n")

    assert (status, said) == (0, f"{BOBS}\n")
    assert "First password of bob@a.example" in complained


def test_to_open_a_token_no_project_is_needed(
    office: Office, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    run("bob@a.example")
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))

    assert run("--unwrap", typed="s.token1")[0] == 0


def test_a_token_that_somebody_opened_first_is_exit_code_3_and_says_so(office: Office) -> None:
    run("bob@a.example")
    run("--unwrap", typed="s.token1")

    status, said, complained = run("--unwrap", typed="s.token1")

    assert (status, said) == (3, "")
    assert "SOMEBODY OPENED IT FIRST: tell whoever sent it to you" in complained
    assert "s.token1" not in complained


def test_what_was_opened_can_be_read_by_a_machine(office: Office) -> None:
    run("bob@a.example")

    assert json.loads(run("--unwrap", "--json", typed="s.token1")[1]) == {"address": "bob@a.example", "password": BOBS}


# On the operator's screen


def test_a_password_is_not_shown_where_no_terminal_is(office: Office) -> None:
    status, said, complained = run("bob@a.example", "--deliver")

    assert (status, said) == (3, "")
    assert "--without-terminal" in complained
    assert office.wrapping.calls == []
    assert office.mailcow.changes == []


def test_said_explicitly_it_is_printed_and_has_to_be_changed(office: Office) -> None:
    status, said, complained = run("bob@a.example", "--deliver", "--without-terminal")

    assert (status, said) == (0, f"{BOBS}\n")
    assert office.mailcow.mailboxes["bob@a.example"].change_password
    assert "has to choose another password" in complained


def test_where_the_server_cannot_be_reached_nothing_is_shown(office: Office) -> None:
    office.mailcow.failure = MailcowUnavailableError("mailcow does not answer")

    status, said, _ = run("bob@a.example", "--deliver", "--without-terminal")

    assert (status, said) == (1, "")
    assert office.wrapping.calls == []


def test_on_a_terminal_it_is_on_a_screen_that_is_taken_away() -> None:
    """Between these two signs a terminal shows another screen, of which its history keeps nothing."""
    code = (
        f"from ops.handover_command import _show; from tests.ops.passwords import person; _show(person(), {PASSWORD!r})"
    )
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        env={**os.environ, "TERM": "xterm"},
        stdin=slave,
        stdout=slave,
        stderr=subprocess.PIPE,
    )
    os.close(slave)
    shown = b""
    while b"Enter takes it off" not in shown:
        shown += os.read(master, 4096)
    os.write(master, b"\n")
    try:
        while chunk := os.read(master, 4096):
            shown += chunk
    except OSError:  # how a terminal says that nobody is there any more
        pass
    _, complained = process.communicate(timeout=60)
    os.close(master)

    assert process.returncode == 0, complained.decode()
    before, _, rest = shown.partition(b"\x1b[?1049h")
    on_screen, _, after = rest.partition(b"\x1b[?1049l")
    assert PASSWORD.encode() in on_screen
    assert PASSWORD.encode() not in before + after
