"""`mailstead destroy` asks, says what is protected, and leaves nothing."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.lab.service import EVERYBODY, Service

pytestmark = pytest.mark.lab


def test_destroy_without_the_stacks_name_does_nothing_and_says_what_is_protected(service: Service) -> None:
    run = service.stack.mailstead("destroy", "--stack", service.stack.name, accept=(3,))

    assert "Protected until now" in run.output
    assert "alice@example.com" in run.output
    assert "mailboxes, with all mail in them" in run.output
    service.user("alice@example.com").log_in()


def test_plain_pulumi_destroy_is_refused_while_people_are_protected(service: Service) -> None:
    run = service.stack.pulumi("destroy", "--yes", "--skip-preview", "--stack", service.stack.name, accept=(1, 255))

    assert "protected" in run.output
    assert set(EVERYBODY) <= set(service.mailboxes())


def test_destroy_with_the_name_leaves_no_container_volume_device_or_vault_key(service: Service) -> None:
    name, world = service.stack.name, service.stack.world

    run = service.stack.mailstead("destroy", "--stack", name, "--name", name)

    assert re.search(r"^  people (\d+) of \1, domains and aliases (\d+) of \2, parts of", run.output, re.MULTILINE)
    assert service.stack.export()["deployment"].get("resources", []) in ([], None) or only_the_stack(service)
    assert service.vault("LIST", "secret/metadata/mail/users").status_code == 404
    assert service.vault("LIST", "secret/metadata/mail/hosts").status_code == 404
    listed = [
        "docker",
        "--host",
        world.docker_host,
        "ps",
        "--all",
        "--quiet",
        "--filter",
        "label=mailstead.lab.instance",
    ]
    mine = [
        *listed,
        "--filter",
        f"label=mailstead.lab.world={world.name}",
        "--filter",
        f"label=mailstead.lab={world.clone}",
    ]
    assert subprocess.run(mine, capture_output=True, text=True, check=True).stdout == ""
    loops = subprocess.run(["losetup", "--all"], capture_output=True, text=True, check=True).stdout
    assert str(world.folder) not in loops
    assert list((world.folder / "cloud" / "volumes").glob("*.img")) == []


def only_the_stack(service: Service) -> bool:
    resources = service.stack.export()["deployment"]["resources"]
    return all(str(resource["type"]).startswith("pulumi:") for resource in resources)


def test_the_foundation_goes_last_and_takes_mount_and_policy_with_it(service: Service) -> None:
    folder: Path = service.stack.project / "foundation" / "vault"
    name, root = service.stack.name, service.stack.world.vault_root_token()

    service.stack.pulumi("state", "unprotect", "--all", "--yes", "--stack", name, folder=folder, VAULT_TOKEN=root)
    service.stack.pulumi("destroy", "--yes", "--skip-preview", "--stack", name, folder=folder, VAULT_TOKEN=root)

    assert "secret/" not in service.vault("GET", "sys/mounts").json()["data"]
    assert "mailstead-provisioner" not in service.vault("GET", "sys/policies/acl?list=true").json()["data"]["keys"]
