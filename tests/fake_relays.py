"""The ways out of the mailcow held in memory: relay hosts and TLS policies."""

from collections.abc import Iterator
from dataclasses import asdict, replace

from core.errors import MailcowRefusedError
from core.relay_values import password_problem
from mailcow.rows import DomainRow, NewRelayHost, RelayHostRow, TlsPolicyRow


class FakeRelays:
    """The part of ``FakeMailcow`` that these are."""

    domains: dict[str, DomainRow]
    _numbers: Iterator[int]

    def __init__(self) -> None:
        super().__init__()
        self.relay_hosts: dict[int, RelayHostRow] = {}
        self.tls_policies: dict[str, TlsPolicyRow] = {}

    def list_relay_hosts(self) -> tuple[RelayHostRow, ...]:
        self._read("list relay hosts")
        return tuple(replace(row, used_by=(*row.used_by, *self._users(id_))) for id_, row in self.relay_hosts.items())

    def add_relay_host(self, new: NewRelayHost, *, password: str) -> int:
        problem = password_problem(password)
        if problem:
            raise MailcowRefusedError(f"the password of {new.username} at {new.hostname} {problem}")
        for row in self.relay_hosts.values():
            if row.active and row.leads_as(new) and row.password == password:
                return row.id
        self._change(f"add relay host {new.hostname}")
        id_ = next(self._numbers)
        self.relay_hosts[id_] = RelayHostRow(id=id_, password=password, **asdict(new))
        return id_

    def set_relay_host(self, domain: str, id_: int) -> bool:
        if id_ and id_ not in self.relay_hosts:
            return False
        self._change(f"set relay host {domain}")
        if domain not in self.domains:
            raise MailcowRefusedError(f"mailcow refused to set the relay host of {domain}: access denied")
        self.domains[domain] = replace(self.domains[domain], relay_host=id_)
        return True

    def delete_relay_host(self, id_: int) -> bool:
        row = self.relay_hosts.get(id_)
        if row is not None and (row.used_by or self._users(id_)):
            return False
        self._change(f"delete relay host {id_}")
        self.relay_hosts.pop(id_, None)
        return True

    def list_tls_policies(self) -> tuple[TlsPolicyRow, ...]:
        self._read("list TLS policies")
        return tuple(self.tls_policies.values())

    def set_tls_policy(self, destination: str, policy: str) -> None:
        found = self.tls_policies.get(destination)
        if found is None or (found.policy, found.active) != (policy, True):
            self._change(f"set TLS policy {destination}")
            id_ = found.id if found else next(self._numbers)
            self.tls_policies[destination] = TlsPolicyRow(id=id_, destination=destination, policy=policy)

    def delete_tls_policy(self, destination: str) -> bool:
        if any(row.hostname == destination for row in self.relay_hosts.values()):
            return False
        if destination in self.tls_policies:
            self._change(f"delete TLS policy {destination}")
            del self.tls_policies[destination]
        return True

    def _users(self, id_: int) -> tuple[str, ...]:
        return tuple(row.name for row in self.domains.values() if row.relay_host == id_)

    def _read(self, what: str) -> None:
        raise NotImplementedError

    def _change(self, what: str) -> None:
        raise NotImplementedError
