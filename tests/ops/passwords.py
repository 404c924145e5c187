"""People and their first passwords, for the tests of hand-over and rotation: tokens, time and servers in memory."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from core.desired import DesiredMailbox
from core.errors import VaultError
from core.names import user_secret
from mailcow.rows import MailboxRow
from ops.handover import HandingOver
from ops.rotation import MailServer, Rotating
from tests.fakes import FakeMailcow, FakeVault
from vault.wrapping import NoSuchTokenError, Unwrapped, Wrapping, WrappingToken

NOW = datetime(2026, 11, 22, 14, 5, tzinfo=UTC)
BOB = "mail/users/a.example/bob"
PASSWORD = "Planted.Secret-22"


def person(local_part: str = "bob", **changes: Any) -> DesiredMailbox:
    """Make a person of a.example."""
    values: dict[str, Any] = {
        "address": f"{local_part}@a.example",
        "local_part": local_part,
        "domain": "a.example",
        "full_name": local_part,
        "quota_mib": 2048,
        "active": True,
        "kept_until": None,
        "server": 1,
    }
    return DesiredMailbox(**{**values, **changes})


def leaver(local_part: str) -> DesiredMailbox:
    """Make somebody who has left."""
    return person(local_part, active=False, kept_until=date(2027, 1, 31))


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)


@dataclass
class _Token:
    path: str
    values: Mapping[str, str]
    accessor: str
    expires: datetime


class FakeWrapping(Wrapping):
    """Wrapping in memory. ``calls`` remembers what was asked; ``failures`` are raised, once, by calls of that name."""

    def __init__(self, vault: FakeVault, now: Callable[[], datetime]) -> None:
        self.tokens: dict[str, _Token] = {}
        self.calls: list[str] = []
        self.failures: dict[str, Exception] = {}
        self._vault = vault
        self._now = now
        self._made = 0

    def wrap(self, path: str, ttl_s: int) -> WrappingToken:
        self._called("wrap")
        found = self._vault.secrets.get(path)
        if found is None or not found.versions:
            raise VaultError(f"Vault has nothing at {path} that could be wrapped")
        self._made += 1
        token, accessor = f"s.token{self._made}", f"accessor{self._made}"
        expires = self._now() + timedelta(seconds=ttl_s)
        self.tokens[token] = _Token(path, found.versions[-1], accessor, expires)
        return WrappingToken(token=token, accessor=accessor, expires=expires)

    def look_up_accessor(self, accessor: str) -> Any:
        self._called("look_up_accessor")
        return "open" if any(token.accessor == accessor for token in self._open().values()) else "gone"

    def revoke_accessor(self, accessor: str) -> None:
        self._called("revoke_accessor")
        self.tokens = {name: token for name, token in self.tokens.items() if token.accessor != accessor}

    def unwrap(self, token: str) -> Unwrapped:
        self._called("unwrap")
        found = self._open().get(token)
        if found is None:
            raise NoSuchTokenError("Vault knows no such token (to look up a wrapping token)")
        del self.tokens[token]
        return Unwrapped(path=found.path, values=found.values)

    def _open(self) -> dict[str, _Token]:
        return {name: token for name, token in self.tokens.items() if self._now() < token.expires}

    def _called(self, what: str) -> None:
        self.calls.append(what)
        if what in self.failures:
            raise self.failures.pop(what)


@dataclass
class Office:
    """A Vault, a mailcow and an operator; ``sessions`` are the addresses that somebody is logged in to."""

    clock: Clock = field(default_factory=Clock)
    vault: FakeVault = field(default_factory=FakeVault)
    mailcow: FakeMailcow = field(default_factory=FakeMailcow)
    sessions: set[str] = field(default_factory=set[str])
    cannot_end_sessions: str = ""

    def __post_init__(self) -> None:
        self.wrapping = FakeWrapping(self.vault, self.clock)

    def takes_on(self, *people: DesiredMailbox, state: str = "initial", stack: str = "dev") -> None:
        """Give people a first password, a mailbox that opens with it, and a session that is open."""
        for each in people:
            password = f"{PASSWORD}-of-{each.local_part}"
            notes = {"state": state, "stack": stack, "mailbox_made": "2026-11-01T08:00:00+00:00"}
            self.vault.create_secret(path(each), {"password": password}, notes)
            self.has_mailbox(each, password)

    def has_mailbox(self, each: DesiredMailbox, password: str) -> None:
        """Make a mailbox with a password, somebody logged in."""
        self.mailcow.mailboxes[each.address] = MailboxRow(
            address=each.address, name=each.full_name, quota_mib=each.quota_mib, active=each.active
        )
        self.mailcow.passwords[each.address] = password
        self.sessions.add(each.address)

    @property
    def handing_over(self) -> HandingOver:
        return HandingOver(vault=self.vault, wrapping=self.wrapping, stack="dev", now=self.clock)

    def rotating(self, *, app_passwords: bool = False) -> Rotating:
        """Rotate as an operator does."""
        return Rotating(
            vault=self.vault,
            wrapping=self.wrapping,
            server=lambda _: MailServer(mailcow=self.mailcow, end_sessions=self._end_sessions),
            stack="dev",
            app_passwords=app_passwords,
            now=self.clock,
        )

    def notes(self, each: DesiredMailbox) -> dict[str, str]:
        """Read the notes beside a secret."""
        return dict(self.vault.secrets[path(each)].custom)

    def password(self, each: DesiredMailbox) -> str:
        """Read what Vault holds."""
        return self.vault.secrets[path(each)].versions[-1]["password"]

    def opens(self, each: DesiredMailbox) -> bool:
        """Tell whether what Vault holds opens the mailbox."""
        return self.mailcow.passwords[each.address] == self.password(each)

    def _end_sessions(self, address: str) -> str:
        if not self.cannot_end_sessions:
            self.sessions.discard(address)
        return self.cannot_end_sessions


def path(each: DesiredMailbox) -> str:
    """Say where a person's secret lies."""
    return user_secret(each.domain, each.local_part)
