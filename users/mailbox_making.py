"""How a mailbox comes about: made, adopted, or cleared away and made again, whatever an earlier run left behind."""

from datetime import UTC, datetime, timedelta

import pulumi

from core.errors import MailcowRefusedError, MailcowUnclearError, VaultError
from mailcow.rows import AliasRow, MailboxRow
from users import first_password
from users.host_provider import MailHost
from users.leading_here import lead_back, our_aliases_to
from users.mail_rules import MailRules
from users.mailbox_editing import MailboxEditing
from users.ownership import is_taken_over, owner_of
from users.wanted_mailbox import WantedMailbox
from vault.api import SecretMetadata

_STEPS = 6  # look, clear away, make, find it made by a lost answer, clear that away, make
_CLOCKS = timedelta(minutes=1)
"""How far the server's clock and the operator's may be apart."""
_SURELY = timedelta(days=1)
"""More than any time zone, which mailcow does not tell, can be off."""


class MailboxMaking:
    """Brings one mailbox about; safe to run again after it died anywhere."""

    def __init__(self, host: MailHost, wanted: WantedMailbox) -> None:
        self._host = host
        self._wanted = wanted
        self._path = wanted.secret_path
        self._led_here: dict[str, AliasRow] = {}

    def bring_about(self) -> MailboxRow | None:
        """Look, take one step towards the wanted mailbox, look again, until it is there and ours.

        Returns:
            The mailbox as it was found and taken over, untouched; None for one that is now as wanted.

        Raises:
            RefusedError: It is another stack's, or was not made by us.
            MailcowError: mailcow refused, does not answer, or contradicts itself.
            VaultError: Vault has no first password of it, or does not answer.
        """
        secret = self._host.vault().metadata(self._path)
        try:
            found = self._step_by_step(secret)
        finally:
            self._host.mailboxes.forget(self._wanted.domain)
        return found

    def settle_a_lost_password(self, row: MailboxRow, *, older_by: timedelta = timedelta(0)) -> None:
        """See to it that Vault holds no password of ours that was made after the mailbox, and does not open it.

        Hers goes on as it is. That Vault had lost the first one, and how to give her another, is said.

        Args:
            row: Her mailbox.
            older_by: By how much more than this it must be older than the password.
        """
        found = self._host.vault().metadata(self._path)
        unused = first_password.is_ours_and_unused(found, address=self._wanted.address, stack=self._host.stack)
        if found is None or (unused and _is_older(row, found, older_by)):
            self._leave_only_notes(found)
            pulumi.log.warn(
                f"Vault had lost the first password of {self._wanted.address}, and a new one does not open the mailbox:"
                f" hers goes on, and Vault has none; to give her another, run: mailstead rotate {self._wanted.address}"
            )

    def _step_by_step(self, secret: SecretMetadata | None) -> MailboxRow | None:
        address, stack = self._wanted.address, self._host.stack
        for _ in range(_STEPS):
            found = self._host.mailcow.get_mailbox(address)
            if found is None:
                if self._make(secret):
                    lead_back(self._host, self._led_here.values())
                    self._note_that_it_is_there()
                    return None
            elif found.half_deleted or self._is_half_made(found):
                self._led_here |= {row.address: row for row in our_aliases_to(self._host, address)}
                self._host.mailcow.delete_mailbox(address)
            elif is_taken_over(f"mailbox {address}", found.tags, stack=stack, adopt=self._host.adopt):
                if secret is None or first_password.is_ours_and_unused(secret, address=address, stack=stack):
                    self._leave_only_notes(secret)
                return found
            else:
                self.settle_a_lost_password(found, older_by=_SURELY)
                MailboxEditing(self._host, self._wanted, {}).edit(found)
                self._note_that_it_is_there()
                return None
        raise MailcowUnclearError(f"mailcow does not settle whether mailbox {address} is there; run the command again")

    def _make(self, secret: SecretMetadata | None) -> bool:
        """Make it; False when it turns out to be there, perhaps by an earlier try whose answer was lost."""
        password = self._first_password(secret)
        again = secret is not None and first_password.MAILBOX_MADE_NOTE in secret.custom
        if again:
            first_password.note_making_again(self._host.vault(), self._path)
        try:
            made = self._add(password)
        except MailcowRefusedError:
            if not self._clear_our_alias_away():
                raise
            made = self._add(password)
        if not made:
            return False
        if again:
            pulumi.log.info(
                f"mailbox {self._wanted.address} was there before and is gone from mailcow:"
                " it is made again, EMPTY, with the same first password"
            )
        if self._wanted.rules:
            MailRules(self._host, self._wanted.address).add(self._wanted.rules)
        return True

    def _add(self, password: str) -> bool:
        return self._host.mailcow.add_mailbox(self._wanted.new(tag=self._host.tag), password=password)

    def _first_password(self, secret: SecretMetadata | None) -> str:
        vault = self._host.vault()
        if first_password.has_her_own(secret):
            # Her own was in the mailbox that is gone, and nobody else knows it.
            first_password.make(vault, self._path, address=self._wanted.address, stack=self._host.stack)
        password = (vault.read(self._path) or {}).get("password")
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

    def _is_half_made(self, found: MailboxRow) -> bool:
        """Tell whether mailcow died while it made this mailbox for us: the row is there and the tag is not.

        Then it is without any tag, empty, never used, and younger than the password that we made for it, or than
        our note that it is made again. Where mailboxes of others are taken over, none is taken for ours by that.
        """
        if self._host.adopt or found.tags or found.messages or found.last_login:
            return False
        secret = self._host.vault().metadata(self._path)
        if secret is None:
            return False
        if again := secret.custom.get(first_password.MAKING_AGAIN_NOTE):
            return not _is_older_than(found, again, _CLOCKS)
        unused = first_password.is_ours_and_unused(secret, address=self._wanted.address, stack=self._host.stack)
        return unused and not _is_older(found, secret)

    def _leave_only_notes(self, secret: SecretMetadata | None) -> None:
        first_password.note_her_own(
            self._host.vault(),
            self._path,
            secret.custom if secret is not None else {},
            address=self._wanted.address,
            stack=self._host.stack,
        )

    def _note_that_it_is_there(self) -> None:
        first_password.note_that_its_mailbox_is_there(self._host.vault(), self._path)


def _is_older(row: MailboxRow, secret: SecretMetadata, by: timedelta = timedelta(0)) -> bool:
    """Tell whether a mailbox is older, by more than this, than the password that Vault has for it; unknown ages are."""
    return _is_older_than(row, secret.created, by)


def _is_older_than(row: MailboxRow, moment: str, by: timedelta) -> bool:
    made, written = _server_time(row.created), _vault_time(moment)
    return made is None or written is None or written - made > by


def _server_time(text: str) -> datetime | None:
    """Read a time of mailcow, which has no offset, as UTC, our hosts' default zone.

    A host set to a zone behind UTC makes its mailboxes look older, and one that is half-made is then refused with
    advice instead of made again; one ahead of UTC makes them look younger by its offset.
    """
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return None


def _vault_time(text: str) -> datetime | None:
    """Read a time of Vault, cut to whole seconds as mailcow's are."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC).replace(microsecond=0)
    except ValueError:
        return None
