"""Stand-ins held in memory that behave as the real things were seen to: Vault's key-value store, mailcow."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from core.errors import MailcowRefusedError, VaultError
from mailcow.rows import AliasRow, DkimRow, DomainRow, MailboxRow, Mailcow, NewAlias, NewDomain, NewMailbox
from vault.api import SecretMetadata, Vault


@dataclass
class _Secret:
    versions: list[dict[str, str]] = field(default_factory=list)
    deleted: bool = False
    custom: dict[str, str] = field(default_factory=dict)


class FakeVault(Vault):
    """Vault in memory.

    ``calls`` remembers what was asked, such as ``create mail/users/a.example/bob``; ``failure`` is raised by all.
    """

    def __init__(self) -> None:
        self.secrets: dict[str, _Secret] = {}
        self.calls: list[str] = []
        self.failure: Exception | None = None

    def create_secret(self, path: str, data: Mapping[str, str], metadata: Mapping[str, str]) -> bool:
        self._called(f"create {path}")
        found = self.secrets.get(path)
        if found is not None and found.versions:
            if found.deleted:
                raise VaultError(f"secret {path} is there but deleted; bring it back with: vault kv undelete {path}")
            return False
        self.secrets[path] = _Secret(versions=[dict(data)], custom=dict(metadata))
        return True

    def read(self, path: str) -> dict[str, str] | None:
        self._called(f"read {path}")
        found = self.secrets.get(path)
        if found is None or not found.versions:
            return None
        if found.deleted:
            raise VaultError(f"secret {path} is there but deleted; bring it back with: vault kv undelete {path}")
        return dict(found.versions[-1])

    def exists(self, path: str) -> bool:
        self._called(f"exists {path}")
        found = self.secrets.get(path)
        return found is not None and bool(found.versions) and not found.deleted

    def write_version(self, path: str, data: Mapping[str, str]) -> None:
        self._called(f"write {path}")
        found = self.secrets.setdefault(path, _Secret())
        found.versions.append(dict(data))
        found.deleted = False

    def metadata(self, path: str) -> SecretMetadata | None:
        self._called(f"metadata {path}")
        found = self.secrets.get(path)
        if found is None:
            return None
        return SecretMetadata(
            version=len(found.versions),
            deleted=found.deleted,
            destroyed=False,
            created="2026-11-22T13:50:00Z" if found.versions else "",
            custom=dict(found.custom),
        )

    def set_metadata(self, path: str, custom: Mapping[str, str]) -> None:
        self._called(f"set_metadata {path}")
        self.secrets.setdefault(path, _Secret()).custom = dict(custom)

    def delete_all(self, path: str) -> None:
        self._called(f"delete {path}")
        self.secrets.pop(path, None)

    def list(self, path: str) -> tuple[str, ...]:
        self._called(f"list {path}")
        prefix = f"{path.strip('/')}/"
        below = (name.removeprefix(prefix) for name in self.secrets if name.startswith(prefix))
        return tuple(sorted({head + slash for head, slash, _ in (name.partition("/") for name in below)}))

    def soft_delete(self, path: str) -> None:
        """Do what somebody does by hand with ``vault kv delete``."""
        self.secrets[path].deleted = True

    def _called(self, what: str) -> None:
        self.calls.append(what)
        if self.failure is not None:
            raise self.failure


class FakeMailcow(Mailcow):
    """mailcow in memory.

    ``changes`` remembers what was written, such as ``add mailbox bob@a.example``; ``reads`` what was read;
    ``failure`` is raised by all calls, and ``failures`` once each by the next calls that have their name.
    """

    def __init__(self) -> None:
        self.domains: dict[str, DomainRow] = {}
        self.dkim: dict[str, DkimRow] = {}
        self.mailboxes: dict[str, MailboxRow] = {}
        self.aliases: dict[str, AliasRow] = {}
        self.passwords: dict[str, str] = {}
        self.changes: list[str] = []
        self.reads: list[str] = []
        self.failure: Exception | None = None
        self.failures: dict[str, Exception] = {}
        self._numbers: Iterator[int] = iter(range(1, 1_000_000))

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

    def delete_dkim(self, domain: str) -> None:
        self._change(f"delete dkim {domain}")
        self.dkim.pop(domain, None)

    def get_mailbox(self, address: str) -> MailboxRow | None:
        self._read(f"get mailbox {address}")
        return self.mailboxes.get(address.lower())

    def list_mailboxes(self, domain: str) -> tuple[MailboxRow, ...]:
        self._read(f"list mailboxes {domain}")
        return tuple(
            row for row in self.mailboxes.values() if row.address.endswith(f"@{domain}") and not row.half_deleted
        )

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
            tags=mailbox.tags,
            created="2026-11-22 13:50:00",
        )
        self.passwords[mailbox.address] = password
        return True

    def edit_mailbox(self, address: str, *, name: str, quota_mib: int, active: bool) -> None:
        self._change(f"edit mailbox {address}")
        found = self.mailboxes.get(address)
        if found is None or found.half_deleted:
            raise MailcowRefusedError(f"mailcow refused to edit mailbox {address}: access denied")
        self.mailboxes[address] = replace(found, name=name or found.name, quota_mib=quota_mib, active=active)

    def delete_mailbox(self, address: str) -> None:
        self._change(f"delete mailbox {address}")
        self.mailboxes.pop(address, None)
        self.passwords.pop(address, None)
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
