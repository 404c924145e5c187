"""A conversation with a relay: each step that it may stop at has a name, no mail is sent, no password is told."""

import base64
import socket
import ssl
from dataclasses import replace
from pathlib import Path

import pytest

from probes.smtp_session import Attempt, Relayed, greeting, relayed
from tests.clients.tls import Authority
from tests.probes.mail_server import Server

HOST = "smtp.relay.test"
PASSWORD = "Planted-Relay-Pass_7pL"
ATTEMPT = Attempt(
    host=HOST,
    port=587,
    hello="mail.example.com",
    checks_certificate=True,
    user="me",
    password=PASSWORD,
    sender="postmaster@example.com",
)

pytestmark = pytest.mark.usefixtures("socket_enabled")


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def trust(authority: Authority) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(authority.bundle))


@pytest.fixture
def server(authority: Authority) -> Server:
    return Server(certificate=authority.certificate(HOST), password=PASSWORD)


def test_a_relay_that_takes_everything_is_told_so_and_gets_no_mail(server: Server, trust: ssl.SSLContext) -> None:
    assert relayed(server.connect, ATTEMPT, context=trust) == Relayed()

    words = [line.partition(" ")[0].upper() for line in server.heard]
    assert "DATA" not in words
    assert words[-2:] == ["RSET", "QUIT"]
    assert server.heard[0] == "ehlo mail.example.com"


@pytest.mark.parametrize(
    ("answers", "step", "passing"),
    [
        ({"CONNECT": "554 no service"}, "greeting", False),
        ({"STARTTLS": "454 not now"}, "tls", True),
        ({"AUTH": "535 5.7.8 no"}, "login", False),
        ({"AUTH": "421 too many failures"}, "login", True),
        ({"MAIL": "553 not approved"}, "sender", False),
        ({"RCPT": "553 not approved"}, "sender", False),
    ],
)
def test_where_it_stops_is_named(
    server: Server, trust: ssl.SSLContext, answers: dict[str, str], step: str, *, passing: bool
) -> None:
    server.answers = answers

    outcome = relayed(server.connect, ATTEMPT, context=trust)

    assert (outcome.stopped_at, outcome.passing) == (step, passing)
    assert outcome.said.startswith(next(iter(answers.values()))[:3])


def test_a_password_is_never_sent_without_tls(server: Server, trust: ssl.SSLContext) -> None:
    server.features = ("AUTH PLAIN LOGIN",)

    assert relayed(server.connect, ATTEMPT, context=trust).stopped_at == "tls"
    assert not any(line.startswith("AUTH") for line in server.heard)


def test_a_password_is_never_sent_to_who_cannot_prove_his_name(authority: Authority, trust: ssl.SSLContext) -> None:
    server = Server(certificate=authority.certificate("other.relay.test"), password=PASSWORD)

    outcome = relayed(server.connect, ATTEMPT, context=trust)

    assert (outcome.stopped_at, outcome.wrong_certificate) == ("tls", True)
    assert not any(line.startswith("AUTH") for line in server.heard)


def test_who_asks_only_for_encryption_gets_it(server: Server) -> None:
    """As Postfix does at that level: nobody has to trust the certificate."""
    assert relayed(server.connect, replace(ATTEMPT, checks_certificate=False)) == Relayed()


def test_a_refusal_that_repeats_the_password_is_told_without_it(server: Server, trust: ssl.SSLContext) -> None:
    server.password = "another"

    outcome = relayed(server.connect, ATTEMPT, context=trust)

    assert outcome.stopped_at == "login"
    assert PASSWORD not in repr(outcome)
    assert base64.b64encode(f"\0me\0{PASSWORD}".encode()).decode() not in repr(outcome)
    assert PASSWORD not in repr(ATTEMPT)


def test_a_log_in_that_postfix_could_not_do_is_named(server: Server, trust: ssl.SSLContext) -> None:
    server.features = ("STARTTLS", "AUTH XOAUTH2")

    outcome = relayed(server.connect, ATTEMPT, context=trust)

    assert (outcome.stopped_at, "XOAUTH2" in outcome.said) == ("login", True)


def test_a_relay_without_log_in_is_not_asked_for_one(server: Server, trust: ssl.SSLContext) -> None:
    assert relayed(server.connect, replace(ATTEMPT, user="", password=""), context=trust) == Relayed()
    assert not any(line.startswith("AUTH") for line in server.heard)


def test_no_connection_is_told() -> None:
    def connect(_host: str, _port: int) -> socket.socket:
        raise OSError("no connection")

    assert relayed(connect, ATTEMPT).stopped_at == "connect"
    assert greeting(connect, "mx.test", 25, hello="mail.example.com").stopped_at == "connect"


def test_a_greeting_is_enough_for_port_25(server: Server) -> None:
    assert greeting(server.connect, "mx.test", 25, hello="mail.example.com") == Relayed()
