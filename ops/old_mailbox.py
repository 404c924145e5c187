"""Counting the messages of a mailbox at another provider, folder by folder, by IMAP (RFC 3501).

Reads nothing but names and numbers: no folder is opened, so nothing there becomes "seen".
The connection is encrypted and the server's certificate checked, before the password goes out.
"""

import base64
import imaplib
import re
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal, cast

COUNTED_WITHIN_S: Final = 120.0
"""Time for all folders of one mailbox."""
_ANSWER_WITHIN_S: Final = 20.0
_LONGEST_SAYING: Final = 200

_LISTED: Final = re.compile(rb'\((?P<flags>[^)]*)\) (?:"(?:[^"\\]|\\.)*"|NIL) (?P<name>.*)', re.DOTALL)
_LITERAL: Final = re.compile(rb"\{\d+\}")
_MESSAGES: Final = re.compile(rb"MESSAGES (\d+)")
_SHIFTED: Final = re.compile(r"&([^-]*)-")
_FOR_NOW: Final = re.compile(r"\[(UNAVAILABLE|LIMIT|INUSE|SERVERBUG|CONTACTADMIN|PRIVACYREQUIRED)\b", re.IGNORECASE)
"""Response codes (RFC 5530) of a log-in that was refused for another reason than user or password."""


class CountError(Exception):
    """The messages there could not be counted; the text is one clear sentence without any password."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """Where the mailbox is, and who may read it."""

    host: str
    port: int
    encryption: Literal["tls", "starttls"]
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Folder:
    """One folder there."""

    name: str
    """As people see it."""
    messages: int | None
    """None where the server does not say."""


def count(account: Account, *, within_s: float = COUNTED_WITHIN_S) -> tuple[Folder, ...]:
    """Count the messages of all folders.

    Args:
        account: Whose.
        within_s: How long it may take altogether.

    Raises:
        CountError: The server cannot be reached, shows a certificate that is not trusted, refuses the log-in, or
            takes too long.
    """
    deadline = time.monotonic() + within_s
    where = f"{account.host}:{account.port}"
    try:
        with _connected(account) as imap:
            _log_in(imap, account, where)
            return tuple(_folders(imap, where, deadline))
    # `from None`: what is raised below may hold what was sent.
    except ssl.SSLCertVerificationError as error:
        raise CountError(f"the certificate of {where} is not trusted: {error.verify_message}") from None
    except TimeoutError:
        raise CountError(f"{where} does not answer within {_ANSWER_WITHIN_S:.0f} s") from None
    except OSError as error:
        raise CountError(f"{where} cannot be reached: {error.strerror or type(error).__name__}") from None
    except imaplib.IMAP4.error as error:
        raise CountError(f"{where} refuses: {_said(error, account.password)}") from None


def _connected(account: Account) -> imaplib.IMAP4:
    context = ssl.create_default_context()
    if account.encryption == "tls":
        return imaplib.IMAP4_SSL(account.host, account.port, ssl_context=context, timeout=_ANSWER_WITHIN_S)
    imap = imaplib.IMAP4(account.host, account.port, timeout=_ANSWER_WITHIN_S)
    try:
        imap.starttls(context)
    except BaseException:
        imap.shutdown()
        raise
    return imap


def _log_in(imap: imaplib.IMAP4, account: Account, where: str) -> None:
    try:
        _present_password(imap, account)
    except imaplib.IMAP4.abort:  # it hung up
        raise
    except imaplib.IMAP4.error as error:
        said = _said(error, account.password)
        if _FOR_NOW.search(said):
            raise
        raise CountError(f"{where} refuses user or password: {said}") from None


def _present_password(imap: imaplib.IMAP4, account: Account) -> None:
    if "AUTH=PLAIN" in imap.capabilities:
        # RFC 4616, which takes any letters; LOGIN takes ASCII.
        words = f"\0{account.user}\0{account.password}".encode()
        imap.authenticate("PLAIN", lambda _: words)
        return
    given = account.user + account.password
    if not (given.isascii() and given.isprintable()):
        raise CountError(f"{account.host} takes no user or password with letters beyond ASCII")
    imap.login(account.user, account.password)


def _folders(imap: imaplib.IMAP4, where: str, deadline: float) -> Iterator[Folder]:
    status, listed = imap.list()
    if status != "OK":
        raise CountError(f"{where} does not list its folders")
    for item in listed:
        name = _name(item)
        if name is None:
            continue
        if time.monotonic() > deadline:
            raise CountError(f"{where} takes too long to count all folders; try again later")
        yield Folder(name=as_people_see_it(name), messages=_messages(imap, name))


def _name(item: object) -> bytes | None:
    """Take a folder's name from a line of LIST; None for what is no folder, or holds only folders."""
    line, *literal = _parts(item) or [b""]
    match = _LISTED.fullmatch(line)
    if match is None or any(flag in match["flags"].lower() for flag in (b"\\noselect", b"\\nonexistent")):
        return None
    name = match["name"]
    if literal and _LITERAL.fullmatch(name):
        return literal[0]
    if name.startswith(b'"') and name.endswith(b'"'):
        return re.sub(rb"\\(.)", rb"\1", name[1:-1])
    return name


def _messages(imap: imaplib.IMAP4, name: bytes) -> int | None:
    if not name.isascii():  # against the standard; what cannot be asked for cannot be counted
        return None
    quoted = '"' + name.decode("ascii").replace("\\", "\\\\").replace('"', '\\"') + '"'
    status, answer = imap.status(quoted, "(MESSAGES)")
    match = _MESSAGES.search(b" ".join(part for item in answer for part in _parts(item)))
    return int(match[1]) if status == "OK" and match else None


def _parts(item: object) -> list[bytes]:
    """Give the parts of one line of an answer: one that has odd signs comes as a literal, beside what is before it."""
    parts = cast("tuple[object, ...]", item) if isinstance(item, tuple) else (item,)
    return [part for part in parts if isinstance(part, bytes)]


def as_people_see_it(name: bytes) -> str:
    """Read a folder's name: IMAP has a form of UTF-7 of its own (RFC 3501, 5.1.3); what is no such form stays."""
    text = name.decode("utf-8", "replace")
    return _SHIFTED.sub(lambda match: _unshifted(match[1], match[0]), text)


def _unshifted(shifted: str, whole: str) -> str:
    if not shifted:
        return "&"
    padded = shifted.replace(",", "/") + "=" * (-len(shifted) % 4)
    try:
        return base64.b64decode(padded, validate=True).decode("utf-16-be")
    except ValueError:
        return whole


def _said(error: Exception, password: str) -> str:
    """Quote the server, shortened, without what is nobody's business and without signs that move a cursor."""
    argument = error.args[0] if error.args else ""
    text = argument.decode("utf-8", "replace") if isinstance(argument, bytes) else str(argument)
    plain = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return plain.replace(password, "…")[:_LONGEST_SAYING] or "no reason given"
