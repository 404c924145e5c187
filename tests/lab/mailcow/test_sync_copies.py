"""What stands for imapsync in the lab copies each message once, and looks at certificates when it is told to."""

import importlib
import re
import ssl
import sys
from dataclasses import dataclass
from email.parser import BytesParser
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

_IMAGE = Path(__file__).parents[3] / "lab/mailcow/images/dovecot"


@pytest.fixture
def copying(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Give the module of the image; neither its package nor its database driver is on the project's path."""
    monkeypatch.syspath_prepend(str(_IMAGE))
    for name in ("sync_jobs", "sync_jobs.folders", "sync_jobs.jobs", "sync_jobs.report", "sync_jobs.copying"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    for name in ("pymysql", "pymysql.cursors"):
        stand_in: Any = ModuleType(name)
        stand_in.DictCursor = object
        monkeypatch.setitem(sys.modules, name, stand_in)
    return importlib.import_module("sync_jobs.copying")


Answer = tuple[str, list[Any]]


@dataclass
class Mailbox:
    """A mailbox as imaplib shows it: folders with messages, each known by its Message-ID."""

    folders: dict[str, list[str]]
    chosen: str = ""

    def list(self) -> Answer:
        return "OK", [f'(\\HasNoChildren) "/" "{name}"'.encode() for name in self.folders]

    def create(self, name: str) -> None:
        self.folders[name.strip('"')] = []

    def select(self, name: str, *, readonly: bool) -> Answer:
        assert readonly
        self.chosen = name.strip('"')
        return ("OK" if self.chosen in self.folders else "NO"), [b""]

    def uid(self, command: str, *arguments: str) -> Answer:
        messages = self.folders[self.chosen]
        if command == "SEARCH":
            return "OK", [" ".join(str(number + 1) for number in range(len(messages))).encode()]
        found: Any = []
        for uid in map(int, arguments[0].split(",")):
            content = f"Message-ID: <{messages[uid - 1]}>\r\n\r\n".encode()
            found += [(b'1 (UID %d FLAGS () INTERNALDATE "17-Jul-2024 02:44:25 +0000"' % uid, content), b")"]
        return "OK", found

    def append(self, name: str, _flags: str, _date: str, content: bytes) -> Answer:
        identity = re.sub(r"[<>]", "", str(BytesParser().parsebytes(content)["Message-ID"]))
        self.folders[name.strip('"')].append(identity)
        return "OK", [b""]


def job(**changes: Any) -> Any:
    """A job with nothing switched on."""
    jobs = sys.modules["sync_jobs.jobs"]
    nothing = dict.fromkeys(
        ("maxage", "automap", "subscribeall", "dry", "delete1", "delete2", "skipcrossduplicates"), 0
    )
    there = {"host1": "imap.old.example", "port1": 993, "enc1": "SSL", "user1": "u", "password1": "p", "timeout1": 600}
    here = {"id": 1, "user2": "bob@example.com", "subfolder2": "", "exclude": "", "custom_params": ""}
    return jobs._job({**nothing, **there, **here, **changes})


def copied(copying: ModuleType, there: Mailbox, here: Mailbox, **changes: Any) -> Any:
    """Copy, and give the report."""
    report = sys.modules["sync_jobs.report"].Report()
    copying._Copy(job(**changes), there, here, report).everything()
    return report


def test_a_message_of_two_folders_comes_once_when_that_is_asked_for(copying: ModuleType) -> None:
    there, here = Mailbox({"INBOX": ["a", "b", "b"], "Archive": ["b", "c"]}), Mailbox({"INBOX": []})

    report = copied(copying, there, here, skipcrossduplicates=1)

    assert here.folders == {"INBOX": ["a", "b"], "Archive": ["c"]}
    assert (report.transferred, report.crossduplicates2, report.duplicates1, report.missing2) == (3, 1, 1, 0)
    assert "Messages found crossduplicate on host2  : 1" in report.text()


def test_the_same_counts_are_told_by_a_run_that_finds_everything_here(copying: ModuleType) -> None:
    there, here = Mailbox({"INBOX": ["a", "b"], "Archive": ["b", "c"]}), Mailbox({"INBOX": []})
    copied(copying, there, here, skipcrossduplicates=1)

    report = copied(copying, there, here, skipcrossduplicates=1)

    assert (report.transferred, report.crossduplicates2) == (0, 1)


def test_a_message_of_two_folders_comes_twice_otherwise(copying: ModuleType) -> None:
    here = Mailbox({"INBOX": []})

    copied(copying, Mailbox({"INBOX": ["a"], "Archive": ["a"]}), here)

    assert here.folders == {"INBOX": ["a"], "Archive": ["a"]}


@pytest.mark.parametrize(
    ("custom_params", "mode"), [("", ssl.CERT_NONE), ("--sslargs1=SSL_verify_mode=1", ssl.CERT_REQUIRED)]
)
def test_a_certificate_is_looked_at_only_when_that_is_asked_for(
    copying: ModuleType, monkeypatch: pytest.MonkeyPatch, custom_params: str, mode: ssl.VerifyMode
) -> None:
    seen: list[ssl.SSLContext] = []

    def connect(*_: object, ssl_context: ssl.SSLContext, timeout: float) -> None:
        assert timeout == 600
        seen.append(ssl_context)
        raise ssl.SSLCertVerificationError("self-signed certificate")

    monkeypatch.setattr(copying.imaplib, "IMAP4_SSL", connect)
    report = sys.modules["sync_jobs.report"].Report()

    copying.run(job(custom_params=custom_params), "master's", report)

    assert [context.verify_mode for context in seen] == [mode]
    assert report.status == "EXIT_TLS_FAILURE"
