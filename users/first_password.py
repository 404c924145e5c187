"""A person's first password in Vault: how it is made, what is noted beside it, and what it means when none is there.

The notes are text, and others keep theirs beside ours: each is written by reading, merging and writing.

``state``
    ``initial`` when we made the password; ``adopted`` when the person has one that we never knew: then there are
    notes and no value.
``address``, ``stack``
    Whose it is.
``made``
    When we made it. A secret that was wiped from Vault and made anew has another time.
``mailbox_made``
    When a mailbox that it opens was first seen to be there.
``making_again``
    When we began to make that mailbox again, as it was gone; taken away when it is there.
"""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from core import passwords
from vault.api import SecretMetadata, Vault

STATE_NOTE: Final = "state"
STACK_NOTE: Final = "stack"
MADE_NOTE: Final = "made"
MAILBOX_MADE_NOTE: Final = "mailbox_made"
MAKING_AGAIN_NOTE: Final = "making_again"
INITIAL: Final = "initial"
ADOPTED: Final = "adopted"


def make(vault: Vault, path: str, *, address: str, stack: str) -> str | None:
    """Make a password and write it where none ever was; returns when, or None when one is there.

    Raises:
        VaultError: Vault does not answer, or holds a deleted one; the text says what to do.
    """
    notes = new_notes(address=address, stack=stack)
    made = vault.create_secret(path, {"password": new_password()}, notes)
    return notes[MADE_NOTE] if made else None


def new_notes(*, address: str, stack: str) -> dict[str, str]:
    """Return the notes of a password that we make now."""
    return {**notes_of(INITIAL, address=address, stack=stack), MADE_NOTE: _now("microseconds")}


def notes_of(state: str, *, address: str, stack: str) -> dict[str, str]:
    """Return the notes that every first password has."""
    return {STATE_NOTE: state, "address": address, STACK_NOTE: stack}


def is_there(found: SecretMetadata | None) -> bool:
    """Tell whether Vault holds what a person needs: a readable password, or the note that she has her own."""
    return found is not None and (found.live or has_her_own(found))


def has_her_own(found: SecretMetadata | None) -> bool:
    """Tell whether the person has a password that we never knew: notes say so, and there is no value."""
    return found is not None and found.version == 0 and found.custom.get(STATE_NOTE) == ADOPTED


def is_ours_and_unused(found: SecretMetadata | None, *, address: str, stack: str) -> bool:
    """Tell whether it is a password that we made for this address and that no mailbox was seen with."""
    if found is None or not found.live or MAILBOX_MADE_NOTE in found.custom:
        return False
    ours = notes_of(INITIAL, address=address, stack=stack)
    return all(found.custom.get(key) == value for key, value in ours.items())


def note_her_own(vault: Vault, path: str, notes: Mapping[str, str], *, address: str, stack: str) -> None:
    """Leave only the notes, which say that the person has a password that we never knew and that her mailbox is there.

    For a password of ours that opens nothing: left there, it would be handed over one day.

    Args:
        vault: Where to.
        path: Of the first password.
        notes: What else is noted there.
        address: Whose it is.
        stack: Our stack.
    """
    vault.delete_all(path)
    her_own = notes_of(ADOPTED, address=address, stack=stack)
    vault.set_metadata(path, {MAILBOX_MADE_NOTE: _now("seconds"), **notes, **her_own})


def note_that_its_mailbox_is_there(vault: Vault, path: str) -> None:
    """Note, once, that a mailbox is there, to tell making it again from the first time."""
    found = vault.metadata(path)
    if found is None or (MAILBOX_MADE_NOTE in found.custom and MAKING_AGAIN_NOTE not in found.custom):
        return
    kept = {note: text for note, text in found.custom.items() if note != MAKING_AGAIN_NOTE}
    vault.set_metadata(path, {MAILBOX_MADE_NOTE: _now("seconds"), **kept})


def note_making_again(vault: Vault, path: str) -> None:
    """Note that a mailbox that is gone is made again, so that what is left of a try that died is known for ours."""
    found = vault.metadata(path)
    if found is not None and MAKING_AGAIN_NOTE not in found.custom:
        vault.set_metadata(path, {**found.custom, MAKING_AGAIN_NOTE: _now("seconds")})


def new_password() -> str:
    """Make a password that has one of each class, by the operating system's dice."""
    while True:
        password = "".join(secrets.choice(passwords.ALPHABET) for _ in range(passwords.LENGTH))
        if passwords.is_acceptable(password):
            return password


def _now(precision: str) -> str:
    return datetime.now(tz=UTC).isoformat(timespec=precision)
