"""Single-use tokens that carry a first password from Vault to its person, past everybody who handles the token.

The read of the secret is wrapped by Vault itself, so whoever makes the token never sees the value, and a token that
was opened once opens no more: a second try fails, which tells that somebody else was there first.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol, Self, cast

import hvac

from core.errors import VaultError, VaultUnreachableError
from core.names import VAULT_MOUNT, VAULT_USERS
from vault.asking import (
    LONGEST_PAUSE_S,
    Asking,
    NoSuchTokenError,
    NothingThereError,
    client_from_environment,
    client_of,
)

__all__ = ["ForeignTokenError", "NoSuchTokenError", "TokenState", "Unwrapped", "Wrapping", "WrappingApi"]

TokenState = Literal["open", "gone"]


class ForeignTokenError(VaultError):
    """A good wrapping token that holds something else than a person's secret as Vault has it."""


@dataclass(frozen=True, kw_only=True)
class WrappingToken:
    """A token that opens once."""

    token: str = field(repr=False)
    accessor: str
    """Names the token without being able to open it; may be kept and shown."""
    expires: datetime
    """By Vault's clock, in UTC."""


@dataclass(frozen=True, kw_only=True)
class Unwrapped:
    """What was behind a token."""

    path: str
    """Below the mount, as Vault read it: ``mail/users/example.com/alice``."""
    values: Mapping[str, str] = field(repr=False)


class Wrapping(Protocol):
    """What hand-over asks of Vault; ``WrappingApi`` asks over HTTP, tests hold one in memory.

    Paths are below the mount. All calls may raise ``VaultUnreachableError``, ``VaultSealedError``,
    ``VaultDeniedError`` and ``VaultError``.
    """

    def wrap(self, path: str, ttl_s: int) -> WrappingToken:
        """Have the latest version of a secret wrapped; its value does not come here.

        Raises:
            VaultError: There is no such secret.
        """
        ...

    def look_up_accessor(self, accessor: str) -> TokenState:
        """Say whether a token is still there; ``gone`` after it was opened, revoked or has expired."""
        ...

    def revoke_accessor(self, accessor: str) -> None:
        """End a token by its accessor; absence is done."""
        ...

    def unwrap(self, token: str) -> Unwrapped:
        """Open a token, which uses it up.

        Raises:
            NoSuchTokenError: It was opened before, was revoked, has expired, or is no wrapping token.
            ForeignTokenError: It does not hold what Vault read of a person's secret; it stays unopened.
            VaultUnreachableError: The answer was lost, and the token may be used up; says so.
        """
        ...


class WrappingApi:
    """``Wrapping`` over HTTP."""

    def __init__(
        self, connect: Callable[[str], hvac.Client], *, token: str, longest_pause_s: float = LONGEST_PAUSE_S
    ) -> None:
        """Remember how to connect.

        Args:
            connect: Makes a client with the token that it is given.
            token: Our own; empty for somebody who has nothing but the wrapping token.
            longest_pause_s: Before another try.
        """
        self._connect = connect
        self._client = cast("Any", connect(token))  # hvac has no types
        self._asking = Asking(str(self._client.url), longest_pause_s=longest_pause_s)

    @classmethod
    def from_environment(cls) -> Self:
        """Connect as an operator: as ``VaultApi.from_environment``."""
        return cls(client_of, token=str(client_from_environment().token))

    @classmethod
    def without_login(cls) -> Self:
        """Connect as somebody who can only unwrap; of the environment only VAULT_TOKEN is left aside.

        Raises:
            VaultError: VAULT_ADDR is missing, or VAULT_CACERT names no file.
        """
        return cls(client_of, token="")

    def wrap(self, path: str, ttl_s: int) -> WrappingToken:
        try:
            answer = self._asking.ask(
                f"wrap {path}", self._client.adapter.get, url=f"/v1/{VAULT_MOUNT}/data/{path}", wrap_ttl=f"{ttl_s}s"
            )
        except NothingThereError:
            raise VaultError(f"Vault has nothing at {path} that could be wrapped") from None
        # Where nothing is wrapped the value itself would be in the answer: it is not looked at.
        made = cast("dict[str, Any]", cast("dict[str, Any]", answer).get("wrap_info") or {})
        if not made:
            raise VaultError(f"Vault wrapped nothing at {path}; see whether a proxy drops the header X-Vault-Wrap-TTL")
        begun = datetime.fromisoformat(f"{str(made['creation_time'])[:19]}+00:00")
        return WrappingToken(
            token=str(made["token"]),
            accessor=str(made["accessor"]),
            expires=begun + timedelta(seconds=int(made["ttl"])),
        )

    def look_up_accessor(self, accessor: str) -> TokenState:
        try:
            self._asking.ask("look up a token", self._client.auth.token.lookup_accessor, accessor=accessor)
        except NoSuchTokenError:
            return "gone"
        return "open"

    def revoke_accessor(self, accessor: str) -> None:
        try:
            self._asking.ask("revoke a token", self._client.auth.token.revoke_accessor, accessor=accessor)
        except NoSuchTokenError:
            return

    def unwrap(self, token: str) -> Unwrapped:
        path = self._origin(token)
        opener = cast("Any", self._connect(token))
        try:
            # Once: a second try would find it used up by the first.
            answer = self._asking.ask_once("unwrap", opener.adapter.post, url="/v1/sys/wrapping/unwrap")
        except VaultUnreachableError:
            raise VaultUnreachableError(
                "Vault's answer was lost, and the token may be used up by it; try once more, "
                "and if that is refused have a new one made"
            ) from None
        values = cast("dict[str, Any]", answer["data"]["data"] or {})
        return Unwrapped(path=path, values={name: str(value) for name, value in values.items()})

    def _origin(self, token: str) -> str:
        """Say which secret is behind a token, without opening it.

        Whoever opens a token can wrap what they found again; Vault then tells another origin than the secret's path.
        """
        bare = cast("Any", self._connect(""))
        answer = self._asking.ask(
            "look up a wrapping token", bare.adapter.post, url="/v1/sys/wrapping/lookup", json={"token": token}
        )
        origin = str(answer["data"]["creation_path"]).removeprefix(f"{bare.adapter.namespace}/")
        path = origin.removeprefix(f"{VAULT_MOUNT}/data/")
        if path == origin or not path.startswith(f"{VAULT_USERS}/"):
            raise ForeignTokenError(f"the token was made at {origin} and not by reading a person's secret")
        return path
