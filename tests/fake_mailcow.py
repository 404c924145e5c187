"""mailcow held in memory, which behaves as the real one was seen to."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace

from core.dkim import record_text
from core.errors import MailcowRefusedError
from mailcow.rows import (
    AliasRow,
    DkimRow,
    DomainRow,
    MailboxChange,
    MailboxRow,
    Mailcow,
    NewAlias,
    NewDomain,
    NewMailbox,
)
from tests.fake_extras import FakeExtras
from tests.fake_mta_sts import FakeMtaSts
from tests.fake_relays import FakeRelays


class FakeMailcow(FakeExtras, FakeRelays, FakeMtaSts, Mailcow):
    """mailcow in memory.

    ``changes`` remembers what was written, such as ``add mailbox bob@a.example``; ``reads`` what was read;
    ``failure`` is raised by all calls, and ``failures`` once each by the next calls that have their name.
    """

    def __init__(self) -> None:
        super().__init__()
        self.domains: dict[str, DomainRow] = {}
        self.dkim: dict[str, DkimRow] = {}
        self.mailboxes: dict[str, MailboxRow] = {}
        self.aliases: dict[str, AliasRow] = {}
        self.passwords: dict[str, str] = {}
        self.changes: list[str] = []
        self.reads: list[str] = []
        self.failure: Exception | None = None
        self.failures: dict[str, Exception] = {}

    def version(self) -> str:
        """Prove that the server answers."""
        self._read("version")
        return "2026-07a"

    def get_domain(self, name: str) -> DomainRow | None:
        self._read(f"get domain {name}")
        found = self.domains.get(name.lower())
        if found is None:
            return None
        return replace(found, mailboxes=sum(1 for address in self.mailboxes if address.endswith(f"@{found.name}")))

    def list_domains(self) -> tuple[DomainRow, ...]:
        self._read("list domains")
        return tuple(self.domains.values())

    def add_domain(self, domain: NewDomain) -> bool:
        self._change(f"add domain {domain.name}")
        if domain.name in self.domains:
            return False
        self.domains[domain.name] = DomainRow(
            name=domain.name,
            description=domain.description,
            active=domain.active,
            max_aliases=domain.max_aliases,
            max_mailboxes=domain.max_mailboxes,
            default_quota_mib=domain.default_quota_mib,
            max_quota_mib=domain.max_quota_mib,
            quota_mib=domain.quota_mib,
            mailboxes=0,
            tags=domain.tags,
        )
        return True

    def edit_domain(self, domain: NewDomain) -> None:
        self._change(f"edit domain {domain.name}")
        if domain.name not in self.domains:
            raise MailcowRefusedError(f"mailcow refused to edit domain {domain.name}: domain invalid")
        self.domains[domain.name] = replace(
            self.domains[domain.name],
            description=domain.description or self.domains[domain.name].description,
            active=domain.active,
            max_aliases=domain.max_aliases,
            max_mailboxes=domain.max_mailboxes,
            default_quota_mib=domain.default_quota_mib,
            max_quota_mib=domain.max_quota_mib,
            quota_mib=domain.quota_mib,
        )

    def delete_domain(self, name: str) -> None:
        self._change(f"delete domain {name}")
        if any(address.endswith(f"@{name}") for address in self.mailboxes):
            raise MailcowRefusedError(f"mailcow refused to delete domain {name}: domain not empty {name}")
        self.domains.pop(name, None)  # its DKIM key stays
        self.aliases = {a: row for a, row in self.aliases.items() if not a.endswith(f"@{name}")}

    def get_dkim(self, domain: str) -> DkimRow | None:
        self._read(f"get dkim {domain}")
        return self.dkim.get(domain)

    def add_dkim(self, domain: str, *, selector: str, key_size: int) -> bool:
        self._change(f"add dkim {domain}")
        if domain in self.dkim:
            return False
        if domain not in self.domains:
            raise MailcowRefusedError(f"mailcow refused to add DKIM key {selector} to {domain}: access denied {domain}")
        public_key = f"key{next(self._numbers)}"
        self.dkim[domain] = DkimRow(
            domain=domain,
            selector=selector,
            key_size=key_size,
            public_key=public_key,
            dns_text=f"v=DKIM1;k=rsa;t=s;s=email;p={public_key}",
        )
        return True

    def import_dkim(self, domain: str, *, selector: str, private_key: str, public_key: str) -> None:
        self._change(f"import dkim {domain}")
        assert private_key.startswith("-----BEGIN PRIVATE KEY-----")
        self.dkim[domain] = DkimRow(
            domain=domain, selector=selector, key_size=2048, public_key=public_key, dns_text=record_text(public_key)
        )

    def delete_dkim(self, domain: str) -> None:
        self._change(f"delete dkim {domain}")
        self.dkim.pop(domain, None)

    def get_mailbox(self, address: str) -> MailboxRow | None:
        self._read(f"get mailbox {address}")
        return self.mailboxes.get(address.lower())

    def list_mailboxes(self, domain: str) -> tuple[MailboxRow, ...]:
        self._read(f"list mailboxes {domain}")
        return tuple(
            replace(row, sending_limit=None)
            for row in self.mailboxes.values()
            if row.address.endswith(f"@{domain}") and not row.half_deleted
        )

    def list_sending_limits(self) -> Mapping[str, str]:
        self._read("list sending limits")
        return {address: row.sending_limit for address, row in self.mailboxes.items() if row.sending_limit}

    def add_mailbox(self, mailbox: NewMailbox, *, password: str) -> bool:
        self._change(f"add mailbox {mailbox.address}")
        if mailbox.address in self.mailboxes:
            return False
        if mailbox.address in self.aliases:
            raise MailcowRefusedError(f"mailcow refused to add mailbox {mailbox.address}: is alias {mailbox.address}")
        if mailbox.address.rpartition("@")[2] not in self.domains:
            raise MailcowRefusedError(f"mailcow refused to add mailbox {mailbox.address}: access denied")
        self.mailboxes[mailbox.address] = MailboxRow(
            address=mailbox.address,
            name=mailbox.name,
            quota_mib=mailbox.quota_mib,
            active=mailbox.active,
            receives_only=mailbox.receives_only and not mailbox.active,
            protocols=mailbox.protocols,
            change_password=mailbox.change_password,
            sending_limit=mailbox.sending_limit,
            tags=tuple(sorted(mailbox.tags)),
            created="2026-11-22 13:50:00",
            password_set="2026-11-22 13:50:00",
        )
        self.passwords[mailbox.address] = password
        return True

    def edit_mailbox(self, address: str, change: MailboxChange) -> None:
        self._change(f"edit mailbox {address}")
        found = self._mailbox(address, "edit")
        asked = {key: value for key, value in asdict(change).items() if value is not None and value != ""}
        if change.active is None:
            del asked["receives_only"]
        self.mailboxes[address] = replace(found, **asked)

    def set_password(self, address: str, password: str, *, change_password: bool) -> None:
        self._change(f"set password {address}")
        found = self._mailbox(address, "give a password to")
        self.mailboxes[address] = replace(found, change_password=change_password, password_set="2026-11-22 13:55:00")
        self.passwords[address] = password

    def set_sending_limit(self, address: str, limit: str) -> None:
        self._change(f"limit mailbox {address}")
        self.mailboxes[address] = replace(self._mailbox(address, "limit"), sending_limit=limit)

    def add_tags(self, address: str, tags: Iterable[str]) -> None:
        self._change(f"tag mailbox {address}")
        found = self._mailbox(address, "tag")
        self.mailboxes[address] = replace(found, tags=tuple(sorted({*found.tags, *tags})))

    def remove_tags(self, address: str, tags: Iterable[str]) -> None:
        self._change(f"untag mailbox {address}")
        found = self._mailbox(address, "untag")
        self.mailboxes[address] = replace(found, tags=tuple(sorted({*found.tags} - {*tags})))

    def delete_mailbox(self, address: str) -> None:
        self._change(f"delete mailbox {address}")
        self.mailboxes.pop(address, None)
        self.passwords.pop(address, None)
        self.forget_extras(address)
        for name, alias in list(self.aliases.items()):
            left = tuple(goto for goto in alias.goto if goto != address)
            if left:
                self.aliases[name] = replace(alias, goto=left)
            else:
                del self.aliases[name]

    def get_alias(self, address: str) -> AliasRow | None:
        self._read(f"get alias {address}")
        return self.aliases.get(address.lower())

    def list_aliases(self, domain: str) -> tuple[AliasRow, ...]:
        self._read(f"list aliases {domain}")
        return tuple(row for row in self.aliases.values() if row.address.endswith(f"@{domain}"))

    def add_alias(self, alias: NewAlias) -> bool:
        self._change(f"add alias {alias.address}")
        if alias.address in self.aliases:
            return False
        if alias.address in self.mailboxes:
            raise MailcowRefusedError(
                f"mailcow refused to add alias {alias.address}: is alias or mailbox {alias.address}"
            )
        self.aliases[alias.address] = AliasRow(
            id=next(self._numbers),
            address=alias.address,
            goto=alias.goto,
            active=alias.active,
            private_comment=alias.private_comment,
        )
        return True

    def edit_alias(self, alias: NewAlias) -> None:
        self._change(f"edit alias {alias.address}")
        found = self.aliases.get(alias.address)
        if found is None:
            raise MailcowRefusedError(f"mailcow refused to edit alias {alias.address}: alias invalid")
        self.aliases[alias.address] = replace(
            found, goto=alias.goto, active=alias.active, private_comment=alias.private_comment
        )

    def delete_alias(self, address: str) -> None:
        self._change(f"delete alias {address}")
        self.aliases.pop(address, None)

    def half_delete(self, address: str) -> None:
        """Leave a mailbox as a delete does that died of a deadlock."""
        self.mailboxes[address] = MailboxRow(address=address, name="", quota_mib=0, active=False, half_deleted=True)

    def _mailbox(self, address: str, doing: str) -> MailboxRow:
        found = self.mailboxes.get(address)
        if found is None or found.half_deleted:
            raise MailcowRefusedError(f"mailcow refused to {doing} mailbox {address}: access denied")
        return found

    def _read(self, what: str) -> None:
        self.reads.append(what)
        self._fail(what)

    def _change(self, what: str) -> None:
        self.changes.append(what)
        self._fail(what)

    def _fail(self, what: str) -> None:
        if what in self.failures:
            raise self.failures.pop(what)
        if self.failure is not None:
            raise self.failure
