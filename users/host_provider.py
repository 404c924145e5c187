"""What the resources of one mail host share in a plugin process: API, Vault and what was read in bulk."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, Protocol

from pulumi.dynamic import ConfigureRequest

from core.errors import VaultError
from core.names import host_secret, ownership_tag
from mailcow.answers import PATIENCE_S
from mailcow.api import MailcowApi
from mailcow.rows import MailboxRow, Mailcow
from mailcow.transport import session_over_tls
from ssh.client import SshClient
from ssh.lock import HostLock
from users.host_inputs import HostInputs
from users.sync_jobs import SyncJobsInBulk
from users.ways_out import WaysOutInBulk
from vault.api import Vault, VaultApi

_EVERYBODY: Final = ""


class Server(Mailcow, Protocol):
    """mailcow's calls, and one that proves that the server answers."""

    def version(self) -> str:
        """Return the version that mailcow reports."""
        ...


class MailboxesInBulk:
    """Mailboxes as one request a domain, and one for everybody's sending limits, reported them, until a write."""

    def __init__(
        self, read: Callable[[str], tuple[MailboxRow, ...]], read_limits: Callable[[], Mapping[str, str]]
    ) -> None:
        self._read = read
        self._read_limits = read_limits
        self._limits: Mapping[str, str] | None = None
        self._guard = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._rows: dict[str, dict[str, MailboxRow]] = {}

    def get(self, domain: str, address: str) -> MailboxRow | None:
        """Return one mailbox; the first to ask for a domain reads it, the others wait for that."""
        with self._lock_of(domain):
            if domain not in self._rows:
                self._rows[domain] = {row.address: row for row in self._read(domain)}
            row = self._rows[domain].get(address)
        return None if row is None else replace(row, sending_limit=self._limit_of(address))

    def forget(self, domain: str) -> None:
        """Read the domain anew next time; waits for a read under way, whose answer may be older than the write."""
        with self._lock_of(domain):
            self._rows.pop(domain, None)
        with self._lock_of(_EVERYBODY):
            self._limits = None

    def _limit_of(self, address: str) -> str:
        with self._lock_of(_EVERYBODY):
            if self._limits is None:
                self._limits = self._read_limits()
            return self._limits.get(address, "")

    def _lock_of(self, domain: str) -> threading.Lock:
        with self._guard:
            return self._locks.setdefault(domain, threading.Lock())


class MailHost:
    """One mail host, shared by the four threads of a plugin process."""

    def __init__(
        self,
        *,
        name: str,
        stack: str,
        mailcow: Server,
        vault: Callable[[], Vault],
        shell: SshClient | None = None,
        adopt: bool = False,
    ) -> None:
        """Remember what was found.

        Args:
            name: mailcow's hostname.
            stack: Whose objects are ours.
            mailcow: Its calls.
            vault: Connects to Vault at the first call.
            shell: Runs commands on the host; None where there is no way in but the API.
            adopt: Whether objects that nobody has marked are taken over as they are.
        """
        self.name = name
        self.stack = stack
        self.shell = shell
        self.adopt = adopt
        self.tag = ownership_tag(stack)
        self.mailcow = mailcow
        self.vault = vault
        self.mailboxes = MailboxesInBulk(mailcow.list_mailboxes, mailcow.list_sending_limits)
        self.sync_jobs = SyncJobsInBulk(mailcow.list_sync_jobs)
        self.ways_out = WaysOutInBulk(mailcow)

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
        shell = None if inputs.ssh is None else SshClient(inputs.ssh)
        return MailHost(
            name=inputs.name,
            stack=inputs.stack,
            mailcow=mailcow_of(inputs, key=lambda: api_key(self.vault(), inputs.name), shell=shell),
            vault=self.vault,
            shell=shell,
            adopt=inputs.adopt,
        )


_shared = _Shared()


def mailcow_of(
    inputs: HostInputs,
    *,
    key: Callable[[], str],
    shell: SshClient | None = None,
    patience_s: float = PATIENCE_S,
) -> MailcowApi:
    """Reach mailcow's API the way that the inputs say; connects to nothing before its first call.

    Args:
        inputs: Where the host is, and how its API is reached.
        key: Asked for the API key at the first call.
        shell: Takes the host's lock for what mailcow cannot do side by side; by default one of its own, and where
            there is no way in but the API only this process is kept from doing two such things at once.
        patience_s: How long a call waits for a mailcow that is not up.
    """
    if inputs.ssh is not None:
        exclusive = HostLock(shell or SshClient(inputs.ssh)).held
        return MailcowApi.over_ssh(
            inputs.ssh, hostname=inputs.name, key=key, patience_s=patience_s, exclusive=exclusive
        )
    session = session_over_tls(connect_to=inputs.connect_to or inputs.address, ca_bundle=inputs.ca_bundle)
    return MailcowApi(session, hostname=inputs.name, key=key, patience_s=patience_s)


def mail_host(request: ConfigureRequest) -> MailHost:
    """Return the host that a provider resource describes; the same one for all kinds of resources."""
    return _shared.host(HostInputs.of(request))


def vault() -> Vault:
    """Return this process's connection to Vault, made from the environment at the first call."""
    return _shared.vault()


def api_key(vault: Vault, hostname: str) -> str:
    """Read the host's API key from Vault, where HostSecrets or `mailstead adopt` put it.

    Raises:
        VaultError: There is none, or Vault does not answer.
    """
    path = host_secret(hostname, "api_key")
    key = (vault.read(path) or {}).get("key")
    if not key:
        raise VaultError(
            f"Vault has no API key of {hostname} at {path}; `mailstead up` puts it there,"
            " and for a server that was there before `mailstead adopt --api-key-stdin`"
        )
    return key
