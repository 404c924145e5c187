"""The mail host and its volumes are gone: a new host, a restore, and everything is as it was."""

import subprocess
from pathlib import Path

import pytest

from lab.plugins.oci import storage
from lab.plugins.oci.cloud import Cloud
from tests.lab.restore.rescue import PROGRAMS, Rescue, mail_of
from tests.lab.service import EVERYBODY

pytestmark = pytest.mark.lab

DAY = "20261104"
LOST = ("**oci:Core/instance:**", "**oci:Core/volume**")


def test_on_a_new_host_every_message_password_and_dkim_key_is_as_it_was(rescue: Rescue, tmp_path: Path) -> None:
    service = rescue.service
    people = [service.user(address) for address in EVERYBODY]
    people[0].read(people[1].send(people[0].address))
    people[2].read(people[3].send(people[2].address))
    mail, keys = {person.address: mail_of(person) for person in people}, rescue.dkim_keys()
    rescue.backup(DAY)
    copy, old = rescue.take_backups_away(tmp_path), service.container()

    lose_the_host(rescue)
    service.up()
    rescue.install()
    rescue.bring_backups(copy, "/backup")
    rescue.typed("sudo", f"{PROGRAMS}/restore.sh", "restore", "all", "--dry-run", "--key-file", "-")
    assert service.mailboxes() == []
    rescue.restore("all", "--overwrite")

    assert service.container() != old
    assert rescue.dkim_keys() == keys
    for person in people:
        now = service.user(person.address)
        assert now.password == person.password
        assert mail_of(now) == mail[person.address]


def test_nothing_is_left_for_the_next_update_to_do(rescue: Rescue) -> None:
    service = rescue.service
    service.stack.pulumi("refresh", "--yes", "--stack", service.stack.name)

    service.up()

    assert set(EVERYBODY) <= set(service.mailboxes())


def lose_the_host(rescue: Rescue) -> None:
    """Let machine and volumes vanish behind the engine's back, as in a region that burns, and the state see that."""
    stack, container = rescue.service.stack, rescue.service.container()
    subprocess.run(["docker", "--host", stack.world.docker_host, "rm", "--force", container], check=True, timeout=120)
    cloud = Cloud(stack.world, region="")
    for volume in cloud.all("Volume"):
        file = storage.volume_file(cloud, volume.id)
        storage.release(file)
        file.unlink()
        cloud.forget(volume.id)
    targets = [word for one in LOST for word in ("--target", one)]
    stack.pulumi("refresh", "--yes", "--skip-preview", *targets, "--stack", stack.name)
