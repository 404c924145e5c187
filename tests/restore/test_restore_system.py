"""restore.sh makes the server of the backup out of one that `mailstead up` has just made."""

import shutil
from pathlib import Path

from tests.restore.conftest import ALICE
from tests.restore.mail_host import CONF, MailHost
from tests.restore.snapshot import DAY


def test_keys_database_redis_settings_and_certificates_come_back_and_then_all_mail(host: MailHost, parts: Path) -> None:
    done = host.restore("all")

    assert done.status == 0, done.stderr
    crypt = host.volume("crypt-vol-1")
    assert (crypt / "ecprivkey.pem").read_bytes() == (parts / "crypt/ecprivkey.pem").read_bytes()
    assert (crypt / "ecprivkey.pem").stat().st_mode & 0o777 == 0o600
    assert (host.volume("redis-vol-1") / "dump.rdb").read_text(encoding="utf-8") == "REDIS0011 with DKIM keys"
    assert "INSERT INTO mailbox" in host.machine.read("/loaded.sql")
    assert host.machine.read("/srv/mail/mailcow-dockerized/data/assets/ssl/cert.pem") == "certificate of the backup\n"
    assert host.machine.read("/srv/mail/mailcow-dockerized/data/conf/postfix/extra.cf") == "smtpd_banner = kept\n"
    assert host.mail() == ALICE
    assert host.mail("bob b.ö")
    assert done.stdout.splitlines()[0].startswith("system: restored: mail keys")


def test_a_snapshot_of_vault_is_laid_ready_for_vaults_own_program(host: MailHost, parts: Path) -> None:
    (parts / "vault.snap").write_bytes(b"sealed by Vault itself")
    host.tree.system(parts)
    host.tree.seal()

    done = host.restore("system")

    laid = host.root / "srv/mail/mailstead/restored/vault.snap"
    assert done.status == 0, done.stderr
    assert laid.read_bytes() == b"sealed by Vault itself"
    assert laid.stat().st_mode & 0o777 == 0o600
    assert "restored/vault.snap, and Vault is not touched" in done.stdout


def test_passwords_of_the_new_server_stay_and_settings_that_belong_to_the_data_come(host: MailHost) -> None:
    host.restore("system")

    conf = host.machine.read(CONF)
    assert "DBPASS=new\n" in conf
    assert "SOGO_URL_ENCRYPTION_KEY=0123456789abcdef\n" in conf
    # The administrator's password is the one in Vault, which this server was made with.
    assert host.machine.read("/loaded.sql").endswith("UPDATE admin SET password = 'live' WHERE username = 'admin';\n")


def test_mail_servers_stand_still_while_their_data_is_exchanged(host: MailHost) -> None:
    host.restore("system")

    calls = [call for call in host.machine.called("docker") if "compose" in call]
    steps = [place for place, call in enumerate(calls) if " stop " in call or "--user=root --default" in call]
    assert " stop dovecot-mailcow redis-mailcow" in calls[steps[0]]
    assert len(steps) == 2
    assert calls[-1].endswith("up --detach")


def test_a_server_in_use_is_not_changed_into_another_by_mistake(host: MailHost) -> None:
    host.machine.write("/people_in_database", "3\n")

    refused = host.restore("system")

    assert refused.status == 1
    assert "this server has 3 mailboxes and 0 messages" in refused.stderr
    assert not host.machine.exists("/loaded.sql")

    assert host.restore("system", "--overwrite").status == 0
    kept = list((host.root / "srv/mail/mailstead/replaced").glob("system-*/mysql.sql.gz"))
    assert len(kept) == 1


def test_a_server_in_the_middle_of_an_upgrade_is_left_to_it(host: MailHost) -> None:
    host.machine.write("/srv/mail/mailstead/upgrade/journal", "PHASE=trying\n")

    refused = host.restore("system", "--overwrite")

    assert refused.status == 1
    assert "an upgrade of mailcow is half done on this host" in refused.stderr
    assert not host.machine.exists("/loaded.sql")


def test_a_dry_run_of_everything_changes_nothing(host: MailHost) -> None:
    # They come with the database, so a new host does not have them yet.
    for address in ("alice@example.com", "bob b.ö@example.com"):
        (host.root / "people" / address).unlink()

    done = host.restore("all", "--dry-run")

    assert done.status == 0, done.stderr
    assert "system: would be restored" in done.stdout
    assert not host.machine.exists("/loaded.sql")
    assert not host.home().exists()
    assert host.leftovers() == []


def test_one_bad_part_and_the_server_stays_as_it_is(host: MailHost) -> None:
    part = host.tree.folder / f"system/{DAY}/redis.rdb.gz.gpg"
    part.write_bytes(part.read_bytes()[:-9])
    host.tree.seal()

    done = host.restore("all")

    assert done.status == 1
    assert "redis.rdb.gz.gpg" in done.stderr
    assert not host.machine.exists("/loaded.sql")
    assert not host.home().exists()
    assert not any(" stop " in call for call in host.machine.calls)


def test_a_set_without_the_mail_keys_makes_no_server(host: MailHost) -> None:
    host.tree.days["system", DAY]["parts"] = [
        part for part in host.tree.days["system", DAY]["parts"] if part["name"] != "crypt"
    ]
    host.tree.seal()

    done = host.restore("system")

    assert done.status == 1
    assert "has no crypt.tar.gz.gpg" in done.stderr


def test_hooks_come_back_with_their_rights_and_what_was_there_is_kept(
    host: MailHost, parts: Path, tmp_path: Path
) -> None:
    hook = "data/hooks/postfix/own.sh"
    saved = tmp_path / "with-hooks"
    shutil.copytree(parts, saved)
    (saved / "config" / hook).parent.mkdir(parents=True)
    (saved / "config" / hook).write_text("echo of the backup\n", encoding="utf-8")
    (saved / "config" / hook).chmod(0o755)
    host.tree.system(saved)
    host.tree.seal()
    host.machine.write(f"/srv/mail/mailcow-dockerized/{hook}", "echo of the new host\n")

    done = host.restore("system")

    assert done.status == 0, done.stderr

    assert host.machine.read(f"/srv/mail/mailcow-dockerized/{hook}") == "echo of the backup\n"
    assert host.machine.mode(f"/srv/mail/mailcow-dockerized/{hook}") == 0o755
    (kept,) = (host.root / "srv/mail/mailstead/replaced").rglob("own.sh")
    assert kept.read_text(encoding="utf-8") == "echo of the new host\n"


def test_a_mailbox_called_new_with_no_mail_is_no_server_in_use(host: MailHost) -> None:
    (host.home("new") / "Maildir").mkdir(parents=True)
    (host.home("new") / "Maildir/dovecot-uidlist").touch()

    assert host.restore("system").status == 0


def test_settings_of_the_new_server_that_change_are_kept(host: MailHost) -> None:
    before = host.machine.read(CONF)

    assert host.restore("system").status == 0

    (kept,) = (host.root / "srv/mail/mailstead/replaced").rglob("mailcow.conf")
    assert kept.read_text(encoding="utf-8") == before
