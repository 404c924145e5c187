"""What a mail user does: log in, send a mail, read it. Real IMAP and SMTP from the standard library."""

import imaplib
import smtplib
import ssl
import time
import uuid
from dataclasses import dataclass
from email.message import EmailMessage

_TIMEOUT_S = 20.0
_DELIVERY_S = 30.0


class MailError(Exception):
    """A mail user could not do what mail users do; the text says what and never holds the password."""


def _context() -> ssl.SSLContext:
    # In the lab no authority has signed the certificate: the product says so as a warning, and this
    # client stands for a person who accepts it. What is tested here is mail, not trust.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@dataclass(frozen=True, kw_only=True)
class MailUser:
    """A person with a mail program.

    Attributes:
        address: Mail address, which is the user name too.
        password: What she types; never shown.
        host: Address of the mail host.
    """

    address: str
    password: str
    host: str

    def __repr__(self) -> str:
        return f"MailUser({self.address})"

    def log_in(self) -> None:
        """Log in by IMAP with TLS (993) and log out.

        Raises:
            MailError: The server refused or did not answer.
        """
        try:
            with imaplib.IMAP4_SSL(self.host, 993, ssl_context=_context(), timeout=_TIMEOUT_S) as imap:
                imap.login(self.address, self.password)
        except (imaplib.IMAP4.error, OSError) as problem:
            raise MailError(f"{self.address} cannot log in by IMAP: {_reason(problem)}") from None

    def send(self, to: str, *, sender: str | None = None) -> str:
        """Send a mail by submission (587) with STARTTLS; returns the subject, which is unique.

        Raises:
            MailError: The server refused it.
        """
        subject = f"hello {uuid.uuid4()}"
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = sender or self.address, to, subject
        message.set_content(f"From {self.address} to {to}.\n")
        try:
            with smtplib.SMTP(self.host, 587, timeout=_TIMEOUT_S) as smtp:
                smtp.starttls(context=_context())
                smtp.login(self.address, self.password)
                smtp.send_message(message)
        except (smtplib.SMTPException, OSError) as problem:
            raise MailError(f"{self.address} cannot send to {to}: {_reason(problem)}") from None
        return subject

    def read(self, subject: str, *, wait_s: float = _DELIVERY_S) -> str:
        """Wait for the mail with this subject in the inbox; returns its text.

        Raises:
            MailError: It did not arrive in time, or reading was refused.
        """
        deadline = time.monotonic() + wait_s
        try:
            with imaplib.IMAP4_SSL(self.host, 993, ssl_context=_context(), timeout=_TIMEOUT_S) as imap:
                imap.login(self.address, self.password)
                while True:
                    text = _find(imap, subject)
                    if text is not None:
                        return text
                    if time.monotonic() > deadline:
                        raise MailError(f"{self.address} did not get the mail {subject!r} within {wait_s:.0f} s")
                    time.sleep(0.3)
        except (imaplib.IMAP4.error, OSError) as problem:
            raise MailError(f"{self.address} cannot read the inbox: {_reason(problem)}") from None

    def count(self) -> int:
        """Count the mails in the inbox.

        Raises:
            MailError: Reading was refused.
        """
        try:
            with imaplib.IMAP4_SSL(self.host, 993, ssl_context=_context(), timeout=_TIMEOUT_S) as imap:
                imap.login(self.address, self.password)
                _status, data = imap.select("INBOX", readonly=True)
        except (imaplib.IMAP4.error, OSError) as problem:
            raise MailError(f"{self.address} cannot read the inbox: {_reason(problem)}") from None
        return int(data[0] or b"0")


def _find(imap: imaplib.IMAP4_SSL, subject: str) -> str | None:
    imap.select("INBOX", readonly=True)
    _status, found = imap.search(None, "SUBJECT", f'"{subject}"')
    numbers = found[0].split()
    if not numbers:
        return None
    _status, parts = imap.fetch(numbers[-1], "(BODY.PEEK[TEXT])")
    body = parts[0]
    return body[1].decode("utf-8", "replace") if isinstance(body, tuple) else ""


def _reason(problem: Exception) -> str:
    if isinstance(problem, smtplib.SMTPResponseException):
        return f"{problem.smtp_code} {problem.smtp_error!r}"
    return str(problem) or type(problem).__name__
