"""Each fault says one clear sentence, and the same command finishes the job when the cause is gone."""

from collections.abc import Generator
from contextlib import contextmanager

import pytest

from lab.services import vault
from tests.lab.service import EVERYBODY, SAMPLE, Service

pytestmark = pytest.mark.lab

WITH_FRANK = ("users: [alice, bob, frank]", "users: [carol, dave]")


@contextmanager
def frank_wanted(service: Service) -> Generator[None]:
    """Ask for one person more; afterwards he is let go properly, so that the next fault starts the same."""
    service.write_list(example_com=WITH_FRANK[0], startup_io=WITH_FRANK[1])
    yield
    service.up()
    service.user("frank@example.com").log_in()
    assert service.mailboxes().count("frank@example.com") == 1
    body = "users: [alice, bob]\noffboarded:\n  - {name: frank, until: 2020-01-01}"
    service.write_list(example_com=body, startup_io="users: [carol, dave]")
    service.up()
    service.stack.write_list(SAMPLE)
    service.up(MAILSTEAD_DESTROY=service.stack.name)


def frank_fails(service: Service, **env: str) -> str:
    run = service.up(accept=(1, 3), **env)
    assert "Traceback" not in run.output.split("mailstead:")[-1]
    return run.output


def test_every_fault_says_its_sentence_and_the_same_command_finishes_the_job(service: Service) -> None:
    # One person is asked for, and every cause in turn keeps him from being made; then nothing does.
    with frank_wanted(service):
        assert "VAULT_TOKEN" in frank_fails(service, VAULT_TOKEN="not-a-token")  # gitleaks: a planted one

        vault.seal(service.stack.world)
        try:
            assert "sealed" in frank_fails(service)
        finally:
            vault.unseal(service.stack.world)

        service.on_host("cd /srv/mail/mailcow-dockerized && docker compose stop php-fpm-mailcow")
        try:
            said = frank_fails(service)
            assert "mailcow on mail.example.com is not ready" in said
            assert "check its containers, then run again" in said
        finally:
            service.on_host("cd /srv/mail/mailcow-dockerized && docker compose start php-fpm-mailcow")

        service.on_host("systemctl stop ssh.socket ssh.service || systemctl stop ssh")
        try:
            assert service.address in frank_fails(service)
        finally:
            service.on_host("systemctl start ssh")

        service.on_host(
            "mkdir -p /root/keys && mv /etc/ssh/ssh_host_ed25519_key* /root/keys/ "
            "&& ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key && systemctl restart ssh"
        )
        try:
            assert "host key" in frank_fails(service)
        finally:
            service.on_host("cp -p /root/keys/* /etc/ssh/ && systemctl restart ssh")
    assert service.mailboxes() == sorted(EVERYBODY)


def test_beyond_the_free_tier_is_refused_before_anything_is_asked_of_the_cloud(service: Service) -> None:
    service.stack.write_config(instance_ocpus=4, instance_memory_gib=24)
    try:
        run = service.up(accept=(2, 3))
        plain = service.stack.pulumi("preview", "--stack", service.stack.name, accept=(1, 255))
    finally:
        service.stack.write_config()

    assert "allow_paid" in run.output
    assert "allow_paid" in plain.output


def test_the_settings_problems_are_said_at_once_with_file_and_line(service: Service) -> None:
    service.stack.write_config(instance_ocpu=2, ssh_from=["0.0.0.0/0"], domain_names=["nowhere.example"])
    try:
        run = service.up(accept=(2,))
    finally:
        service.stack.write_config()

    assert "instance_ocpus" in run.output
    assert run.output.count(f"Pulumi.{service.stack.name}.yaml:") >= 2
