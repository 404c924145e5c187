"""`mailstead adopt`: key into Vault, list into a file, notes about passwords; nothing on the server changes."""

import copy
from datetime import UTC, datetime, timedelta

import pytest

from core.errors import RefusedError, VaultDeniedError
from core.mail_list import parse_mail_list
from ops.adoption import KEPT_FOR, Wishes
from tests.ops.adopting import KEY_PATH, STACK_FILE, Desk, contents, kept_key
from tests.ops.existing_server import API_KEY, HOSTNAME, ExistingServer
from users.host_inputs import HostInputs


def test_the_key_goes_to_vault_the_list_to_its_file_and_nothing_changes_on_the_server(desk: Desk) -> None:
    adopted = desk.adopt()

    assert kept_key(desk) == [API_KEY]
    assert parse_mail_list(desk.text(), "mail_list.yml") == adopted.people.mail_list
    assert [domain.name for domain in adopted.people.mail_list.domains] == ["example.com", "startup.io"]
    assert desk.server.changes == []
    assert (adopted.file.name, adopted.file.written, adopted.key_written) == ("mail_list.yml", True, True)


def test_vault_is_told_that_everybody_has_a_password_of_her_own_without_one_being_made(desk: Desk) -> None:
    assert desk.adopt().notes_written == 4

    assert desk.notes("alice@example.com") == {
        "state": "adopted",
        "address": "alice@example.com",
        "stack": "prod",
        "mailbox_made": "2026-11-22T13:00:00+00:00",
    }
    people = [path for path in desk.vault.secrets if path.startswith("mail/users/")]
    assert len(people) == 4
    assert all(desk.vault.secrets[path].versions == [] for path in people)


def test_whom_vault_knows_already_is_left_as_she_is_there(desk: Desk) -> None:
    desk.vault.create_secret("mail/users/example.com/alice", {"password": "hers"}, {"state": "initial", "stack": "dev"})

    desk.adopt()

    assert desk.notes("alice@example.com") == {"state": "initial", "stack": "dev"}
    assert not [call for call in desk.vault.calls if call.startswith("delete")]


def test_vault_is_asked_who_is_known_once_a_domain(desk: Desk) -> None:
    desk.adopt()
    desk.vault.calls.clear()

    desk.adopt()

    assert sorted(desk.vault.calls) == [
        "list mail/users/example.com",
        "list mail/users/startup.io",
        f"read {KEY_PATH}",
    ]


def test_run_again_it_finds_everything_done(desk: Desk) -> None:
    desk.server.has_mailbox("away@example.com", active=False)
    desk.adopt()
    before, secrets = contents(desk.folder), copy.deepcopy(desk.vault.secrets)
    desk.now += timedelta(days=30)  # the day until which mail is kept does not move

    again = desk.adopt()

    assert (again.file.written, again.key_written, again.notes_written) == (False, False, 0)
    assert contents(desk.folder) == before
    assert desk.vault.secrets == secrets
    assert str((datetime(2026, 11, 22, tzinfo=UTC) + KEPT_FOR).date()) in desk.text()


@pytest.mark.parametrize(
    "call", [f"create {KEY_PATH}", "list mail/users/startup.io", "set_metadata mail/users/example.com/bob"]
)
def test_a_run_that_died_anywhere_is_finished_by_the_next(desk: Desk, call: str) -> None:
    desk.vault.failures[call] = VaultDeniedError("Vault refuses")
    with pytest.raises(VaultDeniedError):
        desk.adopt()

    desk.adopt()

    assert kept_key(desk) == [API_KEY]
    assert len([path for path in desk.vault.secrets if path.startswith("mail/users/")]) == 4
    assert parse_mail_list(desk.text(), "mail_list.yml").domains


def test_a_dry_run_writes_nothing_anywhere(desk: Desk) -> None:
    before = contents(desk.folder)

    adopted = desk.adopt(Wishes(api_key=API_KEY, dry_run=True))

    assert contents(desk.folder) == before
    assert desk.vault.secrets == {}
    assert (adopted.file.name, adopted.file.written, adopted.notes_written) == ("mail_list.yml", False, 4)


def test_it_is_reached_as_the_stack_file_says(desk: Desk) -> None:
    desk.stack_file(f"{STACK_FILE}  mailstead:api_connect_to: 10.0.0.5:8443\n  mailstead:api_ca_bundle: ca.pem\n")
    desk.adopt()

    (inputs,) = desk.reached
    assert inputs == HostInputs(
        name=HOSTNAME,
        address="203.0.113.20",
        stack="prod",
        api_access="https",
        connect_to="10.0.0.5:8443",
        ca_bundle=str(desk.folder / "ca.pem"),
        adopt=True,
    )


def test_a_stack_that_makes_its_server_itself_has_nothing_to_take_over(desk: Desk) -> None:
    desk.stack_file(
        "config:\n  mailstead:region: eu-frankfurt-1\n"
        "  mailstead:compartment_ocid: ocid1.compartment.oc1..example\n"
        "  mailstead:ssh_public_key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIL6iglwuJeWVjPSho9/zRJz9jdMVRBb3eDuWlCSxSyr+\n"
        "  mailstead:ssh_from: [198.51.100.0/24]\n"
    )

    with pytest.raises(RefusedError, match="write mailstead:host: existing"):
        desk.adopt()


def test_a_server_without_anything_to_take_over_says_what_it_has(desk: Desk) -> None:
    desk.server = ExistingServer()
    desk.server.has_domain("other.example", tags=("mailstead-dev",))

    with pytest.raises(RefusedError, match=r"no domain to take over(.|\n)*other\.example belongs to stack dev"):
        desk.adopt()
    assert not (desk.folder / "mail_list.yml").exists()
