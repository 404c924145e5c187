"""Secrets of monitoring: where each is in Vault, how it is read, what to do when it is missing."""

import secrets
from typing import Final

from core.errors import RefusedError
from core.names import VAULT_MONITORING, VAULT_MOUNT, host_secret
from vault.api import Vault

TOKEN: Final = f"{VAULT_MONITORING}/exporter_token"
SLACK: Final = f"{VAULT_MONITORING}/slack"
HEARTBEAT: Final = f"{VAULT_MONITORING}/heartbeat"
_TOKEN_BYTES: Final = 24


def exporter_token(vault: Vault) -> str:
    """Give what Prometheus says to mailcow's exporters; made here if there never was one, and the same for all.

    Raises:
        VaultError: Vault does not answer or refuses.
    """
    vault.create_secret(TOKEN, {"token": secrets.token_urlsafe(_TOKEN_BYTES)}, {})
    return required(vault, TOKEN, "token", "the token of mailcow's exporters")


def read_only_key(vault: Vault, hostname: str) -> str:
    """Give the key that mailcow's exporter asks mailcow with.

    Raises:
        RefusedError: Vault has none, as for a server that was there before this stack.
        VaultError: Vault does not answer or refuses.
    """
    path = host_secret(hostname, "api_key_read_only")
    return required(vault, path, "key", f"a read-only API key of {hostname}, which mailcow's web page makes")


def required(vault: Vault, path: str, key: str, what: str) -> str:
    """Read a secret that has to be there.

    Args:
        vault: Where it is.
        path: Its path below the mount.
        key: Its key there.
        what: What it is, for the message.

    Raises:
        RefusedError: It is not there; says how to put it there.
        VaultError: Vault does not answer or refuses.
    """
    value = (vault.read(path) or {}).get(key, "").strip()
    if not value:
        raise RefusedError(
            f"Vault does not have {what}; put it there: vault kv put -mount={VAULT_MOUNT} {path} {key}=-"
        )
    return value


def version(vault: Vault, path: str) -> int:
    """Give the number of a secret's latest version; 0 when there is none, or none that can be read."""
    found = vault.metadata(path)
    return found.version if found is not None and found.live else 0
