"""App passwords of mailboxes in mailcow's API."""

from mailcow import wire
from mailcow.calls.changing import Changing
from mailcow.rows import AppPasswordRow


class AppPasswordCalls(Changing):
    """What ``Mailcow`` says of app passwords."""

    def list_app_passwords(self, address: str) -> tuple[AppPasswordRow, ...]:
        answer = self._caller.read("app-passwd", "all", address, doing=f"list the app passwords of {address}")
        return tuple(wire.app_password(row) for row in answer or ())

    def delete_app_password(self, address: str, id_: int) -> None:
        def found() -> AppPasswordRow | None:
            return next((row for row in self.list_app_passwords(address) if row.id == id_), None)

        # One a call: mailcow stops at the first that it does not know.
        self._delete(
            "delete/app-passwd",
            id_,
            doing=f"delete an app password of {address}",
            said="app_passwd_removed",
            read=found,
            missing="app_passwd_id_invalid",
        )
