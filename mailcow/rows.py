"""What mailcow's API answers, as typed values, all of them by one import; and the calls as a protocol."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from core.mta_sts import Policy
from mailcow.domain_rows import DkimRow, DomainRow, NewDomain
from mailcow.mailbox_rows import (
    AppPasswordRow,
    FilterRow,
    MailboxChange,
    MailboxRow,
    NewFilter,
    NewMailbox,
    NewSyncJob,
    SyncJobRow,
)
from mailcow.relay_rows import NewRelayHost, RelayHostRow, TlsPolicyRow

__all__ = [
    "AliasRow",
    "AppPasswordRow",
    "ContainerRow",
    "DkimRow",
    "DomainRow",
    "FilterRow",
    "MailboxChange",
    "MailboxRow",
    "Mailcow",
    "NewAlias",
    "NewDomain",
    "NewFilter",
    "NewMailbox",
    "NewRelayHost",
    "NewSyncJob",
    "RelayHostRow",
    "SyncJobRow",
    "TlsPolicyRow",
]


@dataclass(frozen=True, kw_only=True)
class AliasRow:
    """One alias as mailcow has it."""

    id: int
    """mailcow's number of it; the address is the identity, this is not."""
    address: str
    """As it was typed: the local part keeps its case."""
    goto: tuple[str, ...]
    active: bool
    private_comment: str = ""


@dataclass(frozen=True, kw_only=True)
class ContainerRow:
    """One of mailcow's containers, as mailcow's own Docker proxy sees it."""

    name: str
    state: str
    """``running``, ``exited``, ``restarting`` …"""
    image: str


@dataclass(frozen=True, kw_only=True)
class NewAlias:
    """An alias as it should be."""

    address: str
    goto: tuple[str, ...]
    active: bool = True
    private_comment: str = ""
    """At most 160 characters; carries the mark of ownership, as aliases have no tags."""


class Mailcow(Protocol):
    """The calls that resources make; ``MailcowApi`` makes them over HTTP, tests hold one in memory.

    The ``add_*`` calls answer True when this call made the object and False when it is there all the same: it
    existed, or an earlier try whose answer was lost made it. Whose it is, is for the caller to read and decide.
    The ``delete_*`` calls take absence as done. All may raise ``MailcowUnavailableError`` (not ready, not
    reachable), ``MailcowRefusedError`` and ``MailcowUnclearError``.
    """

    def get_domain(self, name: str) -> DomainRow | None:
        """Read one domain; None when there is none."""
        ...

    def list_domains(self) -> tuple[DomainRow, ...]:
        """Read all domains in one call."""
        ...

    def add_domain(self, domain: NewDomain) -> bool:
        """Make a domain, without DKIM key; False when it is there already."""
        ...

    def edit_domain(self, domain: NewDomain) -> None:
        """Set description, limits and active of a domain; leaves its tags alone."""
        ...

    def delete_domain(self, name: str) -> None:
        """Delete an empty domain; its DKIM key stays. Refused while a mailbox is in it."""
        ...

    def get_dkim(self, domain: str) -> DkimRow | None:
        """Read a domain's key; None when it has none."""
        ...

    def add_dkim(self, domain: str, *, selector: str, key_size: int) -> bool:
        """Make a domain's key; False when it has one, whatever its selector."""
        ...

    def import_dkim(self, domain: str, *, selector: str, private_key: str, public_key: str) -> None:
        """Have a domain sign with a key of ours from now on, in place of the one it has, and see that it does.

        mailcow keeps the private half in clear in Redis and in its API log, which only its administrators read.

        Args:
            domain: Whose key.
            selector: Label of its record.
            private_key: PKCS#8 in PEM; in no error.
            public_key: Its other half as ``DkimRow`` has it, to see that mailcow took it.
        """
        ...

    def delete_dkim(self, domain: str) -> None:
        """Delete a domain's key."""
        ...

    def get_mailbox(self, address: str) -> MailboxRow | None:
        """Read one mailbox; None when there is none. Look at ``half_deleted``."""
        ...

    def list_mailboxes(self, domain: str) -> tuple[MailboxRow, ...]:
        """Read all mailboxes of a domain in one call; half-deleted ones have no name and are left out.

        Their ``sending_limit`` is None: ``list_sending_limits`` has those.
        """
        ...

    def list_sending_limits(self) -> Mapping[str, str]:
        """Read the sending limit of every mailbox of the server that has one, by address, in one call."""
        ...

    def add_mailbox(self, mailbox: NewMailbox, *, password: str) -> bool:
        """Make a mailbox with its tags; False when it is there already, half-deleted ones too."""
        ...

    def edit_mailbox(self, address: str, change: MailboxChange) -> None:
        """Set what the change names, and nothing else."""
        ...

    def set_password(self, address: str, password: str, *, change_password: bool) -> None:
        """Give a mailbox another password; ``change_password``: the web page asks for her own at once.

        Safe to call again; running sessions and app passwords go on.
        """
        ...

    def set_sending_limit(self, address: str, limit: str) -> None:
        """Set how much a mailbox may send, ``100/h``; empty takes its own limit away."""
        ...

    def add_tags(self, address: str, tags: Iterable[str]) -> None:
        """Give a mailbox more tags."""
        ...

    def remove_tags(self, address: str, tags: Iterable[str]) -> None:
        """Take tags off a mailbox; absence is done."""
        ...

    def delete_mailbox(self, address: str) -> None:
        """Delete a mailbox and its mail; one at a time in this process."""
        ...

    def get_alias(self, address: str) -> AliasRow | None:
        """Read one alias; None when there is none, also where a mailbox has the address."""
        ...

    def list_aliases(self, domain: str) -> tuple[AliasRow, ...]:
        """Read all aliases of a domain in one call."""
        ...

    def add_alias(self, alias: NewAlias) -> bool:
        """Make an alias; False when an alias has the address. Refused when a mailbox has it."""
        ...

    def edit_alias(self, alias: NewAlias) -> None:
        """Set targets, active and private comment of an alias."""
        ...

    def delete_alias(self, address: str) -> None:
        """Delete an alias."""
        ...

    def list_filters(self, address: str) -> tuple[FilterRow, ...]:
        """Read the Sieve filters of one mailbox, without the rules that she keeps by her mail program."""
        ...

    def add_filter(self, new: NewFilter) -> None:
        """Make a filter; an active one puts every other of its kind and mailbox to rest.

        Made once, also when an answer is lost: one that is there already, equal in all, is left.
        """
        ...

    def edit_filter(self, id_: int, new: NewFilter) -> None:
        """Set all of a filter but its mailbox; an active one puts every other of its kind to rest."""
        ...

    def delete_filter(self, address: str, id_: int) -> None:
        """Delete a filter of a mailbox."""
        ...

    def list_app_passwords(self, address: str) -> tuple[AppPasswordRow, ...]:
        """Read which app passwords a mailbox has."""
        ...

    def delete_app_password(self, address: str, id_: int) -> None:
        """Delete one app password of a mailbox."""
        ...

    def list_sync_jobs(self, address: str | None = None, *, with_log: bool = False) -> tuple[SyncJobRow, ...]:
        """Read the sync jobs of one mailbox, or of all in one call, without passwords."""
        ...

    def add_sync_job(self, job: NewSyncJob, *, password: str) -> bool:
        """Make a sync job; False when its mailbox has one from the same server and user."""
        ...

    def edit_sync_job(self, id_: int, job: NewSyncJob, *, password: str | None = None) -> None:
        """Set all of a sync job but its mailbox; without a password the old one stays."""
        ...

    def delete_sync_job(self, id_: int) -> None:
        """Delete a sync job; the mail that came stays."""
        ...

    def list_relay_hosts(self) -> tuple[RelayHostRow, ...]:
        """Read all relay hosts in one call."""
        ...

    def add_relay_host(self, new: NewRelayHost, *, password: str) -> int:
        """Give the number of the relay host that is so, password and all; it is made if there is none.

        Raises ``MailcowRefusedError`` also for a password that mailcow cannot keep.
        """
        ...

    def set_relay_host(self, domain: str, id_: int) -> bool:
        """Let a domain's mail leave by a relay host, directly with 0; False when there is no such relay host."""
        ...

    def delete_relay_host(self, id_: int) -> bool:
        """Delete a relay host that nobody uses; False, and nothing done, when somebody does."""
        ...

    def list_tls_policies(self) -> tuple[TlsPolicyRow, ...]:
        """Read the TLS policies of all destinations in one call."""
        ...

    def set_tls_policy(self, destination: str, policy: str) -> None:
        """Make the policy of a destination so, whatever it was."""
        ...

    def delete_tls_policy(self, destination: str) -> bool:
        """Delete the policy of a destination that no relay host leads to; False when one does."""
        ...

    def set_mta_sts(self, domain: str, policy: Policy) -> None:
        """Make the MTA-STS policy of a domain so, whatever it was; mailcow serves it from then on."""
        ...

    def rest_mta_sts(self, domain: str) -> None:
        """Serve the MTA-STS policy of a domain no longer, if it has one."""
        ...
