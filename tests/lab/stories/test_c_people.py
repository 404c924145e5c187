"""People come and go by the list, and nothing goes by mistake."""

import pytest

from lab.mail_user import MailError
from tests.lab.service import EVERYBODY, SAMPLE, Service

pytestmark = pytest.mark.lab


def test_one_person_more_is_previewed_made_and_logs_in(service: Service) -> None:
    service.write_list(example_com="users: [alice, bob, erin]", startup_io="users: [carol, dave]")

    said = service.preview().output
    service.up()

    assert "erin@example.com gets a mailbox of 2,048 MiB and a first password" in said
    service.user("erin@example.com").log_in()
    assert service.mailboxes() == sorted([*EVERYBODY, "erin@example.com"])


def test_the_order_of_the_list_means_nothing(service: Service) -> None:
    service.write_list(startup_io="users: [dave, carol]", example_com="users: [erin, bob, alice]\npostmaster: alice")

    # Without `postmaster:` the first user would get another task, so the list says who has it.
    assert [kind for kind, _ in service.happenings() if kind in {"adds", "deletes", "recreates", "closes"}] == []


def test_a_person_who_vanished_from_the_list_stops_the_preview_with_advice(service: Service) -> None:
    service.write_list(example_com="users: [alice]", startup_io="users: [carol, dave]")

    run = service.preview(accept=(3,))

    assert "bob@example.com" in run.output
    assert "erin@example.com" in run.output
    assert "offboarded" in run.output
    assert "Traceback" not in run.output
    service.user("bob@example.com").log_in()


def test_a_vanished_person_is_refused_also_while_the_host_is_about_to_be_replaced(service: Service) -> None:
    service.stack.write_config(host_generation=2)
    try:
        run = service.preview(accept=(3,))
    finally:
        service.stack.write_config()

    assert "bob@example.com" in run.output


def test_an_offboarded_person_is_closed_at_once_and_the_mail_is_kept(service: Service) -> None:
    erin = service.user("erin@example.com")
    body = "users: [alice, bob]\noffboarded:\n  - {name: erin, until: 2099-12-31}"
    service.write_list(example_com=body, startup_io="users: [carol, dave]")

    said = service.preview().output
    service.up()

    assert "erin@example.com is closed; the mail is kept until 2099-12-31" in said
    with pytest.raises(MailError):
        erin.log_in()
    assert "erin@example.com" in service.mailboxes()


def test_taking_an_offboarded_person_out_before_the_date_is_refused(service: Service) -> None:
    service.write_list(example_com="users: [alice, bob]", startup_io="users: [carol, dave]")

    run = service.preview(accept=(3,))

    assert "2099-12-31" in run.output


def test_coming_back_is_moving_the_line_back(service: Service) -> None:
    service.write_list(example_com="users: [alice, bob, erin]", startup_io="users: [carol, dave]")

    service.up()

    service.user("erin@example.com").log_in()


def test_after_the_date_the_line_may_go_and_mailbox_and_secret_go_with_it(service: Service) -> None:
    body = "users: [alice, bob]\noffboarded:\n  - {name: erin, until: 2020-01-01}"
    service.write_list(example_com=body, startup_io="users: [carol, dave]")
    service.up()

    service.stack.write_list(SAMPLE)
    service.up()

    assert service.mailboxes() == sorted(EVERYBODY)
    assert service.vault("GET", "secret/metadata/mail/users/example.com/erin").status_code == 404


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("domains: [", "mail_list.yml"),
        ("domains:\n  - name: example.com\n    usres: [alice]\n", "users"),
        ("domains:\n  - name: example.com\n    users: [alice, alice]\n", "alice"),
        ("domains:\n  - name: Example.com\n    users: [ALICE]\n", "alice"),
        ("domains: []\n", "mail_list.yml"),
    ],
)
def test_a_list_that_is_wrong_is_refused_before_anything_is_done(service: Service, text: str, said: str) -> None:
    service.stack.write_list(text)
    try:
        run = service.up(accept=(2,))
        plain = service.stack.pulumi("preview", "--stack", service.stack.name, accept=(1, 255))
    finally:
        service.stack.write_list(SAMPLE)

    assert said in run.output
    assert said in plain.output


def test_all_problems_of_a_list_are_said_at_once_with_their_lines(service: Service) -> None:
    service.stack.write_list("domains:\n  - name: example.com\n    users: [Alice, bob, bob]\n    sever: 1\n")
    try:
        run = service.up(accept=(2,))
    finally:
        service.stack.write_list(SAMPLE)

    assert run.output.count("mail_list.yml:") >= 3
