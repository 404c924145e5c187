"""The mail host and its volumes are gone: a new host, a restore from off-site, and everything is as it was."""

import subprocess

import pytest

from lab.plugins.oci import storage
from lab.plugins.oci.cloud import Cloud
from tests.lab.backup.rescue import PROGRAMS, Rescue, mail_of
from tests.lab.service import EVERYBODY

pytestmark = pytest.mark.lab

LOST = ("**oci:Core/instance:**", "**oci:Core/volume**")


def test_on_a_new_host_every_message_password_and_dkim_key_is_as_it_was(rescue: Rescue) -> None:
    service = rescue.service
    people = [service.user(address) for address in EVERYBODY]
    people[0].read(people[1].send(people[0].address))
    people[2].read(people[3].send(people[2].address))
    mail, keys = {person.address: mail_of(person) for person in people}, rescue.dkim_keys()
    rescue.backup()
    rescue.copy_away()
    old = service.container()

    lose_the_host(rescue)
    service.up()
    words = ("restore", "all", "--dry-run", "--from", rescue.offsite, "--key-file", "-")
    rescue.typed("sudo", f"{PROGRAMS}/restore.sh", *words)
    assert service.mailboxes() == []
    rescue.restore("host", "--from", rescue.offsite, "--overwrite", "--yes")

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


def test_the_new_host_makes_the_next_backup_by_itself(rescue: Rescue) -> None:
    day = rescue.backup()

    listed = rescue.restore("list")

    assert [line.split()[:2] for line in listed.splitlines() if day in line] == [
        [day, "example.com"],
        [day, "startup.io"],
        [day, "system"],
    ]


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
