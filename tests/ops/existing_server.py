"""A mail server of somebody else's making, in memory: two domains, people of all sorts, another stack's things."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from core.errors import MailcowRefusedError
from core.people import PROTOCOLS
from mailcow.rows import AliasRow, DkimRow, DomainRow, FilterRow, MailboxRow, SyncJobRow
from tests.fakes import FakeMailcow

HOSTNAME = "mail.example.com"
API_KEY = "1A2B3C-4D5E6F-PLANTED-KEY-7A8B9C"


class ExistingServer(FakeMailcow):
    """mailcow in memory with the calls that a survey makes, and an API key.

    ``key`` is what calls come with; ``keys`` are those that it takes, each with whether it may change things.
    """

    def __init__(self) -> None:
        super().__init__()
        self.alias_domains: dict[str, str] = {}
        self.keys = {API_KEY: True}
        self.key = API_KEY

    def list_alias_domains(self) -> Mapping[str, str]:
        self._read("list alias domains")
        return self.alias_domains

    def list_all_filters(self) -> tuple[FilterRow, ...]:
        self._read("list all filters")
        return tuple(self.filters.values())

    def prove_it_may_change(self) -> None:
        """Answer as the real one does to deleting no domain."""
        self._read("prove it may change")
        if self.key not in self.keys:
            raise MailcowRefusedError(
                f"mailcow on {HOSTNAME} does not take the API key from Vault (to change anything)"
            )
        if not self.keys[self.key]:
            raise MailcowRefusedError(f"mailcow on {HOSTNAME} was given a read-only API key to change anything")

    # Making it what somebody else made it

    def has_domain(self, name: str, *, selector: str | None = "dkim", **columns: Any) -> None:
        """Put a domain there, by default with the key that mailcow makes by itself."""
        row = DomainRow(
            name=name,
            description=name,
            active=True,
            max_aliases=400,
            max_mailboxes=10,
            default_quota_mib=3072,
            max_quota_mib=10_240,
            quota_mib=10_240,
            mailboxes=0,
        )
        self.domains[name] = replace(row, **columns)
        if selector:
            self.dkim[name] = DkimRow(
                domain=name, selector=selector, key_size=2048, public_key="MIIB", dns_text="v=DKIM1;k=rsa;p=MIIB"
            )

    def has_mailbox(self, address: str, **columns: Any) -> None:
        """Put a mailbox there, by default as the web page makes it."""
        row = MailboxRow(address=address, name="", quota_mib=3072, active=True, protocols=PROTOCOLS, sending_limit="")
        self.mailboxes[address] = replace(row, **columns)

    def has_alias(self, address: str, *goto: str, **columns: Any) -> None:
        """Put an alias there."""
        row = AliasRow(id=len(self.aliases) + 1, address=address, goto=goto, active=True)
        self.aliases[address.lower()] = replace(row, **columns)

    def has_filter(self, address: str) -> None:
        """Give a mailbox a Sieve filter."""
        id_ = len(self.filters) + 1
        self.filters[id_] = FilterRow(
            id=id_, username=address, kind="prefilter", script="keep;", description="by hand", active=True
        )

    def has_sync_job(self, address: str) -> None:
        """Give a mailbox a sync job."""
        id_ = len(self.sync_jobs) + 1
        self.sync_jobs[id_] = SyncJobRow(
            id=id_, username=address, host="imap.old.example", port=993, user="u", encryption="SSL"
        )


def small_company() -> ExistingServer:
    """A server with all that a list can say."""
    server = ExistingServer()
    server.has_domain("example.com")
    server.has_domain("startup.io", selector="s1")
    server.has_mailbox("alice@example.com")
    server.has_mailbox("bob@example.com", name="Bob Builder", quota_mib=8192, tags=("sales",))
    server.has_mailbox("carol@example.com", protocols=("imap", "smtp"), sending_limit="100/h")
    server.has_mailbox("dave@startup.io", quota_mib=0)
    server.has_alias("robert@example.com", "bob@example.com")
    server.has_alias("team@example.com", "alice@example.com", "bob@example.com", "someone@outside.example")
    server.has_alias("@example.com", "alice@example.com")
    for role in ("postmaster", "abuse"):
        server.has_alias(f"{role}@example.com", "alice@example.com")
    server.has_alias("postmaster@startup.io", "dave@startup.io")
    return server
