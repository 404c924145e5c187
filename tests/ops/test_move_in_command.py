"""`mailstead move-in status` as a program: servers, text, JSON, exit codes, and no password anywhere."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from typer.testing import CliRunner

from core.errors import VaultDeniedError
from ops import move_in_command
from ops.cli import app
from ops.server_access import Access
from tests.fakes import FakeMailcow, FakeVault
from tests.ops.imap_stub import PASSWORD, ImapStub, serving
from tests.ops.moving_bob import BOB, bobs_mailcow, bobs_vault
from tests.ops.workplace import Operator

WITH_BOB = """\
domains:
  - name: example.com
    users:
      - name: bob
        move_in: {server: imap.old.example, user: alice.old, password_in: mail/move-in/example.com/bob}
"""

Command = Callable[..., tuple[int, str]]


@pytest.fixture
def mailcow() -> FakeMailcow:
    """A server on which bob's job has run well and brought 275 messages."""
    return bobs_mailcow()


@pytest.fixture
def vault() -> FakeVault:
    """A Vault with the password that bob has at his old provider."""
    return bobs_vault()


@pytest.fixture
def command(
    monkeypatch: pytest.MonkeyPatch, mailcow: FakeMailcow, vault: FakeVault, tmp_path: Path
) -> Callable[[ImapStub], Command]:
    """The command, for a list in which bob moves in from a server on this machine."""

    def of(stub: ImapStub) -> Command:
        here = replace(BOB, host="localhost", port=stub.port)
        mailcow.sync_jobs[7] = replace(mailcow.sync_jobs[7], host="localhost")

        class _Project:
            stack = "dev"

            def inputs(self) -> Any:
                return type("Inputs", (), {"state": type("State", (), {"move_ins": (here,)})})

        class _Servers:
            def __init__(self, *_: object) -> None: ...

            def __enter__(self) -> dict[int, FakeMailcow]:
                return {1: mailcow}

            def __exit__(self, *_: object) -> None: ...

        monkeypatch.setattr(move_in_command, "project_of", lambda _: _Project())
        monkeypatch.setattr(move_in_command, "_servers", _Servers)
        monkeypatch.setattr(move_in_command.VaultApi, "from_environment", lambda: vault)

        def run(*arguments: str) -> tuple[int, str]:
            result = CliRunner().invoke(app, ["move-in", *arguments])
            return result.exit_code, result.output

        return run

    return of


@pytest.mark.enable_socket
def test_the_command_counts_at_a_real_server_and_shows_no_password(
    command: Callable[[ImapStub], Command], mailcow: FakeMailcow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub = ImapStub(folders={b"INBOX": 231, b"Entw&APw-rfe": 44})
    with serving(stub, tmp_path) as certificate:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        run = command(stub)

        done, text = run("status")
        missing, _ = run("status", "bob@example.com") if mailcow.mailboxes.pop(BOB.address) else (0, "")
        as_machine, document = run("status", "--json")
        stub.password = "another"
        failed, complaint = run("status")

    assert (done, missing, as_machine, failed) == (0, 10, 10, 1)
    assert "bob@example.com from alice.old at localhost: done, last run 2026-11-22 14:05:11" in text
    assert "275 messages there, 275 here" in text
    assert "Entwürfe       44" in text
    assert json.loads(document)["people"][0]["folders"][1] == {"name": "Entwürfe", "messages": 44}
    assert "could not be counted: localhost" in complaint
    assert PASSWORD not in text + document + complaint


@pytest.mark.enable_socket
def test_the_command_names_who_brings_mail_along(command: Callable[[ImapStub], Command]) -> None:
    code, said = command(ImapStub())("status", "eve@example.com")

    assert code == 3
    assert "it has one for: bob@example.com" in said


def test_where_nobody_brings_mail_along_nothing_is_asked(here: Operator) -> None:
    result = CliRunner().invoke(app, ["move-in", "status"])

    assert (result.exit_code, here.calls()) == (0, [])
    assert "no line of the list has move_in" in result.output


def test_a_stack_without_a_mail_server_says_what_makes_one(here: Operator) -> None:
    (here.project_folder / "mail_list.yml").write_text(WITH_BOB)

    result = CliRunner().invoke(app, ["move-in", "status"])

    assert result.exit_code == 3
    assert "stack dev has no mail server yet; run: mailstead up" in result.output


def test_servers_are_reached_as_the_state_says(
    here: Operator, monkeypatch: pytest.MonkeyPatch, mailcow: FakeMailcow, vault: FakeVault
) -> None:
    (here.project_folder / "mail_list.yml").write_text(WITH_BOB)
    vault.failure = VaultDeniedError("Vault refuses to read it")
    ways = [
        Access(number=number, hostname="mail.example.com", mailcow=cast("Any", mailcow), host=None) for number in (1, 2)
    ]
    monkeypatch.setattr("ops.server_access.server_access", lambda _: tuple(ways))
    monkeypatch.setattr(move_in_command.VaultApi, "from_environment", lambda: vault)

    result = CliRunner().invoke(app, ["move-in", "status", "--json"])

    assert result.exit_code == 1
    (bob,) = json.loads(result.stdout)["people"]
    assert (bob["job"], bob["here"], bob["problem"]) == ("ok", 275, "Vault refuses to read it")
    assert mailcow.reads == ["list sync jobs all", "list mailboxes example.com"]
