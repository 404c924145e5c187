"""Mailboxes in mailcow's API: rows, passwords, sending limits, tags."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from urllib.parse import quote

from mailcow import wire
from mailcow.calls.changing import Changing, flag
from mailcow.rows import MailboxChange, MailboxRow, NewMailbox

_NO_LIMIT = ("0", "h")  # mailcow wants a span of time even where there is no limit


class MailboxCalls(Changing):
    """What ``Mailcow`` says of mailboxes."""

    def get_mailbox(self, address: str) -> MailboxRow | None:
        answer = self._caller.read("mailbox", address, doing=f"read mailbox {address}")
        return None if answer is None else wire.mailbox(address, answer)

    def list_mailboxes(self, domain: str) -> tuple[MailboxRow, ...]:
        # "reduced" has all that we compare but sending limits, at a fifth of the time. Of a missing domain mailcow
        # gives all mailboxes there are, and a half-deleted one has no name.
        answer = self._caller.read("mailbox", "reduced", domain, doing=f"list the mailboxes of {domain}")
        found = (wire.mailbox(str(row["username"]), row) for row in answer or () if row.get("username"))
        return tuple(row for row in found if row.address.endswith(f"@{domain.lower()}"))

    def list_sending_limits(self) -> Mapping[str, str]:
        answer = self._caller.read("rl-mbox", "all", doing="list the sending limits")
        return wire.sending_limits(answer or ())

    def add_mailbox(self, mailbox: NewMailbox, *, password: str) -> bool:
        local_part, _, domain = mailbox.address.rpartition("@")
        value, frame = _limit(mailbox.sending_limit)
        body = {
            "local_part": local_part,
            "domain": domain,
            "name": mailbox.name,
            "quota": mailbox.quota_mib,
            "password": password,
            "password2": password,
            "active": _access(active=mailbox.active, receives_only=mailbox.receives_only),
            "protocol_access": list(mailbox.protocols),
            "force_pw_update": flag(mailbox.change_password),
            "rl_value": value,
            "rl_frame": frame,
            "tags": list(mailbox.tags),
        }
        with self._alone_unless(active=mailbox.active):
            return self._add(
                "mailbox",
                body,
                doing=f"add mailbox {mailbox.address}",
                said="mailbox_added",
                read=lambda: self.get_mailbox(mailbox.address),
            )

    def edit_mailbox(self, address: str, change: MailboxChange) -> None:
        def is_met() -> bool:
            row = self.get_mailbox(address)
            return row is not None and _is_met(change, row)

        with self._alone_unless(active=change.active is not False):
            self._modify(address, _attributes(change), doing=f"edit mailbox {address}", is_met=is_met)

    def set_password(self, address: str, password: str, *, change_password: bool) -> None:
        attributes: dict[str, object] = {
            "password": password,
            "password2": password,
            "force_pw_update": flag(change_password),
        }
        # No read shows a password, so nothing said is never taken for done; to set it again does no harm.
        self._modify(address, attributes, doing=f"set the password of {address}", is_met=lambda: False)

    def set_sending_limit(self, address: str, limit: str) -> None:
        def is_met() -> bool:
            row = self.get_mailbox(address)
            return row is not None and row.sending_limit == limit

        value, frame = _limit(limit)
        body = {"items": [address], "attr": {"rl_value": value, "rl_frame": frame}}
        self._edit("edit/rl-mbox", body, doing=f"limit what {address} sends", said="rl_saved", is_met=is_met)

    def add_tags(self, address: str, tags: Iterable[str]) -> None:
        wanted = sorted(set(tags))

        def is_met() -> bool:
            row = self.get_mailbox(address)
            return row is not None and set(wanted) <= set(row.tags)

        self._modify(address, {"tags": wanted}, doing=f"tag mailbox {address}", is_met=is_met)

    def remove_tags(self, address: str, tags: Iterable[str]) -> None:
        unwanted = sorted(set(tags))

        def is_met() -> bool:
            row = self.get_mailbox(address)
            return row is None or set(unwanted).isdisjoint(row.tags)

        # As in all paths, mailcow decodes the address twice.
        route = f"delete/mailbox/tag/{quote(quote(address, safe='@'), safe='@')}"
        self._edit(route, unwanted, doing=f"take tags off mailbox {address}", said="mailbox_modified", is_met=is_met)

    def delete_mailbox(self, address: str) -> None:
        with self._exclusive():
            self._delete(
                "delete/mailbox",
                address,
                doing=f"delete mailbox {address}",
                said="mailbox_removed",
                read=lambda: self.get_mailbox(address),
                missing="access_denied",
            )

    def _modify(
        self, address: str, attributes: Mapping[str, object], *, doing: str, is_met: Callable[[], bool]
    ) -> None:
        body = {"items": [address], "attr": attributes}
        self._edit("edit/mailbox", body, doing=doing, said="mailbox_modified", is_met=is_met)

    def _alone_unless(self, *, active: bool) -> AbstractContextManager[object]:
        """Hold others off while mailcow rebuilds its view over all mailboxes, as it does for one that is not active."""
        return nullcontext() if active else self._exclusive()


def _access(*, active: bool, receives_only: bool) -> str:
    if active:
        return "1"
    return "2" if receives_only else "0"


def _limit(limit: str) -> tuple[str, str]:
    """Split ``100/h`` as mailcow wants it."""
    value, _, frame = limit.partition("/")
    return (value, frame) if value and frame else _NO_LIMIT


def _attributes(change: MailboxChange) -> dict[str, object]:
    asked: dict[str, object] = {"name": change.name, "quota": change.quota_mib}
    if change.active is not None:
        asked["active"] = _access(active=change.active, receives_only=change.receives_only)
    if change.protocols is not None:
        asked["protocol_access"] = list(change.protocols)
    if change.change_password is not None:
        asked["force_pw_update"] = flag(change.change_password)
    return {key: value for key, value in asked.items() if value is not None}


def _is_met(change: MailboxChange, row: MailboxRow) -> bool:
    asked: list[tuple[object, object]] = [
        (change.name, row.name),
        (change.quota_mib, row.quota_mib),
        (change.protocols, row.protocols),
        (change.change_password, row.change_password),
    ]
    if change.active is not None:
        asked.append((_access(active=change.active, receives_only=change.receives_only), _access_of(row)))
    return all(wanted is None or wanted == found for wanted, found in asked)


def _access_of(row: MailboxRow) -> str:
    return _access(active=row.active, receives_only=row.receives_only)
