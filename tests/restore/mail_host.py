"""A pretended mail host with mailcow's volumes and a backup: what the scripts that restore work on."""

import copy
import json
import shutil
from pathlib import Path

from tests.restore.snapshot import DOMAIN, VOLUMES, KeyPair, Tree
from tests.scripts.machine import Machine, Run

RESTORE = "../../backup/restore.sh"
CONF = "/srv/mail/mailcow-dockerized/mailcow.conf"

# Answers as docker compose exec does; what is loaded into the database is kept.
DOCKER = r"""
words="$*"
case "$words" in
  *"id --user vmail" | *"id --group vmail") echo 5000 ;;
  *"doveadm user "*) [[ -e "$root/people/${words##*doveadm user }" ]] || exit 67 ;;
  *"doveadm mailbox list"*) printf '%s\n' Restored-20261122 Restored-20261122/Sent ;;
  *"config --services") printf '%s\n' dovecot-mailcow mysql-mailcow redis-mailcow ;;
  *"mariadb-dump"*) printf 'the database before\n' ;;
  *"mariadb --user=root --batch"*)
    statement=$(cat)
    case $statement in
      *COUNT*) cat "$root/people_in_database" 2>/dev/null || echo 0 ;;
      *CONCAT*) printf "UPDATE admin SET password = 'live' WHERE username = 'admin';\n" ;;
    esac
    ;;
  *"mariadb --user=root"*) cat >>"$root/loaded.sql" ;;
esac
"""
CURL = r"""printf '{"version": "2026-07a"}\n200'"""


class MailHost:
    """One pretended mail host."""

    def __init__(self, machine: Machine, tree: Tree, key: KeyPair) -> None:
        self.machine = machine
        self.key = key
        self.root = machine.root
        machine.stub("docker", DOCKER)
        machine.stub("chown")
        machine.stub("curl", CURL)
        machine.write(CONF, "DBPASS=new\nDBROOT=root\nDBNAME=mailcow\nCOMPOSE_PROJECT_NAME=mailcowdockerized\n")
        machine.write("/srv/mail/mailstead/secrets.env", "API_KEY=x\n")
        for name in ("vmail-vol-1", "vmail-index-vol-1", "crypt-vol-1", "redis-vol-1", "mysql-vol-1", "rspamd-vol-1"):
            (self.root / f"{VOLUMES}{name}/_data").mkdir(parents=True)
        for address in ("alice@example.com", "bob b.ö@example.com"):
            machine.write(f"/people/{address}", "")
        shutil.copytree(tree.folder, self.root / "backup/mailcow")
        self.tree = Tree(self.root / "backup/mailcow", key, tree.scratch, copy.deepcopy(tree.days))

    @property
    def vmail(self) -> Path:
        """The mail volume."""
        return self.root / f"{VOLUMES}vmail-vol-1/_data"

    def volume(self, name: str) -> Path:
        """Another volume of mailcow's."""
        return self.root / f"{VOLUMES}{name}/_data"

    def home(self, name: str = "alice") -> Path:
        """A person's folder."""
        return self.vmail / DOMAIN / name

    def restore(self, *arguments: str, key: Path | None = None) -> Run:
        """Run restore.sh with the private key."""
        return self.machine.run(RESTORE, "restore", *arguments, "--key-file", str(key or self.key.private))

    def run(self, *arguments: str) -> Run:
        """Run restore.sh."""
        return self.machine.run(RESTORE, *arguments)

    def mail(self, name: str = "alice") -> dict[str, bytes]:
        """The messages of a live mailbox, by their path below Maildir."""
        home = self.home(name) / "Maildir"
        return {
            str(file.relative_to(home)): file.read_bytes()
            for file in sorted(home.rglob("*"))
            if file.is_file() and file.parent.name in {"cur", "new"}
        }

    def leftovers(self) -> list[str]:
        """What a restore has left outside of where mail belongs."""
        staged = self.vmail.parent / "mailstead-restore"
        work = self.root / "backup/.restore"
        return [str(file) for place in (staged, work) if place.exists() for file in [place, *place.rglob("*")]]

    def manifest(self, domain: str = DOMAIN, day: str = "20261122") -> Path:
        """The manifest of a day."""
        return self.tree.folder / domain / day / "manifest.json"

    def edit_manifest(self, **changes: object) -> None:
        """Change Alice's line in the manifest, and nothing else."""
        file = self.manifest()
        document = json.loads(file.read_text(encoding="utf-8"))
        document["mailboxes"][0].update(changes)
        file.write_text(json.dumps(document), encoding="utf-8")
