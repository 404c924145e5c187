"""Aliases in mailcow's API."""

from mailcow import wire
from mailcow.calls.changing import Changing, flag
from mailcow.rows import AliasRow, NewAlias


class AliasCalls(Changing):
    """What ``Mailcow`` says of aliases."""

    def get_alias(self, address: str) -> AliasRow | None:
        answer = self._caller.read("alias", address, doing=f"read alias {address}")
        return None if answer is None else wire.alias(answer)

    def list_aliases(self, domain: str) -> tuple[AliasRow, ...]:
        answer = self._caller.read("alias", "all", domain, doing=f"list the aliases of {domain}")
        return tuple(wire.alias(row) for row in answer or ())

    def add_alias(self, alias: NewAlias) -> bool:
        # All are given: left out, mailcow makes an alias that is off.
        body = {
            "address": alias.address,
            **_attributes(alias),
            "sogo_visible": "1",
            "sender_allowed": "1",
            "internal": "0",
        }
        return self._add(
            "alias",
            body,
            doing=f"add alias {alias.address}",
            said="alias_added",
            read=lambda: self.get_alias(alias.address),
        )

    def edit_alias(self, alias: NewAlias) -> None:
        def is_met() -> bool:
            row = self.get_alias(alias.address)
            return row is not None and (row.active, set(row.goto)) == (alias.active, set(alias.goto))

        body = {"items": [alias.address], "attr": _attributes(alias)}
        self._edit("edit/alias", body, doing=f"edit alias {alias.address}", said="alias_modified", is_met=is_met)

    def delete_alias(self, address: str) -> None:
        with self._exclusive():
            self._delete(
                "delete/alias",
                address,
                doing=f"delete alias {address}",
                said="alias_removed",
                read=lambda: self.get_alias(address),
                missing="access_denied",
            )


def _attributes(alias: NewAlias) -> dict[str, object]:
    return {"goto": ",".join(alias.goto), "active": flag(alias.active), "private_comment": alias.private_comment}
