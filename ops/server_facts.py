"""Asks servers and Vault what a preview should know of the mailboxes it speaks of; never fails, never takes long.

One request a server for its domains and one a domain for its mailboxes, of those domains only in which a mailbox
would be made, closed or deleted.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from core.names import VAULT_USERS, address_of, user_secret
from mailcow.rows import Mailcow
from ops.facts import Facts, Held
from ops.server_access import Access
from ops.steps import Step
from users.first_password import INITIAL, MAILBOX_MADE_NOTE, STATE_NOTE
from users.ownership import owner_of
from vault.api import SecretMetadata, Vault

PATIENCE_S: Final = 5.0
"""How long a call waits for a mailcow that is not up."""
_DEADLINE_S: Final = 15.0


def facts_of(
    steps: Sequence[Step],
    access: Sequence[Access],
    *,
    recorded: frozenset[str],
    vault: Callable[[], Vault],
    deadline_s: float = _DEADLINE_S,
) -> Facts:
    """Ask what is needed for the steps of a preview.

    Args:
        steps: What would happen.
        access: The ways to the servers.
        recorded: Addresses that the stack's Roster has.
        vault: Connects to Vault.
        deadline_s: After this many seconds what has not come is not known.
    """
    stack = steps[0].stack if steps else ""
    wanted, servers = _domains_of_interest(steps), {one.name: one for one in access}
    looks = [
        _ServerLook(servers[name].mailcow, servers[name].hostname, stack, domains)
        for name, domains in wanted.items()
        if name in servers
    ]
    again = [step.name for step in steps if step.kind == "Mailbox" and step.op == "create" and step.name in recorded]
    notes = _VaultLook(vault, again)
    _within(deadline_s, [look.run for look in looks] + ([notes.run] if again else []))
    return Facts(
        held={address: held for look in looks for address, held in list(look.held.items())},
        read=frozenset(domain for look in looks for domain in list(look.read)),
        not_reachable={domain: look.hostname for look in looks for domain in look.domains if domain not in look.read},
        domains={name: owner for look in looks for name, owner in list(look.domain_owners.items())},
        never_made=frozenset(list(notes.never_made)),
        unsure=frozenset(again) - frozenset(list(notes.answered)),
        adopt=any(one.adopt for one in access),
    )


def _domains_of_interest(steps: Iterable[Step]) -> Mapping[str, list[str]]:
    """Give the domains to read, by the name of the server's provider."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for step in steps:
        if step.kind == "Mailbox" and (step.op != "update" or step.old.get("active") != step.new.get("active")):
            found[step.provider].add(step.name.rpartition("@")[2])
        if step.kind == "Domain" and step.op == "create":
            found[step.provider].add(step.name)
    return {provider: sorted(domains) for provider, domains in found.items()}


class _ServerLook:
    """Reads one server's domains and mailboxes; what it has found so far may be read at any time."""

    def __init__(self, mailcow: Mailcow, hostname: str, stack: str, domains: Sequence[str]) -> None:
        self.hostname = hostname
        self.domains = domains
        self.held: dict[str, Held] = {}
        self.read: set[str] = set()
        self.domain_owners: dict[str, str | None] = {}
        self._mailcow = mailcow
        self._stack = stack

    def run(self) -> None:
        for row in self._mailcow.list_domains():
            self.domain_owners[row.name] = owner_of(row.tags, stack=self._stack)
        for domain in self.domains:
            if domain in self.domain_owners:
                self._read(domain)
            self.read.add(domain)

    def _read(self, domain: str) -> None:
        for row in self._mailcow.list_mailboxes(domain):
            self.held[row.address] = Held(
                bytes_used=row.bytes_used,
                messages=row.messages,
                last_login=row.last_login,
                owner=owner_of(row.tags, stack=self._stack),
            )


class _VaultLook:
    """Reads from Vault's notes whose mailbox was never made although it is recorded: a first run died before it."""

    def __init__(self, vault: Callable[[], Vault], addresses: Sequence[str]) -> None:
        self.never_made: set[str] = set()
        self.answered: set[str] = set()
        self._vault = vault
        self._by_domain: defaultdict[str, list[str]] = defaultdict(list)
        for address in addresses:
            local_part, _, domain = address.rpartition("@")
            self._by_domain[domain].append(local_part)

    def run(self) -> None:
        vault = self._vault()
        for domain, local_parts in self._by_domain.items():
            there = set(vault.list(f"{VAULT_USERS}/{domain}"))
            for local_part in local_parts:
                address = address_of(local_part, domain)
                if local_part not in there or _opened_nothing(vault.metadata(user_secret(domain, local_part))):
                    self.never_made.add(address)
                self.answered.add(address)


def _opened_nothing(found: SecretMetadata | None) -> bool:
    """Tell whether it is a password of ours that no mailbox was ever seen with."""
    return found is None or (found.custom.get(STATE_NOTE) == INITIAL and MAILBOX_MADE_NOTE not in found.custom)


def _within(deadline_s: float, looks: Iterable[Callable[[], None]]) -> None:
    """Run them side by side and wait for them, but not for long; one that goes on ends with the process."""
    threads = [threading.Thread(target=_quietly, args=(look,), daemon=True) for look in looks]
    end = time.monotonic() + deadline_s
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))


def _quietly(look: Callable[[], None]) -> None:
    try:
        look()
    except Exception:  # noqa: BLE001 — a preview does not fail by what it only adds
        return  # what was not read is said to be not reachable
