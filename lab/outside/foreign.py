"""The foreign mail server, mx.elsewhere.test: it says of each mail whether SPF, DKIM and DMARC pass, and keeps it."""

import time
from email import message_from_string, policy
from email.message import EmailMessage
from typing import Final

from lab.outside.server import MailServer
from lab.services import dns
from lab.steps import Step
from lab.world import World

HOST: Final = "mx.elsewhere.test"
DOMAIN: Final = "elsewhere.test"
PORT: Final = 25
_OFFSET: Final = 230
_DELIVERY_S: Final = 30.0
_POLL_S: Final = 0.2
_INBOX: Final = "/var/mail/inbox/new"


class Foreign(MailServer):
    """The foreign mail server."""

    def send(self, sender: str, to: str, subject: str) -> None:
        """Send a mail of its own domain the usual way: by its queue, signed."""
        message = f"From: {sender}\nTo: {to}\nSubject: {subject}\n\nFrom {sender} to {to}.\n"
        self.run("sendmail", "-i", "-f", sender, "--", to, typed=message)

    def read(self, subject: str, *, wait_s: float = _DELIVERY_S) -> EmailMessage:
        """Wait for the mail with this subject, whoever it is to; gives it with all headers.

        Raises:
            TimeoutError: it did not arrive in time; the text has the server's last words.
        """
        deadline = time.monotonic() + wait_s
        find = 'grep -lrF -- "Subject: $1" ' + _INBOX + " | head -n 1 | xargs -r cat"
        while not (found := self.run("sh", "-c", find, "sh", subject, check=False)):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.host} did not get {subject!r}: {' | '.join(self.log().splitlines()[-5:])}")
            time.sleep(_POLL_S)
        return message_from_string(found, policy=policy.default)


def start(world: World, step: Step | None = None) -> Foreign:
    """Start the foreign server anew, and its zone: MX, A, PTR, SPF, DKIM, DMARC.

    Raises:
        LabError: it does not start.
    """
    server = Foreign(world=world, role="mx", host=HOST, domain=DOMAIN, offset=_OFFSET)
    server.start(PORT, step)
    dkim = server.run("cat", "/etc/dkimkeys/e1.txt")  # opendkim-genkey writes it as a zone file has it
    dns.put_zone(
        world,
        DOMAIN,
        f"@ IN MX 10 {HOST}.\n"
        f"mx IN A {server.address}\n"
        '@ IN TXT "v=spf1 mx -all"\n'
        'mx IN TXT "v=spf1 a -all"\n'
        '_dmarc IN TXT "v=DMARC1; p=reject"\n'
        f"{dkim}",
    )
    dns.point(world, {server.address: HOST})
    return server
