"""The resolvers of this machine, or others that the operator names."""

from collections.abc import Mapping, Sequence
from typing import Final

import dns.exception
import dns.message
import dns.name
import dns.resolver

from core.dns_seen import Reply, Silence
from core.endpoints import split_endpoint
from core.errors import InputError, Problem
from core.names import ENV_RESOLVER
from probes.dns_wire import PORT, Endpoint, exchange, reply_of

_PATIENCE_S: Final = 5.0
"""For one try: a resolver may have to ask many servers itself."""


class Resolvers:
    """Asked one after the other, until one answers."""

    def __init__(self, endpoints: Sequence[Endpoint], *, timeout_s: float = _PATIENCE_S) -> None:
        """Remember where they are; without any, nobody answers."""
        self._endpoints = tuple(endpoints)
        self._timeout_s = timeout_s

    @classmethod
    def named(cls, text: str, env: Mapping[str, str]) -> "Resolvers":
        """Take those of an option, else those of ``MAILSTEAD_RESOLVER``, else this machine's.

        Args:
            text: ``ADDRESS`` or ``ADDRESS:PORT``, several with commas between; empty for none.
            env: The environment.

        Raises:
            InputError: One of them is no address.
        """
        named = text or env.get(ENV_RESOLVER, "")
        if named:
            where = "--resolver" if text else ENV_RESOLVER
            return cls([_endpoint(one.strip(), where) for one in named.split(",")])
        try:
            return cls([Endpoint(address=str(one)) for one in dns.resolver.Resolver().nameservers])
        except dns.exception.DNSException:  # there is no /etc/resolv.conf
            return cls([])

    def message(self, name: dns.name.Name, kind: str) -> dns.message.Message | Silence:
        """Ask; the first message counts, whatever it says."""
        silence: Silence = "timeout"
        for endpoint in self._endpoints:
            found = exchange(endpoint, name, kind, recursive=True, timeout_s=self._timeout_s)
            if not isinstance(found, str):
                return found
            silence = found
        return silence

    def reply(self, name: dns.name.Name, kind: str) -> Reply:
        """Ask for a name and type."""
        found = self.message(name, kind)
        if isinstance(found, str):
            return Reply(server="resolver", silence=found)
        return reply_of("resolver", found, kind, authoritative=False)


def _endpoint(text: str, where: str) -> Endpoint:
    try:
        address, port = split_endpoint(text, default_port=PORT)
    except ValueError as wrong:
        raise InputError([Problem(where, None, f"{text} {wrong}")]) from None
    return Endpoint(address=address, port=port)
