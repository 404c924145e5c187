"""The mail servers do what the database's rows say: who logs in, who gets mail, who sends as whom."""

import smtplib
import time

import pytest

from tests.lab.mailcow.mail_clients import (
    TIMEOUT_S,
    anybody,
    from_outside,
    gets,
    logs_in,
    pop3_logs_in,
    send,
    submission,
)
from tests.lab.mailcow.mail_servers import APP_PASSWORD, PASSWORD, MailServers

pytestmark = pytest.mark.lab


def sends_after_login(servers: MailServers, user: str, password: str) -> bool:
    try:
        with submission(servers, user, password):
            return True
    except smtplib.SMTPAuthenticationError:
        return False


def test_a_person_logs_in_with_her_password_and_no_other(servers: MailServers) -> None:
    assert logs_in(servers, "alice@example.com", PASSWORD)
    assert logs_in(servers, "Alice@Example.COM", PASSWORD)
    assert not logs_in(servers, "alice@example.com", PASSWORD.lower())
    assert not logs_in(servers, "nobody@example.com", PASSWORD)


def test_an_app_password_opens_the_protocols_it_is_for(servers: MailServers) -> None:
    assert logs_in(servers, "alice@example.com", APP_PASSWORD)
    assert pop3_logs_in(servers, "alice@example.com", APP_PASSWORD)
    assert not sends_after_login(servers, "alice@example.com", APP_PASSWORD)
    assert not logs_in(servers, "carl@catch.example", APP_PASSWORD)


def test_a_protocol_that_the_mailbox_forbids_is_closed(servers: MailServers) -> None:
    assert not pop3_logs_in(servers, "alice@example.com", PASSWORD)


def test_logins_are_noted_with_the_password_that_was_used(servers: MailServers) -> None:
    servers.sql("DELETE FROM sasl_log;")
    servers.inside("dovecot", "doveadm auth cache flush")  # a login that is remembered is not noted again
    logs_in(servers, "alice@example.com", PASSWORD)
    pop3_logs_in(servers, "alice@example.com", APP_PASSWORD)
    assert sends_after_login(servers, "alice@example.com", PASSWORD)
    logs_in(servers, "alice@example.com", "wrong")
    noted = servers.sql("SELECT service, app_password, username FROM sasl_log ORDER BY service;")
    assert noted == [[name, used, "alice@example.com"] for name, used in (("imap", "0"), ("pop3", "7"), ("smtp", "0"))]


def test_a_closed_person_neither_logs_in_nor_gets_mail(servers: MailServers) -> None:
    assert not logs_in(servers, "closed@example.com", PASSWORD)
    code, _ = from_outside(servers, "closed@example.com")
    assert code == 550
    assert not sends_after_login(servers, "closed@example.com", PASSWORD)


def test_a_person_who_only_receives_gets_mail_and_does_not_log_in(servers: MailServers) -> None:
    assert not logs_in(servers, "quiet@example.com", PASSWORD)
    code, _ = from_outside(servers, "quiet@example.com")
    assert code == 250
    deadline = time.monotonic() + 20
    while servers.sql("SELECT messages FROM quota2 WHERE username = 'quiet@example.com';") != [["1"]]:
        assert time.monotonic() < deadline, servers.logs("dovecot")[-2000:]
        time.sleep(0.3)


@pytest.mark.parametrize(
    ("to", "user"),
    [
        ("alice@example.com", "alice@example.com"),
        ("ALICE@example.com", "alice@example.com"),
        ("alice+label@example.com", "alice@example.com"),
        ("sales@example.com", "carl@catch.example"),
        ("anything@catch.example", "alice@example.com"),
        ("carl@catch.example", "carl@catch.example"),
        ("alice@example.net", "alice@example.com"),
    ],
)
def test_mail_finds_its_person(servers: MailServers, to: str, user: str) -> None:
    code, subject = from_outside(servers, to)
    assert code == 250
    assert gets(servers, user, subject)


def test_a_persons_own_mail_does_not_go_to_the_catch_all(servers: MailServers) -> None:
    _, subject = from_outside(servers, "carl@catch.example")
    assert gets(servers, "carl@catch.example", subject)
    assert not gets(servers, "alice@example.com", subject, within_s=1)


@pytest.mark.parametrize("to", ["nobody@example.com", "nobody@example.net"])
def test_mail_for_nobody_is_refused_at_the_door(servers: MailServers, to: str) -> None:
    assert from_outside(servers, to)[0] == 550


def test_port_25_takes_no_login_and_relays_nothing(servers: MailServers) -> None:
    with smtplib.SMTP(servers.address("postfix"), 25, timeout=TIMEOUT_S) as session:
        session.starttls(context=anybody())
        session.ehlo("mail.outside.example")
        assert not session.has_extn("auth")
        session.mail("alice@example.com")
        assert session.rcpt("somebody@elsewhere.example")[0] == 554


def test_port_587_wants_tls_before_a_login(servers: MailServers) -> None:
    with smtplib.SMTP(servers.address("postfix"), 587, timeout=TIMEOUT_S) as session:
        session.ehlo("client.example")
        assert not session.has_extn("auth")
        assert session.mail("alice@example.com")[0] == 530


def test_mail_goes_from_person_to_person(servers: MailServers) -> None:
    with submission(servers, "alice@example.com", PASSWORD) as session:
        subject = send(session, "alice@example.com", "carl@catch.example")
    assert gets(servers, "carl@catch.example", subject)


def test_port_465_speaks_tls_at_once(servers: MailServers) -> None:
    with smtplib.SMTP_SSL(servers.address("postfix"), 465, context=anybody(), timeout=TIMEOUT_S) as session:
        session.login("alice@example.com", PASSWORD)
        subject = send(session, "alice@example.com", "carl@catch.example")
    assert gets(servers, "carl@catch.example", subject)


def test_one_sends_as_oneself_and_as_ones_aliases_only(servers: MailServers) -> None:
    with submission(servers, "alice@example.com", PASSWORD) as session:
        send(session, "sales@example.com", "carl@catch.example")
        for foreign in ("carl@catch.example", "news@example.com", "alice@elsewhere.example"):
            with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
                send(session, foreign, "carl@catch.example")
            assert refused.value.recipients["carl@catch.example"][0] == 553
