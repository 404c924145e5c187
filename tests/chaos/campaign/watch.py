"""What must be true all along, by name; looked at after each exchange, and when a command has ended."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from core.desired import DesiredState
from tests.chaos.mailcow.tables import Row, Tables
from tests.chaos.vault import VaultServer

NO_PASSWORD_OVERWRITTEN = "no_password_overwritten"
NOTHING_DELETED = "nothing_deleted_that_should_not_be"
NOTHING_DOUBLED = "nothing_doubled"
NOBODY_ELSE_TOUCHED = "nobody_elses_touched"
NOTHING_UNASKED = "nothing_made_that_nobody_asked_for"
ONE_DELETE_AT_A_TIME = "one_delete_at_a_time"
SECRETS_STAY_SECRET = "no_secret_told"
PREVIEW_ASKS_NOBODY = "preview_asks_nobody"
REFUSED_IN_PREVIEW = "refused_in_preview_by_the_roster"
FORGETS_NOTHING = "refresh_forgets_nothing"
ENDS_AS_DESIRED = "one_up_ends_as_desired"
NOTHING_LEFT_TO_DO = "second_up_changes_nothing"
VAULT_AND_MAILCOW_AGREE = "vault_and_mailcow_agree"
INVARIANTS = (
    NO_PASSWORD_OVERWRITTEN,
    NOTHING_DELETED,
    NOTHING_DOUBLED,
    NOBODY_ELSE_TOUCHED,
    NOTHING_UNASKED,
    ONE_DELETE_AT_A_TIME,
    SECRETS_STAY_SECRET,
    PREVIEW_ASKS_NOBODY,
    REFUSED_IN_PREVIEW,
    FORGETS_NOTHING,
    ENDS_AS_DESIRED,
    NOTHING_LEFT_TO_DO,
    VAULT_AND_MAILCOW_AGREE,
)
_USERS = "mail/users/"
BY_HAND = "by_hand"
"""Column, shown by no route, of what somebody made by hand."""


@dataclass(frozen=True)
class Violation:
    """One thing that was not true."""

    invariant: str
    what: str

    def __str__(self) -> str:
        return f"{self.invariant}: {self.what}"


@dataclass
class _Seen:
    """What was there when it was last looked."""

    mailboxes: dict[str, Row] = field(default_factory=dict[str, Row])
    aliases: dict[str, Row] = field(default_factory=dict[str, Row])
    domains: dict[str, Row] = field(default_factory=dict[str, Row])
    dkim: dict[str, Row] = field(default_factory=dict[str, Row])
    secrets: dict[str, list[Any]] = field(default_factory=dict[str, list[Any]])


class Watch:
    """Compares the servers before and after each exchange of the product; hand edits are not looked at."""

    def __init__(self, tables: Tables, vault: VaultServer, tag: str) -> None:
        self.violations: list[Violation] = []
        self.wanted: set[str] = set()
        """Addresses of mailboxes and aliases, and domains, that the list names."""
        self.may_go: set[str] = set()
        """Addresses and domains that the list has let go by the rules."""
        self._tables = tables
        self._vault = vault
        self._tag = tag
        self._seen = _Seen()
        self.look_away()

    def expect(self, before: DesiredState | None, now: DesiredState, *, refused: bool) -> None:
        """Say what the list asks for; a list that must be refused lets nobody go and asks for nobody."""
        if refused:
            self.may_go = set()
            self.wanted = _named(before) if before else set()
            return
        self.wanted = _named(now)
        self.may_go = _named(before) - self.wanted if before else set()

    def note(self, invariant: str, what: str) -> None:
        """Keep a violation."""
        violation = Violation(invariant, what)
        if violation not in self.violations:
            self.violations.append(violation)

    def look_away(self) -> None:
        """Take what is there for given: somebody worked by hand."""
        self._seen = self._now()

    def look(self) -> None:
        """Compare with what was there at the last look."""
        before, now = self._seen, self._now()
        self._mailboxes(before.mailboxes, now.mailboxes)
        self._aliases(before.aliases, now.aliases)
        self._domains(before, now)
        self._secrets(before.secrets, now.secrets)
        if self._tables.most_rebuilding > 1:
            self.note(ONE_DELETE_AT_A_TIME, f"{self._tables.most_rebuilding} calls rebuild the view at once")
        self._seen = now

    def is_ours(self, row: Row) -> bool:
        """Whether a mailbox or a domain carries our mark."""
        return self._tag in row["tags"]

    def _mailboxes(self, before: dict[str, Row], now: dict[str, Row]) -> None:
        for address in sorted(before.keys() | now.keys()):
            old, new = before.get(address), now.get(address)
            if old is None:
                if address not in self.wanted:
                    self.note(NOTHING_UNASKED, f"mailbox {address} was made")
            elif not self.is_ours(old):
                # What was made half-way has no mark, and has to be cleared away; nobody else's is like that.
                if old != new and not _is_rubbish(old):
                    self.note(NOBODY_ELSE_TOUCHED, f"mailbox {address}")
            elif old["whole"] and (new is None or not new["whole"]):
                if address not in self.may_go:
                    self.note(NOTHING_DELETED, f"mailbox {address}")
            elif new is not None and old["whole"] and old["password"] != new["password"]:
                self.note(NO_PASSWORD_OVERWRITTEN, f"mailbox {address}")

    def _aliases(self, before: dict[str, Row], now: dict[str, Row]) -> None:
        addresses = [row["address"].lower() for row in self._tables.aliases.values()]
        for address in addresses:
            if addresses.count(address) > 1 or address in self._tables.mailboxes:
                self.note(NOTHING_DOUBLED, f"alias {address}")
        for address, old in before.items():
            new = now.get(address)
            if old["private_comment"] != self._tag and old != new:
                self.note(NOBODY_ELSE_TOUCHED, f"alias {address}")
            if new is None and address in self.wanted and not self._led_to_who_may_go(old):
                self.note(NOTHING_DELETED, f"alias {address}")
        for address in now.keys() - before.keys() - self.wanted:
            self.note(NOTHING_UNASKED, f"alias {address} was made")

    def _led_to_who_may_go(self, alias: Row) -> bool:
        """Whether mailcow takes it away itself: with the last mailbox that it leads to."""
        return all(goto in self.may_go or goto not in self._tables.mailboxes for goto in alias["goto"].split(","))

    def _domains(self, before: _Seen, now: _Seen) -> None:
        for name, old in before.domains.items():
            new = now.domains.get(name)
            if not self.is_ours(old) and old != new and not (_untagged(old) and not old.get(BY_HAND)):
                self.note(NOBODY_ELSE_TOUCHED, f"domain {name}")
            elif new is None and self.is_ours(old) and name not in self.may_go:
                self.note(NOTHING_DELETED, f"domain {name}")
        for name in now.domains.keys() - before.domains.keys() - self.wanted:
            self.note(NOTHING_UNASKED, f"domain {name} was made")
        for name, old in before.dkim.items():
            if now.dkim.get(name) != old and name not in self.may_go:
                self.note(NOTHING_DELETED, f"DKIM key of {name}")
        for name in now.dkim:
            if sum(1 for _, owner in self._tables.private_keys if owner == name) > 1:
                self.note(NOTHING_DOUBLED, f"DKIM key of {name}")

    def _secrets(self, before: dict[str, list[Any]], now: dict[str, list[Any]]) -> None:
        for path, old in before.items():
            new = now.get(path)
            if new is None:
                if old and _address(path) not in self.may_go:
                    self.note(NOTHING_DELETED, f"secret {path}")
            elif old and new[: len(old)] != old:
                self.note(NO_PASSWORD_OVERWRITTEN, f"secret {path}")
            elif len(new) > max(len(old), 1):
                self.note(NO_PASSWORD_OVERWRITTEN, f"secret {path} has another version")
        for path in now.keys() - before.keys():
            if path.startswith(_USERS) and _address(path) not in self.wanted:
                self.note(NOTHING_UNASKED, f"secret {path} was made")

    def _now(self) -> _Seen:
        tables = self._tables
        return _Seen(
            mailboxes=_copies(tables.mailboxes.items()),
            aliases=_copies((row["address"].lower(), row) for row in tables.aliases.values()),
            domains=_copies(tables.domains.items()),
            dkim=dict(tables.dkim),
            secrets={path: [version["data"] for version in of.versions] for path, of in self._vault.secrets.items()},
        )


def _copies(rows: Iterable[tuple[str, Row]]) -> dict[str, Row]:
    """Copy rows as deep as they are changed in place."""
    return {name: {**row, "tags": list(row.get("tags", ()))} for name, row in rows}


def _named(state: DesiredState | None) -> set[str]:
    if state is None:
        return set()
    addresses = {mailbox.address for mailbox in state.mailboxes} | {alias.address for alias in state.aliases}
    return addresses | {domain.name for domain in state.domains}


def _is_rubbish(row: Row) -> bool:
    """Whether a mailbox is what a server left that died while it made or deleted it."""
    return not row["whole"] or (_untagged(row) and not row.get(BY_HAND))


def _untagged(row: Row) -> bool:
    return not row["tags"]


def _address(path: str) -> str:
    """``mail/users/a.example/bob`` → ``bob@a.example``."""
    *_, domain, local_part = path.split("/")
    return f"{local_part}@{domain}"
