"""Typed client of Vault's (or OpenBao's) key-value store, version 2. Knows HTTP; knows nothing of Pulumi.

No error text of this module holds a secret, a token or the body of a request.
"""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol, Self, cast

import hvac

from core.errors import VaultDeniedError, VaultError
from core.names import VAULT_MOUNT
from vault.asking import LONGEST_PAUSE_S, Asking, NothingThereError, NotTheVersionError, client_from_environment


@dataclass(frozen=True, kw_only=True)
class SecretMetadata:
    """What Vault tells of a secret without its value."""

    version: int
    """Number of the latest version; 0 when the path has notes but no value yet."""
    deleted: bool
    """The latest version is soft-deleted: ``undelete`` brings it back."""
    destroyed: bool
    """The latest version is destroyed: nothing brings it back."""
    created: str
    """When the latest version was written, RFC 3339; empty when there is none."""
    custom: Mapping[str, str] = field(default_factory=dict[str, str])
    """Our own notes beside the secret, such as ``state=initial``."""

    @property
    def live(self) -> bool:
        """Whether there is a latest version and it can be read."""
        return self.version > 0 and not self.deleted and not self.destroyed


class Vault(Protocol):
    """The calls that resources make; ``VaultApi`` makes them over HTTP, tests hold one in memory.

    Paths are below the mount (``mail/users/example.com/alice``). All calls may raise ``VaultUnreachableError``,
    ``VaultSealedError``, ``VaultDeniedError`` and ``VaultError``.
    """

    def create_secret(self, path: str, data: Mapping[str, str], metadata: Mapping[str, str]) -> bool:
        """Write a secret only where none ever was (``cas=0``), then its notes.

        Returns:
            False when there is one already; it and its notes are then left as they are.

        Raises:
            VaultError: One is there but deleted: says how to bring it back.
        """
        ...

    def read(self, path: str) -> dict[str, str] | None:
        """Read the latest version; None when there never was one.

        Raises:
            VaultError: The latest version is deleted or destroyed.
        """
        ...

    def exists(self, path: str) -> bool:
        """Whether a readable latest version is there, without reading it; a deleted one is not."""
        ...

    def write_version(self, path: str, data: Mapping[str, str]) -> None:
        """Write a new version, whatever was there; its notes stay."""
        ...

    def write_next(self, path: str, data: Mapping[str, str], *, after: int) -> bool:
        """Write the version after a certain one, 0 for the first; its notes stay.

        Returns:
            False when that version is not the latest any more: somebody wrote meanwhile, or an earlier try whose
            answer was lost.
        """
        ...

    def metadata(self, path: str) -> SecretMetadata | None:
        """Read what Vault tells of a secret without its value; None when there never was one."""
        ...

    def set_metadata(self, path: str, custom: Mapping[str, str]) -> None:
        """Replace the notes beside a secret; makes no new version."""
        ...

    def delete_all(self, path: str) -> None:
        """Delete all versions and notes for good; absence is done."""
        ...

    def list(self, path: str) -> tuple[str, ...]:
        """List the names below a path, folders with a trailing slash; empty when there is no such path."""
        ...


class VaultApi:
    """``Vault`` over HTTP. One instance serves several threads."""

    def __init__(self, client: hvac.Client, *, longest_pause_s: float = LONGEST_PAUSE_S) -> None:
        self._asking = Asking(str(client.url), longest_pause_s=longest_pause_s)
        self._kv = cast("Any", client).secrets.kv.v2  # hvac has no types

    @classmethod
    def from_environment(cls) -> Self:
        """Connect as VAULT_ADDR, VAULT_TOKEN, VAULT_CACERT and VAULT_NAMESPACE say; sends nothing yet.

        Raises:
            VaultError: VAULT_ADDR or VAULT_TOKEN is missing, or VAULT_CACERT names no file; says which.
        """
        return cls(client_from_environment())

    def create_secret(self, path: str, data: Mapping[str, str], metadata: Mapping[str, str]) -> bool:
        try:
            answer = self._ask(f"write {path}", self._kv.create_or_update_secret, path, secret=dict(data), cas=0)
        except (NotTheVersionError, VaultDeniedError) as refused:
            # A token that may create and not update is refused where a version is, before Vault looks at cas.
            found = self.metadata(path)
            if isinstance(refused, VaultDeniedError) and (found is None or found.version == 0):
                raise
            self._refuse_if_deleted(path, found)
            return False
        if not isinstance(answer, dict):  # version 1 answers nothing, and knows no check-and-set
            raise VaultError(
                f"the key-value store at {VAULT_MOUNT}/ is not version 2; run: vault kv enable-versioning {VAULT_MOUNT}"
            )
        if metadata:
            self.set_metadata(path, metadata)
        return True

    def read(self, path: str) -> dict[str, str] | None:
        try:
            answer = self._ask(f"read {path}", self._kv.read_secret_version, path, raise_on_deleted_version=True)
        except NothingThereError:
            # A deleted secret answers 404 as well, and only its metadata tells it from one that never was.
            self._refuse_if_deleted(path, self.metadata(path))
            return None
        values = cast("dict[str, Any]", answer["data"]["data"] or {})
        return {name: str(value) for name, value in values.items()}

    def exists(self, path: str) -> bool:
        found = self.metadata(path)
        return found is not None and found.live

    def write_version(self, path: str, data: Mapping[str, str]) -> None:
        self._ask(f"write {path}", self._kv.create_or_update_secret, path, secret=dict(data))

    def write_next(self, path: str, data: Mapping[str, str], *, after: int) -> bool:
        try:
            self._ask(f"write {path}", self._kv.create_or_update_secret, path, secret=dict(data), cas=after)
        except NotTheVersionError:
            return False
        return True

    def metadata(self, path: str) -> SecretMetadata | None:
        try:
            answer = self._ask(f"read the metadata of {path}", self._kv.read_secret_metadata, path)
        except NothingThereError:
            return None
        found = cast("dict[str, Any]", answer["data"])
        version = int(found.get("current_version") or 0)
        versions = cast("dict[str, dict[str, Any]]", found.get("versions") or {})
        latest = versions.get(str(version), {})
        custom = cast("dict[str, Any]", found.get("custom_metadata") or {})
        return SecretMetadata(
            version=version,
            deleted=_has_passed(str(latest.get("deletion_time") or "")),
            destroyed=bool(latest.get("destroyed")),
            created=str(latest.get("created_time") or ""),
            custom={name: str(value) for name, value in custom.items()},
        )

    def set_metadata(self, path: str, custom: Mapping[str, str]) -> None:
        self._ask(f"write the metadata of {path}", self._kv.update_metadata, path, custom_metadata=dict(custom))

    def delete_all(self, path: str) -> None:
        with contextlib.suppress(NothingThereError):
            self._ask(f"delete {path}", self._kv.delete_metadata_and_all_versions, path)

    def list(self, path: str) -> tuple[str, ...]:
        try:
            answer = self._ask(f"list {path}", self._kv.list_secrets, path)
        except NothingThereError:
            return ()
        return tuple(str(name) for name in answer["data"]["keys"])

    def _refuse_if_deleted(self, path: str, found: SecretMetadata | None) -> None:
        if found is None or found.version == 0 or found.live:
            return
        if found.destroyed:
            raise VaultError(
                f"secret {path} is there but its version {found.version} is destroyed; "
                f"remove what is left with: vault kv metadata delete -mount={VAULT_MOUNT} {path}"
            )
        raise VaultError(
            f"secret {path} is there but deleted; bring it back with: "
            f"vault kv undelete -mount={VAULT_MOUNT} -versions={found.version} {path}"
        )

    def _ask(self, doing: str, call: Callable[..., Any], path: str, **arguments: Any) -> Any:
        return self._asking.ask(doing, call, path=path, mount_point=VAULT_MOUNT, **arguments)


def _has_passed(moment: str) -> bool:
    """Whether a version's deletion time is behind us; a time ahead is an expiry that was set."""
    if not moment:
        return False
    return datetime.fromisoformat(f"{moment[:19]}+00:00") <= datetime.now(UTC)
