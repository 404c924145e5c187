"""DNS: zones that somebody has, and the record sets in them.

A zone is a record of type ``Zone`` that no program makes: ``add_zone`` puts it there, as a person at Oracle's console
would. Its sets lie in its facts, those of others too. A set is put whole, whatever was in it, as Oracle's API does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
from typing_extensions import override

from lab.plugins.oci.cloud import Cloud, Record, ServiceError, now
from lab.plugins.oci.handler import Handler, invalid, listed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lab.plugins.oci.cloud import Transaction

_SETS = "_rrsets"
_SHORTEST_TTL_S = 1


def add_zone(cloud: Cloud, name: str, *, compartment_id: str) -> str:
    """Have a zone, with nothing in it but what makes it one; its id."""
    inputs = {"name": name, "compartmentId": compartment_id, "zoneType": "PRIMARY"}
    facts: dict[str, Any] = {"state": "ACTIVE", "scope": "GLOBAL", "timeCreated": now(), "serial": 1, _SETS: {}}
    record = Record(cloud.new_id("dns-zone"), "Zone", inputs, facts)
    cloud.save(record)
    put(cloud, record.id, name, "NS", [(f"ns{number}.p201.dns.oraclecloud.net.", 86_400) for number in (1, 2)])
    return record.id


def put(cloud: Cloud, zone_name_or_id: str, domain: str, rtype: str, values: list[tuple[str, int]]) -> None:
    """Put a record set, as whoever has the zone would: data and life in seconds of each record; none takes it out."""
    with cloud.transaction() as records:
        zone = _zone(records, zone_name_or_id)
        sets = zone.facts[_SETS]
        sets.pop(_key(domain, rtype), None)
        if values:
            sets[_key(domain, rtype)] = [{"rdata": _normalised(rtype, rdata), "ttl": ttl} for rdata, ttl in values]
        zone.facts["serial"] += 1
        records.save(zone)


def held(cloud: Cloud, zone_name_or_id: str) -> dict[tuple[str, str], list[tuple[str, int]]]:
    """Everything a zone holds, by name and type: what a name server would serve."""
    with cloud.transaction() as records:
        zone = _zone(records, zone_name_or_id)
    return {
        (key.split(" ")[0], key.split(" ")[1]): [(item["rdata"], item["ttl"]) for item in items]
        for key, items in zone.facts[_SETS].items()
    }


class Rrset(Handler):
    """A record set; its id says all that it is."""

    type = "Rrset"
    kind = "rrset"

    @override
    def id_of(self, inputs: Mapping[str, Any]) -> str:
        return f"zoneNameOrId/{inputs['zoneNameOrId']}/domain/{inputs['domain']}/rtype/{inputs['rtype']}"

    def validate(self, inputs: Mapping[str, Any]) -> None:
        for item in listed(inputs, "items"):
            if (item["domain"].lower(), item["rtype"]) != (inputs["domain"].lower(), inputs["rtype"]):
                raise invalid(f"record {item['domain']} {item['rtype']} is not of set {inputs['domain']}")
            if item["ttl"] < _SHORTEST_TTL_S:
                raise invalid(f"ttl {item['ttl']} is too short")

    def check(self, records: Transaction, record: Record) -> None:
        inputs = record.inputs
        zone = _zone(records, inputs["zoneNameOrId"])
        name, apex = inputs["domain"].lower(), zone.inputs["name"].lower()
        if name != apex and not name.endswith(f".{apex}"):
            raise invalid(f"domain {name} is not in zone {apex}")
        kinds = {key.split(" ")[1] for key in zone.facts[_SETS] if key.split(" ")[0] == name} | {inputs["rtype"]}
        if "CNAME" in kinds and len(kinds) > 1:
            raise ServiceError(409, "Conflict", f"{name}: CNAME and other records cannot coexist")
        # What is read back is the normal form, whatever was written.
        for item in listed(inputs, "items"):
            item["rdata"] = _normalised(item["rtype"], item["rdata"])

    @override
    def defaults(self) -> dict[str, Any]:
        return {}

    def build(self, record: Record) -> None:
        _put_items(self.cloud, record)

    @override
    def rebuild(self, old: Record, new: Record) -> None:
        _put_items(self.cloud, new)

    def demolish(self, record: Record) -> None:
        put(self.cloud, record.inputs["zoneNameOrId"], record.inputs["domain"], record.inputs["rtype"], [])

    def read(self, record: Record) -> Record | None:
        inputs = record.inputs
        there = held(self.cloud, inputs["zoneNameOrId"]).get((inputs["domain"].lower(), inputs["rtype"]))
        if there is None:
            return None
        record.inputs = {**inputs, "items": _items(inputs["domain"], inputs["rtype"], there)}
        return record


def get_zones(cloud: Cloud, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The zones of a compartment."""
    found = [
        {"id": zone.id, **zone.inputs, **{name: fact for name, fact in zone.facts.items() if not name.startswith("_")}}
        for zone in cloud.all("Zone")
        if zone.inputs["compartmentId"] == arguments["compartmentId"]
    ]
    for name in ("name", "zoneType"):
        if name in arguments:
            found = [entry for entry in found if entry[name] == arguments[name]]
    return {**arguments, "id": "zones", "zones": found}


def get_rrsets(cloud: Cloud, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The record sets of a zone."""
    found = [
        {"domain": domain, "rtype": rtype, "items": _items(domain, rtype, values)}
        for (domain, rtype), values in held(cloud, arguments["zoneNameOrId"]).items()
    ]
    for name in ("domain", "rtype"):
        if name in arguments:
            found = [entry for entry in found if entry[name] == arguments[name]]
    return {**arguments, "id": "rrsets", "rrsets": found}


def _items(domain: str, rtype: str, values: list[tuple[str, int]]) -> list[dict[str, Any]]:
    return [{"domain": domain, "rtype": rtype, "rdata": rdata, "ttl": ttl} for rdata, ttl in values]


def _put_items(cloud: Cloud, record: Record) -> None:
    inputs = record.inputs
    values = [(item["rdata"], item["ttl"]) for item in listed(inputs, "items")]
    put(cloud, inputs["zoneNameOrId"], inputs["domain"], inputs["rtype"], values)


def _zone(records: Transaction, name_or_id: str) -> Record:
    for zone in records.all("Zone"):
        if name_or_id in {zone.id, zone.inputs["name"]}:
            return zone
    raise ServiceError(404, "NotAuthorizedOrNotFound", f"zone {name_or_id} not found")


def _key(domain: str, rtype: str) -> str:
    return f"{domain.lower()} {rtype}"


def _normalised(rtype: str, rdata: str) -> str:
    try:
        data = dns.rdata.from_text(dns.rdataclass.IN, rtype, rdata, origin=dns.name.root, relativize=False)
    except dns.exception.DNSException as wrong:
        raise invalid(f"rdata {rdata} is none of type {rtype}: {wrong}") from wrong
    return data.to_text()
