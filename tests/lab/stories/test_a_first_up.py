"""After the first `up` people have mail, and the host is closed where it should be."""

import io
import re
import socket

import pytest
from rich.console import Console

from lab.demo.story import Demo, DemoError
from lab.mail_user import MailError, MailUser
from tests.lab.service import EVERYBODY, Service

pytestmark = pytest.mark.lab


@pytest.mark.parametrize("address", EVERYBODY)
def test_a_person_logs_in_with_the_first_password_from_vault(service: Service, address: str) -> None:
    service.user(address).log_in()


def test_a_mail_from_one_person_reaches_another_of_another_domain(service: Service) -> None:
    alice, carol = service.user("alice@example.com"), service.user("carol@startup.io")

    subject = alice.send(carol.address)

    assert "From alice@example.com to carol@startup.io" in carol.read(subject)


def test_postmaster_reaches_the_first_user_of_the_domain(service: Service) -> None:
    bob, alice = service.user("bob@example.com"), service.user("alice@example.com")

    alice.read(bob.send("postmaster@example.com"))


def test_a_wrong_password_is_refused(service: Service) -> None:
    stranger = MailUser(address="alice@example.com", password="not-hers", host=service.address)

    with pytest.raises(MailError, match="cannot log in"):
        stranger.log_in()


def test_nobody_sends_in_the_name_of_somebody_else(service: Service) -> None:
    bob = service.user("bob@example.com")

    with pytest.raises(MailError, match="cannot send"):
        bob.send("alice@example.com", sender="carol@startup.io")


def test_first_passwords_have_sixteen_characters_and_metadata_that_says_initial(service: Service) -> None:
    for address in EVERYBODY:
        local, _, domain = address.partition("@")
        metadata = service.vault("GET", f"secret/metadata/mail/users/{domain}/{local}").json()["data"]

        assert len(service.stack.first_password(address)) == 16
        assert metadata["custom_metadata"]["state"] == "initial"
        assert metadata["current_version"] == 1


def test_outputs_have_the_names_that_were_promised(service: Service) -> None:
    outputs = service.stack.outputs()

    assert {
        "vcn_id",
        "subnet_ids",
        "instance_ids",
        "security_list_id",
        "public_ips",
        "mail_hostnames",
        "dns_records",
    } <= set(outputs)
    assert outputs["mail_hostnames"] == ["mail.example.com"]
    assert {"name", "type", "value", "reason", "required"} <= set(outputs["dns_records"][0])


def test_the_dkim_record_among_the_outputs_is_the_key_that_mailcow_signs_with(service: Service) -> None:
    records = service.stack.outputs()["dns_records"]
    dkim = next(r for r in records if r["name"].rstrip(".") == "s1._domainkey.example.com")

    public_key = service.mailcow("get/dkim/example.com")["pubkey"]

    assert re.sub(r'["\s]', "", dkim["value"]).endswith(f"p={public_key}")


@pytest.mark.parametrize("port", [25, 80, 143, 443, 465, 587, 993, 995])
def test_a_public_port_answers_from_outside(service: Service, port: int) -> None:
    with socket.create_connection((service.address, port), timeout=10):
        pass


@pytest.mark.parametrize("port", [3306, 4190, 9002])
def test_a_port_that_is_not_in_the_security_list_times_out_from_outside(service: Service, port: int) -> None:
    with pytest.raises(TimeoutError):
        socket.create_connection((service.address, port), timeout=2)


def test_the_default_administrator_is_replaced(service: Service) -> None:
    hashed = service.on_host(
        "cd /srv/mail/mailcow-dockerized && . ./mailcow.conf && docker compose exec -T -e MYSQL_PWD=$DBPASS "
        "mysql-mailcow mariadb -u $DBUSER -N -e 'select password from admin' $DBNAME"
    )
    password = service.vault("GET", "secret/data/mail/hosts/mail.example.com/admin").json()["data"]["data"]["password"]

    assert "moohoo" not in service.on_host("cat /srv/mail/mailstead/secrets.env")
    assert password not in service.on_host("cat /srv/mail/mailstead/secrets.env")
    assert hashed.strip()


def test_everything_of_mailcow_lies_on_the_mail_volume(service: Service) -> None:
    mounted = service.on_host("findmnt --noheadings --output SOURCE --target /var/lib/docker/volumes").strip()
    mail = service.on_host("findmnt --noheadings --output SOURCE --target /srv/mail").strip()

    assert mounted.partition("[")[0] == mail
    assert service.on_host("test -f /srv/mail/mailcow-dockerized/mailcow.conf && echo yes").strip() == "yes"
    assert service.on_host("findmnt --noheadings --output TARGET --target /backup").strip() == "/backup"


def test_who_guesses_at_ssh_is_shut_out_by_a_table_of_its_own_and_the_operator_never_is(service: Service) -> None:
    """Mailcow's netfilter restarts itself when another rule stands before its own in INPUT or FORWARD."""
    before = service.on_host("iptables -S INPUT")

    service.on_host("fail2ban-client set sshd banip 198.51.100.9")
    banned = service.on_host("nft list table inet f2b-table")
    never = service.on_host("fail2ban-client get sshd ignoreip")
    during = service.on_host("iptables -S INPUT")
    service.on_host("fail2ban-client set sshd unbanip 198.51.100.9")

    assert "198.51.100.9" in banned
    assert service.stack.world.subnet in never
    assert during == before


def test_a_wrong_password_in_vault_makes_the_demos_row_red_and_the_demo_fail(service: Service) -> None:
    path = "secret/data/mail/users/startup.io/dave"
    good = service.stack.first_password("dave@startup.io")
    service.vault("POST", path, {"data": {"password": "planted-and-wrong"}})  # pragma: allowlist secret
    shown = Console(file=io.StringIO(), width=140, force_terminal=True, record=True)
    try:
        with pytest.raises(DemoError, match=r"dave@startup\.io cannot log in") as failure:
            Demo(stack=service.stack, console=shown).people_read_mail()
    finally:
        service.vault("POST", path, {"data": {"password": good}})
        service.vault("PUT", "secret/destroy/mail/users/startup.io/dave", {"versions": [2]})

    red = re.findall(r"\x1b\[31m(\S+@\S+)\x1b", shown.export_text(styles=True))
    # Carol's row too: she wrote to him, and he could not read it.
    assert red == ["carol@startup.io", "dave@startup.io"]
    assert failure.value.exit_code != 0
