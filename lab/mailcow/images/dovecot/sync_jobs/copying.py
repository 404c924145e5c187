"""Copies what our side lacks: message by message, told apart by Message-ID."""

import hashlib
import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Any

from sync_jobs import folders
from sync_jobs.jobs import Job
from sync_jobs.report import Report

MASTER = "master"
OUR_CERTIFICATE = Path("/etc/ssl/mail/cert.pem")
OUR_TIMEOUT_S = 600
_AT_ONCE = 100
"""So many headers are asked for in one command."""
_UID = re.compile(rb"UID (\d+)")
_FLAGS = re.compile(rb"FLAGS \(([^)]*)\)")
_DATE = re.compile(rb'INTERNALDATE ("[^"]*")')


class EndedError(Exception):
    """The run cannot go on; the report says why."""


@dataclass(frozen=True)
class Message:
    """One message on a server."""

    uid: str
    identity: str
    flags: str
    date: str


def run(job: Job, master_password: str, report: Report) -> None:
    """Run one job; whatever goes wrong is in the report."""
    if job.unknown:
        report.fails("EX_USAGE", f"what stands for imapsync here does not have: {', '.join(job.unknown)}")
        return
    try:
        with _theirs(job, report) as theirs, _ours(job, master_password, report) as ours:
            _Copy(job, theirs, ours, report).everything()
    except EndedError:
        return
    except (imaplib.IMAP4.error, OSError) as error:
        report.fails("EXIT_WITH_ERRORS", str(error))


@contextmanager
def _theirs(job: Job, report: Report) -> Iterator[imaplib.IMAP4]:
    """Log in at the other provider."""
    try:
        session = _connected(job)
    except ssl.SSLError as error:
        report.fails("EXIT_TLS_FAILURE", f"no safe connection to {job.host1}:{job.port1}: {error}")
        raise EndedError from error
    except (OSError, imaplib.IMAP4.error) as error:
        report.fails("EXIT_CONNECTION_FAILURE_HOST1", f"cannot reach {job.host1}:{job.port1}: {error}")
        raise EndedError from error
    with session:
        try:
            _log_in(session, job.user1, job.password1)
        except imaplib.IMAP4.error as error:
            report.fails("EXIT_AUTHENTICATION_FAILURE_USER1", f"{job.host1} does not let {job.user1} in: {error}")
            raise EndedError from error
        yield session


@contextmanager
def _ours(job: Job, password: str, report: Report) -> Iterator[imaplib.IMAP4]:
    """Open the person's mailbox on this server."""
    try:
        session = imaplib.IMAP4_SSL("127.0.0.1", 993, ssl_context=_anybody(), timeout=OUR_TIMEOUT_S)
    except OSError as error:
        report.fails("EXIT_CONNECTION_FAILURE_HOST2", f"cannot reach our own server: {error}")
        raise EndedError from error
    with session:
        try:
            _log_in(session, f"{job.user2}*{MASTER}", password)
        except imaplib.IMAP4.error as error:
            report.fails("EXIT_AUTHENTICATION_FAILURE_USER2", f"the mailbox {job.user2} is not open: {error}")
            raise EndedError from error
        yield session


def _connected(job: Job) -> imaplib.IMAP4:
    trusted = _whom_the_world_trusts() if job.checks_certificate else _anybody()
    if job.enc1 == "SSL":
        return imaplib.IMAP4_SSL(job.host1, job.port1, ssl_context=trusted, timeout=job.timeout1_s)
    session = imaplib.IMAP4(job.host1, job.port1, timeout=job.timeout1_s)
    if job.enc1 == "TLS":
        session.starttls(trusted)
    return session


def _log_in(session: imaplib.IMAP4, user: str, password: str) -> None:
    """Log in; a password may hold any letters, which LOGIN does not take."""
    session.authenticate("PLAIN", lambda _challenge: f"\0{user}\0{password}".encode())


@dataclass(frozen=True)
class _Copy:
    """One run between two open sessions."""

    job: Job
    theirs: imaplib.IMAP4
    ours: imaplib.IMAP4
    report: Report
    brought: set[str] = field(default_factory=set)
    """What lies in the folders that are done."""

    def everything(self) -> None:
        """Copy all folders that are not excluded."""
        here = folders.listed(self.ours.list()[1])
        for folder in folders.wanted(folders.listed(self.theirs.list()[1]), self.job.exclude):
            name = folders.name_here(folder, here, subfolder=self.job.subfolder2, automap=self.job.automap)
            if name not in [one.name for one in here] and not self.job.dry:
                self.ours.create(folders.quoted(name))
                here = folders.listed(self.ours.list()[1])
            if self.job.subscribeall and not self.job.dry:
                self.ours.subscribe(folders.quoted(name))
            self.report.folders += 1
            self._folder(folder, name)

    def _folder(self, folder: folders.Folder, name: str) -> None:
        """Copy one folder into the one of that name."""
        self.theirs.select(folder.quoted, readonly=True)
        there = _messages(self.theirs, self.job.maxage_days)
        known = _identities(self.ours, name)
        wanted: dict[str, Message] = {}
        for message in there:
            wanted.setdefault(message.identity, message)
        self.report.duplicates1 += len(there) - len(wanted)
        if self.job.skipcrossduplicates:
            elsewhere = {identity for identity in wanted if identity in self.brought and identity not in known}
            wanted = {identity: message for identity, message in wanted.items() if identity not in elsewhere}
            self.report.crossduplicates2 += len(elsewhere)
            self.report.skipped += len(elsewhere)
        missing = [message for message in wanted.values() if message.identity not in known]
        for message in missing:
            self._message(message, name)
        now = known if self.job.dry else _identities(self.ours, name)
        self.report.skipped += len(wanted) - len(missing)
        self.report.identified1 += len(wanted)
        self.report.missing2 += len(wanted.keys() - now)
        self.report.only2 += len(now - wanted.keys())
        self.brought.update(now)
        self.report.says(f"Host1: folder [{folder.name}] -> [{name}]: {len(there)} messages, {len(missing)} to copy")

    def _message(self, message: Message, name: str) -> None:
        """Copy one message with its flags and its date."""
        _, data = self.theirs.uid("FETCH", message.uid, "(BODY.PEEK[])")
        content = next((part[1] for part in data if isinstance(part, tuple)), None)
        if content is None:
            self.report.fails("EXIT_WITH_ERRORS", f"message {message.uid} could not be read")
            return
        if not self.job.dry:
            answer, said = self.ours.append(folders.quoted(name), message.flags, message.date, content)
            if answer != "OK":
                text = said[0].decode("utf-8", "replace") if said and said[0] else ""
                status = "EXIT_OVERQUOTA" if "OVERQUOTA" in text.upper() else "EXIT_WITH_ERRORS"
                self.report.fails(status, f"message {message.uid} of side 1 was not taken: {text}")
                return
        self.report.transferred += 1
        self.report.transferred_bytes += 0 if self.job.dry else len(content)


def _identities(session: imaplib.IMAP4, name: str) -> set[str]:
    """Return what a folder of ours holds; nothing where it does not exist."""
    answer, _ = session.select(folders.quoted(name), readonly=True)
    return {message.identity for message in _messages(session, 0)} if answer == "OK" else set()


def _messages(session: imaplib.IMAP4, maxage_days: int) -> list[Message]:
    """List the chosen folder."""
    criteria = ["ALL"]
    if maxage_days:
        since = datetime.now(UTC) - timedelta(days=maxage_days)
        criteria = ["SINCE", since.strftime("%d-%b-%Y")]
    uids = (session.uid("SEARCH", *criteria)[1][0] or b"").split()
    found: list[Message] = []
    for start in range(0, len(uids), _AT_ONCE):
        some = b",".join(uids[start : start + _AT_ONCE]).decode("ascii")
        _, data = session.uid("FETCH", some, "(UID FLAGS INTERNALDATE BODY.PEEK[HEADER])")
        found += _read(data)
    return found


def _read(data: list[Any]) -> list[Message]:
    """Read an answer to FETCH: parts with a literal, each followed by the rest of its line."""
    found: list[Message] = []
    for place, part in enumerate(data):
        if not isinstance(part, tuple):
            continue
        rest = data[place + 1] if place + 1 < len(data) and isinstance(data[place + 1], bytes) else b""
        about = part[0] + rest
        uid, flags, date = _UID.search(about), _FLAGS.search(about), _DATE.search(about)
        if uid is None:
            continue
        kept = [flag for flag in (flags[1].decode("ascii").split() if flags else []) if flag != "\\Recent"]
        found.append(
            Message(
                uid=uid[1].decode("ascii"),
                identity=_identity(part[1]),
                flags=f"({' '.join(kept)})",
                date=date[1].decode("ascii") if date else "",
            )
        )
    return found


def _identity(header: bytes) -> str:
    """Tell messages apart by their id; one without is what its header says."""
    written = str(BytesHeaderParser().parsebytes(header)["Message-ID"] or "").strip()
    return written or hashlib.sha256(b"\n".join(header.split())).hexdigest()


def _whom_the_world_trusts() -> ssl.SSLContext:
    """Trust what a system trusts; and our own server, as there is no certificate of the world's in a lab."""
    context = ssl.create_default_context()
    if OUR_CERTIFICATE.exists():
        context.load_verify_locations(OUR_CERTIFICATE)
    return context


def _anybody() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
