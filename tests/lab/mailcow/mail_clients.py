"""What mail programs, other mail servers and browsers do to the lab's mail servers."""

import http.client
import imaplib
import poplib
import smtplib
import socket
import ssl
import time
import uuid

from tests.lab.mailcow.mail_servers import PASSWORD, MailServers

TIMEOUT_S = 20


def anybody() -> ssl.SSLContext:
    """Trust any certificate: what is tested here is mail."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def imap(servers: MailServers, user: str, password: str) -> imaplib.IMAP4_SSL:
    session = imaplib.IMAP4_SSL(servers.address("dovecot"), 993, ssl_context=anybody(), timeout=TIMEOUT_S)
    session.login(user, password)
    return session


def logs_in(servers: MailServers, user: str, password: str) -> bool:
    try:
        imap(servers, user, password).logout()
    except imaplib.IMAP4.error:
        return False
    return True


def pop3_logs_in(servers: MailServers, user: str, password: str) -> bool:
    session = poplib.POP3_SSL(servers.address("dovecot"), 995, context=anybody(), timeout=TIMEOUT_S)
    session.user(user)
    try:
        session.pass_(password)
    except poplib.error_proto:
        return False
    session.quit()
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


def submission(servers: MailServers, user: str, password: str) -> smtplib.SMTP:
    session = smtplib.SMTP(servers.address("postfix"), 587, timeout=TIMEOUT_S)
    session.starttls(context=anybody())
    session.login(user, password)
    return session


def send(session: smtplib.SMTP, sender: str, to: str) -> str:
    subject = f"mail-{uuid.uuid4().hex}"
    session.sendmail(sender, [to], f"From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\n\r\nhello\r\n")
    return subject


def gets(servers: MailServers, user: str, subject: str, *, within_s: float = 20) -> bool:
    """Say whether a mail with this subject comes into the inbox."""
    deadline = time.monotonic() + within_s
    session = imap(servers, user, PASSWORD)
    try:
        while True:
            session.select("INBOX", readonly=True)
            _, found = session.search(None, "SUBJECT", f'"{subject}"')
            if found[0]:
                return True
            if time.monotonic() > deadline:
                return False
            time.sleep(0.3)
    finally:
        session.logout()


def answered(session: socket.socket) -> bytes:
    """Read up to the line that ends an answer."""
    text = b""
    while not any(line.startswith((b"OK", b"NO", b"BYE")) for line in text.split(b"\r\n")[:-1]):
        read = session.recv(4096)
        assert read, "the server hung up"
        text += read
    return text


def web(servers: MailServers, method: str, path: str, *, tls: bool = True) -> http.client.HTTPResponse:
    address = servers.address("nginx")
    connection = (
        http.client.HTTPSConnection(address, 443, context=anybody(), timeout=TIMEOUT_S)
        if tls
        else http.client.HTTPConnection(address, 80, timeout=TIMEOUT_S)
    )
    connection.request(method, path, body="{}" if method == "POST" else None, headers={"Host": "mail.example.com"})
    return connection.getresponse()
