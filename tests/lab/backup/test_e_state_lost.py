"""The state is lost: people are found by their tag, the cloud's things by their OCIDs, and nobody notices."""

import json
from pathlib import Path

import pytest

from tests.lab.backup.rescue import Rescue, mail_of
from tests.lab.service import EVERYBODY, Service

pytestmark = pytest.mark.lab

ERIN = "erin@example.com"


@pytest.fixture(scope="module")
def older_state(rescue: Rescue, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the state from before Erin came."""
    service, file = rescue.service, tmp_path_factory.mktemp("state") / "before.json"
    file.write_text(json.dumps(service.stack.export()), encoding="utf-8")
    service.write_list(example_com="users: [alice, bob, erin]", startup_io="users: [carol, dave]")
    service.up()
    return file


def forget_the_stack(service: Service) -> None:
    """Lose the state, and begin with an empty one of the same name."""
    service.stack.pulumi("stack", "rm", "--force", "--yes", "--preserve-config", service.stack.name)
    service.stack.initialise()


def test_from_an_older_state_who_came_since_is_found_by_the_tag(rescue: Rescue, older_state: Path) -> None:
    service = rescue.service
    erin = service.user(ERIN)
    subject = service.user("alice@example.com").send(ERIN)
    erin.read(subject)
    forget_the_stack(service)

    service.stack.pulumi("stack", "import", "--file", str(older_state), "--stack", service.stack.name)
    service.stack.mailstead("up", "--refresh", "--yes", "--stack", service.stack.name)

    assert ERIN in service.recorded_mailboxes()
    assert service.user(ERIN).password == erin.password
    erin.read(subject)


def test_from_no_state_at_all_the_cloud_is_imported_and_everybody_is_found_by_the_tag(
    rescue: Rescue, older_state: Path, tmp_path: Path
) -> None:
    service = rescue.service
    people = [service.user(address) for address in (*EVERYBODY, ERIN)]
    mail, machine = {person.address: mail_of(person) for person in people}, service.container()
    cloud = tmp_path / "cloud.json"
    resources = service.stack.export()["deployment"]["resources"]
    found = {
        str(one["urn"]).rpartition("::")[2]: str(one["id"])
        for one in resources
        if str(one["type"]).startswith("oci:") and one.get("custom")
    }
    cloud.write_text(json.dumps(found), encoding="utf-8")
    forget_the_stack(service)

    service.up(MAILSTEAD_IMPORT=str(cloud))

    assert service.container() == machine
    assert set(service.recorded_mailboxes()) >= {person.address for person in people}
    for person in people:
        now = service.user(person.address)
        assert now.password == person.password
        assert mail_of(now) == mail[person.address]
    service.stack.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes", "--stack", service.stack.name)
