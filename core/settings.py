"""Stack configuration: every key with its type, default, meaning and check. Holds no secret."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, Field, ValidationError

from core import host_choice, relay_values
from core import setting_checks as check
from core.backup_settings import BackupSettings
from core.errors import InputError, Problem
from core.free_tier_facts import A1_SHAPE
from core.monitoring_settings import MonitoringSettings
from core.names import PROJECT, SSH_USER
from core.setting_values import kind_of, read_value, written
from core.stack_file import stack_file_lines
from core.suggestions import unknown_key

DEFAULT_MAILCOW_REPOSITORY: Final = "https://github.com/mailcow/mailcow-dockerized"
DNS_AT_ORACLE: Final = "oci"
DEFAULT_MAILCOW_VERSION: Final = "2026-07a"
_DEFAULTS_IN_WORDS: Final = {
    "domain_names": "all domains of the list",
    "mail_hostname": "mail.<first of domain_names>; required with host: existing",
    "api_connect_to": "host_address",
    "api_ca_bundle": "the authorities that everybody trusts",
    "registry_mirror": "none",
    "acme_directory_url": "Let's Encrypt",
    "relay_host": "none",
    "relay_user": "none",
    "relay_password_in": "none",
    "relay_spf": "nothing",
    "backup_public_key": "no backups",
    "offsite_bucket": "mail-backup-<stack> with offsite: oci",
    "offsite_endpoint": "required with offsite: s3",
    "alert_mail_to": "required with monitoring: ops-host",
    "alert_mail_from": "alert_mail_to",
    "alert_relay_host": "required with monitoring: ops-host",
    "alert_relay_user": "none",
    "alert_relay_password_in": "none",
}
_Region = Annotated[
    str,
    AfterValidator(check.matching(r"[a-z]{2}(-[a-z]+)+-[0-9]+", "is no region; write for example eu-frankfurt-1")),
]
_Compartment = Annotated[
    str,
    AfterValidator(
        check.matching(
            r"ocid1\.(compartment|tenancy)\.[A-Za-z0-9._-]+",
            "is no compartment; copy the OCID that begins with ocid1.compartment. or ocid1.tenancy.",
        )
    ),
]
_Zone = Annotated[
    str,
    AfterValidator(
        check.matching(
            r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*", "is no time zone; write for example Europe/Berlin"
        )
    ),
]


class GeneralSettings(BaseModel, frozen=True, strict=True, extra="forbid"):
    """Keys of the hosts, of mailcow on them and of how mail leaves."""

    domain_names: Annotated[tuple[str, ...], AfterValidator(check.domains)] = Field(
        default=(), description="Domains that this stack serves, each of them in the list of people; empty: all of it."
    )
    instance_count: Annotated[int, AfterValidator(check.between(1, 20))] = Field(
        default=1, description="Number of mail hosts; more than one needs allow_paid."
    )
    host: Annotated[str, AfterValidator(check.one_of(host_choice.OCI, host_choice.EXISTING))] = Field(
        default=host_choice.OCI,
        description="Where mailcow runs: on machines made in Oracle's cloud (oci), or on one that is there (existing).",
    )
    region: _Region = Field(default="", description="Oracle's name of the region everything is made in.")
    compartment_ocid: _Compartment = Field(default="", description="Compartment (or tenancy) everything is made in.")
    ssh_public_key: Annotated[str, AfterValidator(check.public_key)] = Field(
        default="", description="Public key that may log in to the hosts; its private half is in your SSH agent."
    )
    instance_shape: Annotated[str, AfterValidator(check.shape)] = Field(
        default=A1_SHAPE, description="Kind of machine."
    )
    instance_ocpus: Annotated[int, AfterValidator(check.between(1, 114))] = Field(
        default=2, description="Processors of a host; flexible shapes only."
    )
    instance_memory_gib: Annotated[int, AfterValidator(check.between(6, 1776, "mailcow needs 6"))] = Field(
        default=12, description="Memory of a host in GiB; flexible shapes only."
    )
    block_volume_sizes: Annotated[tuple[int, int], AfterValidator(check.volume_sizes)] = Field(
        default=(50, 50), description="Sizes in GiB of a host's two volumes: mail, backup. They can grow, never shrink."
    )
    boot_volume_size_gib: Annotated[int, AfterValidator(check.volume_size)] = Field(
        default=50, description="Size in GiB of a host's boot volume."
    )
    allow_paid: bool = Field(default=False, description="Go beyond what Oracle gives away, and pay for it.")
    host_generation: Annotated[int, AfterValidator(check.between(1, 9999))] = Field(
        default=1,
        description="Raise it to replace the machines; mail and addresses stay."
        " With host: existing nothing is replaced, and the server's SSH key is taken anew.",
    )
    os_release: Annotated[str, AfterValidator(check.one_of("22.04", "24.04"))] = Field(
        default="24.04", description="Ubuntu release of new machines: 22.04 or 24.04."
    )
    availability_domain: Annotated[int, AfterValidator(check.between(1, 3))] = Field(
        default=1, description="Number of the availability domain in the region."
    )
    vcn_cidr: Annotated[str, AfterValidator(check.cloud_network)] = Field(
        default="10.20.0.0/16", description="Private IPv4 block of the cloud network, /16 to /28."
    )
    ssh_from: Annotated[tuple[str, ...], AfterValidator(check.ssh_blocks)] = Field(
        default=(), description="IPv4 blocks that may reach port 22; never everyone."
    )
    host_address: Annotated[str, AfterValidator(check.machine)] = Field(
        default="", description="IP address or name of the server that is there already."
    )
    ssh_user: Annotated[str, AfterValidator(check.matching(r"[a-z_][a-z0-9_-]*", "is no user's name on Linux"))] = (
        Field(
            default=SSH_USER,
            description="Who logs in to an existing server by SSH; needs sudo without a password, or root.",
        )
    )
    api_access: Annotated[str, AfterValidator(check.one_of("ssh", "https"))] = Field(
        default="ssh",
        description="How mailcow's API is reached: through SSH, or by HTTPS alone (https, only with host: existing).",
    )
    api_connect_to: Annotated[str, AfterValidator(check.endpoint)] = Field(
        default="",
        description="ADDRESS or ADDRESS:PORT that HTTPS is spoken with, such as one inside a private network.",
    )
    api_ca_bundle: Annotated[str, AfterValidator(check.file_name)] = Field(
        default="", description="File in PEM form with your own certificate authority, seen from the project's folder."
    )
    adopt: bool = Field(
        default=False,
        description="Take over, as they are, what the list names and nobody has marked: domains, mailboxes, aliases.",
    )
    sieve_open: bool = Field(
        default=False, description="Open port 4190, so that mail programs can edit filters; webmail can without it."
    )
    mail_hostname: Annotated[str, AfterValidator(check.host_name)] = Field(
        default="", description="Name of the first mail host: what it calls itself, its PTR, its certificate."
    )
    mail_list: Annotated[str, AfterValidator(check.file_name)] = Field(
        default="mail_list.yml", description="File with the list of people, seen from the project's folder."
    )
    docker_source: Annotated[str, AfterValidator(check.one_of("docker-ce", "distribution"))] = Field(
        default="docker-ce", description="Docker from its makers (docker-ce) or from the distribution."
    )
    registry_mirror: Annotated[str, AfterValidator(check.mirror)] = Field(
        default="", description="Address of a mirror that images are pulled through."
    )
    mailcow_repository: Annotated[str, AfterValidator(check.repository)] = Field(
        default=DEFAULT_MAILCOW_REPOSITORY, description="Git repository that mailcow is installed from."
    )
    mailcow_version: Annotated[str, AfterValidator(check.version_tag)] = Field(
        default=DEFAULT_MAILCOW_VERSION,
        description="Git tag of mailcow; a newer one is an upgrade, with a way back.",
    )
    lets_encrypt: bool = Field(default=True, description="Get the certificate from Let's Encrypt.")
    acme_directory_url: Annotated[str, AfterValidator(check.https_address)] = Field(
        default="",
        description="Where certificates are asked for instead of Let's Encrypt, such as its staging server;"
        " mailcow renews none but Let's Encrypt's.",
    )
    dns: Annotated[str, AfterValidator(check.one_of("manual", DNS_AT_ORACLE))] = Field(
        default="manual",
        description="Who enters the DNS records: you, or octoDNS (manual), or this program in zones that you have at"
        " Oracle in compartment_ocid (oci). Oracle has a price for it, so oci needs allow_paid.",
    )
    require_dns: Annotated[str, AfterValidator(check.one_of("off", "warn", "fail"))] = Field(
        default="off",
        description="Whether a domain's mailboxes and aliases wait until its required DNS records are right (fail),"
        " or only say what is not (warn).",
    )
    outbound: Annotated[str, AfterValidator(check.one_of("direct", "relay"))] = Field(
        default="direct",
        description="How mail leaves: straight to the receiving servers (direct), or by another server (relay)."
        " A domain of the list may say otherwise.",
    )
    relay_host: Annotated[str, AfterValidator(check.host_name)] = Field(
        default="", description="The relay: the server that mail leaves by."
    )
    relay_port: Annotated[int, AfterValidator(check.relay_port)] = Field(
        default=relay_values.DEFAULT_PORT, description="The relay's port, where it speaks STARTTLS."
    )
    relay_user: Annotated[str, AfterValidator(check.relay_user)] = Field(
        default="", description="The log-in name at the relay."
    )
    relay_password_in: Annotated[str, AfterValidator(check.relay_secret)] = Field(
        default="", description="Where in Vault the relay's password is, below mail/relays/, under the key password."
    )
    relay_tls: Annotated[str, AfterValidator(check.one_of(*relay_values.TLS_LEVELS))] = Field(
        default=relay_values.DEFAULT_TLS,
        description="Whether the relay's certificate has to be a good one (verify), or its line only be encrypted.",
    )
    relay_spf: Annotated[str, AfterValidator(check.matching(relay_values.SPF_PATTERN, relay_values.NOT_SPF))] = Field(
        default="", description="What each domain's SPF record has to say so that the relay may send for it."
    )
    production: bool = Field(
        default=False,
        description="This stack serves people: of those that do, exactly one has each domain of the list.",
    )
    clamav: bool = Field(default=True, description="Scan mail for viruses; takes about 1.5 GB of memory.")
    timezone: _Zone = Field(default="Etc/UTC", description="Time zone of the hosts.")


# The last one's keys come first in the table of keys.
class Settings(MonitoringSettings, BackupSettings, GeneralSettings, frozen=True, strict=True, extra="forbid"):
    """A stack's configuration, complete and checked value by value."""


@dataclass(frozen=True, kw_only=True)
class ConfigKey:
    """One row of the table of config keys."""

    name: str
    type_text: str
    default_text: str
    """``required …`` for a key without a default."""
    meaning: str


def parse_settings(values: Mapping[str, str], *, stack_file: str, text: str) -> Settings:
    """Read and check a stack's configuration.

    Args:
        values: Keys without the ``mailstead:`` prefix; values as the engine gives them (structures as JSON).
        stack_file: Name of the stack file, for problems.
        text: Its content, for the lines of problems; a key that is set elsewhere has no line.

    Raises:
        InputError: Every problem, with file and line.
    """
    lines = stack_file_lines(text, stack_file)
    fields = Settings.model_fields
    problems: list[Problem] = []

    def note(key: str, message: str) -> None:
        problems.append(Problem(stack_file, lines.keys.get(key), f"{key} {message}"))

    misplaced = host_choice.out_of_place(values)
    read: dict[str, Any] = {}
    for key, raw in values.items():
        if key not in fields:
            problems.append(Problem(stack_file, lines.keys.get(key), unknown_key(key, fields)))
        elif key in misplaced:
            note(key, misplaced[key])
        else:
            try:
                read[key] = read_value(raw.strip(), kind_of(fields[key].annotation))
            except ValueError as problem:
                note(key, str(problem))
    for key, example in host_choice.missing(values):
        advice = f"write {PROJECT}:{key}: {example} under config:"
        problems.append(Problem(stack_file, lines.config, f"{key} is missing; {advice}"))
    checked = _checked(read)
    if isinstance(checked, Settings) and not problems:
        return checked
    for key, message in () if isinstance(checked, Settings) else checked:
        note(key, message)
    raise InputError(problems)


def _checked(read: Mapping[str, Any]) -> Settings | list[tuple[str, str]]:
    """Check the values; when some are wrong, give each key with what is wrong about it."""
    try:
        return Settings.model_validate(read)
    except ValidationError as problem:
        wrong = problem.errors(include_url=False, include_input=False)
        return [(str(e["loc"][0]), str(e.get("ctx", {}).get("error", e["msg"]))) for e in wrong]


def config_table() -> tuple[ConfigKey, ...]:
    """List the config keys: for documentation and ``mailstead config``."""
    return tuple(
        ConfigKey(
            name=name,
            type_text=kind_of(field.annotation).text,
            default_text=_DEFAULTS_IN_WORDS.get(name) or host_choice.needed_by(name) or written(field.default),
            meaning=field.description or "",
        )
        for name, field in Settings.model_fields.items()
    )
