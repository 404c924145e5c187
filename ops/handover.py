"""Handing a first password over: a single-use token for its person, what became of it, and opening one.

People who cannot reach Vault see the password on the operator's screen instead.
"""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core.desired import DesiredMailbox
from core.errors import RefusedError, VaultError
from core.handover import ACCESSOR_NOTE, DELIVERED_NOTE, Handover, handover_of, notes_of, without_notes
from core.names import user_secret
from core.rotation import ROTATING_NOTE
from users.first_password import ADOPTED, STACK_NOTE, STATE_NOTE
from vault.api import SecretMetadata, Vault
from vault.wrapping import ForeignTokenError, NoSuchTokenError, Wrapping, WrappingToken

_ON_SCREEN_TTL_S: Final = 60


@dataclass(frozen=True, kw_only=True)
class Made:
    """A token that was made, and what went before it."""

    token: WrappingToken
    before: Handover
    """How far the hand-over was until now; a token that was open is revoked."""


@dataclass(frozen=True, kw_only=True)
class Received:
    """A first password in the hands of whoever opened the token."""

    address: str
    password: str


@dataclass(frozen=True, kw_only=True)
class HandingOver:
    """Hands over the first passwords of one stack.

    Attributes:
        vault: Holds them, and the notes beside them.
        wrapping: Makes, looks up and opens tokens.
        stack: Whose people may be handed over.
        now: The time, in UTC.
    """

    vault: Vault
    wrapping: Wrapping
    stack: str
    now: Callable[[], datetime]

    def make(self, mailbox: DesiredMailbox, *, ttl_s: int) -> Made:
        """Make a token for a person and revoke the one that is open; the password never comes here.

        Raises:
            RefusedError: There is nothing that could be handed over; says what to do first.
            VaultError: Vault does not answer, or refuses; no token is left behind then.
        """
        found, path = self._ready(mailbox), _path(mailbox)
        before = self._status(found)
        token = self.wrapping.wrap(path, ttl_s)
        try:
            if before.status == "open":
                self.wrapping.revoke_accessor(found.custom[ACCESSOR_NOTE])
            self._note(path, notes_of(accessor=token.accessor, expires=token.expires))
        except VaultError:
            # Nobody could say later what became of a token that is not noted. That it may stay is no second failure:
            # nobody has seen it.
            with contextlib.suppress(VaultError):
                self.wrapping.revoke_accessor(token.accessor)
            raise
        return Made(token=token, before=before)

    def status(self, mailbox: DesiredMailbox) -> Handover:
        """Say how far a hand-over has come; changes nothing.

        Raises:
            VaultError: Vault does not answer, or refuses.
        """
        found = self.vault.metadata(_path(mailbox))
        return self._status(found)

    def deliver(
        self, mailbox: DesiredMailbox, *, force_change: Callable[[], None], show: Callable[[str], None]
    ) -> Made:
        """Open the password here and show it to its person, who has to choose another in the web page.

        Args:
            mailbox: The person.
            force_change: Has mailcow ask for a new password; the password is not opened before that is done.
            show: Shows the password.

        Raises:
            RefusedError: As ``make``.
            VaultError: As ``make``.
            MailcowError: The change could not be asked for; nothing was opened.
        """
        self._ready(mailbox)
        force_change()
        made = self.make(mailbox, ttl_s=_ON_SCREEN_TTL_S)
        password = self.wrapping.unwrap(made.token.token).values["password"]
        # Before it shows: who reads the notes later shall rather count it as seen than as never given.
        self._note(_path(mailbox), {DELIVERED_NOTE: self.now().isoformat(timespec="seconds")})
        show(password)
        return made

    def _status(self, found: SecretMetadata | None) -> Handover:
        custom: Mapping[str, str] = found.custom if found else {}
        accessor = custom.get(ACCESSOR_NOTE)
        is_open = accessor is not None and self.wrapping.look_up_accessor(accessor) == "open"
        return handover_of(custom, is_open=is_open, now=self.now())

    def _note(self, path: str, notes: dict[str, str]) -> None:
        """Put notes of a hand-over beside those of others, read at the last moment."""
        found = self.vault.metadata(path)
        custom = dict(found.custom) if found else {}
        kept = custom if DELIVERED_NOTE in notes else without_notes(custom)
        self.vault.set_metadata(path, {**kept, **notes})

    def _ready(self, mailbox: DesiredMailbox) -> SecretMetadata:
        address, path = mailbox.address, _path(mailbox)
        found = self.vault.metadata(path)
        custom: Mapping[str, str] = found.custom if found else {}
        owner = custom.get(STACK_NOTE, self.stack)
        if owner != self.stack:
            raise RefusedError(f"the first password of {address} belongs to stack {owner}; add --stack {owner}")
        if ROTATING_NOTE in custom:
            raise RefusedError(
                f"the password of {address} is being rotated, or that was cut off half-way; "
                f"finish it first: mailstead rotate {address} --stack {self.stack}"
            )
        if custom.get(STATE_NOTE) == ADOPTED:
            raise RefusedError(
                f"{address} came with a password of its own, which nobody here knows; "
                f"make a new one first: mailstead rotate {address} --stack {self.stack}"
            )
        if found is None or found.version == 0:
            raise RefusedError(
                f"Vault has no first password of {address} at {path}; make it: mailstead up --stack {self.stack}"
            )
        if not found.live:
            self.vault.read(path)  # says in words how to bring a deleted one back
        return found


def receive(wrapping: Wrapping, token: str) -> Received:
    """Open a token as the person who got it.

    Raises:
        RefusedError: It was opened before, has expired, or holds something else; says what that means.
        VaultError: Vault does not answer.
    """
    if not token:
        raise RefusedError("no token was given; paste it, or send it on standard input")
    try:
        found = wrapping.unwrap(token)
    except NoSuchTokenError:
        raise RefusedError(
            "this token opens nothing any more. If the time in the message that brought it is over, or part of it "
            "was not copied, ask for a new one. If not, SOMEBODY OPENED IT FIRST: tell whoever sent it to you, at "
            "once; they run `mailstead rotate`, and nobody gets in with what was seen"
        ) from None
    except ForeignTokenError as foreign:
        raise RefusedError(
            f"{foreign}: somebody may have opened the real one first and put something else in its place; "
            "use nothing of it, and tell whoever sent it to you, at once"
        ) from None
    _, domain, local_part = found.path.rsplit("/", 2)
    password = found.values.get("password")
    if not password:
        raise RefusedError(f"there is no password behind this token, which was made from {found.path}; ask for another")
    return Received(address=f"{local_part}@{domain}", password=password)


def _path(mailbox: DesiredMailbox) -> str:
    return user_secret(mailbox.domain, mailbox.local_part)
