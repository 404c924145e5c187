"""A pretended mail host with mail on it, whose daily job runs the real rsync, tar, gzip and gpg."""

import hashlib
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.restore.snapshot import KeyPair, gpg
from tests.scripts.machine import Machine, Run

JOB = "../../backup/host/backup.sh"
VOLUMES = "srv/mail/docker-volumes/mailcowdockerized_"
TODAY = "20261123"
# Answers as docker does: where volumes are, and what is asked of mailcow's containers.
_DOCKER = r"""
words="$*"
case "$words" in
  "volume inspect"*)
    folder=/srv/mail/docker-volumes/${words##* }/_data
    [[ -d $root$folder ]] || exit 1
    echo "$folder"
    ;;
  *mariadb-dump*)
    [[ -n $MYSQL_PWD ]] || { echo "Access denied" >&2; exit 2; }
    echo "CREATE TABLE mailbox;"
    [[ -e $root/cut_off ]] || echo "-- Dump completed on 2026-11-23"
    ;;
  *"redis-cli SAVE"*)
    if [[ -s $root/busy ]]; then
      sed -i 1d "$root/busy"
      echo "ERR Background save already in progress"
    else
      echo OK
    fi
    ;;
esac
"""
_DATE = r"""exec /bin/date --date "$(cat "$root/now" 2>/dev/null || echo '2026-11-23T02:30:00Z')" "$@" """


@dataclass(frozen=True, kw_only=True)
class Archive:
    """One archive, as its manifest and the disk have it."""

    file: Path
    entry: dict[str, Any]

    @property
    def inode(self) -> int:
        """Its number on the disk: the same for hard links."""
        return self.file.stat().st_ino


class Host:
    """The host; people's folders are made by ``deliver``."""

    def __init__(self, machine: Machine, key: KeyPair) -> None:
        self.machine = machine
        self.root = machine.root
        self.key = key
        machine.stub("docker", _DOCKER)
        machine.stub("mountpoint")
        machine.stub("date", '[[ $* != *"--date"* ]] || exec /bin/date "$@"\n' + _DATE)
        for name in ("vmail", "crypt", "redis", "rspamd", "mysql"):
            self.volume(name).mkdir(parents=True)
        machine.write(f"/{VOLUMES}crypt-vol-1/_data/ecprivkey.pem", "the key that mail is encrypted with\n")
        machine.write(f"/{VOLUMES}redis-vol-1/_data/dump.rdb", "REDIS0011 and the DKIM keys")
        machine.write(f"/{VOLUMES}rspamd-vol-1/_data/bayes", "learned")
        machine.write("/srv/mail/mailcow-dockerized/mailcow.conf", "DBROOT=the-root-password\nDBNAME=mailcow\n")
        machine.write("/srv/mail/mailcow-dockerized/data/conf/postfix/extra.cf", "x = y\n")
        machine.write("/srv/mail/mailcow-dockerized/data/assets/ssl/cert.pem", "a certificate\n")
        machine.write("/etc/mailstead/backup-key.asc", key.public.read_text(encoding="ascii"))
        self.settings(BACKUP_KEEP_DAYS="7")
        (self.root / "backup").mkdir()

    def settings(self, **changes: str) -> None:
        """Write the job's settings."""
        lines = {"BACKUP_HOSTNAME": "mail.example.com", "BACKUP_PROJECT": "mailcowdockerized", **changes}
        self.machine.write("/etc/mailstead/backup.env", "".join(f"{key}={value}\n" for key, value in lines.items()))

    def now(self, moment: str) -> None:
        """Set the clock."""
        self.machine.write("/now", moment)

    def volume(self, name: str) -> Path:
        """Where one of mailcow's volumes is."""
        return self.root / f"{VOLUMES}{name}-vol-1/_data"

    def deliver(self, address: str, name: str, text: bytes = b"CRYPTED\x02 something\n", folder: str = "") -> Path:
        """Put a message into a mailbox."""
        local, _, domain = address.rpartition("@")
        file = self.volume("vmail") / domain / local / "Maildir" / folder / "cur" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text)
        return file

    def run(self, limit_s: int | None = None) -> Run:
        """Run the job; its waits may be made short."""
        return self.machine.run(JOB, limit_s=limit_s)

    def backed_up(self) -> Run:
        """Run the job; it has to succeed."""
        done = self.run()
        assert done.status == 0, done.stderr
        return done

    def days(self, domain: str) -> list[str]:
        """What there is of a domain, parts and all."""
        folder = self.root / "backup/mailcow" / domain
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []

    def manifest(self, domain: str, day: str = TODAY) -> dict[str, Any]:
        """What a day says of itself."""
        text = (self.root / "backup/mailcow" / domain / day / "manifest.json").read_text(encoding="utf-8")
        return dict(json.loads(text))

    def archive(self, address: str, day: str = TODAY) -> Archive:
        """A mailbox's archive."""
        local, _, domain = address.rpartition("@")
        manifest = self.manifest(domain, day)
        (entry,) = [one for one in manifest["mailboxes"] if one["name"] == local]
        return Archive(file=self.root / "backup/mailcow" / domain / day / entry["archive"], entry=entry)

    def opened(self, archive: Path) -> bytes:
        """Decrypt and decompress."""
        packed = gpg(self.key.home, "--decrypt", stdin=archive.read_bytes())
        return subprocess.run(["gzip", "--decompress"], input=packed, capture_output=True, check=True).stdout

    def restored(self, address: str, into: Path, day: str = TODAY) -> dict[str, bytes]:
        """Unpack a mailbox's archive and read every file in it."""
        into.mkdir(parents=True, exist_ok=True)
        data = self.opened(self.archive(address, day).file)
        subprocess.run(["tar", "--extract", "--directory", str(into)], input=data, check=True)
        home = into / address.rpartition("@")[0]
        return {str(file.relative_to(home)): file.read_bytes() for file in home.rglob("*") if file.is_file()}

    def mail(self, address: str) -> dict[str, bytes]:
        """Every file of a live mailbox."""
        local, _, domain = address.rpartition("@")
        home = self.volume("vmail") / domain / local
        return {str(file.relative_to(home)): file.read_bytes() for file in home.rglob("*") if file.is_file()}

    def damage(self, archive: Path, *, cut: bool = False) -> None:
        """Have the disk forget a bit of a file, or its end."""
        data = bytearray(archive.read_bytes())
        data[len(data) // 2] ^= 1
        archive.write_bytes(data[:-10] if cut else data)

    def seal(self, domain: str, day: str = TODAY) -> None:
        """Have the sums of a day say what its manifest is now."""
        folder = self.root / "backup/mailcow" / domain / day
        found = hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()
        lines = (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines if not line.endswith("  manifest.json")]
        (folder / "SHA256SUMS").write_text("\n".join([*kept, f"{found}  manifest.json", ""]), encoding="utf-8")

    def figure(self, name: str) -> float | None:
        """A figure for the watch, with its labels as they are written."""
        text = (self.root / "var/lib/prometheus/node-exporter/mailstead_backup.prom").read_text(encoding="utf-8")
        found = [line.rpartition(" ")[2] for line in text.splitlines() if line.rpartition(" ")[0] == name]
        return float(found[0]) if found else None

    def sums_are_right(self, domain: str, day: str = TODAY) -> bool:
        """Whether every file of a day is what SHA256SUMS says."""
        folder = self.root / "backup/mailcow" / domain / day
        lines = (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
        pairs = [line.split("  ", 1) for line in lines]
        named = {name for _, name in pairs} | {"SHA256SUMS"}
        return named == {path.name for path in folder.iterdir()} and all(
            hashlib.sha256((folder / name).read_bytes()).hexdigest() == found for found, name in pairs
        )


def start(host: Host, stubs: Path) -> subprocess.Popen[str]:
    """Start the job and go on meanwhile."""
    scripts = Path(__file__).parents[2] / "backup/host"
    return subprocess.Popen(
        ["bash", str(scripts / "backup.sh")],
        env={"PATH": f"{stubs}:{os.environ['PATH']}", "HOME": str(host.root), "MAILSTEAD_ROOT": str(host.root)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
