"""Names that states, hosts and Vault hold, and the ports that are open: changing one is a migration."""

from core import names, ports
from tests.core import samples


def test_paths_in_vault_are_those_that_were_promised() -> None:
    assert names.VAULT_MOUNT == "secret"
    assert names.user_secret("example.com", "alice") == "mail/users/example.com/alice"
    assert names.host_secret("mail.example.com", "api_key") == "mail/hosts/mail.example.com/api_key"


def test_what_a_stack_made_carries_its_name() -> None:
    assert names.ownership_tag("prod") == "mailstead-prod"


def test_resources_of_a_host_carry_its_number() -> None:
    assert names.host_name(2) == "mail-host-2"
    assert names.host_part(2, "mail-volume") == "mail-host-2-mail-volume"


def test_hosts_after_the_first_carry_their_number_in_dns() -> None:
    assert names.default_hostname(1, "example.com") == "mail.example.com"
    assert names.default_hostname(3, "example.com") == "mail3.example.com"


def test_what_outlives_a_host_lies_on_the_mail_volume() -> None:
    for path in (names.INSTALL_ROOT, names.DOCKER_VOLUMES, names.HOST_SECRETS_FILE, names.ADMIN_PASSWORD_MARKER):
        assert path.startswith(f"{names.MAIL_ROOT}/")


def test_everyone_reaches_mail_and_web_and_nothing_else() -> None:
    assert set(ports.public_ports(samples.settings())) == {25, 80, 143, 443, 465, 587, 993, 995}


def test_filters_are_open_only_when_asked_for() -> None:
    assert set(ports.public_ports(samples.settings(sieve_open=True))) - set(ports.PUBLIC) == {4190}


def test_ssh_is_never_public() -> None:
    assert ports.SSH not in ports.public_ports(samples.settings(sieve_open=True))


def test_every_open_port_says_why() -> None:
    assert all(": " in reason for reason in ports.public_ports(samples.settings(sieve_open=True)).values())
