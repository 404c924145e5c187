"""The records that can be told from what is recorded: as the last update left them, or worked out where it broke off.

An update that stops half-way, as one does at a gate, exports no output; and the records are what is needed then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, cast

from core.desired import DesiredState
from core.dns import DnsRecord, Offer, dns_records
from core.errors import RefusedError
from core.host_choice import EXISTING
from core.inputs import Inputs
from core.names import host_part
from ops.dns import records_of
from ops.steps import OURS

_ADDRESS: Final = "oci:Core/publicIp:PublicIp"

Resource = Mapping[str, Any]


def known_records(exported: Mapping[str, Any], inputs: Inputs, *, stack: str) -> list[DnsRecord]:
    """List the records of a stack, required ones first.

    Args:
        exported: The stack's state.
        inputs: Its config and list.
        stack: Its name.

    Raises:
        RefusedError: Nothing is known yet.
    """
    try:
        told = records_of(exported, stack=stack)
    except RefusedError:
        told = []
    named = {record.domain for record in told}
    made = {_name(one) for one in _resources(exported) if one.get("type") == f"{OURS}Domain"}
    more = [one for one in worked_out(exported, inputs) if one.domain in made - named or not told]
    if not told and not more:
        raise RefusedError(f"stack {stack} has no DNS records yet; they are known after: mailstead up --stack {stack}")
    return sorted([*told, *(one for one in more if one not in told)], key=lambda record: not record.required)


def worked_out(exported: Mapping[str, Any], inputs: Inputs) -> list[DnsRecord]:
    """Work out the records of all hosts whose address is recorded, with the DKIM keys that are."""
    addresses = addresses_of(exported, inputs)
    hosts = tuple(host for host in inputs.state.hosts if host.number in addresses)
    domains = tuple(domain for domain in inputs.state.domains if domain.server in addresses)
    state: DesiredState = replace(inputs.state, hosts=hosts, domains=domains)
    keys = {
        _name(one): str(_outputs(one).get("dns_text") or "")
        for one in _resources(exported)
        if one.get("type") == f"{OURS}DkimKey"
    }
    dkim = {domain: text for domain, text in keys.items() if text}
    return dns_records(state, offer=Offer.of(inputs.settings), addresses=addresses, dkim=dkim)


def addresses_of(exported: Mapping[str, Any], inputs: Inputs) -> dict[int, str]:
    """Read each host's public address, by its number; a host that has none yet is left out."""
    if inputs.settings.host == EXISTING:
        return {host.number: inputs.settings.host_address for host in inputs.state.hosts}
    reserved = {_name(one): _outputs(one).get("ipAddress") for one in _resources(exported) if one["type"] == _ADDRESS}
    found = {host.number: reserved.get(host_part(host.number, "ip")) for host in inputs.state.hosts}
    return {number: str(address) for number, address in found.items() if address}


def _resources(exported: Mapping[str, Any]) -> Sequence[Resource]:
    deployment = cast("dict[str, Any]", exported.get("deployment") or {})
    return cast("list[Resource]", deployment.get("resources") or [])


def _outputs(resource: Resource) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", resource.get("outputs") or {})


def _name(resource: Resource) -> str:
    return str(resource["urn"]).rpartition("::")[2]
