"""One mailbox comes back: beside the live one, after it was removed, from the off-site copy alone; and drills."""

from dataclasses import dataclass

import pytest

from tests.lab.backup.rescue import PROGRAMS, ROOT, Rescue, mail_of
from tests.lab.service import EVERYBODY

pytestmark = pytest.mark.lab

RESTORE = f"{PROGRAMS}/restore.sh"
DRILL = f"{PROGRAMS}/drill.sh"
ALICE = "alice@example.com"
BOB = "bob@example.com"


@dataclass(frozen=True, kw_only=True)
class Before:
    """What people had when the backup was made.

    Attributes:
        day: The day that the backup is called by.
        mail: Digests by address and folder.
    """

    day: str
    mail: dict[str, dict[str, list[str]]]

    def inbox(self, address: str) -> list[str]:
        return self.mail[address]["INBOX"]


@pytest.fixture(scope="module")
def before(rescue: Rescue) -> Before:
    alice, bob = rescue.service.user(ALICE), rescue.service.user(BOB)
    for _ in range(3):
        alice.read(bob.send(alice.address))
    bob.read(alice.send(bob.address))
    carol = rescue.service.user("carol@startup.io")
    carol.read(alice.send(carol.address))
    day = rescue.backup()
    rescue.copy_away()
    return Before(day=day, mail={address: mail_of(rescue.service.user(address)) for address in EVERYBODY})


def test_restored_beside_the_live_mail_it_is_a_folder_more(rescue: Rescue, before: Before) -> None:
    alice = rescue.service.user(ALICE)
    newer = rescue.service.user(BOB).send(alice.address)
    alice.read(newer)

    rescue.typed("sudo", RESTORE, "restore", "mailbox", alice.address, "--beside", "--key-file", "-")

    now = mail_of(alice)
    assert now[f"Restored-{before.day}"] == before.inbox(ALICE)
    assert set(before.inbox(ALICE)) < set(now["INBOX"])
    assert len(now["INBOX"]) == len(before.inbox(ALICE)) + 1


def test_lost_messages_come_back_and_newer_ones_stay(rescue: Rescue, before: Before) -> None:
    bob = rescue.service.user(BOB)
    rescue.service.on_host(
        "docker compose --project-directory /srv/mail/mailcow-dockerized exec -T dovecot-mailcow "
        f"doveadm expunge -u {bob.address} mailbox INBOX all </dev/null"
    )
    assert "INBOX" not in mail_of(bob)
    newer = rescue.service.user(ALICE).send(bob.address)
    bob.read(newer)

    rescue.typed("sudo", RESTORE, "restore", "mailbox", bob.address, "--key-file", "-")

    now = mail_of(bob)["INBOX"]
    assert set(before.inbox(BOB)) < set(now)
    assert len(now) == len(before.inbox(BOB)) + 1


def test_a_drill_reads_every_message_of_a_backup_and_leaves_nothing(rescue: Rescue, before: Before) -> None:
    _, said = rescue.typed("sudo", DRILL, "run", "--seed", "1", "--day", before.day, "--key-file", "-")

    assert "drill passed" in said
    assert "the same to the byte" in said
    left = "docker ps -aq --filter label=mailstead.drill; ls -A /backup/.drill 2>/dev/null || true"
    assert rescue.service.on_host(left) == ""
    metrics = rescue.service.on_host("cat /var/lib/prometheus/node-exporter/mailstead_drill.prom")
    assert "mail_drill_last_run_success 1" in metrics


def test_a_removed_mailbox_is_made_again_first_and_then_has_its_mail(rescue: Rescue, before: Before) -> None:
    service = rescue.service
    service.mailcow("delete/mailbox", [BOB])
    words = ("restore", "mailbox", BOB, "--key-file", "-")
    status, said = rescue.typed("sudo", RESTORE, *words, check=False)
    assert status == 3
    assert "mail_list.yml and run: mailstead up" in said
    service.stack.pulumi("refresh", "--yes", "--stack", service.stack.name)
    service.up()

    rescue.typed("sudo", RESTORE, *words)

    assert mail_of(service.user(BOB))["INBOX"] == before.inbox(BOB)


def test_the_off_site_copy_alone_is_enough(rescue: Rescue, before: Before) -> None:
    alice = rescue.service.user(ALICE)
    rescue.service.on_host(
        f"mv {ROOT} {ROOT}.away\n"
        "docker compose --project-directory /srv/mail/mailcow-dockerized exec -T dovecot-mailcow "
        f"doveadm mailbox delete -s -u {ALICE} Restored-{before.day} </dev/null"
    )
    assert f"Restored-{before.day}" not in mail_of(alice)
    try:
        rescue.restore("mailbox", ALICE, "--beside", "--from", rescue.offsite)
    finally:
        rescue.service.on_host(f"mv {ROOT}.away {ROOT}")

    assert mail_of(alice)[f"Restored-{before.day}"] == before.inbox(ALICE)


def test_what_is_there_is_listed_here_and_off_site(rescue: Rescue, before: Before) -> None:
    wanted = [[before.day, "example.com"], [before.day, "startup.io"], [before.day, "system"]]

    _, here = rescue.typed("sudo", RESTORE, "list")
    there = rescue.restore("list", "--from", rescue.offsite)

    assert [line.split()[:2] for line in here.splitlines()] == wanted
    assert [line.split()[:2] for line in there.splitlines() if before.day in line] == wanted
