"""`mailstead backup run` and `list`: a job is started, followed and judged; what there is is read in one command."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from typer.testing import CliRunner

from core.errors import RefusedError
from ops.backup_hosts import BackupHost, backup_hosts
from ops.backup_list import list_backups
from ops.backup_run import run_and_follow, start
from ops.cli import app
from ops.server_access import PROVIDER
from ssh.client import RunResult
from tests.ops.workplace import Operator, state

DAY = {
    "format": 1,
    "domain": "example.com",
    "day": "20261123",
    "host": "mail.example.com",
    "started_at": "2026-11-23T02:30:00Z",
    "finished_at": "2026-11-23T02:31:00Z",
    "key_fingerprint": "C988F4DA",
    "tools": {"gpg": "2.2.40"},
    "mailcow_version": "2026-07a",
    "mailboxes": [
        {"name": "alice", "archive": "alice.tar.gz.gpg", "bytes": 2_000, "sha256": "a" * 64, "messages": 3,
         "mail_bytes": 1_500, "newest_at": "2026-11-22T20:00:00Z", "linked_from": None},
        {"name": "bob", "archive": "bob.tar.gz.gpg", "bytes": 1_000, "sha256": "b" * 64, "messages": 1,
         "mail_bytes": 500, "newest_at": None, "linked_from": "20261122"},
    ],
}  # fmt: skip
SYSTEM = {
    **{key: value for key, value in DAY.items() if key not in {"domain", "mailboxes"}},
    "parts": [{"name": "mysql", "archive": "mysql.sql.gz.gpg", "bytes": 700, "sha256": "c" * 64, "tables": 60}],
}


@dataclass
class Shell:
    """A host's shell with a job that needs a few looks to end."""

    loaded: bool = True
    result: str = "success"
    looks: int = 2
    lines: list[str] = field(default_factory=lambda: ["example.com: 2 mailboxes", "backup done"])
    manifests: str = ""
    ran: list[str] = field(default_factory=list[str])
    _started: bool = False
    _told: int = 0

    def run(self, command: str, *, timeout_s: float, check: bool = True) -> RunResult:
        self.ran.append(command)
        return RunResult(status=0, stdout=self._answer(command).encode(), stderr=b"")

    def _answer(self, command: str) -> str:
        if "LoadState" in command:
            return "loaded\n" if self.loaded else "not-found\n"
        if "ActiveState" in command:
            self.looks -= 1
            return "activating\n" if self.looks > 0 else ("inactive\n" if self.result == "success" else "failed\n")
        if "Result" in command:
            return f"{self.result}\n"
        if "journalctl" in command:
            return self._journal(command)
        if "systemctl start" in command:
            self._started = True
        return self.manifests if "find" in command else ""

    def _journal(self, command: str) -> str:
        if "--after-cursor" not in command:
            assert "--unit" not in command  # of a job that never ran there is no line to begin at
            return "somebody else's line\n-- cursor: s=0\n"
        assert f"--after-cursor s={self._told}" in command.replace("'", "")
        said = self.lines[self._told : self._told + 1] if self._started else []
        self._told += len(said)
        return "".join(f"{line}\n" for line in said or ["-- No entries --"]) + f"-- cursor: s={self._told}\n"


def host(shell: Shell) -> BackupHost:
    return BackupHost(number=1, hostname="mail.example.com", shell=cast("Any", shell))


def test_a_job_is_started_and_followed_line_by_line_to_its_end() -> None:
    shell, heard = Shell(), list[str]()

    ran = run_and_follow(host(shell), heard.append, pause_s=0)

    assert (ran.ok, ran.result) == (True, "success")
    assert heard == shell.lines
    assert "sudo systemctl start --no-block mailstead-backup.service" in shell.ran


def test_a_job_that_fails_is_a_failure_with_systemds_reason() -> None:
    ran = run_and_follow(host(Shell(result="exit-code")), lambda _: None, pause_s=0)

    assert (ran.ok, ran.result) == (False, "exit-code")


def test_a_host_without_a_job_says_how_to_get_one() -> None:
    shell = Shell(loaded=False)

    with pytest.raises(RefusedError, match="has no backup job; write backup_public_key"):
        start(host(shell))

    assert not any("systemctl start" in command for command in shell.ran)


def test_all_days_of_a_host_are_read_in_one_command_and_added_up() -> None:
    shell = Shell(manifests=json.dumps(SYSTEM) + "\n" + json.dumps(DAY))

    domain, system = list_backups([host(shell)])

    assert (domain.day, domain.domain, domain.mailboxes, domain.messages) == ("20261123", "example.com", 2, 4)
    assert (domain.archive_bytes, domain.new_bytes) == (3_000, 2_000)
    assert (system.domain, system.archive_bytes, system.mailboxes) == ("system", 700, 0)
    assert sum("find" in command for command in shell.ran) == 1


@pytest.mark.parametrize("text", [json.dumps({**DAY, "format": 2}), json.dumps(DAY)[:-20], '{"format": 1}'])
def test_a_damaged_manifest_is_told_and_not_left_out(text: str) -> None:
    with pytest.raises(RefusedError, match=r"the backups of mail\.example\.com cannot be listed"):
        list_backups([host(Shell(manifests=json.dumps(SYSTEM) + text))])


@pytest.fixture
def office(here: Operator, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let the command line find hosts with these shells."""

    def has(*shells: Shell) -> None:
        @contextmanager
        def found(*_: object, **__: object) -> Iterator[Sequence[BackupHost]]:
            yield [host(shell) for shell in shells]

        monkeypatch.setattr("ops.backup_hosts.backup_hosts", found)

    return has


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["backup", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_a_failed_job_ends_the_command_with_1(office: Callable[..., None]) -> None:
    office(Shell(looks=0), Shell(looks=0, result="exit-code"))

    status, said, _ = run("run", "--stack", "dev", "--host", "1", "--wait")

    assert status == 1
    assert "backup done in" in said
    assert "backup FAILED" in said


def test_without_waiting_the_job_is_only_started(office: Callable[..., None]) -> None:
    shell = Shell()
    office(shell)

    status, said, _ = run("run")

    assert (status, "started" in said) == (0, True)
    assert not any("ActiveState" in command for command in shell.ran)


def test_the_list_is_a_table_for_people_and_bytes_for_machines(office: Callable[..., None]) -> None:
    office(Shell(manifests=json.dumps(DAY)))

    assert "2026-11-23  example.com" in run("list")[1]
    (row,) = json.loads(run("list", "--json")[1])
    assert (row["day"], row["archive_bytes"], row["key_fingerprint"]) == ("20261123", 3_000, "C988F4DA")


def test_a_host_that_has_none_yet_is_told_how_to_have_the_first(office: Callable[..., None]) -> None:
    office(Shell())

    status, said, _ = run("list")

    assert (status, "mailstead backup run --wait" in said) == (0, True)


def recorded(**inputs: str) -> dict[str, Any]:
    given = {"host:name": "mail.example.com", "host:address": "192.0.2.10", "host:stack": "dev", **inputs}
    urn = f"urn:pulumi:dev::mailstead::{PROVIDER}::mail-host-1"
    return state(resources=({"type": PROVIDER, "urn": urn, "inputs": given},))


def test_a_stack_whose_server_is_reached_by_its_api_alone_has_no_backups_to_speak_of(operator: Operator) -> None:
    operator.scenario(state=recorded(**{"host:api_access": "https"}))

    with pytest.raises(RefusedError, match="backups need SSH"), backup_hosts(operator.project, operator.env):
        pass


def test_a_host_that_is_not_there_is_told_with_those_that_are(operator: Operator) -> None:
    operator.scenario(state=recorded(**{"host:key": "ssh-ed25519 AAAA", "host:user": "ubuntu"}))

    with (
        pytest.raises(RefusedError, match="has no mail host 3; it has: 1"),
        backup_hosts(operator.project, operator.env, only=3),
    ):
        pass
