"""What is looked at before the first mail, from where, and what is told of it."""

import json
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import dns.name
import pytest
from typer.testing import CliRunner

from core.desired import DesiredDomain, Host
from core.dns_seen import Reply
from core.errors import HostUnreachableError, VaultUnreachableError
from core.mail_allowance import Allowance
from core.outbound import Outbound
from core.people import Relay
from core.preflight import Finding
from ops import preflight_hosts
from ops.cli import app
from ops.preflight import FromHost, Preflight
from probes.resolvers import Resolvers
from ssh.client import RunResult
from tests.clients.tls import Authority
from tests.fakes import FakeVault
from tests.ops.workplace import Operator, state
from tests.probes.mail_server import Server
from tests.resources.users.test_people import domain

HOST = Host(number=1, name="mail-host-1", hostname="mail.example.com")
ADDRESS = "192.0.2.10"
NOW = 1_790_000_000.0
PATH = "mail/relays/relay.test"
PASSWORD = "Planted-Relay-Pass_2mN"
RELAY = Relay(host="smtp.relay.test", user="me", password_in=PATH)

pytestmark = pytest.mark.usefixtures("socket_enabled")


class Names(Resolvers):
    """A resolver that knows these names and no other."""

    def __init__(self, known: dict[tuple[str, str], str]) -> None:
        super().__init__([])
        self.known = known

    def reply(self, name: dns.name.Name, kind: str) -> Reply:
        value = self.known.get((name.to_text(omit_final_dot=True), kind))
        return Reply(server="resolver", values=(value,) if value else ())


class Shell:
    """The mail host, whose clock may be wrong."""

    def __init__(self, *, ahead_s: float = 0) -> None:
        self.ahead_s = ahead_s
        self.ran: list[str] = []
        self.failure: Exception | None = None

    def run(self, command: str, *, timeout_s: float) -> RunResult:
        assert timeout_s
        self.ran.append(command)
        if self.failure:
            raise self.failure
        return RunResult(status=0, stdout=f"{NOW + self.ahead_s}\n".encode(), stderr=b"")


RIGHT = {("10.2.0.192.in-addr.arpa", "PTR"): HOST.hostname, (HOST.hostname, "A"): ADDRESS}


@pytest.fixture
def server(tmp_path: Path) -> Server:
    """Everybody else's mail server, relay and MX alike."""
    certificate = Authority(tmp_path).certificate(RELAY.host)
    return Server(certificate=certificate, password=PASSWORD, name=HOST.hostname)


@pytest.fixture
def vault() -> FakeVault:
    found = FakeVault()
    found.write_version(PATH, {"password": PASSWORD})
    return found


Look = Callable[..., list[Finding]]


@pytest.fixture
def look(server: Server, vault: FakeVault, tmp_path: Path) -> Look:
    """Look with what differs from a good world."""

    def looking(
        domains: Sequence[DesiredDomain], *, names: dict[tuple[str, str], str] | None = None, **host: Any
    ) -> list[Finding]:
        shown = {"host": HOST, "address": ADDRESS, "shell": Shell(), "connect": server.connect, **host}
        trust = ssl.create_default_context(cafile=str(tmp_path / "ca.pem")) if (tmp_path / "ca.pem").exists() else None
        run = Preflight(
            hosts=[FromHost(**shown)],
            domains=domains,
            resolvers=Names(RIGHT if names is None else names),
            vault=lambda: vault,
            allowance=lambda region: Allowance(limits={"max-emails-day": len(region)}),
            trusted=trust,
            now=lambda: NOW,
        )
        return list(run.look())

    Authority(tmp_path)
    return looking


@pytest.fixture
def relayed_domain() -> DesiredDomain:
    # The level that the certificate of the test needs nobody's trust for; the other one is tested beside the probe.
    return replace(domain("example.com"), outbound=Outbound(relay=replace(RELAY, tls="encrypt")))


def told(findings: Sequence[Finding]) -> list[tuple[str, str]]:
    return [(one.name, one.verdict) for one in findings]


def test_a_host_that_sends_directly_needs_port_25_a_name_and_no_listing(look: Look) -> None:
    assert told(look([domain("example.com")])) == [
        ("clock", "ready"),
        ("HELO", "ready"),
        ("port 25", "ready"),
        ("PTR", "ready"),
        *[("blocklist", "ready")] * 3,
    ]


def test_a_relayed_domain_needs_its_relay_and_nothing_else(look: Look, relayed_domain: DesiredDomain) -> None:
    assert told(look([relayed_domain], names={})) == [("clock", "ready"), ("relay", "ready"), ("sender", "ready")]


@pytest.mark.parametrize(
    ("name", "answers", "said"),
    [
        ("localhost.localdomain", {}, "greets as localhost.localdomain"),
        (HOST.hostname, {"CONNECT": "554 no"}, "does not answer on its own host"),
    ],
)
def test_a_mail_server_that_greets_by_another_name_than_its_address_has_is_named(
    look: Look, server: Server, name: str, answers: dict[str, str], said: str
) -> None:
    server.name, server.answers = name, answers

    (found,) = [one for one in look([domain("example.com")]) if one.name == "HELO"]

    assert found.verdict == "to do"
    assert said in found.found


def test_a_port_that_the_provider_blocks_is_told_with_the_way_round(look: Look) -> None:
    def connect(_host: str, _port: int) -> socket.socket:
        raise OSError("no connection")

    (found,) = [one for one in look([domain("example.com")], connect=connect) if one.name == "port 25"]

    assert found.verdict == "to do"
    assert "relay" in found.to_do


@pytest.mark.parametrize(
    ("answers", "told_of"),
    [
        ({"STARTTLS": "454 no"}, ("relay", "does not begin TLS")),
        ({"AUTH": "535 no"}, ("relay", "refuses the log-in of me")),
        ({"RCPT": "553 no"}, ("sender", "does not take mail from it")),
        ({"CONNECT": "554 no"}, ("relay", "does not greet")),
    ],
)
def test_what_a_relay_refuses_is_named(
    look: Look, server: Server, relayed_domain: DesiredDomain, answers: dict[str, str], told_of: tuple[str, str]
) -> None:
    server.answers = answers

    (found,) = [one for one in look([relayed_domain]) if one.verdict == "to do"]

    assert found.name == told_of[0]
    assert told_of[1] in found.found
    assert found.to_do


def test_a_certificate_that_nobody_trusts_is_named(look: Look, relayed_domain: DesiredDomain) -> None:
    strict = replace(relayed_domain, outbound=Outbound(relay=RELAY))

    (found,) = [one for one in look([strict]) if one.verdict == "to do"]

    assert "certificate" in found.found


def test_what_is_wrong_with_a_relay_is_said_once_and_its_senders_one_by_one(
    look: Look, server: Server, relayed_domain: DesiredDomain
) -> None:
    two = [relayed_domain, replace(relayed_domain, name="startup.io")]

    assert [name for name, _ in told(look(two))] == ["clock", "relay", "sender", "sender"]
    server.answers = {"AUTH": "535 no"}
    assert [name for name, _ in told(look(two))] == ["clock", "relay"]


def test_a_password_that_is_not_there_or_cannot_be_kept_is_named_with_the_command(
    look: Look, vault: FakeVault, relayed_domain: DesiredDomain
) -> None:
    vault.write_version(PATH, {"password": "with:colon"})
    (colon,) = [one for one in look([relayed_domain]) if one.name == "relay"]
    vault.secrets.clear()
    (missing,) = [one for one in look([relayed_domain]) if one.name == "relay"]

    assert "colon" in colon.found
    assert "with:colon" not in str(colon)
    assert "is not there" in missing.found
    assert missing.to_do == f"vault kv put -mount=secret {PATH} password=-"


def test_a_vault_that_does_not_answer_is_not_told_as_a_wrong_password(
    look: Look, vault: FakeVault, relayed_domain: DesiredDomain
) -> None:
    vault.failure = VaultUnreachableError("Vault cannot be reached")

    assert ("relay", "unknown") in told(look([relayed_domain]))


def test_no_password_is_in_what_is_told_or_run(look: Look, server: Server, relayed_domain: DesiredDomain) -> None:
    shell = Shell()
    findings = look([relayed_domain], shell=shell)
    server.password = "another"
    findings += look([relayed_domain], shell=shell)

    assert PASSWORD not in f"{findings} {shell.ran}"


def test_a_host_that_does_not_answer_is_not_told_as_a_blocked_port(look: Look, relayed_domain: DesiredDomain) -> None:
    shell = Shell()
    shell.failure = HostUnreachableError("nothing answers SSH")

    findings = look([domain("startup.io"), relayed_domain], shell=shell)

    assert told(findings)[0] == ("clock", "unknown")
    assert {"port 25", "relay"} & {one.name for one in findings} == set()


def test_a_host_without_ssh_is_told_what_to_try_there(look: Look) -> None:
    (first, *rest) = look([domain("example.com")], shell=None)

    assert (first.verdict, "nc -zv" in first.to_do) == ("unknown", True)
    assert "port 25" not in {one.name for one in rest}


def test_a_wrong_clock_is_told(look: Look, relayed_domain: DesiredDomain) -> None:
    (found, *_) = look([relayed_domain], shell=Shell(ahead_s=120))

    assert (found.name, found.verdict) == ("clock", "to do")


@pytest.mark.parametrize(
    ("verdicts", "status"),
    [(["ready", "note"], 0), (["ready", "unknown"], 1), (["unknown", "to do"], 10)],
)
def test_the_exit_code_says_how_it_stands(
    here: Operator, monkeypatch: pytest.MonkeyPatch, verdicts: list[Any], status: int
) -> None:
    findings = [Finding(name="relay", about="x", verdict=one, found="is so", to_do="do this") for one in verdicts]
    monkeypatch.setattr(preflight_hosts, "hosts_of", lambda *_, **__: [])
    monkeypatch.setattr(Preflight, "look", lambda _: iter(findings))
    here.scenario(state=state())

    plain = CliRunner().invoke(app, ["preflight"])
    document = CliRunner().invoke(app, ["preflight", "example.com", "--json"])

    assert (plain.exit_code, document.exit_code) == (status, status), plain.output
    assert "→ do this" in plain.stdout
    assert [one["verdict"] for one in json.loads(document.stdout)] == verdicts


def test_a_domain_that_the_list_does_not_have_is_named(here: Operator) -> None:
    result = CliRunner().invoke(app, ["preflight", "exmaple.com"])

    assert result.exit_code == 2
    assert "example.com" in result.stderr


def test_a_stack_without_a_server_says_how_to_get_one(here: Operator) -> None:
    here.scenario(state=state())

    result = CliRunner().invoke(app, ["preflight"])

    assert result.exit_code == 3
    assert "mailstead up" in result.stderr
