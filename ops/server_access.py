"""Reaches the mail servers of a stack from the command line, as the providers of its recorded state say.

Nothing is connected before the first call; that a server is offline shows there. A server that is reached through SSH
needs an agent by then: ``ops.agent.ssh_agent``.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from core.errors import RefusedError
from core.names import host_name, host_secret
from mailcow.answers import PATIENCE_S
from mailcow.api import MailcowApi
from ssh.client import HostAddress
from users.host_inputs import HostInputs
from users.host_provider import api_key, mailcow_of
from vault.api import Vault, VaultApi

PROVIDER: Final = "pulumi:providers:pulumi-python"
_NUMBER: Final = re.compile(re.escape(host_name(0)).replace("0", "([0-9]+)"))
_UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What the engine writes for a value that a preview cannot know."""


@dataclass(frozen=True, kw_only=True)
class Access:
    """The way to one mail server."""

    number: int
    """From 1; what ``server:`` in the list means."""
    hostname: str
    mailcow: MailcowApi
    host: HostAddress | None
    """How to log in on it; None where there is no way in but the API."""
    adopt: bool = False
    """Whether what nobody has marked there is taken over as it is."""

    @property
    def name(self) -> str:
        """Name of its provider's resource: ``mail-host-1``."""
        return host_name(self.number)


def server_access(
    exported: Mapping[str, Any],
    *,
    writing: bool = False,
    patience_s: float = PATIENCE_S,
    vault: Callable[[], Vault] = VaultApi.from_environment,
) -> tuple[Access, ...]:
    """Give the way to every mail server that a stack's recorded state knows, by number.

    Args:
        exported: The state, as ``Engine.export`` gives it.
        writing: Call with the key that may write; otherwise with the one that only reads, where there is one.
        patience_s: How long a call waits for a mailcow that is not up.
        vault: Connects to Vault, which has the keys; asked at the first call of a server.
    """
    return access_by_inputs(providers_of(exported), writing=writing, patience_s=patience_s, vault=vault)


def access_by_inputs(
    providers: Mapping[str, Mapping[str, Any]],
    *,
    writing: bool = False,
    patience_s: float = PATIENCE_S,
    vault: Callable[[], Vault] = VaultApi.from_environment,
) -> tuple[Access, ...]:
    """Do the same from the inputs of provider resources, by the resource's name; what is not known yet is left out."""
    return tuple(
        Access(
            number=number,
            hostname=host.name,
            mailcow=mailcow_of(host, key=_key(vault, host.name, writing=writing), patience_s=patience_s),
            host=host.ssh,
            adopt=host.adopt,
        )
        for number, host in sorted(_hosts(providers))
    )


def providers_of(exported: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Read the inputs of the providers that a recorded state holds, by their resource's name."""
    deployment = cast("dict[str, Any]", exported.get("deployment") or {})
    resources = cast("list[dict[str, Any]]", deployment.get("resources") or [])
    return {
        str(resource["urn"]).rpartition("::")[2]: cast("dict[str, Any]", resource.get("inputs") or {})
        for resource in resources
        if resource.get("type") == PROVIDER
    }


def _hosts(providers: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[int, HostInputs]]:
    for name, inputs in providers.items():
        number = _NUMBER.fullmatch(name)
        if number is None or _UNKNOWN in inputs.values():
            continue
        try:
            yield int(number[1]), HostInputs.recorded(inputs)
        except RefusedError:
            continue  # another provider of ours, or one that is only half known in a preview


def _key(vault: Callable[[], Vault], hostname: str, *, writing: bool) -> Callable[[], str]:
    def read() -> str:
        connected = vault()
        if not writing:
            key = (connected.read(host_secret(hostname, "api_key_read_only")) or {}).get("key")
            if key:
                return key
        return api_key(connected, hostname)

    return read


def no_server(stack: str) -> RefusedError:
    """Make the error of a stack whose state knows no mail server."""
    return RefusedError(f"stack {stack} has no mail server yet; run: mailstead up --stack {stack}")
