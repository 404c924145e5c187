"""DNS records in zones that are at Oracle: made, kept and taken out with the stack (``dns: oci``).

The zones themselves are somebody else's. They hold the customer's web site, and their name servers stand at a
registrar, where no program enters them: so a zone is looked up, and never made or deleted.

Oracle replaces a record set whole and says nothing of what was in it. Before a set is made, it is looked at what the
zone holds: texts of others beside ours are kept, and what would be lost otherwise is refused. A set that others share
stays when it is no longer wanted here; it would take theirs along.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_oci as oci

from core.desired import DesiredDomain, DesiredState
from core.dkim import record_name
from core.dns import DnsRecord, Offer, dns_records
from core.dns_rdata import rdata_of
from core.dns_sharing import RecordSet, is_shared, planned
from core.errors import RefusedError
from core.settings import DNS_AT_ORACLE, Settings
from core.zone_file import TTL_S

OUTPUT: Final = "dns_records"
"""Name of the stack's output that says every record."""
_ANY_ADDRESS: Final = "192.0.2.1"  # stands for one that is not known yet: which sets there are follows from its kind
_ANY_KEY: Final = "v=DKIM1"

Records = Sequence[Mapping[str, Any]]
"""As the stack's output has them."""


@dataclass(frozen=True, kw_only=True)
class DnsZonesArgs:
    """What ``DnsZones`` needs.

    Attributes:
        compartment_id: OCID of the compartment that the zones are in.
        state: Hosts and domains.
        offer: What the hosts offer.
        records: What the stack's output ``dns_records`` says.
        earlier: What it said after the last update; empty at the first.
    """

    compartment_id: str
    state: DesiredState
    offer: Offer
    records: pulumi.Input[Records]
    earlier: pulumi.Input[Records | None]


def dns_zones(
    settings: Settings, state: DesiredState, *, records: pulumi.Input[Records], in_region: pulumi.ResourceOptions | None
) -> list[pulumi.Resource]:
    """Enter the records where ``dns`` in the stack's config says so; else a person does.

    Returns:
        What has to be there before anybody asks whether the records are.

    Args:
        settings: The stack's config.
        state: Hosts and domains.
        records: What the stack's output ``dns_records`` says.
        in_region: What puts things of the cloud into the stack's region.
    """
    if settings.dns != DNS_AT_ORACLE:
        return []
    itself = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    args = DnsZonesArgs(
        compartment_id=settings.compartment_ocid,
        state=state,
        offer=Offer.of(settings),
        records=records,
        # The state that this run began with.
        earlier=pulumi.StackReference("before-this-update", stack_name=itself).get_output(OUTPUT),
    )
    return [DnsZones("dns-zones", args, in_region)]


class DnsZones(pulumi.ComponentResource):
    """Every record of the hosted domains, in the zones that are there."""

    def __init__(self, name: str, args: DnsZonesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mailstead:dns:DnsZones", name, None, opts)
        self._args = args
        found = oci.dns.get_zones_output(
            compartment_id=args.compartment_id, zone_type="PRIMARY", opts=pulumi.InvokeOutputOptions(parent=self)
        )
        domains = dict.fromkeys(record.domain for record in self._expected() if record.domain)
        for domain in domains:
            self._zone(domain, found.zones.apply(lambda zones, of=domain: _zone_id(zones, of)))
        self.register_outputs({})

    def _expected(self) -> list[DnsRecord]:
        """Work the records out with values that stand for those not known yet: their names and types are what counts.

        Resources are made from these: what is made may not depend on what is only known later.
        """
        state = self._args.state
        return dns_records(
            state,
            offer=self._args.offer,
            addresses={host.number: _ANY_ADDRESS for host in state.hosts},
            dkim={name: _ANY_KEY for domain in state.domains for name in _keys_of(domain)},
        )

    def _zone(self, domain: str, zone_id: pulumi.Output[str]) -> None:
        there = oci.dns.get_rrsets_output(zone_name_or_id=zone_id, opts=pulumi.InvokeOutputOptions(parent=self))
        sets = dict.fromkeys((record.name, record.type) for record in self._expected() if record.domain == domain)
        plan = pulumi.Output.all(self._args.records, self._args.earlier, there.rrsets).apply(
            lambda values: _plan(list(sets), *values)
        )
        for number, (name, kind) in enumerate(sets):
            oci.dns.Rrset(
                f"{name}-{kind}",
                zone_name_or_id=zone_id,
                domain=name,
                rtype=kind,
                items=plan[number],
                opts=pulumi.ResourceOptions(parent=self, retain_on_delete=is_shared(name, kind)),
            )


def _keys_of(domain: DesiredDomain) -> Iterator[str]:
    """Name a domain's keys as ``dns_records`` wants them; a retired one's text is known from an earlier update."""
    yield domain.name
    for selector in (domain.dkim_next, domain.dkim_retired):
        if selector:
            yield record_name(selector, domain.name)


def _zone_id(zones: Iterable[Mapping[str, Any]], domain: str) -> str:
    """Find the zone that a domain's records stand in: its own, or the nearest above it."""
    ids = {zone["name"].rstrip(".").lower(): zone["id"] for zone in zones}
    labels = domain.split(".")
    near = next((name for at in range(len(labels) - 1) if (name := ".".join(labels[at:])) in ids), None)
    if near is None:
        raise pulumi.RunError(
            f"there is no DNS zone {domain} in compartment_ocid; make it at Oracle, have the registrar lead the domain"
            " to its name servers, and run this again; or write mailstead:dns: manual"
        )
    return ids[near]


def _plan(
    sets: Sequence[RecordSet],
    records: Records,
    earlier: Records | None,
    there: Iterable[Mapping[str, Any]],
) -> list[list[oci.dns.RrsetItemArgs]]:
    """Work out each set's records, in the order of the sets, spelt as Oracle gives them back."""
    found = {
        (one["domain"].rstrip(".").lower(), one["rtype"]): [item["rdata"] for item in one["items"]] for one in there
    }
    try:
        wanted = planned(sets, ours=_by_set(records), there=found, earlier=_by_set(earlier or ()))
    except RefusedError as refused:
        raise pulumi.RunError(str(refused)) from refused
    return [
        [oci.dns.RrsetItemArgs(domain=name, rtype=kind, rdata=rdata, ttl=TTL_S) for rdata in wanted[name, kind]]
        for name, kind in sets
    ]


def _by_set(records: Records) -> dict[RecordSet, list[str]]:
    """Give record data by set; what stands in no zone here, PTR records among it, has none."""
    found: dict[RecordSet, list[str]] = {}
    for record in (DnsRecord(**dict(one)) for one in records if one.get("domain")):
        found.setdefault((record.name, record.type), []).append(rdata_of(record))
    return found
