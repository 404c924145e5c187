"""A world of its own for backups and restores: a service whose job is installed, and a bucket that speaks S3."""

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab import stack as stacks
from lab import takedown, topology
from lab.services import s3
from lab.services.s3 import Bucket
from lab.stack import LabStack
from lab.world import World
from tests.lab.backup.rescue import HOSTNAME, Rescue
from tests.lab.conftest import KEEP, WORLD, brought_up
from tests.lab.service import SAMPLE, Service


@pytest.fixture(scope="session")
def world(pytestconfig: pytest.Config) -> Generator[World]:
    """A world beside that of the other stories."""
    name = f"{WORLD}-backup"
    if not KEEP:
        takedown.down(name, say=lambda _: None)
    yield brought_up(name, pytestconfig)
    if not KEEP:
        takedown.down(name, say=lambda _: None)
        stacks.forget(topology.CLONE, name)


@pytest.fixture(scope="session")
def bucket(world: World) -> Bucket:
    """A bucket in which its key may put and read, and neither overwrite nor delete."""
    return s3.start(world, "mail-backup")


@dataclass(frozen=True, kw_only=True)
class Configured:
    """A stack with a key for its backups, of which nothing has been made yet.

    Attributes:
        stack: Its files and commands.
        operator: A Vault token that may also read the private half.
        key_file: Where the public half is.
    """

    stack: LabStack
    operator: str
    key_file: Path


@pytest.fixture(scope="session")
def configured(world: World, project: Path, bucket: Bucket) -> Configured:
    stack = LabStack(world=world, project=project, name=world.name)
    stack.write_list(SAMPLE)
    stack.write_config()
    stack.initialise()
    stack.prepare_vault()
    operator, key_file = stack.operator_token(), world.folder / "backup-key.asc"
    settings = {
        "backup_public_key": str(key_file.relative_to(project)),
        "offsite": "s3",
        "offsite_bucket": bucket.name,
        "offsite_endpoint": bucket.endpoint,
    }
    stack.write_config(**settings)
    stack.mailstead("backup", "key", "--stack", stack.name, VAULT_TOKEN=operator)
    service = Service(stack=stack)
    credentials = {"access_key_id": bucket.access_key_id, "secret_access_key": bucket.secret_access_key}
    service.vault("POST", f"secret/data/mail/hosts/{HOSTNAME}/offsite", {"data": credentials}).raise_for_status()
    return Configured(stack=stack, operator=operator, key_file=key_file)


@pytest.fixture(scope="session")
def service(configured: Configured) -> Service:
    """The mail service with its backup job, and people in two domains."""
    service = Service(stack=configured.stack)
    service.up()
    return service


@pytest.fixture(scope="session")
def rescue(service: Service, bucket: Bucket, configured: Configured) -> Rescue:
    """The service with its backups and what brings them back."""
    return Rescue(service=service, bucket=bucket, operator=configured.operator)
