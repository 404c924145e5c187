"""A backup tree as the daily job writes it, made with the real tar, gzip and gpg."""

import hashlib
import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DAY = "20261122"
DOMAIN = "example.com"
VOLUMES = "srv/mail/docker-volumes/mailcowdockerized_"


@dataclass(frozen=True)
class KeyPair:
    """A gpg key pair: the public half as a file, the private half exported without passphrase."""

    public: Path
    private: Path
    home: Path
    """The keyring that both were made in; short, because gpg's agent has its socket there."""


def gpg(home: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    """Run gpg in a keyring of its own."""
    command = ["gpg", "--homedir", str(home), "--batch", "--quiet", "--no-tty", "--pinentry-mode", "loopback"]
    return subprocess.run([*command, *arguments], input=stdin, capture_output=True, check=True, timeout=60).stdout


def make_key(home: Path, folder: Path, name: str) -> KeyPair:
    """Make a key pair as `mailstead backup key` does: without passphrase, for nothing but this."""
    home.mkdir(mode=0o700, exist_ok=True)
    user = f"{name}@backup.test"
    gpg(home, "--passphrase", "", "--quick-generate-key", user, "ed25519", "sign", "never")
    listed = gpg(home, "--list-keys", "--with-colons", user).decode()
    fingerprint = next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr"))
    gpg(home, "--passphrase", "", "--quick-add-key", fingerprint, "cv25519", "encr", "never")
    pair = KeyPair(public=folder / f"{name}.asc", private=folder / f"{name}-private.asc", home=home)
    pair.public.write_bytes(gpg(home, "--armor", "--export", user))
    pair.private.write_bytes(gpg(home, "--armor", "--passphrase", "", "--export-secret-keys", user))
    return pair


def sha256(file: Path) -> str:
    """Give a file's sum."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


@dataclass
class Tree:
    """A folder that stands for /backup/mailcow."""

    folder: Path
    key: KeyPair
    scratch: Path
    days: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict[tuple[str, str], dict[str, Any]])

    def mailbox(self, home: Path, *, domain: str = DOMAIN, day: str = DAY, top: str | None = None) -> Path:
        """Archive a person's folder; the archive's top folder is the local part."""
        archive = self.folder / domain / day / f"{home.name}.tar.gz.gpg"
        self._encrypt(self._tar(home.parent, top or home.name), archive)
        mail = [file for file in home.rglob("*") if file.parent.name in {"cur", "new"} and file.is_file()]
        self._note(domain, day, archive, messages=len(mail), mail_bytes=sum(file.stat().st_size for file in mail))
        return archive

    def system(self, parts: Path, *, day: str = DAY, messages: None = None) -> None:
        """Archive the system set: a folder of files is a part, a single file is compressed as it is."""
        for part in sorted(parts.iterdir()):
            data = self._tar(parts, part.name) if part.is_dir() else part.read_bytes()
            name = f"{part.name}.tar.gz.gpg" if part.is_dir() else f"{part.name}.gz.gpg"
            archive = self.folder / "system" / day / name
            self._encrypt(data, archive)
            self._note("system", day, archive)

    def seal(self) -> None:
        """Write manifests and sums of all days; whoever changed an archive and calls this has hidden it from them."""
        for (domain, day), manifest in self.days.items():
            folder = self.folder / domain / day
            entries = manifest["parts" if domain == "system" else "mailboxes"]
            for entry in entries:
                entry["sha256"] = sha256(folder / entry["archive"])
                entry["bytes"] = (folder / entry["archive"]).stat().st_size
            (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
            lines = [f"{entry['sha256']}  {entry['archive']}\n" for entry in entries]
            (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")

    def _note(self, domain: str, day: str, archive: Path, **counts: int) -> None:
        kind = "parts" if domain == "system" else "mailboxes"
        manifest = self.days.setdefault(
            (domain, day),
            {
                "format": 1,
                "domain": domain,
                "day": day,
                "host": "mail.example.com",
                "started_at": f"{day[:4]}-{day[4:6]}-{day[6:]}T02:30:00Z",
                "finished_at": f"{day[:4]}-{day[4:6]}-{day[6:]}T02:31:00Z",
                "key_fingerprint": "0" * 40,
                "tools": {},
                "mailcow_version": "2026-07a",
                kind: [],
            },
        )
        name = archive.name.split(".")[0] if kind == "parts" else archive.name.removesuffix(".tar.gz.gpg")
        manifest[kind] = [entry for entry in manifest[kind] if entry["name"] != name]
        manifest[kind].append({"name": name, "archive": archive.name, **counts})

    def _tar(self, folder: Path, name: str) -> bytes:
        command = ["tar", "--sort=name", "--numeric-owner", "--create", "--file", "-", "--", name]
        return subprocess.run(command, cwd=folder, capture_output=True, check=True, timeout=60).stdout

    def _encrypt(self, data: bytes, archive: Path) -> None:
        archive.parent.mkdir(parents=True, exist_ok=True)
        packed = subprocess.run(["gzip", "-n", "-1"], input=data, capture_output=True, check=True, timeout=60).stdout
        self.encrypt(packed, archive)

    def encrypt(self, data: bytes, archive: Path) -> None:
        """Encrypt bytes to the public key, as the daily job does."""
        empty = self.scratch / "empty-keyring"
        empty.mkdir(mode=0o700, exist_ok=True)
        recipient = ["--recipient-file", str(self.key.public), "--trust-model", "always", "--cipher-algo", "AES256"]
        archive.write_bytes(gpg(empty, *recipient, "--encrypt", stdin=data))


def make_home(folder: Path, name: str, messages: dict[str, bytes]) -> Path:
    """Make a person's folder: messages by their path below Maildir, such as ``cur/1.a:2,S``."""
    home = folder / name
    for path, content in messages.items():
        file = home / "Maildir" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        for part in ("cur", "new", "tmp"):
            (file.parent.parent / part).mkdir(exist_ok=True)
    return home
