"""An operator restores and drills from her own machine: through SSH, with the key from Vault, none on the host."""

import json

import pytest

from tests.lab.backup.rescue import Rescue, mail_of

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def day(rescue: Rescue) -> str:
    """The day of a backup with a mail that no earlier one has."""
    alice = rescue.service.user("alice@example.com")
    alice.read(rescue.service.user("dave@startup.io").send(alice.address))
    return rescue.backup()


def test_a_mailbox_is_restored_beside_the_live_one_with_the_key_in_vault(rescue: Rescue, day: str) -> None:
    alice = rescue.service.user("alice@example.com")
    inbox = mail_of(alice)["INBOX"]

    said = rescue.restore("mailbox", alice.address, "--beside", "--day", day)

    assert f"in folder Restored-{day}" in said
    assert mail_of(alice)[f"Restored-{day}"] == inbox
    assert rescue.service.on_host("ls /run/mailstead-afar /dev/shm | grep -v : || true").strip() == ""


def test_a_drill_passes_and_leaves_no_key_and_no_container(rescue: Rescue, day: str) -> None:
    """The machine that drills each month may read the key of the backups, and nothing else of Vault."""
    stack = rescue.service.stack
    token = stack.token_of("mailstead-drill")

    run = stack.mailstead("drill", "--day", day, "--json", "--stack", stack.name, VAULT_TOKEN=token)

    (drilled,) = json.loads(run.output)
    assert drilled["ok"], drilled
    left = rescue.service.on_host("docker ps -aq --filter label=mailstead.drill; ls -d /backup/.drill || true")
    assert left.strip() == ""


def test_the_machine_s_own_token_cannot_read_the_private_key(rescue: Rescue, day: str) -> None:
    stack = rescue.service.stack

    run = stack.mailstead("drill", "--day", day, "--stack", stack.name, accept=(1,))

    assert "Vault refuses to read mail/hosts/mail.example.com/backup_key" in run.output
