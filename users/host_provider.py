"""What the resources of one mail host share in a plugin process: API, Vault and what was read in bulk."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, Self

from pulumi.dynamic import ConfigureRequest

from core.errors import RefusedError, VaultError
from core.names import host_secret, ownership_tag
from mailcow.api import MailcowApi
from mailcow.rows import MailboxRow, Mailcow
from ssh.client import HostAddress
from vault.api import Vault, VaultApi


class Server(Mailcow, Protocol):
    """mailcow's calls, and one that proves that the server answers."""

    def version(self) -> str:
        """Return the version that mailcow reports."""
        ...


@dataclass(frozen=True, kw_only=True)
class HostInputs:
    """Inputs of the explicit provider resource of one mail host; names, addresses and public keys only."""

    name: str
    """mailcow's hostname, fully qualified."""
    address: str
    key: str
    """Its SSH host key, ``ssh-ed25519 AAAA…``."""
    user: str
    stack: str

    @classmethod
    def of(cls, request: ConfigureRequest) -> Self:
        """Read them from what the engine hands ``configure``.

        Raises:
            RefusedError: One is missing: the resource was registered without its host's provider.
        """

        def required(key: str) -> str:
            value = request.config.get(f"host:{key}")
            if not value:
                raise RefusedError(f"host:{key} is missing from the provider; give the resource its host's provider")
            return str(value)

        return cls(
            name=required("name"),
            address=required("address"),
            key=required("key"),
            user=required("user"),
            stack=required("stack"),
        )


class MailboxesInBulk:
    """Mailboxes as one request a domain reported them, until something of that domain is written."""

    def __init__(self, read: Callable[[str], tuple[MailboxRow, ...]]) -> None:
        self._read = read
        self._guard = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._rows: dict[str, dict[str, MailboxRow]] = {}

    def get(self, domain: str, address: str) -> MailboxRow | None:
        """Return one mailbox; the first to ask for a domain reads it, the others wait for that."""
        with self._lock_of(domain):
            if domain not in self._rows:
                self._rows[domain] = {row.address: row for row in self._read(domain)}
            return self._rows[domain].get(address)

    def forget(self, domain: str) -> None:
        """Read the domain anew next time; waits for a read under way, whose answer may be older than the write."""
        with self._lock_of(domain):
            self._rows.pop(domain, None)

    def _lock_of(self, domain: str) -> threading.Lock:
        with self._guard:
            return self._locks.setdefault(domain, threading.Lock())


class MailHost:
    """One mail host, shared by the four threads of a plugin process."""

    def __init__(self, *, name: str, stack: str, mailcow: Server, vault: Callable[[], Vault]) -> None:
        self.name = name
        self.stack = stack
        self.tag = ownership_tag(stack)
        self.mailcow = mailcow
        self.vault = vault
        self.mailboxes = MailboxesInBulk(mailcow.list_mailboxes)

    def prove_it_answers(self) -> None:
        """Make sure that an object is gone and not the server.

        Raises:
            MailcowError: It does not answer, so nothing can be said.
        """
        self.mailcow.version()


class _Shared:
    """What this process has made so far; each host and the connection to Vault once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._vault: Vault | None = None
        self._hosts: dict[HostInputs, MailHost] = {}

    def vault(self) -> Vault:
        """Connect as the environment says; at the first call, as previews need no Vault."""
        with self._lock:
            if self._vault is None:
                self._vault = VaultApi.from_environment()
            return self._vault

    def host(self, inputs: HostInputs) -> MailHost:
        """Return the host; nothing is connected before its first call."""
        with self._lock:
            if inputs not in self._hosts:
                self._hosts[inputs] = self._reach(inputs)
            return self._hosts[inputs]

    def _reach(self, inputs: HostInputs) -> MailHost:
        return MailHost(
            name=inputs.name,
            stack=inputs.stack,
            mailcow=MailcowApi.over_ssh(
                HostAddress(address=inputs.address, user=inputs.user, key=inputs.key),
                hostname=inputs.name,
                key=lambda: api_key(self.vault(), inputs.name),
            ),
            vault=self.vault,
        )


_shared = _Shared()


def mail_host(request: ConfigureRequest) -> MailHost:
    """Return the host that a provider resource describes; the same one for all kinds of resources."""
    return _shared.host(HostInputs.of(request))


def vault() -> Vault:
    """Return this process's connection to Vault, made from the environment at the first call."""
    return _shared.vault()


def api_key(vault: Vault, hostname: str) -> str:
    """Read the host's API key from Vault, where HostSecrets put it.

    Raises:
        VaultError: There is none, or Vault does not answer.
    """
    path = host_secret(hostname, "api_key")
    key = (vault.read(path) or {}).get("key")
    if not key:
        raise VaultError(f"Vault has no API key of {hostname} at {path}; run `mailstead up`, which puts it there")
    return key
