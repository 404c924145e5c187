"""What the mail servers offer around the mail: filters, quotas, encryption, web pages, a way back after a crash."""

import base64
import contextlib
import smtplib
import socket

import pytest

from tests.lab.mailcow.mail_clients import (
    TIMEOUT_S,
    answered,
    anybody,
    from_outside,
    gets,
    imap,
    submission,
    web,
)
from tests.lab.mailcow.mail_servers import APP_PASSWORD, PASSWORD, MailServers

pytestmark = pytest.mark.lab


def test_a_filter_can_be_stored_by_managesieve(servers: MailServers) -> None:
    with socket.create_connection((servers.address("dovecot"), 4190), timeout=TIMEOUT_S) as plain:
        answered(plain)
        plain.sendall(b"STARTTLS\r\n")
        answered(plain)
        with anybody().wrap_socket(plain) as session:
            assert b"PLAIN" in answered(session)
            login = base64.b64encode(f"\0alice@example.com\0{PASSWORD}".encode()).decode()
            for command in (f'AUTHENTICATE "PLAIN" "{login}"', 'PUTSCRIPT "mine" "keep;"', 'SETACTIVE "mine"'):
                session.sendall(f"{command}\r\n".encode())
                assert answered(session).startswith(b"OK"), command.split()[0]


def test_the_quota_of_the_table_is_kept(servers: MailServers) -> None:
    with imap(servers, "alice@example.com", PASSWORD) as session:
        _, (_, limits) = session.getquotaroot("INBOX")
        assert b"1024)" in limits[0]
        answer, _ = session.append("INBOX", "", "", b"Subject: big\r\n\r\n" + b"x" * 1_200_000)
        assert answer == "NO"


def test_mail_lies_encrypted_on_the_volume(servers: MailServers) -> None:
    _, subject = from_outside(servers, "carl@catch.example")
    assert gets(servers, "carl@catch.example", subject)
    folder = "/var/vmail/catch.example/carl/Maildir"
    beginnings = servers.inside("dovecot", f"find {folder}/new {folder}/cur -type f -exec head -qc 5 {{}} +")
    assert {beginnings[i : i + 5] for i in range(0, len(beginnings), 5)} == {"CRYPT"}
    assert servers.inside("dovecot", f"grep -rac 'in clear words' {folder} | grep -vc ':0$' || true").strip() == "0"


def test_while_the_api_is_not_up_the_web_server_says_so_in_html(servers: MailServers) -> None:
    page = web(servers, "GET", "/api/v1/get/status/version")
    assert (page.status, page.kind) == (502, "text/html")
    assert b"<title>Preparing</title>" in page.body
    page = web(servers, "POST", "/api/v1/add/domain")
    assert (page.status, page.kind) == (405, "text/html")


def test_plain_http_leads_to_https(servers: MailServers) -> None:
    page = web(servers, "GET", "/x?y=%2B", tls=False)
    assert (page.status, page.location) == (301, "https://mail.example.com/x?y=%2B")


def test_killed_servers_come_back_with_their_mail(servers: MailServers) -> None:
    _, subject = from_outside(servers, "carl@catch.example")
    assert gets(servers, "carl@catch.example", subject)
    names = [servers.container(name) for name in ("mysql", "redis", "dovecot", "postfix", "nginx")]
    servers.docker.call("kill", *names)
    servers.docker.call("start", *names)
    servers.wait_until_ready()
    assert gets(servers, "carl@catch.example", subject)
    _, subject = from_outside(servers, "carl@catch.example")
    assert gets(servers, "carl@catch.example", subject)
    assert web(servers, "GET", "/").status == 200


def test_no_log_and_no_argument_holds_a_password(servers: MailServers) -> None:
    with (
        contextlib.suppress(smtplib.SMTPAuthenticationError),
        submission(servers, "alice@example.com", f"{PASSWORD}-mistyped"),
    ):
        pass
    secrets = [servers.configuration[name] for name in ("DBPASS", "DBROOT", "REDISPASS")]
    for service in ("mysql", "redis", "dovecot", "postfix", "nginx"):
        said = servers.logs(service) + servers.inside(service, "cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
        for secret in (PASSWORD, APP_PASSWORD, *secrets):
            assert secret not in said, service
