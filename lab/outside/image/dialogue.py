# ruff: noqa: INP001 — it is copied into an image, by itself
"""Speak SMTP to a server, word for word, and print what it answered.

Reads one JSON object from standard input (a password may be in it): host, port, helo, sender, recipients, message,
and if wanted tls ("starttls", "wrapped"), user, password. Addresses go out as they are written.
Prints one JSON object: stage (the command that was refused, or "accepted"), code, text.
"""

import json
import smtplib
import ssl
import sys
from typing import Any

_TIMEOUT_S = 60


class RefusedError(Exception):
    """The server said no."""

    def __init__(self, stage: str, code: int, text: bytes | str) -> None:
        super().__init__(stage)
        self.stage, self.code = stage, code
        self.text = text.decode(errors="replace") if isinstance(text, bytes) else text


def main() -> None:
    """Do what standard input asks for."""
    try:
        code, text = _speak(json.load(sys.stdin))
        answer = {"stage": "accepted", "code": code, "text": text.decode(errors="replace")}
    except RefusedError as refused:
        answer = {"stage": refused.stage, "code": refused.code, "text": refused.text}
    json.dump(answer, sys.stdout)


def _speak(asked: dict[str, Any]) -> tuple[int, bytes]:
    with _connected(asked) as session:
        _checked("EHLO", *session.ehlo(asked["helo"]))
        if asked.get("tls") == "starttls":
            _start_tls(session, asked["helo"])
        if asked.get("user"):
            _log_in(session, asked["user"], asked["password"])
        _checked("MAIL", *session.docmd("MAIL", f"FROM:<{asked['sender']}>"))
        for recipient in asked["recipients"]:
            _checked("RCPT", *session.docmd("RCPT", f"TO:<{recipient}>"))
        try:
            return _checked("DATA", *session.data(asked["message"]))
        except smtplib.SMTPDataError as refused:
            raise RefusedError("DATA", refused.smtp_code, refused.smtp_error) from None


def _connected(asked: dict[str, Any]) -> smtplib.SMTP:
    host, port = str(asked["host"]), int(asked["port"])
    try:
        if asked.get("tls") == "wrapped":
            return smtplib.SMTP_SSL(host, port, timeout=_TIMEOUT_S, context=_anybody())
        return smtplib.SMTP(host, port, timeout=_TIMEOUT_S)
    except smtplib.SMTPConnectError as refused:
        raise RefusedError("connect", refused.smtp_code, refused.smtp_error) from None


def _start_tls(session: smtplib.SMTP, helo: str) -> None:
    try:
        session.starttls(context=_anybody())
    except smtplib.SMTPNotSupportedError as refused:
        raise RefusedError("STARTTLS", 0, str(refused)) from None
    _checked("EHLO", *session.ehlo(helo))


def _log_in(session: smtplib.SMTP, user: str, password: str) -> None:
    try:
        session.login(user, password)
    except smtplib.SMTPAuthenticationError as refused:
        raise RefusedError("AUTH", refused.smtp_code, refused.smtp_error) from None
    except smtplib.SMTPNotSupportedError as refused:
        raise RefusedError("AUTH", 0, str(refused)) from None


def _anybody() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _checked(stage: str, code: int, text: bytes) -> tuple[int, bytes]:
    if code >= 400:  # SMTP's refusals (RFC 5321, 4.2.1)
        raise RefusedError(stage, code, text)
    return code, text


if __name__ == "__main__":
    main()
