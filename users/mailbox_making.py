"""How a mailbox comes about: made, adopted, or cleared away and made again, whatever an earlier run left behind."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

import pulumi

from core.errors import MailcowRefusedError, MailcowUnclearError, VaultError
from core.names import user_secret
from mailcow.rows import MailboxRow, NewMailbox
from users.host_provider import MailHost
from users.ownership import owner_of, refuse_unless_ours
from users.properties import Properties
from vault.api import SecretMetadata

MADE_NOTE = "mailbox_made"
"""Note beside the first password: when its mailbox was first seen to be there, RFC 3339 in UTC."""

_STEPS = 6  # look, clear away, make, find it made by a lost answer, clear that away, make


@dataclass(frozen=True, kw_only=True)
class WantedMailbox:
    """A mailbox as the list wants it."""

    address: str
    domain: str
    local_part: str
    full_name: str
    quota_mib: int
    active: bool

    @classmethod
    def of(cls, props: Properties) -> Self:
        """Read it from the engine's properties, where numbers are floats."""
        return cls(
            address=str(props["address"]),
            domain=str(props["domain"]),
            local_part=str(props["local_part"]),
            full_name=str(props["full_name"]),
            quota_mib=int(props["quota_mib"]),
            active=bool(props["active"]),
        )


class MailboxMaking:
    """Brings one mailbox about; safe to run again after it died anywhere."""

    def __init__(self, host: MailHost, wanted: WantedMailbox) -> None:
        self._host = host
        self._wanted = wanted
        self._path = user_secret(wanted.domain, wanted.local_part)

    def bring_about(self) -> None:
        """Look, take one step towards the wanted mailbox, look again, until it is there and ours.

        Raises:
            RefusedError: It is another stack's, or was not made by us.
            MailcowError: mailcow refused, does not answer, or contradicts itself.
            VaultError: Vault has no first password of it, or does not answer.
        """
        secret = self._host.vault().metadata(self._path)
        try:
            self._step_by_step(secret)
        finally:
            self._host.mailboxes.forget(self._wanted.domain)
        self._note_that_it_is_there(secret)

    def edit(self, row: MailboxRow) -> None:
        """Bring name, quota and active to what is wanted; asks nothing of the server when they are."""
        wanted = self._wanted
        if (row.name, row.quota_mib, row.active) == (wanted.full_name, wanted.quota_mib, wanted.active):
            return
        try:
            self._host.mailcow.edit_mailbox(
                wanted.address, name=wanted.full_name, quota_mib=wanted.quota_mib, active=wanted.active
            )
        finally:
            self._host.mailboxes.forget(wanted.domain)

    def _step_by_step(self, secret: SecretMetadata | None) -> None:
        address = self._wanted.address
        for _ in range(_STEPS):
            found = self._host.mailcow.get_mailbox(address)
            if found is None:
                if self._make(secret):
                    return
            elif found.half_deleted or self._is_half_made(found, secret):
                self._host.mailcow.delete_mailbox(address)
            else:
                refuse_unless_ours(f"mailbox {address}", found.tags, stack=self._host.stack)
                self.edit(found)
                return
        raise MailcowUnclearError(f"mailcow does not settle whether mailbox {address} is there; run the command again")

    def _make(self, secret: SecretMetadata | None) -> bool:
        """Make it; False when it turns out to be there, perhaps by an earlier try whose answer was lost."""
        password = self._first_password()
        try:
            made = self._add(password)
        except MailcowRefusedError:
            if not self._clear_our_alias_away():
                raise
            made = self._add(password)
        if made and secret is not None and MADE_NOTE in secret.custom:
            pulumi.log.info(
                f"mailbox {self._wanted.address} was there before and is gone from mailcow:"
                " it is made again, EMPTY, with the same first password"
            )
        return made

    def _add(self, password: str) -> bool:
        wanted = self._wanted
        mailbox = NewMailbox(
            address=wanted.address,
            name=wanted.full_name,
            quota_mib=wanted.quota_mib,
            active=wanted.active,
            tags=(self._host.tag,),
        )
        return self._host.mailcow.add_mailbox(mailbox, password=password)

    def _first_password(self) -> str:
        password = (self._host.vault().read(self._path) or {}).get("password")
        if not password:
            raise VaultError(
                f"Vault has no first password of {self._wanted.address} at {self._path};"
                " run `pulumi refresh` and then the command again, which makes one"
            )
        return password

    def _clear_our_alias_away(self) -> bool:
        """Delete our alias at this address, now a person in the list: the engine creates before it deletes."""
        alias = self._host.mailcow.get_alias(self._wanted.address)
        if alias is None or owner_of([alias.private_comment], stack=self._host.stack) != self._host.stack:
            return False
        self._host.mailcow.delete_alias(self._wanted.address)
        return True

    def _is_half_made(self, found: MailboxRow, secret: SecretMetadata | None) -> bool:
        """Tell whether mailcow died while it made this mailbox for us: the row is there and the tag is not.

        Then it is without any tag, empty, never used, and younger than the password that we made for it.
        """
        if found.tags or found.messages or found.last_login or secret is None:
            return False
        ours = {"state": "initial", "address": self._wanted.address, "stack": self._host.stack}
        if not secret.live or any(secret.custom.get(key) != value for key, value in ours.items()):
            return False
        return _server_time(found.created) >= _vault_time(secret.created)

    def _note_that_it_is_there(self, secret: SecretMetadata | None) -> None:
        """Note beside the password that its mailbox was made, to tell making it again from the first time."""
        if secret is None or MADE_NOTE in secret.custom:
            return
        now = datetime.now(tz=UTC).isoformat(timespec="seconds")
        self._host.vault().set_metadata(self._path, {**secret.custom, MADE_NOTE: now})


def _server_time(text: str) -> datetime:
    """Read a time of mailcow, which has no offset, as UTC, our hosts' default zone.

    A host set to a zone behind UTC makes its mailboxes look older, and one that is half-made is then refused with
    advice instead of made again; one ahead of UTC makes them look younger by its offset.
    """
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)


def _vault_time(text: str) -> datetime:
    """Read a time of Vault, cut to whole seconds as mailcow's are."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC).replace(microsecond=0)
    except ValueError:
        return datetime.max.replace(tzinfo=UTC)
