"""Gives one person a new first password, in Vault and in mailcow, and can be finished by any later run.

The order is what makes that so: note the version that is on its way, write it, give mailcow what Vault now holds, end
what was opened with the old one, take the note away. Whoever finds the note goes on from there, and what Vault
holds is never written twice.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from core.desired import DesiredMailbox
from core.errors import RefusedError, VaultError
from core.handover import ACCESSOR_NOTE
from core.names import user_secret
from core.rotation import ROTATING_NOTE, Campaign, begun, ended
from mailcow.rows import Mailcow
from users.first_password import STACK_NOTE, STATE_NOTE, new_password
from vault.api import SecretMetadata, Vault
from vault.wrapping import Wrapping


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """What a rotation needs of the server that a mailbox lies on."""

    mailcow: Mailcow
    end_sessions: Callable[[str], str]
    """Ends what is logged in to an address; returns a sentence where that cannot be done, else nothing."""


@dataclass(frozen=True, kw_only=True)
class Rotating:
    """Rotates the passwords of one stack, one address at a time.

    Attributes:
        vault: Holds them, and the notes beside them.
        wrapping: Ends tokens that were made for the old ones.
        server: Gives the mail server of a number.
        stack: Whose people may be rotated.
        app_passwords: Whether app passwords are deleted as well.
        now: The time, in UTC.
    """

    vault: Vault
    wrapping: Wrapping
    server: Callable[[int], MailServer]
    stack: str
    app_passwords: bool
    now: Callable[[], datetime]

    def rotate(self, mailbox: DesiredMailbox, *, campaign: Campaign | None = None) -> str | None:
        """Rotate one password, or finish what an earlier run began.

        Returns:
            What the operator should know besides, or an empty text; None when the campaign has done it already.

        Raises:
            RefusedError: There is no secret of ours that could be rotated.
            VaultError: Vault does not answer, or refuses.
            MailcowError: mailcow does not answer, or refuses.
            SshError: The host cannot be reached to end sessions.
        """
        path = user_secret(mailbox.domain, mailbox.local_part)
        found = self._ready(mailbox, path)
        if campaign is not None and campaign.has_done(found.custom):
            return None
        version = _version_on_its_way(found)
        if version is None:
            version = found.version + 1
            self.vault.set_metadata(path, begun(found.custom, version=version))
        if ACCESSOR_NOTE in found.custom:
            self.wrapping.revoke_accessor(found.custom[ACCESSOR_NOTE])
        if found.version < version:
            # That it is there already is no failure: an earlier try may have written it, and it is read back anyway.
            self.vault.write_next(path, {"password": new_password()}, after=version - 1)
        told = self._give_to_mailcow(mailbox, path)
        self._end(path, campaign)
        return told

    def _give_to_mailcow(self, mailbox: DesiredMailbox, path: str) -> str:
        password = (self.vault.read(path) or {}).get("password")
        if not password:
            raise VaultError(f"Vault holds no password at {path}; run the command again")
        server = self.server(mailbox.server)
        server.mailcow.set_password(mailbox.address, password, change_password=mailbox.change_password)
        told = [self._about_app_passwords(server.mailcow, mailbox.address), server.end_sessions(mailbox.address)]
        return "; ".join(filter(None, told))

    def _about_app_passwords(self, mailcow: Mailcow, address: str) -> str:
        found = mailcow.list_app_passwords(address)
        if not self.app_passwords:
            names = ", ".join(each.name for each in found)
            return f"app passwords go on working: {names}; --app-passwords deletes them" if found else ""
        for each in found:
            mailcow.delete_app_password(address, each.id)
        return ""

    def _end(self, path: str, campaign: Campaign | None) -> None:
        found = self.vault.metadata(path)  # others may have noted something meanwhile
        custom: Mapping[str, str] = found.custom if found else {}
        name = campaign.name if campaign else ""
        self.vault.set_metadata(path, ended(custom, state_note=STATE_NOTE, now=self.now(), campaign=name))

    def _ready(self, mailbox: DesiredMailbox, path: str) -> SecretMetadata:
        found = self.vault.metadata(path)
        if found is None:
            raise RefusedError(
                f"Vault knows nothing of {mailbox.address} at {path}; "
                f"the mailbox comes first: mailstead up --stack {self.stack}"
            )
        owner = found.custom.get(STACK_NOTE, self.stack)
        if owner != self.stack:
            raise RefusedError(f"the password of {mailbox.address} belongs to stack {owner}; add --stack {owner}")
        if found.version and not found.live:
            self.vault.read(path)  # says in words how to bring a deleted one back
        return found


def _version_on_its_way(found: SecretMetadata) -> int | None:
    noted = found.custom.get(ROTATING_NOTE, "")
    return int(noted) if noted.isdecimal() else None
