"""A mail program that waits for new mail in IDLE, as one on a telephone does, and notices when it is put out."""

import contextlib
import imaplib
import ssl
import time
from typing import Self

from lab.mail_user import MailUser

_TIMEOUT_S = 20.0
_SOON_S = 5.0


class WaitingSession:
    """An IMAP session in IDLE (RFC 2177)."""

    def __init__(self, user: MailUser) -> None:
        """Remember who waits."""
        self._user = user

    def __enter__(self) -> Self:
        """Log in, open the inbox and wait.

        Raises:
            imaplib.IMAP4.error: The server refused.
        """
        # As `MailUser` does: in the lab no authority has signed the certificate.
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self._imap = imaplib.IMAP4_SSL(self._user.host, 993, ssl_context=context, timeout=_TIMEOUT_S)
        self._imap.login(self._user.address, self._user.password)
        self._imap.select("INBOX", readonly=True)
        self._imap.send(b"x1 IDLE\r\n")
        answer = self._imap.readline()
        assert answer.startswith(b"+"), answer
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._imap.shutdown()

    def has_ended(self, *, within_s: float = _SOON_S) -> bool:
        """Whether the server hangs up within some seconds; what else it says meanwhile is read and left."""
        end = time.monotonic() + within_s
        while (left := end - time.monotonic()) > 0:
            # Not by imaplib's file, which fails for ever after its first time-out and would look like an end.
            self._imap.sock.settimeout(left)
            try:
                if not self._imap.sock.recv(4096):
                    return True
            except TimeoutError:
                return False
            except OSError:
                return True
        return False
