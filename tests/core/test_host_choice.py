"""Which settings go together: a host that is made in the cloud, or one that is there already."""

import pytest

from core.backup_settings import BackupSettings
from core.errors import InputError
from core.monitoring_settings import MonitoringSettings
from core.settings import Settings, config_table, parse_settings
from tests.core import samples

EXISTING = {"host": "existing", "host_address": "203.0.113.20", "mail_hostname": "mail.example.com"}
STACK_FILE = """\
config:
  mailstead:host: existing
  mailstead:region: eu-frankfurt-1
  mailstead:instance_count: 2
  mailstead:api_connect_to: 10.0.0.5
"""
# Keys of the table that mean something for both, or for an existing host only.
KEPT = {
    "domain_names",
    "host",
    "host_address",
    "host_generation",
    "ssh_user",
    "api_access",
    "api_connect_to",
    "api_ca_bundle",
    "adopt",
    "mail_hostname",
    "mail_list",
    "production",
    "require_dns",
    "outbound",
    "relay_host",
    "relay_port",
    "relay_user",
    "relay_password_in",
    "relay_tls",
    "relay_spf",
    *BackupSettings.model_fields,
    *MonitoringSettings.model_fields,
}
GOOD_VALUES = {**samples.raw_values(), "instance_shape": "VM.Standard.A1.Flex", "vcn_cidr": "10.20.0.0/16"}


def problems(values: dict[str, str], text: str = "") -> list[str]:
    with pytest.raises(InputError) as caught:
        parse_settings(values, stack_file="Pulumi.dev.yaml", text=text)
    return [str(problem) for problem in caught.value.problems]


def parsed(**values: str) -> Settings:
    return parse_settings({**EXISTING, **values}, stack_file="Pulumi.dev.yaml", text="")


def test_an_existing_server_needs_its_address_and_its_name_and_nothing_of_the_cloud() -> None:
    settings = parsed()

    assert (settings.host, settings.host_address, settings.mail_hostname) == tuple(EXISTING.values())
    assert (settings.api_access, settings.ssh_user, settings.adopt) == ("ssh", "ubuntu", False)


def test_without_address_and_name_both_are_asked_for() -> None:
    assert problems({"host": "existing"}) == [
        "Pulumi.dev.yaml: host_address is missing; write mailstead:host_address: 203.0.113.7 under config:",
        "Pulumi.dev.yaml: mail_hostname is missing; write mailstead:mail_hostname: mail.example.com under config:",
    ]


@pytest.mark.parametrize("key", sorted(set(Settings.model_fields) - KEPT))
def test_a_key_of_a_machine_that_is_made_is_refused_for_one_that_is_there(key: str) -> None:
    """One that is ignored in silence would be a promise that is not kept."""
    (said,) = problems({**EXISTING, key: GOOD_VALUES.get(key, "1")})

    assert (
        said == f"Pulumi.dev.yaml: {key} says nothing of a server that is there already (host: existing); take it out"
    )


def test_everything_that_does_not_fit_is_said_at_once_each_with_its_line() -> None:
    values = {"host": "existing", "region": "eu-frankfurt-1", "instance_count": "2", "api_connect_to": "10.0.0.5"}

    assert problems(values, STACK_FILE) == [
        "Pulumi.dev.yaml:1: host_address is missing; write mailstead:host_address: 203.0.113.7 under config:",
        "Pulumi.dev.yaml:1: mail_hostname is missing; write mailstead:mail_hostname: mail.example.com under config:",
        "Pulumi.dev.yaml:3: region says nothing of a server that is there already (host: existing); take it out",
        (
            "Pulumi.dev.yaml:4: instance_count says nothing of a server that is there already (host: existing);"
            " take it out"
        ),
        (
            "Pulumi.dev.yaml:5: api_connect_to is for api_access: https; take it out,"
            " or write mailstead:api_access: https"
        ),
    ]


@pytest.mark.parametrize(
    ("key", "raw"),
    [
        ("host_address", "203.0.113.20"),
        ("ssh_user", "root"),
        ("api_access", "https"),
        ("api_connect_to", "10.0.0.5"),
        ("api_ca_bundle", "ca.pem"),
    ],
)
def test_a_key_of_a_server_that_is_there_is_refused_for_one_that_is_made(key: str, raw: str) -> None:
    (said,) = problems(samples.raw_values(**{key: raw}))

    assert said.startswith(f"Pulumi.dev.yaml: {key} is for a server that is there already; take it out")


def test_a_host_in_the_cloud_may_say_what_it_has_anyway() -> None:
    settings = parse_settings(samples.raw_values(host="oci", api_access="ssh"), stack_file="x", text="")

    assert settings == samples.settings()


@pytest.mark.parametrize(
    ("api_access", "key", "raw"),
    [
        ("ssh", "api_connect_to", "10.0.0.5"),
        ("ssh", "api_ca_bundle", "ca.pem"),
        ("https", "ssh_user", "root"),
        ("https", "host_generation", "2"),
    ],
)
def test_a_key_of_the_other_way_to_the_api_is_refused(api_access: str, key: str, raw: str) -> None:
    other = {"ssh": "https", "https": "ssh"}[api_access]

    (said,) = problems({**EXISTING, "api_access": api_access, key: raw})

    assert said.startswith(f"Pulumi.dev.yaml: {key} is for api_access: {other}; take it out, or write")


def test_nothing_follows_from_a_choice_that_is_written_wrong() -> None:
    assert problems({"host": "exsting", "host_address": "203.0.113.20"}) == [
        "Pulumi.dev.yaml: host exsting is not known here; did you mean existing?"
    ]


@pytest.mark.parametrize(
    "raw", ["10.0.0.5", "10.0.0.5:8443", "[2001:db8::5]:8443", "2001:db8::5", "vpn.example.com:443"]
)
def test_https_may_be_spoken_with_another_address(raw: str) -> None:
    assert parsed(api_access="https", api_connect_to=raw).api_connect_to == raw


@pytest.mark.parametrize(
    ("key", "raw", "words"),
    [
        ("host_address", "203.0.113.256", "is no IP address; write four numbers from 0 to 255"),
        ("host_address", "server", "has no dot; write the whole domain"),
        ("host_address", "https://mail.example.com", "is more than a domain"),
        ("host_address", "", 'host_address "" is empty'),
        ("api_connect_to", "10.0.0.5:https", "has no port behind its colon; write a number from 1 to 65535"),
        ("api_connect_to", "10.0.0.5:0", "has no port behind its colon"),
        ("api_connect_to", "[10.0.0.5]:443", "has brackets, which only an IPv6 address needs"),
        ("api_connect_to", "-oProxyCommand=x", "write"),
        ("api_access", "http", "did you mean https?"),
        ("ssh_user", "-oProxyCommand=x", "is no user's name on Linux"),
        ("adopt", "yes", "is neither true nor false"),
    ],
)
def test_a_wrong_value_is_told_with_what_to_write(key: str, raw: str, words: str) -> None:
    access = {"api_access": "https"} if key == "api_connect_to" else {}

    (said,) = problems({**EXISTING, **access, key: raw})

    assert said.startswith(f"Pulumi.dev.yaml: {key} ")
    assert words in said


def test_the_table_says_which_keys_each_kind_of_host_needs() -> None:
    table = {key.name: key.default_text for key in config_table()}

    assert table["region"] == "required with host: oci"
    assert table["host_address"] == "required with host: existing"
    assert "required with host: existing" in table["mail_hostname"]
