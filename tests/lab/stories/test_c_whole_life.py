"""One person's whole life, from the first line in the list to an address that rests; and mail after a leaver.

Runs after the first stories about people and before those that replace and destroy the host.
"""

import json
import uuid
from collections.abc import Generator
from typing import Any

import pytest

from lab.mail_user import MailError, MailUser
from tests.lab.service import EVERYBODY, SAMPLE, Service
from tests.lab.waiting_session import WaitingSession

pytestmark = pytest.mark.lab

# An address that was removed is not given away again: each run on a lab that is kept has people of its own.
RUN = uuid.uuid4().hex[:6]
NORA, LENA, SECOND_NAME = f"nora-{RUN}", f"lena-{RUN}", f"honora-{RUN}"
NORAS, LENAS = f"{NORA}@example.com", f"{LENA}@example.com"
APP_PASSWORD = f"App-{uuid.uuid4()}"
REPLY = "Lena has left; write to alice."
NOT_YET, PAST = "2099-12-31", "2020-01-01"


@pytest.fixture(scope="module")
def operator(service: Service) -> str:
    """A Vault token of an operator who may also run `mailstead up`."""
    policies = {"policies": ["mailstead-provisioner", "mailstead-operator"], "ttl": "1h"}
    return str(service.vault("POST", "auth/token/create", policies).json()["auth"]["client_token"])


@pytest.fixture(scope="module")
def newcomer(service: Service) -> MailUser:
    """Nora with the first password that she was given, from the promise that makes her mailbox on."""
    return service.user(NORAS)


@pytest.fixture(scope="module")
def handed_over(service: Service, operator: str, newcomer: MailUser) -> dict[str, Any]:
    """What `mailstead handover` says to machines, the token included."""
    return said(service, operator, "handover", newcomer.address)


@pytest.fixture
def at_her_phone(service: Service) -> Generator[tuple[WaitingSession, WaitingSession]]:
    """Two mail programs of Nora's that wait for mail: one with her password, one with an app password."""
    body = {"username": NORAS, "app_name": "phone", "app_passwd": APP_PASSWORD, "app_passwd2": APP_PASSWORD}
    service.mailcow("add/app-passwd", {**body, "active": "1", "protocols": ["imap_access"]})
    nora = service.user(NORAS)
    by_app_password = MailUser(address=NORAS, password=APP_PASSWORD, host=nora.host)
    with WaitingSession(nora) as first, WaitingSession(by_app_password) as second:
        yield first, second


def said(service: Service, operator: str, *arguments: str) -> dict[str, Any]:
    """What a command of the operator says as JSON."""
    run = service.stack.mailstead(*arguments, "--json", "--stack", service.stack.name, VAULT_TOKEN=operator)
    found: dict[str, Any] = json.loads(run.output)
    return found


def write(service: Service, *, users: str = "", offboarded: tuple[str, ...] = ()) -> None:
    """Write the sample's list with other people of example.com."""
    lines = [
        f"users: [alice, bob{users}]",
        *(["offboarded:"] if offboarded else []),
        *(f"  - {{{e}}}" for e in offboarded),
    ]
    service.write_list(example_com="\n".join(lines), startup_io="users: [carol, dave]")


def test_a_new_person_with_many_wishes_gets_all_of_them(service: Service) -> None:
    wishes = f"full_name: Nora North, aliases: [{SECOND_NAME}], protocols: [imap, smtp], sending_limit: 100/h"
    write(service, users=f", {{name: {NORA}, {wishes}}}, {LENA}")

    service.up()

    row = service.mailcow(f"get/mailbox/{NORAS}")
    assert row["name"] == "Nora North"
    assert (row["attributes"]["imap_access"], row["attributes"]["pop3_access"]) == ("1", "0")
    assert (row["rl"]["value"], row["rl"]["frame"]) == ("100", "h")
    nora = service.user(NORAS)
    nora.read(service.user("bob@example.com").send(f"{SECOND_NAME}@example.com"))


def test_a_token_that_was_handed_over_is_open_until_she_uses_it(
    service: Service, operator: str, newcomer: MailUser, handed_over: dict[str, Any]
) -> None:
    before = said(service, operator, "handover", NORAS, "--status")
    run = service.stack.mailstead("handover", "--unwrap", "--json", typed=handed_over["token"], VAULT_TOKEN="")
    after = said(service, operator, "handover", NORAS, "--status")

    assert newcomer.password not in json.dumps(handed_over)
    assert (before["status"], after["status"]) == ("open", "used")
    opened = json.loads(run.output)
    assert opened["address"] == NORAS
    MailUser(address=NORAS, password=opened["password"], host=service.address).log_in()


def test_a_token_opens_once_and_the_second_try_says_what_that_means(
    service: Service, handed_over: dict[str, Any]
) -> None:
    run = service.stack.mailstead("handover", "--unwrap", typed=handed_over["token"], accept=(3,), VAULT_TOKEN="")

    assert "this token opens nothing any more" in run.output
    assert "SOMEBODY OPENED IT FIRST" in run.output


def test_after_a_rotation_the_old_password_is_refused_and_the_new_one_works(
    service: Service, operator: str, newcomer: MailUser
) -> None:
    newcomer.log_in()  # Dovecot remembers this one for minutes

    found = said(service, operator, "rotate", NORAS)

    assert found["counts"] == {"rotated": 1}
    with pytest.raises(MailError):
        newcomer.log_in()
    now = service.user(NORAS)
    assert now.password != newcomer.password
    now.log_in()


def test_who_is_offboarded_is_out_at_once_with_all_her_mail_programs(
    service: Service, at_her_phone: tuple[WaitingSession, WaitingSession]
) -> None:
    nora = service.user(NORAS)
    leaving = (
        f"name: {NORA}, until: {NOT_YET}, mail: refuse, aliases: [{SECOND_NAME}]",
        f"name: {LENA}, until: {NOT_YET}, mail: {{forward: [alice]}}, auto_reply: {REPLY}",
    )
    assert not any(session.has_ended(within_s=0.5) for session in at_her_phone)
    write(service, offboarded=leaving)

    service.up()

    assert all(session.has_ended() for session in at_her_phone)
    for password in (nora.password, APP_PASSWORD):
        with pytest.raises(MailError):
            MailUser(address=NORAS, password=password, host=nora.host).log_in()
    assert not service.mailcow(f"get/app-passwd/all/{NORAS}")
    with pytest.raises(MailError):
        service.user("bob@example.com").send(NORAS)


def test_mail_to_a_leaver_reaches_her_delegate_and_its_sender_is_told(service: Service) -> None:
    bob = service.user("bob@example.com")

    subject = bob.send(LENAS)

    assert LENAS in service.user("alice@example.com").read(subject)
    assert REPLY in bob.read(subject)
    with pytest.raises(MailError):
        service.user(LENAS).log_in()


def test_taking_leavers_out_before_their_date_stops_the_preview(service: Service) -> None:
    service.stack.write_list(SAMPLE)

    run = service.preview(accept=(3,))

    assert all(address in run.output for address in (NORAS, LENAS, NOT_YET))
    assert {NORAS, LENAS} <= set(service.mailboxes())


def test_when_the_date_has_come_mailbox_and_secret_go_for_good(service: Service) -> None:
    kept = f"name: {LENA}, until: {PAST}, mail: {{forward: [alice]}}, auto_reply: {REPLY}"
    write(service, offboarded=(f"name: {NORA}, until: {PAST}, aliases: [{SECOND_NAME}]", kept))
    service.up()
    service.stack.write_list(SAMPLE)
    assert service.preview(accept=(12,)).output.count("is deleted, with all mail in it") == 2

    service.up()

    assert set(service.mailboxes()) >= set(EVERYBODY)
    assert not {NORAS, LENAS} & set(service.mailboxes())
    for name in (NORA, LENA):
        assert service.vault("GET", f"secret/metadata/mail/users/example.com/{name}").status_code == 404


def test_her_address_rests_for_a_year_unless_the_list_says_otherwise(service: Service) -> None:
    write(service, users=f", {NORA}")
    try:
        refused = service.preview(accept=(3,)).output
        write(service, users=f", {{name: {NORA}, reuse_address: true}}")
        accepted = service.preview(accept=(10,)).output
    finally:
        service.stack.write_list(SAMPLE)

    assert f"{NORAS} belonged to somebody who was removed on" in refused
    assert f"{{name: {NORA}, reuse_address: true}}" in refused
    assert f"{NORAS} gets a mailbox" in accepted
