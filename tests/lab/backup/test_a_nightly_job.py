"""The first backup: `up` installs the job, a run makes today's set, a second `up` changes nothing, the copy arrives."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from lab.services.s3 import Bucket
from lab.stack import Run
from tests.lab.backup.conftest import Configured
from tests.lab.backup.rescue import HOSTNAME, ROOT
from tests.lab.service import EVERYBODY, Service

pytestmark = pytest.mark.lab
SYSTEM_PARTS = {"crypt", "config", "tls", "rspamd", "mysql", "redis"}


def today() -> str:
    return datetime.now(UTC).strftime("%Y%m%d")


def lines(text: str) -> list[str]:
    return sorted(line for line in text.splitlines() if line)


@pytest.fixture(scope="module")
def first_run(service: Service) -> Run:
    """The first backup, after somebody wrote to everybody."""
    people = [service.user(address) for address in EVERYBODY]
    for person, other in zip(people, [*people[1:], people[0]], strict=True):
        other.read(person.send(other.address))
    return service.stack.mailstead("backup", "run", "--wait", "--stack", service.stack.name)


def test_timers_run_programs_that_only_root_may_change(service: Service) -> None:
    timers = service.on_host("systemctl list-timers --all --no-legend 'mailstead-*' | grep -o 'mailstead-[a-z]*.timer'")
    owners = service.on_host("find /usr/local/lib/mailstead /etc/mailstead -not -user root -o -perm /022 -not -type l")

    assert lines(timers) == ["mailstead-backup.timer", "mailstead-offsite.timer"]
    assert owners == ""


def test_a_run_makes_todays_archive_of_everybody_and_of_the_server(service: Service, first_run: Run) -> None:
    archives = lines(service.on_host(f"cd {ROOT} && find . -name '*.gpg' | sort"))

    assert "backup done in" in first_run.output
    assert {f"./{d}/{today()}/{u}.tar.gz.gpg" for u, _, d in (it.partition("@") for it in EVERYBODY)} <= set(archives)
    assert {name.rpartition("/")[2].partition(".")[0] for name in archives if "/system/" in name} >= SYSTEM_PARTS
    assert service.on_host(f"find {ROOT} -name '*.part'") == ""


def test_what_was_written_is_encrypted_whole_and_readable_by_root_alone(service: Service, first_run: Run) -> None:
    first_bytes = service.on_host(f"find {ROOT} -name '*.gpg' -exec sh -c 'head -c 1 \"$1\" | od -An -tx1' - {{}} \\;")
    service.on_host(f"find {ROOT} -name SHA256SUMS -execdir sha256sum --check --quiet {{}} +")

    # A session key that is encrypted to a public key (RFC 9580, packet type 1), old or new form.
    assert set(first_bytes.split()) <= {"84", "85", "86", "c1"}
    assert service.on_host(f"find {ROOT} -name '*.gpg' -perm /077") == ""


def test_the_host_cannot_open_its_own_backups(service: Service, first_run: Run) -> None:
    one = f"{ROOT}/example.com/{today()}/alice.tar.gz.gpg"

    said = service.on_host(f"gpg --batch --decrypt {one} 2>&1 >/dev/null; echo exit $?")

    assert "exit 2" in said
    assert (
        service.on_host("grep --recursive --files-with-matches 'PGP PRIVATE KEY' /etc/mailstead /root", check=False)
        == ""
    )


def test_the_list_says_what_there_is(service: Service, first_run: Run) -> None:
    run = service.stack.mailstead("backup", "list", "--json", "--stack", service.stack.name)
    rows = cast("list[dict[str, Any]]", json.loads(run.output))

    assert {(row["domain"], row["mailboxes"]) for row in rows if row["day"] == today()} == {
        ("example.com", 2),
        ("startup.io", 2),
        ("system", 0),
    }
    assert all(row["archive_bytes"] > 0 and row["host"] == HOSTNAME for row in rows)


def test_a_second_up_changes_nothing(service: Service, first_run: Run) -> None:
    name = service.stack.name

    run = service.stack.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes", "--stack", name)

    assert run.status == 0


def test_the_copy_arrives_in_the_bucket_as_it_is_on_the_host(service: Service, first_run: Run, bucket: Bucket) -> None:
    service.on_host("systemctl start mailstead-offsite.service")

    there = {name.removeprefix(f"{HOSTNAME}/mailcow/"): len(body) for name, body in bucket.objects().items()}
    here = service.on_host(f"cd {ROOT} && find . -type f -path '*/{today()}/*' -printf '%s %P\\n'")
    wanted = {name: int(size) for size, _, name in (line.partition(" ") for line in lines(here))}
    assert wanted
    assert {name: size for name, size in there.items() if name.endswith(".gpg")} == {
        name: size for name, size in wanted.items() if name.endswith(".gpg")
    }


def rclone(service: Service, *words: str) -> str:
    command = ["/usr/local/lib/mailstead/rclone", "--config", "/etc/mailstead/rclone.conf", "--retries", "1", *words]
    return service.on_host(f"{' '.join(command)} 2>&1; echo exit $?")


@pytest.mark.parametrize("words", [("deletefile",), ("rcat",)], ids=["deleted", "overwritten"])
def test_a_host_that_was_broken_into_cannot_lose_a_copy(
    service: Service, first_run: Run, bucket: Bucket, words: Sequence[str]
) -> None:
    before = bucket.objects()
    name = next(iter(sorted(name for name in before if name.endswith(".gpg"))))

    said = rclone(service, *words, f"offsite:{bucket.name}/{name}", "<<<broken")

    assert "AccessDenied" in said
    assert bucket.objects() == before


def test_a_full_bucket_is_a_failure_that_is_told(service: Service, first_run: Run, bucket: Bucket) -> None:
    service.on_host("mkdir -p /backup/mailcow/full.example/20200101")
    bucket.full.touch()
    try:
        said = rclone(service, "rcat", f"offsite:{bucket.name}/new", "<<<x")
    finally:
        bucket.full.unlink()
        service.on_host("rm -r /backup/mailcow/full.example")

    assert "QuotaExceeded" in said
    assert "exit 0" not in said


def test_credentials_of_the_bucket_are_roots_alone_and_in_no_state(
    service: Service, bucket: Bucket, configured: Configured
) -> None:
    assert service.on_host("stat --format '%a %U' /etc/mailstead/offsite-credentials").strip() == "600 root"
    assert bucket.secret_access_key not in json.dumps(configured.stack.export())


def test_without_a_key_the_job_goes_and_the_backups_stay(
    service: Service, first_run: Run, configured: Configured, bucket: Bucket
) -> None:
    kept = service.on_host(f"find {ROOT} -name '*.gpg' | sort")
    with_key = configured.stack.file.read_text(encoding="utf-8")
    configured.stack.write_config()
    try:
        service.up()
        left = service.on_host(
            "ls -d /usr/local/lib/mailstead/backup /etc/mailstead/backup.env 2>/dev/null", check=False
        )
        units = service.on_host("systemctl list-unit-files --no-legend 'mailstead-*'", check=False)
    finally:
        configured.stack.file.write_text(with_key, encoding="utf-8")
        service.up()

    assert (left, "mailstead-backup" in units, "mailstead-offsite" in units) == ("", False, False)
    assert service.on_host(f"find {ROOT} -name '*.gpg' | sort") == kept
