"""Backups of the lab's mail host by its own job, and what is restored from them, seen as IMAP shows it."""

import hashlib
import imaplib
import json
import shlex
import ssl
from dataclasses import dataclass
from typing import Any, cast

from lab.mail_user import MailUser
from lab.services import s3
from lab.services.s3 import Bucket
from tests.lab.service import Service

HOSTNAME = "mail.example.com"
PROGRAMS = "/usr/local/lib/mailstead/backup"
ROOT = "/backup/mailcow"


@dataclass(frozen=True, kw_only=True)
class Rescue:
    """One mail host, its backups and its restore.

    Attributes:
        service: The mail service.
        bucket: Where the copies go that do not lie on the host.
        operator: A Vault token of a person who may read the private key.
    """

    service: Service
    bucket: Bucket
    operator: str

    @property
    def offsite(self) -> str:
        """What ``--from`` takes for the copies in the bucket."""
        return f"offsite:{self.bucket.name}/{HOSTNAME}"

    def backup(self) -> str:
        """Let the job make the day's backup, anew if there is one; the day, as YYYYMMDD."""
        self.service.stack.mailstead("backup", "run", "--wait", "--stack", self.service.stack.name)
        return max(self.service.on_host(f"ls {ROOT}/system").split())

    def copy_away(self) -> None:
        """Copy the newest backup into the bucket; it is emptied first, as a day is copied once only."""
        s3.empty(self.service.stack.world, self.bucket.name)
        self.service.on_host("systemctl start mailstead-offsite.service")

    def restore(self, *words: str) -> str:
        """Run `mailstead restore` as the operator; what it said."""
        stack = self.service.stack
        return stack.mailstead("restore", *words, "--stack", stack.name, VAULT_TOKEN=self.operator).output

    def typed(self, *words: str, check: bool = True) -> tuple[int, str]:
        """Run a command on the host as a person there does, with the private key on standard input."""
        answer = self.service.vault("GET", f"secret/data/mail/hosts/{HOSTNAME}/backup_key")
        private = str(answer.json()["data"]["data"]["private_key"]).strip()
        command = shlex.join(words)
        said = self.service.on_host(f"{command} 2>&1 <<'KEY'\n{private}\nKEY\necho \"status $?\"\n")
        said, _, status = said.rpartition("status ")
        if check and int(status) != 0:
            raise AssertionError(f"{command}: {said}")
        return int(status), said

    def dkim_keys(self) -> dict[str, str]:
        """The private DKIM keys that Redis holds, as digests, by selector and domain."""
        lines = self.service.on_host(
            "cd /srv/mail/mailcow-dockerized && . ./mailcow.conf && export REDISCLI_AUTH=$REDISPASS\n"
            "docker compose exec -T -e REDISCLI_AUTH redis-mailcow redis-cli --json hgetall DKIM_PRIV_KEYS </dev/null\n"
        )
        found = cast("dict[str, str]", json.loads(lines))
        return {name: hashlib.sha256(key.encode()).hexdigest() for name, key in found.items()}


def mail_of(person: MailUser) -> dict[str, list[str]]:
    """Every message that IMAP shows a person: digests by folder."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    found: dict[str, list[str]] = {}
    with imaplib.IMAP4_SSL(person.host, 993, ssl_context=context, timeout=30) as imap:
        imap.login(person.address, person.password)
        for row in cast("list[bytes]", imap.list()[1]):
            name = row.rpartition(b'"/" ')[2].decode()
            count = int(cast("Any", imap.select(name, readonly=True)[1])[0])
            rows = imap.fetch(f"1:{count}", "(BODY.PEEK[])")[1] if count else []
            bodies = [part[1] for part in rows if isinstance(part, tuple)]
            found[name.strip('"')] = sorted(hashlib.sha256(body).hexdigest() for body in bodies)
    return {name: digests for name, digests in found.items() if digests}
