"""A DKIM key pair in Vault: how it is made, and what is noted beside it.

``domain``, ``selector``, ``stack``
    Whose it is.
``public_key``
    Base64, without PEM lines: it is read without the right to read the private half.
``made``
    When it was made.
``signs``
    Since when its domain signs with it.
"""

from datetime import UTC, datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from core.errors import RefusedError, VaultError
from core.names import DKIM_KEY_BITS, dkim_secret
from vault.api import Vault

PRIVATE_KEY: Final = "private_key"
STACK_NOTE: Final = "stack"
PUBLIC_NOTE: Final = "public_key"
SIGNS_NOTE: Final = "signs"
_PUBLIC_EXPONENT: Final = 65537


def make(vault: Vault, path: str, *, domain: str, selector: str, stack: str) -> bool:
    """Make a pair and write it where none ever was; False when one is there.

    Raises:
        VaultError: Vault does not answer, or holds a deleted one; the text says what to do.
    """
    key = rsa.generate_private_key(public_exponent=_PUBLIC_EXPONENT, key_size=DKIM_KEY_BITS)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    notes = _notes(key, domain=domain, selector=selector, stack=stack)
    return vault.create_secret(path, {PRIVATE_KEY: private}, notes)


def finish_notes(vault: Vault, path: str, *, domain: str, selector: str, stack: str) -> dict[str, str]:
    """Write the notes of a pair whose making was cut off before them; they are worked out from the private half.

    Returns:
        The notes.

    Raises:
        VaultError: What is there is no RSA key.
    """
    try:
        key = load_pem_private_key((vault.read(path) or {}).get(PRIVATE_KEY, "").encode(), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, rsa.RSAPrivateKey):
        # Without its cause, whose text might speak of what was read.
        raise VaultError(f"{path} in Vault holds no RSA private key in PEM as {PRIVATE_KEY}; take another selector")
    found = vault.metadata(path)
    notes = {**(found.custom if found else {}), **_notes(key, domain=domain, selector=selector, stack=stack)}
    vault.set_metadata(path, notes)
    return notes


def take(vault: Vault, domain: str, selector: str) -> tuple[str, str]:
    """Read a pair to sign with from now on, and note that it does.

    The note comes first: a pair that signs is never deleted as one that nobody took.

    Returns:
        The private half in PEM, the public one in base64.

    Raises:
        RefusedError: There is no such pair.
        VaultError: Vault does not answer, or holds no key there.
    """
    path = dkim_secret(domain, selector)
    found = vault.metadata(path)
    private = (vault.read(path) or {}).get(PRIVATE_KEY) if found and found.live else None
    if found is None or not private or PUBLIC_NOTE not in found.custom:
        raise RefusedError(
            f"Vault holds no pair {selector} for {domain} at {path}; make one with: mailstead dkim rotate {domain}"
        )
    if SIGNS_NOTE not in found.custom:
        vault.set_metadata(path, {**found.custom, SIGNS_NOTE: datetime.now(tz=UTC).date().isoformat()})
    return private, found.custom[PUBLIC_NOTE]


def forget(vault: Vault, domain: str, selector: str, *, stack: str) -> None:
    """Delete a pair that signs no more, notes included; what is not there or another stack's is left alone."""
    path = dkim_secret(domain, selector)
    found = vault.metadata(path)
    if found is not None and found.custom.get(STACK_NOTE) == stack:
        vault.delete_all(path)


def _notes(key: rsa.RSAPrivateKey, *, domain: str, selector: str, stack: str) -> dict[str, str]:
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return {
        "domain": domain,
        "selector": selector,
        STACK_NOTE: stack,
        PUBLIC_NOTE: "".join(public.splitlines()[1:-1]),
        "made": datetime.now(tz=UTC).isoformat(timespec="seconds"),
    }
