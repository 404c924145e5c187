"""A mailcow that stood on its server before us: its files, its volumes and its disks are wherever somebody put them."""

import shutil

import pytest

from tests.restore.conftest import ALICE
from tests.restore.mail_host import CONF, DOCKER, MailHost

_THEIR_DOCKER = 'case "$*" in "volume inspect"*) echo "/data/docker/volumes/${!#}/_data"; exit 0 ;; esac\n' + DOCKER
_SAVING = r"""
case "$*" in
  *mariadb-dump*) printf 'INSERT INTO mailbox VALUES (1);\n-- Dump completed\n'; exit 0 ;;
  *redis-cli*) echo OK; exit 0 ;;
esac
"""


@pytest.fixture
def theirs(host: MailHost) -> MailHost:
    """A mailcow of another project's name in /opt, whose Docker keeps its data on another disk."""
    conf = host.machine.read(CONF).replace("COMPOSE_PROJECT_NAME=mailcowdockerized\n", "")
    shutil.rmtree(host.root / "srv/mail/mailcow-dockerized")
    host.machine.write("/opt/mailcow/mailcow.conf", conf)
    volumes = host.root / "srv/mail/docker-volumes"
    for volume in list(volumes.iterdir()):
        there = host.root / "data/docker/volumes" / volume.name.replace("mailcowdockerized", "theirs")
        shutil.move(volume, there)
    volumes.rmdir()
    host.machine.write("/etc/mailstead/backup.env", "BACKUP_MAILCOW_ROOT=/opt/mailcow\nBACKUP_PROJECT=theirs\n")
    host.machine.stub("docker", _THEIR_DOCKER)
    return host


def test_mail_comes_back_into_a_mailcow_that_stood_elsewhere_before(theirs: MailHost) -> None:
    done = theirs.restore("mailbox", "alice@example.com")

    assert done.status == 0, done.stderr
    assert (theirs.root / "data/docker/volumes/theirs_vmail-vol-1/_data/example.com/alice/Maildir/cur").is_dir()
    asked = [call for call in theirs.machine.called("docker compose") if "--project-directory" in call]
    assert asked
    assert all(f"--project-directory {theirs.root}/opt/mailcow " in call for call in asked)


def test_a_system_set_comes_back_where_nobody_gave_us_a_key_of_the_api(theirs: MailHost) -> None:
    """Its key came with the database or lies in Vault; that the API refuses us says that it answers."""
    (theirs.root / "srv/mail/mailstead/secrets.env").unlink()
    theirs.machine.stub("curl", r"""printf '{"type": "error", "msg": "authentication failed"}\n401'""")

    done = theirs.restore("system")

    assert done.status == 0, done.stderr
    assert theirs.machine.exists("/data/docker/volumes/theirs_redis-vol-1/_data/dump.rdb")
    assert theirs.machine.exists("/opt/mailcow/data/conf/postfix/extra.cf")
    assert len(theirs.machine.called("curl")) == 1


def test_what_the_daily_job_has_saved_there_comes_back_there(theirs: MailHost) -> None:
    shutil.rmtree(theirs.tree.folder)
    volumes = theirs.root / "data/docker/volumes"
    saved = theirs.tree.scratch
    shutil.copytree(saved / "parts/crypt", volumes / "theirs_crypt-vol-1/_data", dirs_exist_ok=True)
    shutil.copytree(saved / "people/alice", volumes / "theirs_vmail-vol-1/_data/example.com/alice", symlinks=True)
    (volumes / "theirs_redis-vol-1/_data/dump.rdb").write_text("REDIS0011", encoding="utf-8")
    theirs.machine.write("/opt/mailcow/data/conf/postfix/extra.cf", "smtpd_banner = theirs\n")
    theirs.machine.write("/opt/mailcow/data/assets/ssl/cert.pem", "certificate\n")
    settings = theirs.machine.read("/etc/mailstead/backup.env") + "BACKUP_NEEDS_MOUNT=no\nBACKUP_HOSTNAME=mail.a.b\n"
    theirs.machine.write("/etc/mailstead/backup.env", settings)
    theirs.machine.write("/etc/mailstead/backup-key.asc", theirs.key.public.read_text(encoding="utf-8"))
    theirs.machine.stub("docker", _SAVING + _THEIR_DOCKER)
    job = theirs.machine.run("../../backup/host/backup.sh")
    assert job.status == 0, job.stderr
    for lost in ("vmail-vol-1/_data/example.com", "redis-vol-1/_data/dump.rdb"):
        (volumes / f"theirs_{lost}").rename(theirs.root / lost.partition("/")[0])
    theirs.machine.write("/opt/mailcow/data/conf/postfix/extra.cf", "")

    done = theirs.restore("all")

    assert done.status == 0, done.stderr
    mail = volumes / "theirs_vmail-vol-1/_data/example.com/alice/Maildir"
    assert {path: (mail / path).read_bytes() for path in ALICE} == ALICE
    assert (volumes / "theirs_redis-vol-1/_data/dump.rdb").read_text(encoding="utf-8") == "REDIS0011"
    assert theirs.machine.read("/opt/mailcow/data/conf/postfix/extra.cf") == "smtpd_banner = theirs\n"


def test_replaced_mail_is_kept_on_the_disk_that_it_lies_on(host: MailHost) -> None:
    """Moved to another disk, it would be copied and then removed, with what came in between."""
    (host.home() / "Maildir/new").mkdir(parents=True)
    (host.home() / "Maildir/new/1800000000.M1P1.mail").write_bytes(b"newer")
    host.machine.stub("stat", "case ${@: -1} in */_data) echo 2 ;; *) echo 1 ;; esac")

    done = host.restore("mailbox", "alice@example.com", "--overwrite")

    assert done.status == 0, done.stderr
    (kept,) = (host.vmail.parent / "mailstead-replaced").rglob("1800000000*")
    assert kept.read_bytes() == b"newer"
    assert "mailstead-replaced" in done.stdout


def test_mail_on_a_disk_of_its_own_never_leaves_that_disk(host: MailHost) -> None:
    """As mailcow's documentation moves it: the volume's folder is itself where the disk is mounted."""
    host.machine.stub("mountpoint", "case ${!#} in */_data) exit 0 ;; *) exit 32 ;; esac")
    (host.home() / "Maildir/new").mkdir(parents=True)
    (host.home() / "Maildir/new/1800000000.M1P1.mail").write_bytes(b"newer")

    done = host.restore("mailbox", "alice@example.com", "--overwrite")

    assert done.status == 0, done.stderr
    assert host.mail() == ALICE
    unpacked = next(call.split()[-1] for call in host.machine.called("chown --recursive"))
    assert unpacked.startswith(f"{host.vmail}/")
    (kept,) = (host.vmail / "_mailstead-replaced").rglob("1800000000*")
    assert kept.read_bytes() == b"newer"
    # A folder whose name has a dot would be taken for a domain's.
    assert [place.name for place in host.vmail.iterdir() if "." in place.name] == ["example.com"]
    assert not (host.vmail / "_mailstead-restore").exists()
