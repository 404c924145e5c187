"""The relay, smtp.relay.test: it sends for those who log in over TLS, and only from senders that were approved."""

import secrets
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from lab.outside.server import Login, MailServer
from lab.services import dns
from lab.steps import Step
from lab.world import World

HOST: Final = "smtp.relay.test"
DOMAIN: Final = "relay.test"
PORT: Final = 587
SPF: Final = f"include:{DOMAIN}"
"""What a domain that sends by it has to say in its SPF record."""

_OFFSET: Final = 231
_SERVICES: Final = ("submission/inet", "submissions/inet")


class Relay(MailServer):
    """The relay."""

    def add_login(self, name: str) -> Login:
        """Make a login; its password is made here and lies nowhere else than in the server."""
        login = Login(user=f"{name}@{self.domain}", password=secrets.token_urlsafe(18))
        self.run("saslpasswd2", "-p", "-c", "-u", self.domain, name, typed=login.password)
        return login

    def approve(self, login: Login, domain: str) -> None:
        """Let a login send in the name of a domain."""
        self.run("sh", "-c", "cat >> /etc/postfix/senders && postfix reload", typed=f"@{domain} {login.user}\n")

    @contextmanager
    def without_tls(self) -> Generator[None]:
        """Offer no TLS while the block runs, as a server behind a broken firewall."""
        try:
            self._set("smtpd_tls_security_level=none", "smtpd_tls_auth_only=no")
            yield
        finally:
            self._set("smtpd_tls_security_level=encrypt", "smtpd_tls_auth_only=yes")

    def _set(self, *settings: str) -> None:
        changes = [f"{_SERVICES[0]}/{setting}" for setting in settings]
        self.run("postconf", "-P", *changes)
        self.run("postfix", "reload")


def start(world: World, step: Step | None = None) -> Relay:
    """Start the relay anew, without logins, and its zone: A, PTR, SPF.

    Raises:
        LabError: it does not start.
    """
    server = Relay(world=world, role="relay", host=HOST, domain=DOMAIN, offset=_OFFSET)
    server.start(PORT, step)
    dns.put_zone(
        world,
        DOMAIN,
        f'smtp IN A {server.address}\nsmtp IN TXT "v=spf1 a -all"\n@ IN TXT "v=spf1 ip4:{server.address} -all"\n',
    )
    dns.point(world, {server.address: HOST})
    return server
