"""`mailstead status`: who is asked what, and what is told when somebody does not answer."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from typer.testing import CliRunner

from core.certificate import Shown
from core.errors import HostUnreachableError, MailcowUnavailableError, RemoteCommandError
from core.settings import Settings
from core.status import Line
from mailcow.rows import ContainerRow
from ops.cli import app
from ops.status import Status, Watched
from ops.status_alerts import ops_host
from ops.status_figures import parsed
from ssh.client import HostAddress, RunResult
from tests.core import samples
from tests.ops.drifting import server_of
from tests.ops.existing_server import ExistingServer
from tests.ops.workplace import Operator, state

NOW = 1_790_000_000.0
HOST = "mail.example.com"
STATE = samples.state(samples.domain(), samples.domain("startup.io", ("carol",)))
FIGURES = f"""\
# HELP mail_collector_last_run_timestamp_seconds When a collector ran last.
# TYPE mail_collector_last_run_timestamp_seconds gauge
mail_collector_last_run_timestamp_seconds{{collector="queue"}} {NOW - 30:.0f}
# TYPE mail_queue_messages gauge
mail_queue_messages{{queue="active",direction="outbound",domain="a \\"b\\", c"}} 0
# TYPE mail_certificate_expiry_timestamp_seconds gauge
mail_certificate_expiry_timestamp_seconds{{port="993"}} {NOW + 70 * 86_400:.0f}
"""
ALERT = {
    "labels": {"alertname": "MailQueueOld", "severity": "warning", "host": HOST, "instance": "10.20.0.5:9100"},
    "annotations": {"summary": "mail has waited for hours", "runbook_url": "docs/runbooks/mail-queue-old.md"},
    "startsAt": "2026-11-23T04:05:06.000Z",
}

# Always raised, for the service outside that notices its end (monitoring/alerts/mail_service.yml).
WATCHDOG = {"labels": {"alertname": "Watchdog", "severity": "none"}, "annotations": {"summary": "all this lives"}}


class Server(ExistingServer):
    """mailcow in memory, with containers."""

    def __init__(self) -> None:
        super().__init__()
        self.states = {"dovecot-mailcow": "running", "postfix-mailcow": "running"}

    def containers(self) -> tuple[ContainerRow, ...]:
        self._read("containers")
        return tuple(ContainerRow(name=name, state=now, image="") for name, now in self.states.items())


@dataclass
class Host:
    """A host over SSH that answers one thing."""

    says: str = ""
    failure: Exception | None = None
    ran: list[str] = field(default_factory=list[str])

    def run(self, command: str, *, timeout_s: float) -> RunResult:
        """Remember the command and answer."""
        assert timeout_s <= 60
        self.ran.append(command)
        if self.failure is not None:
            raise self.failure
        return RunResult(status=0, stdout=self.says.encode(), stderr=b"")


def server() -> Server:
    """A server that is exactly as the list says."""
    made, as_listed = Server(), server_of(STATE)
    made.domains, made.mailboxes = as_listed.domains, as_listed.mailboxes
    return made


def look(
    mailcow: Server,
    shell: Host | None,
    *,
    ops: Host | None = None,
    shown: dict[int, Shown | None] | None = None,
    settings: Settings | None = None,
) -> dict[str, Line]:
    """Look at a stack of one host; gives the lines by name."""
    status = Status(
        state=STATE,
        settings=settings or samples.settings(),
        hosts=[Watched(number=1, hostname=HOST, address="192.0.2.10", mailcow=mailcow, shell=shell)],
        ops=ops,
        now_s=NOW,
        certificates=lambda _address, _name: shown or {},
    )
    return {line.name: line for line in status.lines()}


@pytest.fixture(autouse=True)
def listed_domains(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the server in memory count mailboxes in its list of domains too, as the real one does."""

    def list_domains(self: Server) -> Any:
        return tuple(self.get_domain(name) for name in self.domains)

    monkeypatch.setattr(Server, "list_domains", list_domains)


def test_a_stack_that_is_well_is_told_so_from_one_read_a_host() -> None:
    host = Host(FIGURES)
    found = look(server(), host)

    assert found["mailcow"].said == "version 2026-07a, 2 of 2 containers run"
    assert found["people"].said == "2 of 2 domains, 3 of 3 mailboxes"
    assert found["queue"].said == "empty"
    assert found["certificate"].said == "ends in 70 days"
    assert {line.level for line in found.values()} == {"fine", "no data"}
    assert len(host.ran) == 1


def test_what_the_server_has_less_or_more_of_than_the_list_is_something_to_look_at() -> None:
    mailcow = server()
    del mailcow.mailboxes["carol@startup.io"]

    found = look(mailcow, Host(FIGURES))["people"]

    assert (found.level, found.said) == (
        "attention",
        "2 of 2 domains, 2 of 3 mailboxes; other than the list: startup.io",
    )
    assert "mailstead drift" in found.to_do


def test_a_container_that_is_down_is_named() -> None:
    mailcow = server()
    mailcow.states["postfix-mailcow"] = "exited"

    found = look(mailcow, Host(FIGURES))["mailcow"]

    assert found.level == "attention"
    assert "1 of 2 containers run; down: postfix-mailcow" in found.said


def test_a_mailcow_that_does_not_answer_keeps_nothing_else_from_being_told() -> None:
    mailcow = server()
    mailcow.failure = MailcowUnavailableError("mailcow on mail.example.com cannot be reached")

    found = look(mailcow, Host(FIGURES))

    assert found["mailcow"].level == "unreachable"
    assert found["queue"].level == "fine"


@pytest.mark.parametrize(
    ("shell", "level", "said"),
    [
        (Host(failure=HostUnreachableError("mail.example.com does not answer")), "unreachable", "does not answer"),
        (Host(failure=RemoteCommandError("find ended with 1")), "unreachable", "find ended with 1"),
        (Host("this is no figure {"), "attention", "cannot be read"),
        (Host(), "no data", "no data yet"),
        (None, "no data", "by its API only"),
    ],
)
def test_figures_that_cannot_be_had_are_told_with_the_reason(shell: Host | None, level: str, said: str) -> None:
    found = look(server(), shell)

    assert found["figures"].level == level
    assert said in found["figures"].said
    assert found["people"].level == "fine"


def test_without_a_collector_the_certificate_is_looked_at_from_here() -> None:
    ends = datetime.fromtimestamp(NOW + 5 * 86_400, tz=UTC)
    shown = Shown(serial="1", names=frozenset({HOST}), self_signed=False, not_after=ends)

    found = look(server(), Host(), shown={993: shown, 25: None})["certificate"]

    assert (found.level, found.said) == ("attention", "ends in 5 days")


def test_backups_that_the_configuration_wants_are_missed() -> None:
    found = look(server(), Host(FIGURES), settings=samples.settings(backup_public_key="backup-key.asc"))

    assert found["backup"].said == "no data yet: none has succeeded"
    assert look(server(), Host(FIGURES))["backup"].said == "there are no backups of this host"


def test_alerts_are_asked_of_alertmanager_on_the_ops_host_and_told_with_their_runbook() -> None:
    ops = Host(json.dumps([ALERT]))
    found = look(server(), Host(FIGURES), ops=ops)["alert"]

    assert found.level == "attention"
    assert found.about == HOST
    assert found.said == "MailQueueOld: mail has waited for hours (since 2026-11-23 04:05 UTC)"
    assert found.to_do == "docs/runbooks/mail-queue-old.md"
    assert "127.0.0.1:9093" in ops.ran[0]


@pytest.mark.parametrize(
    ("ops", "level", "said"),
    [
        (Host("[]"), "fine", "none is raised"),
        (Host(json.dumps([WATCHDOG])), "fine", "none is raised"),
        (Host("<html>"), "unreachable", "no known form"),
        (Host('{"code": 503}'), "unreachable", "no known form"),
        (Host(failure=HostUnreachableError("the ops host does not answer")), "unreachable", "does not answer"),
        (None, "no data", "nothing watches the hosts"),
    ],
)
def test_no_alerts_is_not_the_same_as_nobody_to_ask(ops: Host | None, level: str, said: str) -> None:
    found = look(server(), Host(FIGURES), ops=ops)["alerts"]

    assert (found.level, said in found.said) == (level, True)


def test_the_ops_host_is_found_in_the_state_by_its_pinned_key() -> None:
    urn = (
        "urn:pulumi:dev::mailstead::mailstead:monitoring:OpsHost$pulumi-python:dynamic/mailstead:HostKey::ops-host-key"
    )
    outputs = {"address": "192.0.2.20", "user": "ubuntu", "host_key": "ssh-ed25519 AAAA"}
    key = {"type": "pulumi-python:dynamic/mailstead:HostKey", "urn": urn, "outputs": outputs}
    mail = {**key, "urn": urn.replace("ops-host-key", "mail-host-1-key")}

    found = ops_host({"deployment": {"resources": [mail, key]}})

    assert found == HostAddress(address="192.0.2.20", user="ubuntu", key="ssh-ed25519 AAAA")
    assert ops_host({"deployment": {"resources": [mail]}}) is None


def test_labels_with_quotes_and_commas_are_read_as_they_are() -> None:
    (sample,) = parsed(FIGURES).of("mail_queue_messages")

    assert sample.labels["domain"] == 'a "b", c'


# --- the command ------------------------------------------------------------------------------------------


@pytest.fixture
def watched(here: Operator, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The server of an operator's stack, reached by its API."""
    inputs = {"host:name": HOST, "host:address": "203.0.113.7", "host:stack": "dev", "host:api_access": "https"}
    urn = "urn:pulumi:dev::mailstead::pulumi:providers:pulumi-python::mail-host-1"
    provider = {"type": "pulumi:providers:pulumi-python", "urn": urn, "inputs": inputs}
    here.scenario(state=state(resources=(provider,)))
    wanted = server_of(here.project.inputs().state)
    made = Server()
    made.domains, made.mailboxes = wanted.domains, wanted.mailboxes
    monkeypatch.setattr("ops.server_access.mailcow_of", lambda *_, **__: made)
    monkeypatch.setattr("ops.status.shown_certificates", lambda *_, **__: {})
    return made


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["status", "--stack", "dev", *arguments])
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.usefixtures("watched")
def test_the_command_shows_a_table_and_ends_with_0_when_nothing_is_wrong() -> None:
    status, said, _ = run()

    assert status == 0, said
    assert "version 2026-07a" in said
    assert "All that is measured is fine." in said
    assert "without data" in said


def test_the_command_ends_with_10_and_says_what_to_do(watched: Server) -> None:
    watched.mailboxes.clear()

    status, said, _ = run()

    assert status == 10
    assert "mailstead drift says what differs" in said


def test_the_command_ends_with_1_when_a_host_cannot_be_asked(watched: Server) -> None:
    watched.failure = MailcowUnavailableError("mailcow on mail.example.com cannot be reached")

    status, said, _ = run("--json")

    assert status == 1
    document = json.loads(said)
    assert document["stack"] == "dev"
    assert {"name": "mailcow", "about": HOST, "level": "unreachable"}.items() <= document["lines"][1].items()


def test_a_stack_without_a_server_says_what_makes_one(here: Operator) -> None:
    here.scenario()

    status, _, complained = run()

    assert status == 3
    assert "run: mailstead up --stack dev" in complained
