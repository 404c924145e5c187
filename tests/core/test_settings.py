"""The stack's configuration: what is taken, and what is said about everything else."""

from typing import Any

import pytest
from pydantic import ValidationError

from core.errors import InputError
from core.settings import Settings, config_table, parse_settings
from tests.core import samples

STACK_FILE = """\
encryptionsalt: v1:abc
config:
  mailstead:region: eu-frankfurt-1
  mailstead:instance_count: two
  mailstead:regoin: x
  mailstead:vcn_cidr: 10.0.0.0/8
  oci:region: not ours
"""


def problems(values: dict[str, str], text: str = "") -> list[str]:
    """Parse values that are wrong and return what is said, one problem an item."""
    with pytest.raises(InputError) as caught:
        parse_settings(values, stack_file="Pulumi.dev.yaml", text=text)
    return [str(problem) for problem in caught.value.problems]


def parsed(**changes: str) -> Settings:
    return parse_settings(samples.raw_values(**changes), stack_file="Pulumi.dev.yaml", text="")


def test_the_required_keys_alone_make_complete_settings() -> None:
    assert parsed() == samples.settings()


def test_the_defaults_stay_within_what_was_promised() -> None:
    settings = parsed()

    assert (settings.instance_shape, settings.instance_ocpus, settings.instance_memory_gib) == (
        "VM.Standard.A1.Flex",
        2,
        12,
    )
    assert (settings.block_volume_sizes, settings.boot_volume_size_gib) == ((50, 50), 50)
    assert not settings.allow_paid


@pytest.mark.parametrize(
    ("key", "raw", "value"),
    [
        ("instance_count", "2", 2),
        ("allow_paid", "true", True),
        ("clamav", "False", False),
        ("block_volume_sizes", "[60,100]", (60, 100)),
        ("block_volume_sizes", "[60, 100]", (60, 100)),
        ("domain_names", '["example.com","startup.io"]', ("example.com", "startup.io")),
        ("domain_names", "[example.com, startup.io]", ("example.com", "startup.io")),
        ("domain_names", "[]", ()),
        ("os_release", "22.04", "22.04"),
        ("mailcow_version", "2026-07a", "2026-07a"),
        ("mailcow_repository", "git://10.77.0.1/mailcow-dockerized.git", "git://10.77.0.1/mailcow-dockerized.git"),
        ("registry_mirror", "http://10.77.0.1:5000", "http://10.77.0.1:5000"),
        ("acme_directory_url", "https://acme.test:14000/dir", "https://acme.test:14000/dir"),
        ("mail_hostname", "mx.corp.example.net", "mx.corp.example.net"),
        ("ssh_public_key", samples.PUBLIC_KEY + " alice@laptop\n", samples.PUBLIC_KEY + " alice@laptop"),
        ("mail_list", ".lab/demo/mail_list.yml", ".lab/demo/mail_list.yml"),
    ],
)
def test_values_are_read_as_the_engine_gives_them(key: str, raw: str, value: object) -> None:
    assert getattr(parsed(**{key: raw}), key) == value


def test_all_problems_are_said_at_once_each_with_the_line_of_its_key() -> None:
    values = {"region": "eu-frankfurt-1", "instance_count": "two", "regoin": "x", "vcn_cidr": "10.0.0.0/8"}

    assert problems(values, STACK_FILE) == [
        (
            "Pulumi.dev.yaml:2: compartment_ocid is missing; write mailstead:compartment_ocid: ocid1.compartment.oc1..…"
            " under config:"
        ),
        "Pulumi.dev.yaml:2: ssh_public_key is missing; write mailstead:ssh_public_key: ssh-ed25519 AAAA… under config:",
        "Pulumi.dev.yaml:2: ssh_from is missing; write mailstead:ssh_from: [203.0.113.7/32] under config:",
        "Pulumi.dev.yaml:4: instance_count two is not a whole number; write digits only",
        "Pulumi.dev.yaml:5: key regoin is unknown; did you mean region?",
        "Pulumi.dev.yaml:6: vcn_cidr 10.0.0.0/8 is a /8 and Oracle takes /16 to /28; write 10.20.0.0/16",
    ]


def test_a_key_that_is_set_elsewhere_has_no_line() -> None:
    assert problems(samples.raw_values(instance_count="0"), STACK_FILE.replace("instance_count", "clamav"))[
        0
    ].startswith("Pulumi.dev.yaml: instance_count 0 is not between 1 and 20")


def test_a_stack_file_that_is_not_yaml_is_told_with_its_line() -> None:
    (said,) = problems({}, "config:\n  mailstead:region: a: b\n")

    assert said.startswith("Pulumi.dev.yaml:2: cannot be read")


def test_a_key_written_twice_in_the_stack_file_is_refused() -> None:
    (said,) = problems({}, "config:\n  mailstead:region: a\n  mailstead:region: b\n")

    assert said == "Pulumi.dev.yaml:3: key mailstead:region is written twice, first in line 2; write it once"


@pytest.mark.parametrize(
    ("key", "raw", "words"),
    [
        ("allow_paid", "yes", "allow_paid yes is neither true nor false; write true or false"),
        ("allow_paid", "1", "is neither true nor false"),
        ("instance_count", "1.5", "is not a whole number"),
        ("instance_count", "9" * 5000, "is not a whole number"),
        ("instance_memory_gib", "4", "instance_memory_gib 4 is not between 6 and 1776 (mailcow needs 6)"),
        ("block_volume_sizes", "[50]", "block_volume_sizes has 1 sizes; write two, for mail and for backups: [50, 50]"),
        ("block_volume_sizes", "[50, big]", "block_volume_sizes big is not a whole number"),
        ("block_volume_sizes", "[50, true]", "True is not a whole number"),
        ("block_volume_sizes", "[20, 50]", "20 is no size of a volume, Oracle makes 50 to 32768 GB"),
        ("block_volume_sizes", "50", "block_volume_sizes 50 is not a list; write [50, 50]"),
        ("boot_volume_size_gib", "46", "46 is no size of a volume"),
        ("domain_names", "example.com", "domain_names example.com is not a list; write [example.com]"),
        ("domain_names", "[Example.com]", "domain_names Example.com has upper-case letters; write example.com"),
        ("domain_names", "[a.org, a.org]", "domain_names a.org is there twice; write it once"),
        ("domain_names", "[on]", "True is not a text; put it in quotes"),
        ("domain_names", "[" * 5000, "is not a list"),
        ("region", "Frankfurt", "region Frankfurt is no region; write for example eu-frankfurt-1"),
        ("region", "", 'region "" is no region'),
        ("region", '{"a":1}', "region is a structure and not a text; write one value"),
        ("compartment_ocid", "ocid1.user.oc1..x", "is no compartment; copy the OCID"),
        ("instance_shape", "A1", "instance_shape A1 is no shape's name"),
        ("instance_shape", "VM.Standard.E2.1.Micro", "has 1 GB of memory and mailcow needs 6"),
        ("os_release", "20.04", "os_release 20.04 is not known here"),
        ("docker_source", "docker", "docker_source docker is not known here; did you mean docker-ce?"),
        ("availability_domain", "4", "is not between 1 and 3"),
        ("vcn_cidr", "10.20.0.1/16", "is not the whole name of a block; write 10.20.0.0/16"),
        ("vcn_cidr", "8.8.0.0/16", "holds addresses of others"),
        ("vcn_cidr", "172.22.0.0/16", "overlaps 172.22.1.0/24, which Docker or mailcow uses"),
        ("vcn_cidr", "fd00::/48", "is no IPv4 block"),
        ("ssh_from", "[0.0.0.0/0]", "ssh_from 0.0.0.0/0 lets the whole internet try SSH"),
        ("ssh_from", "[0.0.0.0/1, 128.0.0.0/1]", "lets the whole internet try SSH"),
        ("ssh_from", "[203.0.113.7]", "ssh_from 203.0.113.7 is not the whole name of a block; write 203.0.113.7/32"),
        ("ssh_from", "[]", "ssh_from names nobody"),
        ("mail_hostname", "example.com", "is a domain and not a host in it; write mail.example.com"),
        ("mail_hostname", "Mail.example.com", "write mail.example.com"),
        ("mailcow_version", "master", "is a branch, and what it means changes"),
        ("mailcow_version", "--upload-pack=x", "is no git tag"),
        ("mailcow_version", "a b", "is no git tag"),
        ("mailcow_repository", "/tmp/mailcow", "is no address that begins with https or http or git"),
        ("mailcow_repository", "ext::sh -c id", "is no address"),
        ("registry_mirror", "http://10.77.0.1:5000/v2", "has a path and Docker takes none"),
        ("registry_mirror", "http://10.77.0.1:notaport", "is no address"),
        ("acme_directory_url", "http://acme.example.com/directory", "begins with https"),
        ("acme_directory_url", "https://acme.example.com/$(reboot)", "has a character that no directory needs"),
        ("timezone", "Europe/Berlin; rm", "is no time zone"),
        ("timezone", "-x", "is no time zone"),
        ("mail_list", "", "is no file's name"),
    ],
)
def test_a_wrong_value_is_told_with_the_reason_and_what_to_write(key: str, raw: str, words: str) -> None:
    (said,) = problems(samples.raw_values(**{key: raw}))

    assert said.startswith(f"Pulumi.dev.yaml: {key} ")
    assert words in said


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2hunter2", "holds a private key"),
        ("hunter2hunter2", "is no public key of a known kind"),
        ("ssh-ed25519 hunter2hunter2", "is damaged behind ssh-ed25519"),
        (samples.PUBLIC_KEY.replace("ssh-ed25519 ", "ssh-rsa "), "is damaged behind ssh-rsa"),
        (samples.PUBLIC_KEY[:-30], "is damaged"),
        (samples.PUBLIC_KEY + "\n" + samples.PUBLIC_KEY, "has several lines"),
    ],
)
def test_a_wrong_public_key_is_told_without_showing_it(raw: str, words: str) -> None:
    (said,) = problems(samples.raw_values(ssh_public_key=raw))

    assert words in said
    assert "hunter2" not in said


@pytest.mark.parametrize("key", ["mailcow_repository", "registry_mirror"])
def test_an_address_with_a_password_is_refused_without_showing_it(key: str) -> None:
    (said,) = problems(samples.raw_values(**{key: "https://bob:hunter2@example.com"}))

    assert "has a user name or password in it" in said
    assert "hunter2" not in said


def test_the_value_of_an_unknown_key_is_never_shown() -> None:
    (said,) = problems(samples.raw_values(vault_token="hunter2"))

    assert "key vault_token is unknown" in said
    assert "hunter2" not in said


@pytest.mark.parametrize("changes", [{"instance_count": "1"}, {"ssh_from": ("0.0.0.0/0",)}, {"colour": "red"}])
def test_settings_made_in_code_are_checked_the_same_way(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        samples.settings(**changes)


def test_the_table_of_keys_says_everything_about_every_key() -> None:
    table = {key.name: key for key in config_table()}

    assert list(table) == list(Settings.model_fields)
    assert all(key.meaning.endswith(".") and key.type_text and key.default_text for key in table.values())
    needed = {name for name, key in table.items() if key.default_text == "required with host: oci"}
    assert needed == set(samples.REQUIRED)
    assert table["block_volume_sizes"].default_text == "[50, 50]"
    assert table["block_volume_sizes"].type_text == "list of two whole numbers"
    assert table["domain_names"].default_text == "all domains of the list"
    assert table["allow_paid"].default_text == "false"
