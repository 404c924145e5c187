"""One mailbox comes back: beside the live one, after it was removed, from the off-site copy alone; and drills."""

from pathlib import Path

import pytest

from tests.lab.restore.rescue import PROGRAMS, Rescue, mail_of
from tests.lab.service import EVERYBODY

pytestmark = pytest.mark.lab

DAY = "20261101"
RESTORE = f"{PROGRAMS}/restore.sh"
DRILL = f"{PROGRAMS}/drill.sh"


@pytest.fixture(scope="module")
def before(rescue: Rescue) -> dict[str, dict[str, list[str]]]:
    """Mail that people had when the backup was made: digests by address and folder."""
    alice, bob = rescue.service.user("alice@example.com"), rescue.service.user("bob@example.com")
    for _ in range(3):
        alice.read(bob.send(alice.address))
    bob.read(alice.send(bob.address))
    carol = rescue.service.user("carol@startup.io")
    carol.read(alice.send(carol.address))
    rescue.backup(DAY)
    return {address: mail_of(rescue.service.user(address)) for address in EVERYBODY}


def test_restored_beside_the_live_mail_it_is_a_folder_more(
    rescue: Rescue, before: dict[str, dict[str, list[str]]]
) -> None:
    alice = rescue.service.user("alice@example.com")
    newer = rescue.service.user("bob@example.com").send(alice.address)
    alice.read(newer)

    rescue.typed("sudo", RESTORE, "restore", "mailbox", alice.address, "--beside", "--key-file", "-")

    now = mail_of(alice)
    assert now[f"Restored-{DAY}"] == before[alice.address]["INBOX"]
    assert set(before[alice.address]["INBOX"]) < set(now["INBOX"])
    assert len(now["INBOX"]) == len(before[alice.address]["INBOX"]) + 1


def test_lost_messages_come_back_and_newer_ones_stay(rescue: Rescue, before: dict[str, dict[str, list[str]]]) -> None:
    bob = rescue.service.user("bob@example.com")
    rescue.service.on_host(
        "docker compose --project-directory /srv/mail/mailcow-dockerized exec -T dovecot-mailcow "
        f"doveadm expunge -u {bob.address} mailbox INBOX all </dev/null"
    )
    assert "INBOX" not in mail_of(bob)
    newer = rescue.service.user("alice@example.com").send(bob.address)
    bob.read(newer)

    rescue.restore("mailbox", bob.address)

    now = mail_of(bob)["INBOX"]
    assert set(before[bob.address]["INBOX"]) < set(now)
    assert len(now) == len(before[bob.address]["INBOX"]) + 1


def test_a_drill_reads_every_message_of_a_backup_and_leaves_nothing(
    rescue: Rescue, before: dict[str, dict[str, list[str]]]
) -> None:
    _, said = rescue.typed("sudo", DRILL, "run", "--seed", "1", "--day", DAY, "--key-file", "-")

    assert "drill passed" in said
    assert "the same to the byte" in said
    assert (
        rescue.service.on_host("docker ps -aq --filter label=mailstead.drill; ls -A /backup/.drill 2>/dev/null || true")
        == ""
    )
    metrics = rescue.service.on_host("cat /var/lib/prometheus/node-exporter/mailstead_drill.prom")
    assert "mail_drill_last_run_success 1" in metrics


def test_a_removed_mailbox_is_made_again_first_and_then_has_its_mail(
    rescue: Rescue, before: dict[str, dict[str, list[str]]]
) -> None:
    service = rescue.service
    service.mailcow("delete/mailbox", ["bob@example.com"])
    words = ("restore", "mailbox", "bob@example.com", "--key-file", "-")
    status, said = rescue.typed("sudo", RESTORE, *words, check=False)
    assert status == 3
    assert "mail_list.yml and run: mailstead up" in said
    service.stack.pulumi("refresh", "--yes", "--stack", service.stack.name)
    service.up()

    rescue.restore("mailbox", "bob@example.com")

    assert mail_of(service.user("bob@example.com"))["INBOX"] == before["bob@example.com"]["INBOX"]


def test_the_copy_that_was_taken_away_is_enough(
    rescue: Rescue, before: dict[str, dict[str, list[str]]], tmp_path: Path
) -> None:
    copy = rescue.take_backups_away(tmp_path)
    rescue.service.on_host("rm -rf /backup/mailcow")
    rescue.bring_backups(copy, "/var/tmp/off-site")

    said = rescue.restore("mailbox", "alice@example.com", "--beside", "--day", DAY, "--from", "/var/tmp/off-site")

    assert "were there and stay as they are" in said
    assert mail_of(rescue.service.user("alice@example.com"))[f"Restored-{DAY}"] == before["alice@example.com"]["INBOX"]
    rescue.service.on_host("mv /var/tmp/off-site/mailcow /backup/mailcow")


def test_what_is_there_is_listed(rescue: Rescue, before: dict[str, dict[str, list[str]]]) -> None:
    _, listed = rescue.typed("sudo", RESTORE, "list")

    assert [line.split()[:2] for line in listed.splitlines()] == [
        [DAY, "example.com"],
        [DAY, "startup.io"],
        [DAY, "system"],
    ]
