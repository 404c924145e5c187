"""One conversation with a mail server that others provide, over any connection: greeting, TLS, log-in, sender.

No mail is sent: it ends before the text would come. What is told of it holds no password.
"""

import base64
import contextlib
import smtplib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal

Connect = Callable[[str, int], socket.socket]
"""Opens a connection to a host and port, wherever it starts from; an ``OSError`` says that it cannot."""
Step = Literal["connect", "greeting", "tls", "login", "sender", ""]
_PATIENCE_S: Final = 20.0
_DONE: Final = 250
_LONGEST: Final = 160
_HIDDEN: Final = "…"


@dataclass(frozen=True, kw_only=True)
class Relayed:
    """How far it went."""

    stopped_at: Step = ""
    """The step that failed; empty for none."""
    said: str = ""
    """What the server, or TLS, said to it."""
    wrong_certificate: bool = False
    passing: bool = False
    """Whether the refusal is one that may pass: a code of 4xx."""


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What is tried."""

    host: str
    port: int
    hello: str
    """The name that the mail host gives as its own."""
    checks_certificate: bool
    user: str = ""
    password: str = field(default="", repr=False)
    sender: str = ""
    """An address that is offered as sender, and as recipient; empty for not going so far."""


def greeting(connect: Connect, host: str, port: int, *, hello: str) -> Relayed:
    """See whether a mail server greets."""
    attempt = Attempt(host=host, port=port, hello=hello, checks_certificate=False)
    try:
        with _open(connect, attempt):
            return Relayed()
    except _StoppedError as stopped:
        return stopped.at


def name_given(connect: Connect, host: str, port: int, *, hello: str) -> str:
    """Hear by which name a mail server greets (RFC 5321, 4.1.1.1); empty when it does not answer."""
    attempt = Attempt(host=host, port=port, hello=hello, checks_certificate=False)
    try:
        with _open(connect, attempt) as server:
            code, said = server.ehlo()
    except (_StoppedError, smtplib.SMTPException, OSError):
        return ""
    words = said.decode("ascii", errors="replace").split()
    return words[0].rstrip(".").lower() if code == _DONE and words else ""


def relayed(connect: Connect, attempt: Attempt, *, context: ssl.SSLContext | None = None) -> Relayed:
    """Go through a relay's steps, and say where it stopped; never raises.

    Args:
        connect: Opens the connection.
        attempt: What is tried.
        context: What TLS trusts; by default what everybody does.
    """
    try:
        with _open(connect, attempt) as server:
            _secure(server, attempt, context or ssl.create_default_context())
            if attempt.user:
                _log_in(server, attempt)
            if attempt.sender:
                _offer(server, attempt)
            return Relayed()
    except _StoppedError as stopped:
        return stopped.at


class _StoppedError(Exception):
    def __init__(self, at: Relayed) -> None:
        super().__init__(at.stopped_at)
        self.at = at


class _Session(smtplib.SMTP):
    """smtplib's client over a connection that somebody else opens."""

    def __init__(self, connect: Connect, attempt: Attempt) -> None:
        self._opened = connect
        super().__init__(attempt.host, attempt.port, local_hostname=attempt.hello, timeout=_PATIENCE_S)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connection = self._opened(host, port)
        connection.settimeout(timeout)
        return connection


@contextlib.contextmanager
def _open(connect: Connect, attempt: Attempt):  # noqa: ANN202 — a generator of a private class
    try:
        server = _Session(connect, attempt)
    except smtplib.SMTPConnectError as refusal:
        raise _stopped("greeting", refusal.smtp_code, refusal.smtp_error, attempt) from None
    except smtplib.SMTPException as problem:
        raise _StoppedError(Relayed(stopped_at="greeting", said=_text(str(problem), attempt))) from None
    except OSError as problem:
        raise _StoppedError(Relayed(stopped_at="connect", said=_text(str(problem), attempt))) from None
    try:
        yield server
    finally:
        with contextlib.suppress(smtplib.SMTPException, OSError):
            server.quit()
        server.close()


def _secure(server: smtplib.SMTP, attempt: Attempt, context: ssl.SSLContext) -> None:
    if not attempt.checks_certificate:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    try:
        server.starttls(context=context)
        server.ehlo_or_helo_if_needed()
    except smtplib.SMTPResponseException as refusal:
        raise _stopped("tls", refusal.smtp_code, refusal.smtp_error, attempt) from None
    except ssl.SSLCertVerificationError as wrong:
        said = wrong.verify_message.rstrip(".")
        raise _StoppedError(Relayed(stopped_at="tls", said=said, wrong_certificate=True)) from None
    except (smtplib.SMTPException, OSError) as problem:
        raise _StoppedError(Relayed(stopped_at="tls", said=_text(str(problem), attempt))) from None


def _log_in(server: smtplib.SMTP, attempt: Attempt) -> None:
    # Only what mailcow's Postfix does as well.
    offered = server.esmtp_features.get("auth", "").upper().split()
    server.user, server.password = attempt.user, attempt.password
    ways = {"PLAIN": server.auth_plain, "LOGIN": server.auth_login}
    way = next((name for name in ways if name in offered), "")
    if not way:
        said = f"it offers {' '.join(offered) or 'no log-in'}, and neither PLAIN nor LOGIN"
        raise _StoppedError(Relayed(stopped_at="login", said=said))
    try:
        server.auth(way, ways[way])
    except smtplib.SMTPAuthenticationError as refusal:
        raise _stopped("login", refusal.smtp_code, refusal.smtp_error, attempt) from None
    except (smtplib.SMTPException, OSError, ValueError) as problem:
        raise _StoppedError(Relayed(stopped_at="login", said=_text(type(problem).__name__, attempt))) from None


def _offer(server: smtplib.SMTP, attempt: Attempt) -> None:
    """Offer a sender and a recipient; some servers judge the one only when they hear the other."""
    try:
        for code, said in (_from(server, attempt), server.rcpt(attempt.sender)):
            if code // 100 != 2:
                raise _stopped("sender", code, said, attempt)
        server.rset()
    except (smtplib.SMTPException, OSError) as problem:
        raise _StoppedError(Relayed(stopped_at="sender", said=_text(type(problem).__name__, attempt))) from None


def _from(server: smtplib.SMTP, attempt: Attempt) -> tuple[int, bytes]:
    code, said = server.mail(attempt.sender)
    if code // 100 != 2:
        raise _stopped("sender", code, said, attempt)
    return code, said


def _stopped(step: Step, code: int, said: bytes | str, attempt: Attempt) -> _StoppedError:
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    told = _text(f"{code} {text}", attempt)
    return _StoppedError(Relayed(stopped_at=step, said=told, passing=code // 100 == 4))


def _text(text: str, attempt: Attempt) -> str:
    """Write in one line what was said, without the password, which a server may repeat."""
    told = " ".join(text.split())
    if attempt.password:
        plain = f"\0{attempt.user}\0{attempt.password}"
        for secret in (
            attempt.password,
            *(base64.b64encode(one.encode()).decode() for one in (attempt.password, plain)),
        ):
            told = told.replace(secret, _HIDDEN)
    return told[:_LONGEST]
