"""What the daily job writes is what a restore reads: the real backup.sh and the real restore.sh in turn."""

import json
import shutil
from pathlib import Path

import pytest

from tests.restore.conftest import ALICE
from tests.restore.mail_host import DOCKER, MailHost

BACKUP = "../../backup/host/backup.sh"
SCRIPT = Path(__file__).resolve().parents[2] / "backup/host/backup.sh"
HOOK = "/srv/mail/mailcow-dockerized/data/hooks/postfix/own.sh"
ALSO = r"""
case "$*" in
  "volume inspect"*) printf '%s\n' "/srv/mail/docker-volumes/${!#}/_data"; exit 0 ;;
  *mariadb-dump*) printf 'INSERT INTO mailbox VALUES (1);\n-- Dump completed\n'; exit 0 ;;
  *redis-cli*) echo OK; exit 0 ;;
esac
"""


@pytest.fixture
def saved(host: MailHost) -> MailHost:
    """A host with a day's real backup, whose mail and Redis are then lost."""
    host.machine.stub("docker", ALSO + DOCKER)
    shutil.rmtree(host.tree.folder)
    public = host.key.public.read_text(encoding="utf-8")
    host.machine.write("/etc/mailstead/backup-key.asc", public)
    host.machine.write("/etc/mailstead/backup.env", "BACKUP_NEEDS_MOUNT=no\nBACKUP_HOSTNAME=mail.example.com\n")
    host.machine.write("/srv/mail/mailcow-dockerized/data/conf/postfix/extra.cf", "smtpd_banner = kept\n")
    host.machine.write("/srv/mail/mailcow-dockerized/data/assets/ssl/cert.pem", "certificate\n")
    host.machine.write(HOOK, "echo own\n", 0o755)
    parts = host.tree.scratch / "parts"
    for name in ("ecprivkey.pem", "ecpubkey.pem"):
        shutil.copy(parts / "crypt" / name, host.volume("crypt-vol-1") / name)
    (host.volume("redis-vol-1") / "dump.rdb").write_text("REDIS0011 with DKIM keys", encoding="utf-8")
    shutil.copytree(host.tree.scratch / "people/alice", host.home(), symlinks=True)
    done = host.machine.run(BACKUP)
    assert done.status == 0, done.stderr
    shutil.rmtree(host.home())
    (host.volume("redis-vol-1") / "dump.rdb").unlink()
    return host


def test_a_mailbox_comes_back_from_the_daily_job_s_archive(saved: MailHost) -> None:
    done = saved.restore("mailbox", "alice@example.com")

    assert done.status == 0, done.stderr
    assert saved.mail() == ALICE


def test_a_server_comes_back_from_the_daily_job_s_system_set(saved: MailHost) -> None:
    done = saved.restore("all")

    assert done.status == 0, done.stderr
    assert "INSERT INTO mailbox" in saved.machine.read("/loaded.sql")
    assert (saved.volume("redis-vol-1") / "dump.rdb").read_text(encoding="utf-8") == "REDIS0011 with DKIM keys"
    assert saved.mail() == ALICE


def test_a_hook_comes_back_from_the_daily_job_s_system_set(saved: MailHost) -> None:
    (saved.root / HOOK.lstrip("/")).unlink()

    assert saved.restore("system").status == 0

    assert saved.machine.read(HOOK) == "echo own\n"
    assert saved.machine.mode(HOOK) == 0o755


def test_every_archive_of_the_daily_job_passes_the_checks_of_a_restore(saved: MailHost) -> None:
    checked = saved.run("check", "all", "--key-file", str(saved.key.private))

    assert checked.status == 0, checked.stderr
    listed = [json.loads(line) for line in saved.run("list", "--json").stdout.splitlines()]
    assert checked.stdout.count(": good\n") == sum(len(one["archives"]) for one in listed)


def test_no_backup_is_made_of_what_is_half_restored(saved: MailHost) -> None:
    saved.machine.stub("chown", f'bash {SCRIPT} >"$root/backup_said" 2>&1; exit 0')

    assert saved.restore("mailbox", "alice@example.com").status == 0

    assert "another backup is at work" in saved.machine.read("/backup_said")
