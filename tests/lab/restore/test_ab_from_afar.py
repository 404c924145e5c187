"""An operator restores and drills from her own machine: through SSH, with the key from Vault, none on the host."""

import json

import pytest

from tests.lab.restore.rescue import Rescue, mail_of

pytestmark = pytest.mark.lab

DAY = "20261103"


@pytest.fixture(scope="module")
def token(rescue: Rescue) -> str:
    """A Vault token of a person who may read the private key, which is in Vault; there is a backup of today."""
    service = rescue.service
    private = {"private_key": rescue.key.private.read_text(encoding="utf-8")}
    service.vault("POST", "secret/data/mail/hosts/mail.example.com/backup_key", {"data": private}).raise_for_status()
    alice = service.user("alice@example.com")
    alice.read(service.user("dave@startup.io").send(alice.address))
    rescue.backup(DAY)
    return service.stack.operator_token()


def test_a_mailbox_is_restored_beside_the_live_one_with_the_key_in_vault(rescue: Rescue, token: str) -> None:
    stack, alice = rescue.service.stack, rescue.service.user("alice@example.com")
    inbox = mail_of(alice)["INBOX"]

    run = stack.mailstead(
        "restore", "mailbox", alice.address, "--beside", "--day", DAY, "--stack", stack.name, VAULT_TOKEN=token
    )

    assert f"in folder Restored-{DAY}" in run.output
    assert mail_of(alice)[f"Restored-{DAY}"] == inbox
    assert rescue.service.on_host("ls /run/mailstead-afar /dev/shm | grep -v : || true").strip() == ""


def test_a_drill_passes_and_leaves_no_key_and_no_container(rescue: Rescue, token: str) -> None:
    stack = rescue.service.stack

    run = stack.mailstead("drill", "--day", DAY, "--json", "--stack", stack.name, VAULT_TOKEN=token)

    (drilled,) = json.loads(run.output)
    assert drilled["ok"], drilled
    left = rescue.service.on_host("docker ps -aq --filter label=mailstead.drill; ls -d /backup/.drill || true")
    assert left.strip() == ""


def test_the_machine_s_own_token_cannot_read_the_private_key(rescue: Rescue, token: str) -> None:
    stack = rescue.service.stack

    run = stack.mailstead("drill", "--stack", stack.name, accept=(1,))

    assert "Vault refuses to read mail/hosts/mail.example.com/backup_key" in run.output
