"""The API key of a server that is there already: from standard input into Vault, once it has proved to be good."""

import re
from dataclasses import dataclass
from typing import Final

from core.errors import MailcowRefusedError, RefusedError
from core.names import host_secret
from ops.server_survey import Surveyed
from vault.api import Vault

_KEY: Final = re.compile(r"[A-Za-z0-9-]{8,255}", re.ASCII)
_NOTES: Final = {"state": "adopted"}


@dataclass(frozen=True, kw_only=True)
class AdoptionKey:
    """The key that a command works with.

    Attributes:
        value: The key itself; never printed.
        is_new: Whether Vault does not have it yet.
        replaces: Whether Vault has another one.
    """

    value: str
    is_new: bool
    replaces: bool = False

    def __repr__(self) -> str:
        return f"AdoptionKey(is_new={self.is_new})"


def key_from(text: str) -> str:
    """Take a key out of what was read from standard input.

    Raises:
        RefusedError: What was read is none. It is not shown: it may be something else that is secret.
    """
    key = text.strip()
    if not key:
        raise RefusedError(
            "standard input is empty; pipe the API key in, such as: mailstead adopt --api-key-stdin <FILE"
        )
    if not _KEY.fullmatch(key):
        raise RefusedError(
            "what standard input holds is no API key of mailcow; copy the one under System, Configuration, Access, API"
        )
    return key


def choose_key(vault: Vault, *, hostname: str, given: str | None, replace: bool) -> AdoptionKey:
    """Decide which key is used; writes nothing.

    Args:
        vault: Where keys are kept.
        hostname: mailcow's name.
        given: What the operator gave, if anything.
        replace: Whether it may take the place of another.

    Raises:
        RefusedError: Vault has another key than the one given, or there is none at all.
        VaultError: Vault does not answer.
    """
    path = host_secret(hostname, "api_key")
    kept = (vault.read(path) or {}).get("key")
    if given is None and kept is None:
        raise RefusedError(
            f"Vault has no API key of {hostname} at {path}; make one in mailcow that may read and write, and pipe it"
            " in: mailstead adopt --api-key-stdin <FILE"
        )
    if given is None or given == kept:
        return AdoptionKey(value=kept or "", is_new=False)
    if kept is not None and not replace:
        raise RefusedError(
            f"Vault has another API key of {hostname} at {path}, and nothing was changed;"
            " if the one given is to take its place, add --replace-key"
        )
    return AdoptionKey(value=given, is_new=True, replaces=kept is not None)


def try_key(mailcow: Surveyed, *, hostname: str) -> None:
    """Prove that the key reads and writes; changes nothing.

    Raises:
        RefusedError: mailcow does not take it, or lets it only read.
        MailcowUnavailableError: mailcow does not answer.
    """
    try:
        mailcow.prove_it_may_change()
    except MailcowRefusedError as refusal:
        said = str(refusal)
        if "API_ALLOW_FROM" in said:
            raise
        if "read-only" in said:
            raise RefusedError(
                f"this API key of {hostname} may only read; give the one for reading and writing"
            ) from None
        raise RefusedError(f"mailcow on {hostname} does not take this API key; nothing was stored") from None


def keep_key(vault: Vault, key: AdoptionKey, *, hostname: str) -> None:
    """Write a new key into Vault, where there is none or its place was given up on purpose.

    Raises:
        RefusedError: Somebody else wrote one meanwhile.
        VaultError: Vault does not answer.
    """
    path = host_secret(hostname, "api_key")
    if not key.is_new:
        return
    if key.replaces:
        vault.write_version(path, {"key": key.value})
    elif not vault.create_secret(path, {"key": key.value}, {"host": hostname, **_NOTES}):
        raise RefusedError(f"somebody else wrote an API key of {hostname} into Vault meanwhile; run the command again")
