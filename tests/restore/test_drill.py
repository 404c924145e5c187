"""drill.sh: a backup is good when servers have taken what it gives back, and its age is the age of that."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.restore import imap_session
from tests.restore.conftest import ALICE
from tests.restore.mail_host import MailHost
from tests.restore.opening import session_keys
from tests.restore.snapshot import DAY, KeyPair
from tests.scripts.machine import Run

METRICS = "/var/lib/prometheus/node-exporter/mailstead_drill.prom"
DRILL = "../../backup/drill.sh"
ALICES_SEED = "4"
"""Draws Alice among the two mailboxes of the day."""

DOCKER = r"""
words="$*"
case "$words" in
  *"id --user vmail" | *"id --group vmail") echo 5000 ;;
  "ps --all"*) cat "$root/containers" 2>/dev/null || true ;;
  "rm "*) rm -f "$root/containers" ;;
  *" ps --quiet "*) echo "container-of-${words##* }" ;;
  "inspect "*) echo "image-of-${words##*-of-}" ;;
  *"--entrypoint dovecot"*) echo "2.4.1 (7d8c0e5759)" ;;
  *"run "*"--detach"*) echo left >>"$root/containers" ;;
  *"exec imap -u "*) PYTHON SESSION "$root/LIVE" ;;
  *" exec imap") PYTHON SESSION "$root/backup/.drill/vmail/$(ls "$root/backup/.drill/vmail")/Maildir" ;;
  *"doveadm user "*) [[ -e "$root/people/${words##*doveadm user }" ]] || exit 67 ;;
  *"COUNT"*) cat "$root/rows" 2>/dev/null || echo 2 ;;
  "exec --interactive"*) cat >"$root/loaded.sql" ;;
  *"redis-cli"*ping) echo PONG ;;
  *"redis-cli"*dbsize) cat "$root/backup/.drill/redis/dump.rdb" >"$root/redis"; echo 7 ;;
  *"redis-cli"*hlen*) echo 1 ;;
esac
"""


@pytest.fixture
def drilled(host: MailHost) -> MailHost:
    """A host whose images play along."""
    live = f"{host.home().relative_to(host.root)}/Maildir"
    body = DOCKER.replace("PYTHON", sys.executable).replace("SESSION", str(Path(imap_session.__file__)))
    host.machine.stub("docker", body.replace("LIVE", live))
    return host


def drill(host: MailHost, *arguments: str, key: Path | None = None) -> Run:
    """Run a drill with the private key, on Alice's mailbox."""
    words = ("--seed", ALICES_SEED, "--key-file", str(key or host.key.private), *arguments)
    return host.machine.run(DRILL, "run", *words)


def metrics(host: MailHost) -> dict[str, float]:
    """The drill's metrics."""
    lines = [line for line in host.machine.read(METRICS).splitlines() if not line.startswith("#")]
    return {line.split()[0]: float(line.split()[1]) for line in lines}


def left_behind(host: MailHost) -> list[str]:
    """What a drill has left on the host."""
    return [name for name in ("backup/.drill", "backup/.restore", "containers") if (host.root / name).exists()]


def test_a_good_backup_passes_and_its_age_is_reset(drilled: MailHost) -> None:
    before = time.time()

    done = drill(drilled)

    assert done.status == 0, done.stderr
    assert done.stdout == f"drill passed: alice@example.com of day {DAY}, 5 messages, seed {ALICES_SEED}\n"
    found = metrics(drilled)
    assert found["mail_drill_last_success_timestamp_seconds"] >= int(before)
    assert (found["mail_drill_last_run_success"], found["mail_drill_messages"]) == (1, 5)
    assert "INSERT INTO mailbox" in drilled.machine.read("/loaded.sql")
    assert drilled.machine.read("/redis") == "REDIS0011 with DKIM keys"
    assert left_behind(drilled) == []


def test_no_throwaway_server_has_a_network_or_a_password_among_its_arguments(drilled: MailHost) -> None:
    drill(drilled)

    started = drilled.machine.called("docker run")
    assert len(started) == 4
    assert all("--network none" in call and "--rm" in call for call in started)
    assert not any("PASSWORD=" in call for call in drilled.machine.calls)


def test_messages_are_compared_with_the_live_ones_and_a_different_one_fails_it(drilled: MailHost) -> None:
    for path, content in ALICE.items():
        drilled.machine.write(f"{drilled.home().relative_to(drilled.root)}/Maildir/{path}", content.decode())
    assert "5 of them are in the live mailbox too" in drill(drilled).stderr
    first = drilled.home() / "Maildir/cur/1700000001.M1P1.mail,S=5,W=6:2,S"
    first.write_bytes(b"FIRST")

    done = drill(drilled)

    assert done.status == 1
    assert "differ from the live ones: 1700000001.M1P1" in done.stderr


@pytest.mark.parametrize("fault", ["archive", "database", "messages"])
def test_a_bad_backup_fails_it_and_the_age_goes_on(drilled: MailHost, fault: str) -> None:
    assert drill(drilled).status == 0
    drilled.machine.write(METRICS, "mail_drill_last_success_timestamp_seconds 1700000000\n")
    match fault:
        case "archive":
            archive = drilled.tree.folder / f"example.com/{DAY}/alice.tar.gz.gpg"
            archive.write_bytes(archive.read_bytes()[:-1])
        case "database":
            drilled.machine.write("/rows", "0\n")
        case _:
            drilled.edit_manifest(messages=4)

    done = drill(drilled)

    assert done.status == 1
    assert "error: " in done.stderr
    found = metrics(drilled)
    assert found["mail_drill_last_success_timestamp_seconds"] == 1_700_000_000
    assert found["mail_drill_last_run_success"] == 0
    assert left_behind(drilled) == []


def test_a_drill_that_was_killed_leaves_nothing_behind_and_counts_as_failed(drilled: MailHost) -> None:
    drilled.machine.stub("gzip", 'kill -9 "$PPID"; sleep 1')

    killed = drill(drilled)

    assert killed.status != 0
    deadline = time.monotonic() + 20
    while left_behind(drilled) or not drilled.machine.exists(METRICS):
        assert time.monotonic() < deadline, left_behind(drilled)
        time.sleep(0.2)
    assert metrics(drilled)["mail_drill_last_run_success"] == 0


def test_a_mailcow_that_stood_elsewhere_before_is_drilled_where_it_is(drilled: MailHost) -> None:
    (drilled.root / "opt").mkdir()
    (drilled.root / "srv/mail/mailcow-dockerized").rename(drilled.root / "opt/mailcow")
    drilled.machine.write("/etc/mailstead/backup.env", "BACKUP_MAILCOW_ROOT=/opt/mailcow\n")

    done = drill(drilled)

    assert done.status == 0, done.stderr
    asked = [call for call in drilled.machine.called("docker compose") if "--project-directory" in call]
    assert all(f"--project-directory {drilled.root}/opt/mailcow " in call for call in asked)


def test_the_same_seed_and_day_try_the_same_mailbox(drilled: MailHost) -> None:
    plans = [drilled.machine.run(DRILL, "plan", "--seed", seed).stdout for seed in ("4", "4", "1", "2", "3", "5")]

    tried = [json.loads(plan.splitlines()[0]) for plan in plans]
    assert tried[0] == tried[1] == {"seed": 4, "day": DAY, "mailbox": "alice@example.com"}
    assert {plan["mailbox"] for plan in tried} == {"alice@example.com", "bob b.ö@example.com"}


def test_session_keys_of_the_plan_are_enough(drilled: MailHost, key: KeyPair) -> None:
    _, *heads = map(json.loads, drilled.machine.run(DRILL, "plan", "--seed", ALICES_SEED).stdout.splitlines())
    keys = drilled.machine.write("/keys", session_keys(key, heads))

    done = drilled.machine.run(DRILL, "run", "--seed", ALICES_SEED, "--session-keys", str(keys))

    assert done.status == 0, done.stderr


def test_a_live_mailbox_that_is_gone_does_not_fail_it(drilled: MailHost) -> None:
    (drilled.root / "people/alice@example.com").unlink()

    done = drill(drilled)

    assert done.status == 0, done.stderr
    assert "removed since" in done.stderr


def test_a_message_that_the_server_does_not_give_is_an_error(tmp_path: Path) -> None:
    reader = Path(__file__).resolve().parents[2] / "backup/drill/read_mail.py"
    mail = tmp_path / "cur"
    mail.mkdir()
    (mail / "1.a").write_bytes(b"x")
    session = tmp_path / "session.py"
    text = Path(imap_session.__file__).read_text(encoding="utf-8")
    session.write_text(text.replace("{len(opened)} EXISTS", "2 EXISTS").replace("last + 1)", "last)"), encoding="utf-8")

    done = subprocess.run(
        [str(reader), sys.executable, str(session), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    assert done.returncode == 1
    assert "has 2 messages, 1 could be read" in done.stderr
