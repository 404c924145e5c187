"""Stand-ins held in memory that behave as the real things were seen to: Vault's key-value store, mailcow."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.errors import VaultError
from tests.fake_mailcow import FakeMailcow
from vault.api import SecretMetadata, Vault

__all__ = ["FakeMailcow", "FakeVault"]


@dataclass
class _Secret:
    versions: list[dict[str, str]] = field(default_factory=list)
    deleted: bool = False
    custom: dict[str, str] = field(default_factory=dict)


class FakeVault(Vault):
    """Vault in memory.

    ``calls`` remembers what was asked, such as ``create mail/users/a.example/bob``; ``failure`` is raised by all,
    and ``failures`` once each by the next calls that have their name.
    """

    def __init__(self) -> None:
        self.secrets: dict[str, _Secret] = {}
        self.calls: list[str] = []
        self.failure: Exception | None = None
        self.failures: dict[str, Exception] = {}

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

    def write_next(self, path: str, data: Mapping[str, str], *, after: int) -> bool:
        self._called(f"write {path} after {after}")
        found = self.secrets.setdefault(path, _Secret())
        if len(found.versions) != after:
            return False
        found.versions.append(dict(data))
        found.deleted = False
        return True

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
        if what in self.failures:
            raise self.failures.pop(what)
        if self.failure is not None:
            raise self.failure
