"""What mail programs, other mail servers and browsers do to the lab's mail servers."""

import http.client
import imaplib
import poplib
import smtplib
import socket
import ssl
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from tests.lab.mailcow.mail_servers import PASSWORD, MailServers

TIMEOUT_S = 20


def anybody() -> ssl.SSLContext:
    """Trust any certificate: what is tested here is mail."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@contextmanager
def imap(servers: MailServers, user: str, password: str) -> Iterator[imaplib.IMAP4_SSL]:
    with imaplib.IMAP4_SSL(servers.address("dovecot"), 993, ssl_context=anybody(), timeout=TIMEOUT_S) as session:
        session.login(user, password)
        yield session


def logs_in(servers: MailServers, user: str, password: str) -> bool:
    try:
        with imap(servers, user, password):
            return True
    except imaplib.IMAP4.error:
        return False


def pop3_logs_in(servers: MailServers, user: str, password: str) -> bool:
    session = poplib.POP3_SSL(servers.address("dovecot"), 995, context=anybody(), timeout=TIMEOUT_S)
    with closing(session):
        session.user(user)
        try:
            session.pass_(password)
        except poplib.error_proto:
            return False
        return True


def from_outside(servers: MailServers, to: str) -> tuple[int, str]:
    """Deliver a mail on port 25; gives the answer to RCPT and the subject."""
    subject = f"mail-{uuid.uuid4().hex}"
    with smtplib.SMTP(servers.address("postfix"), 25, timeout=TIMEOUT_S) as session:
        session.ehlo("mail.outside.example")
        session.mail("somebody@outside.example")
        code, _ = session.rcpt(to)
        if code == 250:
            session.data(f"From: somebody@outside.example\r\nTo: {to}\r\nSubject: {subject}\r\n\r\nin clear words\r\n")
    return code, subject


@contextmanager
def submission(servers: MailServers, user: str, password: str) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP(servers.address("postfix"), 587, timeout=TIMEOUT_S) as session:
        session.starttls(context=anybody())
        session.login(user, password)
        yield session


def send(session: smtplib.SMTP, sender: str, to: str) -> str:
    subject = f"mail-{uuid.uuid4().hex}"
    session.sendmail(sender, [to], f"From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\n\r\nhello\r\n")
    return subject


def gets(servers: MailServers, user: str, subject: str, *, within_s: float = 20) -> bool:
    """Say whether a mail with this subject comes into the inbox."""
    deadline = time.monotonic() + within_s
    with imap(servers, user, PASSWORD) as session:
        while True:
            session.select("INBOX", readonly=True)
            _, found = session.search(None, "SUBJECT", f'"{subject}"')
            if found[0] or time.monotonic() > deadline:
                return bool(found[0])
            time.sleep(0.3)


def answered(session: socket.socket) -> bytes:
    """Read up to the line that ends an answer."""
    text = b""
    while not any(line.startswith((b"OK", b"NO", b"BYE")) for line in text.split(b"\r\n")[:-1]):
        read = session.recv(4096)
        assert read, "the server hung up"
        text += read
    return text


@dataclass(frozen=True)
class Page:
    """What a web server answered."""

    status: int
    kind: str
    location: str | None
    body: bytes


def web(
    servers: MailServers, method: str, path: str, *, tls: bool = True, headers: dict[str, str] | None = None
) -> Page:
    address = servers.address("nginx")
    connection = (
        http.client.HTTPSConnection(address, 443, context=anybody(), timeout=TIMEOUT_S)
        if tls
        else http.client.HTTPConnection(address, 80, timeout=TIMEOUT_S)
    )
    sent = {"Host": "mail.example.com", "Content-Type": "application/json", **(headers or {})}
    with closing(connection):
        connection.request(method, path, body="{}" if method == "POST" else None, headers=sent)
        answer = connection.getresponse()
        return Page(answer.status, answer.headers.get_content_type(), answer.headers["Location"], answer.read())
