"""Typed client of Vault's (or OpenBao's) key-value store, version 2. Knows HTTP; knows nothing of Pulumi.

No error text of this module holds a secret, a token or the body of a request.
"""

import contextlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, Self, cast

import hvac
import requests
import tenacity
from hvac import exceptions

from core.errors import VaultDeniedError, VaultError, VaultSealedError, VaultUnreachableError
from core.names import VAULT_MOUNT

_TIMEOUT_S = 30
_TRIES = 5
_LONGEST_PAUSE_S = 5


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

    def __init__(self, client: hvac.Client, *, longest_pause_s: float = _LONGEST_PAUSE_S) -> None:
        self._url = str(client.url)
        self._kv = cast("Any", client).secrets.kv.v2  # hvac has no types
        self._longest_pause_s = longest_pause_s

    @classmethod
    def from_environment(cls) -> Self:
        """Connect as VAULT_ADDR, VAULT_TOKEN, VAULT_CACERT and VAULT_NAMESPACE say; sends nothing yet.

        Raises:
            VaultError: VAULT_ADDR or VAULT_TOKEN is missing, or VAULT_CACERT names no file; says which.
        """
        missing = [name for name in ("VAULT_ADDR", "VAULT_TOKEN") if not os.environ.get(name)]
        if missing:
            raise VaultError(
                f"{' and '.join(missing)} not set, so the secrets cannot be reached; "
                "export the address of Vault and a token that may write below secret/mail"
            )
        bundle = os.environ.get("VAULT_CACERT", "")
        if bundle and not Path(bundle).is_file():
            raise VaultError(f"VAULT_CACERT {bundle} is not a file; point it at the PEM file of Vault's CA")
        # The token is always given: left out, hvac would read ~/.vault-token.
        return cls(
            hvac.Client(
                url=os.environ["VAULT_ADDR"],
                token=os.environ["VAULT_TOKEN"],
                verify=bundle or True,
                namespace=os.environ.get("VAULT_NAMESPACE") or None,
                timeout=_TIMEOUT_S,
            )
        )

    def create_secret(self, path: str, data: Mapping[str, str], metadata: Mapping[str, str]) -> bool:
        try:
            answer = self._ask(f"write {path}", self._kv.create_or_update_secret, path, secret=dict(data), cas=0)
        except (_NotTheVersionError, VaultDeniedError) as refused:
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
        except _NothingThereError:
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

    def metadata(self, path: str) -> SecretMetadata | None:
        try:
            answer = self._ask(f"read the metadata of {path}", self._kv.read_secret_metadata, path)
        except _NothingThereError:
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
        with contextlib.suppress(_NothingThereError):
            self._ask(f"delete {path}", self._kv.delete_metadata_and_all_versions, path)

    def list(self, path: str) -> tuple[str, ...]:
        try:
            answer = self._ask(f"list {path}", self._kv.list_secrets, path)
        except _NothingThereError:
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
        """Call Vault, try again what may pass, and say in one sentence what does not."""
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_PassingError),
            stop=tenacity.stop_after_attempt(_TRIES),
            wait=tenacity.wait_random_exponential(multiplier=0.5, max=self._longest_pause_s),
            reraise=True,
        )
        return retrying(self._ask_once, doing, call, path, arguments)

    def _ask_once(self, doing: str, call: Callable[..., Any], path: str, arguments: dict[str, Any]) -> Any:
        # `from None`: what requests and hvac raise can hold the address with the request in it.
        try:
            return call(path=path, mount_point=VAULT_MOUNT, **arguments)
        except exceptions.VaultError as error:
            raise _in_words(error, doing) from None
        except requests.exceptions.SSLError:
            raise VaultUnreachableError(
                f"Vault at {self._url} has a certificate that is not trusted; set VAULT_CACERT to its CA's file"
            ) from None
        except requests.exceptions.InvalidURL:
            raise VaultError(f"VAULT_ADDR {self._url} is not an address; write https://host:8200") from None
        except (requests.exceptions.ConnectionError, requests.exceptions.Timeout):
            raise _PassingError(
                f"Vault at {self._url} does not answer (to {doing}); "
                "check VAULT_ADDR, that the server runs and that it can be reached from here"
            ) from None
        except requests.exceptions.RequestException as error:
            raise VaultError(
                f"Vault at {self._url} could not be asked to {doing} ({type(error).__name__}); check VAULT_ADDR"
            ) from None


class _PassingError(VaultUnreachableError):
    """A failure that may pass by itself."""


class _NothingThereError(VaultError):
    """404: no such path, or a deleted latest version."""


class _NotTheVersionError(VaultError):
    """The check-and-set number is not the current version."""


def _in_words(error: exceptions.VaultError, doing: str) -> VaultError:  # noqa: PLR0911 — a table
    told = f"{error.errors} {error.text}".lower()
    match error:
        case exceptions.InvalidPath() if "no handler for route" in told:
            # A mount that is missing must not pass for a secret that is gone.
            return VaultError(
                f"Vault has no key-value store at {VAULT_MOUNT}/ (to {doing}); run the foundation for Vault first"
            )
        case exceptions.InvalidPath():
            return _NothingThereError(f"Vault has nothing there (to {doing})")
        case exceptions.InvalidRequest() if "did not match the current version" in told:
            return _NotTheVersionError(f"Vault has another version already (to {doing})")
        case exceptions.Forbidden() | exceptions.Unauthorized():
            return VaultDeniedError(
                f"Vault refuses to {doing}; renew VAULT_TOKEN if it has expired, or give its policy that right"
            )
        case exceptions.VaultDown() if "sealed" in told:
            return VaultSealedError(f"Vault is sealed (to {doing}); unseal it and run again")
        case exceptions.VaultNotInitialized():
            return VaultSealedError(f"Vault is not initialized (to {doing}); initialize and unseal it first")
        case exceptions.InternalServerError() | exceptions.BadGateway() | exceptions.VaultDown():
            return _PassingError(f"Vault failed to {doing}; look at its log, then run again")
        case exceptions.RateLimitExceeded():
            return _PassingError(f"Vault limits how often it is asked (to {doing}); run again a little later")
        case _:
            # Its own words are left out: for a bad request they can quote the request.
            return VaultError(f"Vault cannot {doing} ({type(error).__name__}); its audit log has the reason")


def _has_passed(moment: str) -> bool:
    """Whether a version's deletion time is behind us; a time ahead is an expiry that was set."""
    if not moment:
        return False
    return datetime.fromisoformat(f"{moment[:19]}+00:00") <= datetime.now(UTC)
