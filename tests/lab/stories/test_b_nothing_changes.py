"""What was made stays as it is: a second run changes nothing and asks nobody."""

import pytest

from tests.lab.service import EVERYBODY, Service

pytestmark = pytest.mark.lab


def sessions(service: Service) -> int:
    """How many logins sshd has let in since boot."""
    log = service.on_host("journalctl --unit ssh --no-pager --output cat | grep -c 'Accepted publickey' || true")
    return int(log.strip())


def test_a_second_up_changes_nothing_and_opens_no_session_on_the_host(service: Service) -> None:
    before = sessions(service)

    service.stack.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes", "--stack", service.stack.name)

    assert sessions(service) == before


def test_a_refresh_finds_no_difference(service: Service) -> None:
    service.stack.pulumi("refresh", "--preview-only", "--expect-no-changes", "--stack", service.stack.name)


def test_mailstead_says_that_nothing_changes(service: Service) -> None:
    assert service.happenings() == []
    assert "Nothing changes." in service.preview().output


def test_doctor_finds_nothing_to_mend(service: Service) -> None:
    run = service.stack.mailstead("doctor", "--stack", service.stack.name)

    assert "MEND" not in run.output


def test_a_mailbox_deleted_behind_its_back_comes_back_empty_with_the_same_first_password(service: Service) -> None:
    bob = service.user("bob@example.com")
    service.mailcow("delete/mailbox", ["bob@example.com"])

    service.stack.pulumi("refresh", "--yes", "--stack", service.stack.name)
    said = service.preview().output
    service.up()

    assert "bob@example.com is made again, EMPTY" in said
    assert service.stack.first_password("bob@example.com") == bob.password
    bob.log_in()
    assert bob.count() == 0


def test_a_mailbox_edited_behind_its_back_is_put_back(service: Service) -> None:
    service.mailcow("edit/mailbox", {"items": ["dave@startup.io"], "attr": {"quota": "77"}})

    service.stack.pulumi("refresh", "--yes", "--stack", service.stack.name)
    service.up()

    assert service.mailcow("get/mailbox/dave@startup.io")["quota"] == 2048 * 1024 * 1024
    assert service.mailboxes() == sorted(EVERYBODY)
