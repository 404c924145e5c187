"""Hosts are replaceable, data is not."""

import re

import pytest

from lab.mail_user import MailUser
from lab.plugins import faults
from tests.lab.service import EVERYBODY, Service
from tests.lab.stories.test_e_crash import kill_engine, updating, wait_for

pytestmark = pytest.mark.lab

SET_UP_SCRIPTS = ("prepare-host", "install-docker", "configure-mailcow", "verify-mailcow")


@pytest.fixture(scope="module")
def people(service: Service) -> list[MailUser]:
    """Everybody, as they were before anything happened to the host."""
    return [service.user(address) for address in EVERYBODY]


def test_a_changed_address_touches_no_mailbox(service: Service, people: list[MailUser]) -> None:
    before = service.mailcow("get/mailbox/all")
    old = service.address

    run = service.replace_address()

    assert service.address != old
    assert not re.search(r"dynamic/mailstead:(Mailbox|Domain|Alias|DkimKey) \S+ (updat|creat|delet|replac)", run.output)
    assert service.mailcow("get/mailbox/all") == before
    service.stack.pulumi("refresh", "--preview-only", "--expect-no-changes", "--stack", service.stack.name)
    service.user("alice@example.com").log_in()


def test_a_replaced_instance_survives_refusals_of_the_cloud_and_four_kills_during_its_set_up(
    service: Service, people: list[MailUser]
) -> None:
    alice, carol = service.user("alice@example.com"), service.user("carol@startup.io")
    subject = alice.send(carol.address)
    carol.read(subject)
    kept = carol.count()
    old = service.container()
    world = service.stack.world
    service.stack.write_config(host_generation=2)

    faults.plant(world, "LaunchInstance", error="standard-a1-core-count exceeded", status=400, code="LimitExceeded")
    assert "LimitExceeded" in service.up(accept=(1,)).output
    faults.plant(world, "LaunchInstance", error="Out of host capacity.")
    assert "Out of host capacity" in service.up(accept=(1,)).output
    for script in SET_UP_SCRIPTS:
        kill_engine_while(service, script)
    service.up()

    assert service.container() != old
    assert set(EVERYBODY) <= set(service.mailboxes())
    assert len(service.mailboxes()) == len(set(service.mailboxes()))
    for person in people:
        now = service.user(person.address)
        assert now.password == person.password
        now.log_in()
    assert service.user("carol@startup.io").count() == kept
    service.user("carol@startup.io").read(subject)


def test_nothing_changes_after_the_replacement(service: Service) -> None:
    service.stack.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes", "--stack", service.stack.name)


def test_a_reboot_brings_everything_back(service: Service) -> None:
    service.reboot()

    wait_for(lambda: can_log_in(service.user("alice@example.com")), limit_s=180)
    service.user("dave@startup.io").log_in()


def kill_engine_while(service: Service, script: str) -> None:
    """Run `mailstead up` and kill its engine as soon as the host runs that script."""
    with updating(service) as process:
        wait_for(lambda: service.runs_on_host(script), limit_s=300)
        kill_engine(process)


def can_log_in(person: MailUser) -> bool:
    try:
        person.log_in()
    except Exception:  # noqa: BLE001 — whatever it is, it is not back yet
        return False
    return True
