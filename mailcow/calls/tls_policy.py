"""TLS policies of destinations in mailcow's API: whether a relay has to prove who it is before it gets a password.

Of these routes only the empty list was recorded. The rest follows mailcow's source (``tls_policy_maps`` in
``data/web/inc/functions.tls_policy_maps.inc.php``), so what was written is read back whatever mailcow says.
"""

from typing import Final

from core.errors import MailcowUnclearError
from mailcow import wire
from mailcow.calls.changing import Changing
from mailcow.rows import TlsPolicyRow

_SAVED: Final = "tls_policy_map_entry_saved"


class TlsPolicyCalls(Changing):
    """What ``Mailcow`` says of TLS policies."""

    def list_tls_policies(self) -> tuple[TlsPolicyRow, ...]:
        answer = self._caller.read("tls-policy-map", "all", doing="list the TLS policies")
        return tuple(wire.tls_policy(row) for row in answer or ())

    def set_tls_policy(self, destination: str, policy: str) -> None:
        def is_met() -> bool:
            row = self._policy_of(destination)
            return row is not None and row.active and row.policy == policy

        body = {"dest": destination, "policy": policy, "parameters": "", "active": "1"}
        doing = f"set the TLS policy of {destination}"
        with self._exclusive():
            found = self._policy_of(destination)
            if found is None:
                self._add("tls-policy-map", body, doing=doing, said=_SAVED, read=lambda: self._policy_of(destination))
            elif not is_met():
                edit = {"items": [found.id], "attr": body}
                self._edit("edit/tls-policy-map", edit, doing=doing, said=_SAVED, is_met=is_met)
            else:
                return
            if not is_met():
                raise MailcowUnclearError(f"mailcow took the TLS policy of {destination} and shows another; look there")

    def delete_tls_policy(self, destination: str) -> bool:
        with self._exclusive():
            hosts = self._caller.read("relayhost", "all", doing="list the relay hosts")
            if any(wire.relay_host(row).hostname.lower() == destination.lower() for row in hosts or ()):
                return False
            found = self._policy_of(destination)
            if found is not None:
                self._delete(
                    "delete/tls-policy-map",
                    found.id,
                    doing=f"delete the TLS policy of {destination}",
                    said="tls_policy_map_entry_deleted",
                    read=lambda: self._policy_of(destination),
                )
        return True

    def _policy_of(self, destination: str) -> TlsPolicyRow | None:
        rows = self.list_tls_policies()
        return next((row for row in rows if row.destination.lower() == destination.lower()), None)
