"""Another provider of the lab's world: a Dovecot of its own with one account, its name in DNS, its own certificate."""

import imaplib
import ipaddress
import shutil
import ssl
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Final

from lab.docker_client import Docker
from lab.services import dns
from lab.world import World
from tests.clients.tls import Authority
from tests.lab.mailcow.server_image import image_of

DOMAIN: Final = "old.example"
HOST: Final = f"imap.{DOMAIN}"
USER: Final = f"d.old.{uuid.uuid4().hex[:6]}@{DOMAIN}"
"""Another one in each run: what a run on a lab that is kept has left behind is not its own."""
_OFFSET: Final = 240
"""Of its address in the world's network; beyond those that the cloud gives out."""
_READY_WITHIN_S: Final = 30
_CONFIGURATION: Final = """\
dovecot_config_version = 2.4.1
dovecot_storage_version = 2.4.0
protocols = imap
listen = *
log_path = /dev/stderr
mail_driver = maildir
mail_home = /var/vmail/%{user}
mail_path = ~/Maildir
mail_uid = 5000
mail_gid = 5000
first_valid_uid = 5000
namespace inbox {
  inbox = yes
  separator = .
  mailbox "Gesendete Objekte" {
    auto = subscribe
    special_use = \\Sent
  }
}
passdb passwd-file {
  passwd_file_path = /etc/dovecot/users
}
userdb static {
  fields {
    uid = 5000
    gid = 5000
  }
}
ssl = required
ssl_server_cert_file = /etc/dovecot/server.pem
ssl_server_key_file = /etc/dovecot/server.pem
"""


@dataclass(frozen=True, kw_only=True)
class OldProvider:
    """A running server of another provider.

    Attributes:
        world: Where it runs.
        authority: File with the certificate authority that a client has to trust.
        password: The account's.
    """

    world: World
    authority: Path
    password: str

    def __repr__(self) -> str:
        return f"OldProvider({HOST})"

    @property
    def address(self) -> str:
        return str(ipaddress.ip_network(self.world.subnet)[_OFFSET])

    def put(self, folder: bytes, *messages: EmailMessage) -> None:
        """Put messages into a folder, which is made if it is not there; its name is written as IMAP has it."""
        quoted = f'"{folder.decode("ascii")}"'
        with self._session() as session:
            session.create(quoted)
            for message in messages:
                status, said = session.append(quoted, "", "", message.as_bytes())
                assert status == "OK", said

    @contextmanager
    def _session(self) -> Iterator[imaplib.IMAP4_SSL]:
        # By its address: what is tested is whether others check its name.
        context = ssl.create_default_context(cafile=str(self.authority))
        context.check_hostname = False
        with imaplib.IMAP4_SSL(self.address, 993, ssl_context=context, timeout=20) as session:
            words = f"\0{USER}\0{self.password}".encode()  # LOGIN takes ASCII alone
            session.authenticate("PLAIN", lambda _: words)
            yield session

    def wait_until_ready(self) -> None:
        """Wait until it takes the account's password."""
        deadline = time.monotonic() + _READY_WITHIN_S
        while True:
            try:
                with self._session():
                    return
            except (OSError, imaplib.IMAP4.error):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.3)


def message(subject: str) -> EmailMessage:
    """Write a message as it lies at the old provider."""
    written = EmailMessage()
    written["From"], written["To"], written["Subject"] = "somebody@outside.example", USER, subject
    written["Message-ID"] = f"<{uuid.uuid4()}@{DOMAIN}>"
    written.set_content("Schöne Grüße\n")
    return written


@contextmanager
def running(world: World, password: str) -> Iterator[OldProvider]:
    """Start it, and its zone; all of it is gone afterwards."""
    docker, container = Docker(world.docker_host), f"{world.network}-old-provider"
    folder = world.folder / "old-provider"
    labels = [word for key, value in world.labels.items() for word in ("--label", f"{key}={value}")]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o755)
    authority = Authority(folder)
    authority.certificate(HOST).rename(folder / "server.pem")
    (folder / "dovecot.conf").write_text(_CONFIGURATION, encoding="utf-8")
    (folder / "users").write_text(f"{USER}:{{PLAIN}}{password}\n", encoding="utf-8")
    provider = OldProvider(world=world, authority=authority.bundle, password=password)
    try:
        if docker.inspect("container", container):
            docker.call("container", "rm", "--force", "--volumes", container)
        docker.call(
            "run", "--detach", "--name", container, *labels, "--network", world.network, "--ip", provider.address,
            "--volume", f"{folder}:/etc/dovecot:ro", "--entrypoint", "dovecot", image_of(docker, world, "dovecot"),
            "-F",
        )  # fmt: skip
        dns.put_zone(world, DOMAIN, f"imap IN A {provider.address}\n")
        provider.wait_until_ready()
        yield provider
    finally:
        dns.remove_zone(world, DOMAIN)
        if docker.inspect("container", container):
            docker.call("container", "rm", "--force", "--volumes", container)
        shutil.rmtree(folder, ignore_errors=True)
