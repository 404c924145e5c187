"""Sieve filters of mailboxes in mailcow's API.

Its routes ``add|edit|delete/filter`` and ``get/filters`` are in no recorded exchange: they are as mailcow's own source
has them (``json_api.php`` and ``functions.mailbox.inc.php``, cases ``filter``, ``filters`` and ``filter_details``).
mailcow checks each script as it comes in and refuses one that it cannot read (``sieve_error``).
"""

from mailcow import wire
from mailcow.calls.changing import Changing, flag, unclear
from mailcow.rows import FilterRow, NewFilter


class FilterCalls(Changing):
    """What ``Mailcow`` says of Sieve filters."""

    def list_filters(self, address: str) -> tuple[FilterRow, ...]:
        answer = self._caller.read("filters", address, doing=f"list the filters of {address}")
        return tuple(wire.sieve_filter(row) for row in answer or ())

    def add_filter(self, new: NewFilter) -> None:
        doing = f"add a filter to {new.username}"

        def add() -> None:
            # Sent twice it would be there twice, so a broken connection is settled by looking.
            body = {"username": new.username, **_attributes(new)}
            messages = self._caller.change_once("add/filter", body, doing=doing)
            if messages is not None and any(message.key == "mailbox_modified" for message in messages):
                return
            if not any(_is_met(new, row) for row in self.list_filters(new.username)):
                raise unclear(f"{doing}, and it is not there", again=messages is not None)

        self._until_it_is_clear(add)

    def edit_filter(self, id_: int, new: NewFilter) -> None:
        def is_met() -> bool:
            return any(row.id == id_ and _is_met(new, row) for row in self.list_filters(new.username))

        body = {"items": [id_], "attr": _attributes(new)}
        doing = f"edit a filter of {new.username}"
        self._edit("edit/filter", body, doing=doing, said="mailbox_modified", is_met=is_met)

    def delete_filter(self, address: str, id_: int) -> None:
        def found() -> FilterRow | None:
            return next((row for row in self.list_filters(address) if row.id == id_), None)

        self._delete(
            "delete/filter",
            id_,
            doing=f"delete a filter of {address}",
            said="delete_filter",
            read=found,
            missing="access_denied",
        )


def _attributes(new: NewFilter) -> dict[str, object]:
    return {
        "filter_type": new.kind,
        "script_data": new.script,
        "script_desc": new.description,
        "active": flag(new.active),
    }


def _is_met(new: NewFilter, row: FilterRow) -> bool:
    return (row.kind, _lines(row), row.description, row.active) == (new.kind, _lines(new), new.description, new.active)


def _lines(one: NewFilter) -> list[str]:
    """Take a script apart: what ends its lines may have been changed on the way."""
    return one.script.splitlines()
