"""Relay hosts in mailcow's API: other servers that a domain's mail leaves by.

Adding answers no number, and two may be alike in all: one that is as wanted is used, and only where there is none is
one made, all under the host's lock. A password goes out by ``add`` and by nothing else: mailcow's log of calls stars
out what stands at the top of a request, and shows what an edit holds.
"""

from core.errors import MailcowRefusedError
from core.relay_values import password_problem
from mailcow import wire
from mailcow.calls.changing import Changing, unclear
from mailcow.rows import NewRelayHost, RelayHostRow


class RelayHostCalls(Changing):
    """What ``Mailcow`` says of relay hosts."""

    def list_relay_hosts(self) -> tuple[RelayHostRow, ...]:
        answer = self._caller.read("relayhost", "all", doing="list the relay hosts")
        return tuple(wire.relay_host(row) for row in answer or ())

    def add_relay_host(self, new: NewRelayHost, *, password: str) -> int:
        problem = password_problem(password)
        if problem:
            raise MailcowRefusedError(f"the password of {new.username} at {new.hostname} {problem}")
        body = {"hostname": new.hostname, "username": new.username, "password": password}
        doing = f"add relay host {new.hostname}"

        def find() -> int:
            rows = self.list_relay_hosts()
            return min((row.id for row in rows if _is(row, new, password)), default=0)

        def find_or_make() -> int:
            found = find()
            if found:
                return found
            # Never sent twice unseen: there would be two.
            messages = self._caller.change_once("add/relayhost", body, doing=doing)
            made = find()
            if made:
                return made
            raise unclear(f"{doing}, and it is not there", again=messages is not None)

        with self._exclusive():
            return self._until_it_is_clear(find_or_make)

    def set_relay_host(self, domain: str, id_: int) -> bool:
        def is_met() -> bool:
            answer = self._caller.read("domain", domain, doing=f"read domain {domain}")
            return answer is not None and wire.domain(answer).relay_host == id_

        with self._exclusive():
            # mailcow takes any number, and mail would then leave directly.
            if id_ and self._find(id_) is None:
                return False
            body = {"items": [domain], "attr": {"relayhost": str(id_)}}
            doing = f"set the relay host of {domain}"
            self._edit("edit/domain", body, doing=doing, said="domain_modified", is_met=is_met)
        return True

    def delete_relay_host(self, id_: int) -> bool:
        with self._exclusive():
            found = self._find(id_)
            if found is None:
                return True
            # mailcow deletes one in use too, and the mail of who used it leaves directly from then on.
            if found.used_by:
                return False
            self._delete(
                "delete/relayhost",
                id_,
                doing=f"delete relay host {id_}",
                said="relayhost_removed",
                read=lambda: self._find(id_),
            )
        return True

    def _find(self, id_: int) -> RelayHostRow | None:
        return next((row for row in self.list_relay_hosts() if row.id == id_), None)


def _is(row: RelayHostRow, new: NewRelayHost, password: str) -> bool:
    return row.active and row.leads_as(new) and row.password == password
