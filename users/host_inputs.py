"""Inputs of the explicit provider resource of one mail host, as the program writes and everybody reads them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Self

from pulumi.dynamic import ConfigureRequest

from core.errors import RefusedError
from ssh.client import HostAddress

_PREFIX: Final = "host:"
_YES: Final = "true"


@dataclass(frozen=True, kw_only=True)
class HostInputs:
    """Where a mail host is and how its API is reached; names, addresses and public keys only.

    They are recorded in the state. One that is missing there means its default here: states that were written
    before a key was known stay as they are.
    """

    name: str
    """mailcow's hostname, fully qualified."""
    address: str
    """IP address or name of the machine."""
    stack: str
    key: str = ""
    """Its SSH host key, ``ssh-ed25519 AAAA…``; empty with ``https``."""
    user: str = ""
    """Who logs in by SSH; empty with ``https``."""
    api_access: Literal["ssh", "https"] = "ssh"
    connect_to: str = ""
    """``ADDRESS`` or ``ADDRESS:PORT`` that HTTPS is spoken with, when that is not ``address``."""
    ca_bundle: str = ""
    """File, seen from the project's folder, with the certificates that the server's is checked by."""
    adopt: bool = False
    """Whether objects that nobody has marked are taken over as they are."""

    @classmethod
    def of(cls, request: ConfigureRequest) -> Self:
        """Read them from what the engine hands ``configure``.

        Raises:
            RefusedError: One is missing: the resource was registered without its host's provider.
        """
        return cls._read(request.config.get)

    @classmethod
    def recorded(cls, inputs: Mapping[str, Any]) -> Self:
        """Read them from the inputs of the provider resource in an exported state.

        Raises:
            RefusedError: One is missing.
        """
        return cls._read(inputs.get)

    @classmethod
    def _read(cls, get: Callable[[str], Any]) -> Self:
        def optional(key: str) -> str:
            return str(get(f"{_PREFIX}{key}") or "")

        def required(key: str) -> str:
            value = optional(key)
            if not value:
                raise RefusedError(f"host:{key} is missing from the provider; give the resource its host's provider")
            return value

        by_ssh = optional("api_access") != "https"
        return cls(
            name=required("name"),
            address=required("address"),
            stack=required("stack"),
            key=required("key") if by_ssh else "",
            user=required("user") if by_ssh else "",
            api_access="ssh" if by_ssh else "https",
            connect_to=optional("connect_to"),
            ca_bundle=optional("ca_bundle"),
            adopt=optional("adopt").lower() == _YES,
        )

    @property
    def ssh(self) -> HostAddress | None:
        """How to log in on the host; None where there is no way in but the API."""
        if self.api_access == "https":
            return None
        return HostAddress(address=self.address, user=self.user, key=self.key)
