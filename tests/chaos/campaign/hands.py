"""What people do on the server by hand, or from outside; what is not there is left alone."""

from collections.abc import Callable
from typing import Any

from tests.chaos.campaign.plan import Hand
from tests.chaos.campaign.watch import BY_HAND
from tests.chaos.mailcow.passwords import stored
from tests.chaos.mailcow.tables import MIB, Row, Tables

OTHER_STACK = "mailstead-other"


class Hands:
    """Works on the tables directly."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self.own_passwords: set[str] = set()
        """Addresses whose owners have a password of their own by now."""

    def do(self, hand: Hand) -> None:
        """Do one thing."""
        on_row = _ON_MAILBOX.get(hand.what)
        row = self._tables.whole_mailbox(hand.address)
        if on_row:
            if row is not None:
                on_row(row)
                if hand.what == "own_password":
                    self.own_passwords.add(hand.address)
            return
        getattr(self, f"_{hand.what}")(hand.address)

    def _delete_mailbox(self, address: str) -> None:
        if self._tables.mailboxes.pop(address, None) is not None:
            self._cascade(address)

    def _half_delete(self, address: str) -> None:
        row = self._tables.whole_mailbox(address)
        if row is not None:
            row["whole"] = False
            self._cascade(address)

    def _delete_alias(self, address: str) -> None:
        """Delete the aliases that lead to somebody alone."""
        aliases = self._tables.aliases
        for number in [number for number, row in aliases.items() if row["goto"] == address]:
            del aliases[number]

    def _foreign_alias(self, address: str) -> None:
        """Make an alias that the list does not know."""
        domain = address.partition("@")[2]
        if domain not in self._tables.domains or self._tables.alias_at(f"byhand@{domain}"):
            return
        number, now = self._tables.new_id("alias"), self._tables.now()
        self._tables.aliases[number] = {
            "id": number,
            "address": f"byhand@{domain}",
            "domain": domain,
            "goto": "somebody@outside.test",
            "public_comment": "made by hand",
            "private_comment": "",
            "active": 1,
            "internal": 0,
            "sogo_visible": 1,
            "sender_allowed": 1,
            "created": now,
            "modified": None,
        }

    def _foreign_mailbox(self, address: str) -> None:
        """Make somebody's mailbox where none is."""
        domain = address.partition("@")[2]
        if domain in self._tables.domains and address not in self._tables.mailboxes:
            self._tables.mailboxes[address] = _foreign(address, self._tables.now(), [])

    def _foreign_neighbour(self, address: str) -> None:
        """Make a mailbox of another stack's."""
        self._foreign_mailbox(address)
        self._tables.mailboxes[address]["tags"] = [OTHER_STACK]

    def _foreign_domain(self, domain: str) -> None:
        """Let somebody else have a domain with a mailbox and a key on the same server."""
        columns = ("aliases", "mailboxes", "backupmx", "relay_all_recipients", "relay_unknown_only")
        self._tables.domains[domain] = {
            "domain": domain,
            "description": "somebody else's",
            **dict.fromkeys(columns, 0),
            **dict.fromkeys(("defquota", "maxquota", "quota"), 1024 * MIB),
            **dict.fromkeys(("active", "gal"), 1),
            "relayhost": "0",
            "tags": [],
            "created": self._tables.now(),
            "modified": None,
            BY_HAND: True,
        }
        self._foreign_mailbox(f"owner@{domain}")
        self._tables.mailboxes[f"owner@{domain}"]["messages"] = 7

    def _app_password(self, address: str) -> None:
        """Let somebody make an app password."""
        if self._tables.whole_mailbox(address) is None:
            return
        number = self._tables.new_id("app_passwd")
        row: Row = {"id": number, "name": "phone", "mailbox": address, "domain": address.partition("@")[2], "active": 1}
        self._tables.app_passwords[number] = {
            **row,
            "password": stored("An-App-Password-1"),
            "created": "",
            "modified": None,
        }

    def _remove_foreign_mailbox(self, address: str) -> None:
        """Move somebody's mailbox out of the way again."""
        row = self._tables.mailboxes.get(address)
        if row is not None and row.get(BY_HAND):
            del self._tables.mailboxes[address]

    def _cascade(self, address: str) -> None:
        for number, alias in list(self._tables.aliases.items()):
            rest = [goto for goto in alias["goto"].split(",") if goto != address]
            if rest:
                alias["goto"] = ",".join(rest)
            else:
                del self._tables.aliases[number]
        self._tables.limits.pop(address, None)
        for table, column in (
            (self._tables.app_passwords, "mailbox"),
            (self._tables.filters, "username"),
            (self._tables.sync_jobs, "user2"),
        ):
            for number in [number for number, row in table.items() if row[column] == address]:
                del table[number]
        self.own_passwords.discard(address)


def _foreign(address: str, now: str, tags: list[str]) -> Row:
    local_part, _, domain = address.partition("@")
    row: dict[str, Any] = {"username": address, "local_part": local_part, "domain": domain, "name": "Somebody Else"}
    attributes = {"passwd_update": now, "force_pw_update": "0", "imap_access": "1", "smtp_access": "1"}
    return {
        **row,
        "password": stored("Their-Own-Secret-1"),
        "quota": 100 * MIB,
        "active": 1,
        "attributes": attributes,
        "custom_attributes": {},
        "authsource": "mailcow",
        "created": now,
        "modified": None,
        "bytes": 0,
        "messages": 0,
        "logins": {},
        "tags": tags,
        "sender_acl": [],
        "acl": [],
        "whole": True,
        BY_HAND: True,
    }


_ON_MAILBOX: dict[str, Callable[[Row], Any]] = {
    "quota": lambda row: row.update(quota=7 * MIB),
    "name": lambda row: row.update(name="By Hand"),
    "switch_off": lambda row: row.update(active=0),
    "own_password": lambda row: row.update(password=stored(f"own password of {row['username']}")),
    "mail_comes": lambda row: row.update(messages=row["messages"] + 3, bytes=row["bytes"] + 9000),
    "more_tags": lambda row: row["tags"].append("by-hand"),
}
