"""What settings mean, and which of them, for each kind of mail host: made in the cloud, or there already."""

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from core.names import PROJECT

OCI: Final = "oci"
EXISTING: Final = "existing"

NEEDED: Final[Mapping[str, Mapping[str, str]]] = {
    OCI: {
        "region": "eu-frankfurt-1",
        "compartment_ocid": "ocid1.compartment.oc1..…",
        "ssh_public_key": "ssh-ed25519 AAAA…",
        "ssh_from": "[203.0.113.7/32]",
    },
    EXISTING: {
        "host_address": "203.0.113.7",
        "mail_hostname": "mail.example.com",
    },
}
"""For each kind of host, the keys that have to be said, with an example."""

# A machine, its network and its software; nothing of it is made where there is one already.
_OF_A_NEW_HOST: Final = frozenset(
    {
        *NEEDED[OCI],
        "instance_count",
        "instance_shape",
        "instance_ocpus",
        "instance_memory_gib",
        "block_volume_sizes",
        "boot_volume_size_gib",
        "allow_paid",
        "os_release",
        "availability_domain",
        "vcn_cidr",
        "sieve_open",
        "docker_source",
        "registry_mirror",
        "mailcow_repository",
        "mailcow_version",
        "lets_encrypt",
        "acme_directory_url",
        "dns",
        "clamav",
        "timezone",
    }
)
_OF_AN_EXISTING_HOST: Final = frozenset({"host_address", "ssh_user", "api_connect_to", "api_ca_bundle"})
_OF_HTTPS: Final = frozenset({"api_connect_to", "api_ca_bundle"})
_OF_SSH: Final = frozenset({"ssh_user", "host_generation"})


_SSH: Final = "ssh"
_HTTPS: Final = "https"


def out_of_place(values: Mapping[str, str]) -> Mapping[str, str]:
    """Say which of a stack file's keys mean nothing beside its others, each with what to do; none is ignored.

    Args:
        values: Its keys and texts. A choice that is written wrong is taken for none, so that nothing follows from it.
    """
    host, api_access = _chosen(values, "host", OCI), _chosen(values, "api_access", _SSH)
    if host == OCI:
        advice = f"is for a server that is there already; take it out, or write {PROJECT}:host: {EXISTING}"
        by_https = frozenset({"api_access"} if api_access == _HTTPS else ())
        return _those(values, _OF_AN_EXISTING_HOST | by_https, advice)
    if host != EXISTING:
        return {}
    advice = f"says nothing of a server that is there already (host: {EXISTING}); take it out"
    new_host = _those(values, _OF_A_NEW_HOST, advice)
    other = {_SSH: _HTTPS, _HTTPS: _SSH}.get(api_access)
    if other is None:
        return new_host
    advice = f"is for api_access: {other}; take it out, or write {PROJECT}:api_access: {other}"
    return {**new_host, **_those(values, _OF_HTTPS if other == _HTTPS else _OF_SSH, advice)}


def missing(values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Give each key that has to be said and is not, with an example."""
    needed = NEEDED.get(_chosen(values, "host", OCI), {})
    return ((key, example) for key, example in needed.items() if key not in values)


def needed_by(key: str) -> str | None:
    """Say in words for which kind of host a key has to be said; None for one that nobody has to."""
    kinds = [kind for kind, keys in NEEDED.items() if key in keys]
    return f"required with host: {' and '.join(kinds)}" if kinds else None


def _chosen(values: Mapping[str, str], key: str, default: str) -> str:
    return values.get(key, default).strip()


def _those(values: Mapping[str, str], keys: Collection[str], advice: str) -> dict[str, str]:
    return {key: advice for key in values if key in keys}
