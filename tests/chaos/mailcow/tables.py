"""What mailcow keeps: tables in MariaDB, hashes in Redis; and whose turn it is to change them."""

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

Row = dict[str, Any]
MIB = 1024 * 1024
POLICY = {"length": "6", "chars": "0", "special_chars": "0", "lowerupper": "0", "numbers": "0"}


class Turns(Protocol):
    """Who may touch the tables: a call works alone until it lets others in between two of its statements."""

    def call(self) -> Any:
        """Give the context of one call."""
        ...

    def between(self) -> None:
        """Let other calls work: nothing here is a transaction."""
        ...


class Queue:
    """Turns for real threads."""

    def __init__(self, pause: Callable[[], None] = lambda: None) -> None:
        self._lock = threading.Lock()
        self._pause = pause

    @contextmanager
    def call(self) -> Iterator[None]:
        with self._lock:
            yield

    def between(self) -> None:
        self._lock.release()
        try:
            self._pause()
        finally:
            self._lock.acquire()


@dataclass
class ApiKey:
    """One key of the API."""

    key: str
    access: str
    """rw or ro."""
    allow_from: str = "127.0.0.1"
    skip_ip_check: bool = False
    active: bool = True


@dataclass
class Tables:
    """All of it. Names are keys in lower case, as the database compares them without case."""

    hostname: str
    now: Callable[[], str]
    """The database's time, ``YYYY-MM-DD hh:mm:ss``."""
    dice: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311 — it decides who loses a race
    turns: Turns = field(default_factory=Queue)
    keys: list[ApiKey] = field(default_factory=list[ApiKey])
    domains: dict[str, Row] = field(default_factory=dict[str, Row])
    alias_domains: dict[str, Row] = field(default_factory=dict[str, Row])
    mailboxes: dict[str, Row] = field(default_factory=dict[str, Row])
    """``whole`` is False in a row that a delete has left half-way."""
    aliases: dict[int, Row] = field(default_factory=dict[int, Row])
    app_passwords: dict[int, Row] = field(default_factory=dict[int, Row])
    filters: dict[int, Row] = field(default_factory=dict[int, Row])
    sync_jobs: dict[int, Row] = field(default_factory=dict[int, Row])
    dkim: dict[str, Row] = field(default_factory=dict[str, Row])
    """Under exactly the name that was given."""
    private_keys: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    """Selector and domain of each key that lies in Redis."""
    limits: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    policy: dict[str, str] = field(default_factory=lambda: dict(POLICY))
    sessions: dict[str, Row] = field(default_factory=dict[str, Row])
    rebuilding: int = 0
    """How many calls are rebuilding the view over all mailboxes at this moment."""
    most_rebuilding: int = 0
    """The most of them at once, ever."""
    deadlock_chance: float = 0.5
    """How often rebuilding beside another rebuild kills a call."""
    last_ids: dict[str, int] = field(default_factory=dict[str, int])

    def new_id(self, table: str) -> int:
        """Give the next number of a table's rows."""
        self.last_ids[table] = self.last_ids.get(table, 0) + 1
        return self.last_ids[table]

    def target_of(self, name: str) -> str | None:
        """Give the domain an alias domain stands for."""
        row = self.alias_domains.get(name)
        return row["target_domain"] if row else None

    def mailbox(self, address: str) -> Row | None:
        """Find a mailbox, half-deleted ones too."""
        return self.mailboxes.get(address.lower())

    def whole_mailbox(self, address: str) -> Row | None:
        """Find a mailbox that no delete has left half-way."""
        row = self.mailbox(address)
        return row if row and row["whole"] else None

    def mailboxes_of(self, domain: str) -> list[Row]:
        """List a domain's mailboxes by name."""
        return [row for _, row in sorted(self.mailboxes.items()) if row["domain"] == domain]

    def alias_at(self, address: str) -> Row | None:
        """Find an alias by address; the one that each mailbox has for itself is no row here."""
        return next((row for row in self.aliases.values() if row["address"].lower() == address.lower()), None)

    def limit_of(self, name: str) -> Any:
        """Give a sending limit, or False; Redis knows the exact name only."""
        found = self.limits.get(name)
        return {"value": found[0], "frame": found[1]} if found else False

    @contextmanager
    def rebuild(self) -> Iterator[bool]:
        """Rebuild the view over all mailboxes; gives True to a call that dies of doing so beside another."""
        self.rebuilding += 1
        self.most_rebuilding = max(self.most_rebuilding, self.rebuilding)
        try:
            self.turns.between()
            yield self.rebuilding > 1 and self.dice.random() < self.deadlock_chance
        finally:
            self.rebuilding -= 1
