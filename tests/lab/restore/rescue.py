"""Backups of the lab's mail host, and what is restored from them, seen as IMAP shows it."""

import base64
import hashlib
import imaplib
import io
import json
import shlex
import ssl
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from lab.mail_user import MailUser
from tests.lab.service import Service
from tests.restore.snapshot import KeyPair

PROGRAMS = "/usr/local/lib/mailstead/backup"
_CLONE = Path(__file__).resolve().parents[3]
_BY_HAND = Path(__file__).with_name("backup_by_hand.sh")


@dataclass(frozen=True, kw_only=True)
class Rescue:
    """One mail host, its backups and its restore.

    Attributes:
        service: The mail service.
        key: What backups are encrypted to.
    """

    service: Service
    key: KeyPair

    def install(self) -> None:
        """Put the scripts and the public key on the host."""
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as archive:
            for name in ("restore.sh", "restore", "drill.sh", "drill"):
                archive.add(_CLONE / "backup" / name, name, filter=_without_caches)
            archive.add(_CLONE / "mailcow/scripts/lib.sh", "restore/lib.sh")
            archive.add(_BY_HAND, "by-hand.sh")
            archive.add(self.key.public, "key.asc")
        self.service.on_host(
            "set -e\ncommand -v gpg || { apt-get update && apt-get install -y gnupg; } </dev/null >/dev/null 2>&1\n"
            f"mkdir -p {PROGRAMS} && base64 --decode <<'TAR' | tar -xz -C {PROGRAMS}\n"
            f"{base64.encodebytes(packed.getvalue()).decode()}TAR\n"
        )

    def backup(self, day: str) -> None:
        """Write the backup of a day."""
        self.service.on_host(f"bash {PROGRAMS}/by-hand.sh {day} {PROGRAMS}/key.asc")

    def restore(self, *arguments: str) -> str:
        """Run restore.sh on the host with the private key; what it said."""
        return self.typed(f"{PROGRAMS}/restore.sh", "restore", *arguments, "--key-file", "-")[1]

    def typed(self, *words: str, check: bool = True) -> tuple[int, str]:
        """Run a command on the host as a person there does, with the private key on standard input."""
        command, private = shlex.join(words), self.key.private.read_text(encoding="utf-8")
        said = self.service.on_host(f"{command} 2>&1 <<'KEY'\n{private}KEY\necho \"status $?\"\n")
        said, _, status = said.rpartition("status ")
        if check and int(status) != 0:
            raise AssertionError(f"{command}: {said}")
        return int(status), said

    def take_backups_away(self, folder: Path) -> Path:
        """Copy /backup to the operator's machine, as an off-site copy is downloaded."""
        file = folder / "backups.tar"
        file.write_bytes(self._in_host(["tar", "-C", "/backup", "-cf", "-", "mailcow"]))
        return file

    def bring_backups(self, file: Path, place: str) -> None:
        """Put a copy of the backups into a folder of the host."""
        self._in_host(["bash", "-c", f"mkdir -p {place} && tar -C {place} -xf -"], stdin=file.read_bytes())

    def _in_host(self, command: list[str], *, stdin: bytes = b"") -> bytes:
        docker = ["docker", "--host", self.service.stack.world.docker_host, "exec", "-i", self.service.container()]
        return subprocess.run([*docker, *command], input=stdin, capture_output=True, check=True).stdout

    def dkim_keys(self) -> dict[str, str]:
        """The private DKIM keys that Redis holds, as digests, by selector and domain."""
        lines = self.service.on_host(
            "cd /srv/mail/mailcow-dockerized && . ./mailcow.conf && export REDISCLI_AUTH=$REDISPASS\n"
            "docker compose exec -T -e REDISCLI_AUTH redis-mailcow redis-cli --json hgetall DKIM_PRIV_KEYS </dev/null\n"
        )
        found = cast("dict[str, str]", json.loads(lines))
        return {name: hashlib.sha256(key.encode()).hexdigest() for name, key in found.items()}


def _without_caches(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    member.mode |= 0o755  # as the installation does
    return None if "__pycache__" in member.name else member


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
