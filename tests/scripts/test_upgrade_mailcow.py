"""upgrade-mailcow.sh: forward when mail works, back with all data when not, and nothing begun that cannot be ended."""

from pathlib import Path

import pytest

from tests.scripts.machine import Machine
from tests.scripts.mailcow import CONF, INSTALL, MARKER
from tests.scripts.upgrading import (
    BROKEN,
    DATA,
    DUMP,
    JOURNAL,
    KEY,
    LOCAL,
    NEW,
    OLD,
    OLDER,
    TABLE,
    UPGRADE,
    Upgraded,
    make_versions,
)


@pytest.fixture(scope="session")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("versions") / "mailcow"
    make_versions(folder)
    return folder


@pytest.fixture
def host(machine: Machine, versions: Path) -> Upgraded:
    return Upgraded(machine, versions)


def with_backups(host: Upgraded) -> None:
    host.machine.write("/etc/systemd/system/mailstead-backup.service", "")


def test_a_newer_version_runs_with_the_data_and_is_open_to_the_world(host: Upgraded) -> None:
    done = host.up()

    assert (done.status, done.stdout) == (0, f"mailcow {NEW}\n"), done.stderr
    assert host.version == NEW
    assert host.data == {**DATA, TABLE: "people\nmade newer by 2026-09\n"}
    assert host.is_open
    assert host.is_tidy
    assert host.machine.read(f"{INSTALL}/data/conf/postfix/extra.cf") == "own = yes\n"


def test_until_mail_works_a_new_version_is_reached_from_its_host_only(host: Upgraded) -> None:
    assert host.up().status == 0
    assert host.lines("/world") == [f"{NEW} for this host", f"{NEW} for all"]

    assert host.up(BROKEN).status == 1
    assert f"{BROKEN} for this host" in host.lines("/world")
    assert f"{BROKEN} for all" not in host.lines("/world")


def test_a_version_with_which_mail_does_not_work_goes_and_the_old_one_is_back_with_its_data(host: Upgraded) -> None:
    done = host.up(BROKEN)

    assert done.status == 1
    said = done.stderr.splitlines()[-1]
    assert said.startswith(f"error: mailcow {BROKEN} did not pass: a mail sent by submission (port 587) is not in the")
    assert f"mailcow {OLD} is back with the data it had" in said
    assert host.version == OLD
    assert host.data == DATA
    assert not host.machine.exists(f"{TABLE}/../form-of-2026-10")
    assert host.is_open
    assert host.is_tidy
    assert host.lines("/probed") == [OLD, BROKEN, OLD]


def test_what_was_encrypted_with_another_key_meanwhile_can_still_be_read(host: Upgraded) -> None:
    done = host.up(BROKEN)

    (kept,) = (host.root / "srv/mail/mailstead/replaced").glob("crypt-*")
    assert (kept / "ecprivkey.pem").read_text(encoding="utf-8") == "another\n"
    assert f"the newer one is kept in {kept}" in done.stderr
    assert host.machine.read(KEY) == "key\n"


def test_after_a_way_back_the_same_command_tries_again_and_the_old_version_is_let_be(host: Upgraded) -> None:
    host.up(BROKEN)
    assert host.up(BROKEN).status == 1
    assert host.lines("/probed") == [OLD, BROKEN, OLD] * 2

    assert host.up(OLD).stdout == f"mailcow {OLD}\n"
    assert host.up(NEW).status == 0
    assert host.version == NEW


def test_a_version_that_does_not_start_goes_the_same_way(host: Upgraded) -> None:
    host.machine.write(f"/no_start_of_{NEW}", "")

    done = host.up()

    assert f"error: mailcow {NEW} did not pass: it did not start" in done.stderr
    assert (host.version, host.data, host.is_open, host.is_tidy) == (OLD, DATA, True, True)


def test_data_is_put_back_once_and_never_over_what_came_since(host: Upgraded) -> None:
    (host.root.parent / "scripts/verify-mailcow.sh").write_text(
        '[[ $(cat "$MAILSTEAD_ROOT/running") != 2026-10 ]] || touch "$MAILSTEAD_ROOT/no_mail"\n', encoding="utf-8"
    )
    assert "mail does not work with it either" in host.up(BROKEN).stderr
    assert (host.version, host.data) == (OLD, DATA)
    host.machine.write(DUMP, "what came since\n")
    (host.root / "no_mail").unlink()

    assert host.up(OLD).status == 0
    assert host.machine.read(DUMP) == "what came since\n"


def test_the_images_are_there_before_anything_is_stopped(host: Upgraded) -> None:
    assert host.up().status == 0

    calls = host.machine.calls
    pulled = next(number for number, call in enumerate(calls) if call.startswith("docker compose") and " pull " in call)
    stopped = next(number for number, call in enumerate(calls) if call.startswith("docker stop"))
    assert pulled < stopped


def test_the_old_versions_images_go_when_it_is_left_for_good_and_shared_ones_stay(host: Upgraded) -> None:
    host.up(BROKEN)
    assert f"mailcow/postfix:{OLD}" in host.lines("/images")

    host.up()
    assert f"mailcow/postfix:{OLD}" not in host.lines("/images")
    assert "redis:7" in host.lines("/images")


def test_a_backup_comes_first_and_without_one_nothing_is_changed(host: Upgraded) -> None:
    with_backups(host)
    host.machine.write("/backup_status", "1")

    done = host.up()

    assert "error: the backup before the upgrade failed, so nothing was changed" in done.stderr
    assert host.machine.called("systemctl start mailstead-backup.service")
    assert not host.machine.called("docker stop")
    assert (host.version, host.is_tidy) == (OLD, True)
    (host.root / "backup_status").unlink()
    assert host.up().status == 0


def test_a_host_without_backups_is_told_so(host: Upgraded) -> None:
    assert "warning: no backups are set up on this host" in host.up().stderr


@pytest.mark.parametrize("version", [OLDER, "of-before"])
def test_an_older_version_is_refused_before_anything_else(host: Upgraded, version: str) -> None:
    done = host.up(version)

    assert f"error: mailcow {version} is older than {OLD}, which is installed" in done.stderr
    assert not host.machine.called("docker")
    assert host.version == OLD


def test_a_version_that_is_not_named_as_mailcows_are_goes_by_its_day(host: Upgraded) -> None:
    assert host.up("of-today").status == 0
    assert host.version == NEW


def test_a_version_that_does_not_exist_is_refused_before_anything_else(host: Upgraded) -> None:
    done = host.up("2031-01")

    assert "error: mailcow has no version 2031-01" in done.stderr
    assert not host.machine.called("docker")
    assert host.version == OLD


def test_a_repository_that_does_not_answer_is_told_from_a_version_that_does_not_exist(host: Upgraded) -> None:
    host.repository = host.root / "nowhere"

    assert "nowhere does not answer, so mailcow 2026-09 cannot be fetched; nothing was changed" in host.up().stderr


def test_a_registry_that_does_not_answer_stops_nothing(host: Upgraded) -> None:
    host.machine.write("/no_registry", "")

    assert host.up().status == 1
    assert not host.machine.called("docker stop")
    assert host.version == OLD


def test_a_service_that_does_not_work_before_is_not_upgraded(host: Upgraded) -> None:
    host.machine.write("/no_mail", "")

    assert "mail does not work before the upgrade (a mail sent by submission" in host.up().stderr
    assert not host.machine.called("docker stop")


def test_a_full_disk_is_told_while_mail_goes_on(host: Upgraded) -> None:
    host.machine.stub("df", "echo Avail; echo 2048")

    done = host.up()

    assert "error: copies of the database and settings need 100 MiB" in done.stderr
    assert not host.machine.called("docker stop")


def test_a_file_that_is_gone_while_room_is_reckoned_stops_nothing(host: Upgraded) -> None:
    host.machine.stub("du", '/usr/bin/du "$@"; exit 1')

    assert host.up().status == 0


def test_copies_that_cannot_be_made_end_it_and_mailcow_runs_as_before(host: Upgraded) -> None:
    host.machine.stub("cp", "exit 1")

    done = host.up()

    assert f"the upgrade was not begun; mailcow {OLD} runs as before" in done.stderr
    assert (host.version, host.data, host.is_tidy) == (OLD, DATA, True)


def test_copies_that_have_filled_the_disk_are_gone_before_mailcow_starts_on_it(host: Upgraded) -> None:
    host.machine.stub("cp", f'ln -sf /dev/full "$root{UPGRADE}/said"; exit 1')

    assert "runs as before" in host.up().stderr

    calls = host.machine.calls
    after_copying = calls[next(place for place, call in enumerate(calls) if call.startswith("cp ")) :]
    started = next(place for place, call in enumerate(after_copying) if call.startswith("docker") and " up " in call)
    assert any(call.startswith("rm -rf") and call.endswith("/copies") for call in after_copying[:started])


def test_changes_by_hand_are_told_and_kept(host: Upgraded) -> None:
    host.machine.write(f"{INSTALL}/{LOCAL}", "mine = yes\n")

    done = host.up()

    assert f"now as the new version has them: {LOCAL};" in done.stderr
    (patch,) = (host.root / "srv/mail/mailstead/replaced").glob("*.patch")
    assert "+mine = yes" in patch.read_text(encoding="utf-8")
    assert host.machine.read(f"{INSTALL}/{LOCAL}").startswith(f"# of {NEW}\n")


def test_after_a_way_back_changes_by_hand_are_there_again(host: Upgraded) -> None:
    host.machine.write(f"{INSTALL}/{LOCAL}", "mine = yes\n")

    host.up(BROKEN)

    assert host.machine.read(f"{INSTALL}/{LOCAL}").startswith("mine = yes\n")


def test_new_options_of_a_version_are_added_and_go_with_it(host: Upgraded) -> None:
    host.up(BROKEN)
    assert "FRESH=" not in host.machine.read(CONF)

    host.up()
    assert f"FRESH=of-{NEW}" in host.lines(CONF)
    assert host.machine.mode(CONF) == 0o600
    assert f'"{NEW}"' in host.machine.read(f"{INSTALL}/data/web/inc/app_info.inc.php")


def test_no_backup_and_no_restore_is_at_work_on_what_is_half_changed(host: Upgraded) -> None:
    host.machine.stub("flock", "case $* in *7) exit 1 ;; esac")

    assert "error: a restore is at work on this host" in host.up().stderr
    assert not host.machine.called("docker stop")


def test_a_mailcow_that_is_not_in_use_yet_just_gets_the_other_version(host: Upgraded) -> None:
    (host.root / MARKER.lstrip("/")).unlink()

    assert host.up().stdout == f"mailcow {NEW}\n"
    assert not host.machine.called("docker")


def test_the_same_version_again_does_nothing(host: Upgraded) -> None:
    assert host.up(OLD).stdout == f"mailcow {OLD}\n"
    assert not host.machine.called("docker")


def test_a_line_that_is_cut_does_not_end_an_upgrade(host: Upgraded) -> None:
    # bash itself, as nobody reads what it says any more
    scripts = host.root.parent / "scripts"
    wrapper = scripts / "cut.sh"
    wrapper.write_text('exec bash "$(dirname "$0")/upgrade-mailcow.sh" "$@" 2> >(exec 0<&-)\n', encoding="utf-8")

    host.up(script="cut.sh")

    assert host.version == NEW
    assert host.is_tidy


def test_files_of_an_upgrade_are_roots_alone(host: Upgraded) -> None:
    host.machine.write("/kill_at", "100000")
    host.machine.stub(
        "docker", "case $* in *images*) exit 0 ;; *pull*) exit 0 ;; *stop*) kill -KILL 0 ;; ps*) echo a ;; esac"
    )
    host.up()

    assert host.machine.mode(UPGRADE) == 0o700
    assert host.machine.mode(JOURNAL) == 0o600
