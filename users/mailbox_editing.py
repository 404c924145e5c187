"""How a mailbox that is there becomes as the list wants it: only what differs is sent, closing it ends everything."""

from collections.abc import Iterable
from dataclasses import replace

from mailcow.rows import MailboxRow
from users.closing import end_everything
from users.host_provider import MailHost
from users.mail_rules import MailRules
from users.properties import Properties
from users.wanted_mailbox import DEFAULTS, WantedMailbox, common_tags

CLOSED = "closed"
"""Output that says that all that still opened a closed mailbox was ended; missing, it is done (again)."""


class MailboxEditing:
    """Brings one mailbox from what is recorded and found to what is wanted; safe to run again."""

    def __init__(self, host: MailHost, wanted: WantedMailbox, recorded: Properties) -> None:
        """Remember both ends.

        Args:
            host: Where it is.
            wanted: What it is to become.
            recorded: What the state says of it; empty when it says nothing.
        """
        self._host = host
        self._wanted = wanted
        self._recorded = recorded

    def edit(self, row: MailboxRow) -> None:
        """Send what differs; asks nothing of the server when nothing does.

        Raises:
            MailcowError: mailcow refused, or does not answer.
            SshError: It was closed, and its sessions could not be ended.
        """
        try:
            self._edit_row(row)
            if not self._wanted.active and (row.active or not self._recorded.get(CLOSED)):
                end_everything(self._host, self._wanted.address)
            self._edit_limit(row)
            self._edit_tags(row)
        finally:
            self._host.mailboxes.forget(self._wanted.domain)
        self._edit_rules()

    def _edit_row(self, row: MailboxRow) -> None:
        change = self._wanted.change_of(row)
        # Only when the list begins to ask for it: she clears it herself, by changing her password.
        if self._wanted.change_password and not self._recorded.get("change_password") and not row.change_password:
            change = replace(change, change_password=True)
        if not change.is_nothing:
            self._host.mailcow.edit_mailbox(self._wanted.address, change)

    def _edit_limit(self, row: MailboxRow) -> None:
        if (row.sending_limit or "") != self._wanted.sending_limit:
            self._host.mailcow.set_sending_limit(self._wanted.address, self._wanted.sending_limit)

    def _edit_tags(self, row: MailboxRow) -> None:
        """Add what the list says and take off what it said before; tags that were given by hand stay."""
        wanted, there = self._wanted.tags, row.tags
        missing = _without(wanted, common_tags(wanted, there))
        if missing:
            self._host.mailcow.add_tags(self._wanted.address, missing)
        said_before = _without(self._recorded.get("tags") or (), (*wanted, self._host.tag))
        if surplus := common_tags(said_before, there):
            self._host.mailcow.remove_tags(self._wanted.address, surplus)

    def _edit_rules(self) -> None:
        """Bring our filter to what is wanted; where there is and was none, mailcow is not asked."""
        before = {**DEFAULTS, **self._recorded}
        had_rules = bool(before["forward_to"] or before["auto_reply"]) or not self._recorded
        if self._wanted.rules or had_rules:
            MailRules(self._host, self._wanted.address).bring_to(self._wanted.rules)


def _without(tags: Iterable[str], others: Iterable[str]) -> list[str]:
    not_these = {tag.casefold() for tag in others}
    return [tag for tag in tags if tag.casefold() not in not_these]
