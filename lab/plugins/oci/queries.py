"""The data sources: images, availability domains, VNIC attachments, private addresses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from lab.plugins.oci import dns, identity, images, objectstorage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lab.plugins.oci.cloud import Cloud, Record


def get_images(cloud: Cloud, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Platform images, by the filters OCI's own API has."""
    found = [
        {
            "id": image.id(cloud.region),
            "displayName": image.name,
            "operatingSystem": "Canonical Ubuntu",
            "operatingSystemVersion": image.version,
            "state": "AVAILABLE",
            "timeCreated": image.time_created,
            "launchMode": "NATIVE",
            "baseImageId": "",
            "compartmentId": "",
            "sizeInMbs": "47694",
        }
        for image in images.published(cloud)
        if "shape" not in arguments or images.fits(image, arguments["shape"])
    ]
    for name in ("displayName", "operatingSystem", "operatingSystemVersion", "state"):
        if name in arguments:
            found = [entry for entry in found if entry[name] == arguments[name]]
    filters: list[dict[str, Any]] = arguments.get("filters") or []
    for given in filters:
        found = [entry for entry in found if _passes(entry, given)]
    key = "displayName" if arguments.get("sortBy") == "DISPLAYNAME" else "timeCreated"
    found.sort(key=lambda entry: entry[key], reverse=arguments.get("sortOrder", "DESC") == "DESC")
    return {**arguments, "id": "images", "images": found}


def get_availability_domains(cloud: Cloud, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The region's availability domains."""
    tenancy = arguments["compartmentId"]
    found = [
        {"compartmentId": tenancy, "id": f"ocid1.availabilitydomain.oc1..{number}", "name": name}
        for number, name in enumerate(cloud.availability_domains(), start=1)
    ]
    return {**arguments, "id": "availability-domains", "availabilityDomains": found}


def get_vnic_attachments(cloud: Cloud, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Which VNIC belongs to which instance; every instance has one."""
    found = [
        {
            "id": record.facts["_vnicAttachmentId"],
            "instanceId": record.id,
            "vnicId": record.facts["_vnicId"],
            "subnetId": record.inputs["createVnicDetails"]["subnetId"],
            "availabilityDomain": record.inputs["availabilityDomain"],
            "compartmentId": record.inputs["compartmentId"],
            "displayName": "",
            "nicIndex": 0,
            "state": "ATTACHED",
            "timeCreated": record.facts["timeCreated"],
            "vlanId": "",
            "vlanTag": 0,
        }
        for record in cloud.all("Instance")
    ]
    for name in ("instanceId", "vnicId", "availabilityDomain"):
        if name in arguments:
            found = [entry for entry in found if entry[name] == arguments[name]]
    return {**arguments, "id": "vnic-attachments", "vnicAttachments": found}


def get_private_ips(cloud: Cloud, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Private addresses, by VNIC or by address and subnet."""
    found = [_private_ip(record) for record in cloud.all("Instance")]
    for name in ("vnicId", "ipAddress", "subnetId"):
        if name in arguments:
            found = [entry for entry in found if entry[name] == arguments[name]]
    return {**arguments, "id": "private-ips", "privateIps": found}


def _private_ip(record: Record) -> dict[str, Any]:
    vnic = record.inputs["createVnicDetails"]
    return {
        "id": record.facts["_privateIpId"],
        "ipAddress": record.facts["privateIp"],
        "vnicId": record.facts["_vnicId"],
        "subnetId": vnic["subnetId"],
        "availabilityDomain": record.inputs["availabilityDomain"],
        "compartmentId": record.inputs["compartmentId"],
        "displayName": "",
        "hostnameLabel": vnic.get("hostnameLabel", ""),
        "isPrimary": True,
        "isReserved": False,
        "timeCreated": record.facts["timeCreated"],
        "vlanId": "",
    }


def _passes(entry: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
    names = {"display_name": "displayName", "operating_system_version": "operatingSystemVersion"}
    name: str = given["name"]
    value = str(entry[names.get(name, name)])
    if given.get("regex"):
        return any(re.search(pattern, value) for pattern in given["values"])
    return value in given["values"]


FUNCTIONS: dict[str, Callable[[Cloud, Mapping[str, Any]], dict[str, Any]]] = {
    "oci:Core/getImages:getImages": get_images,
    "oci:Core/getPrivateIps:getPrivateIps": get_private_ips,
    "oci:Core/getVnicAttachments:getVnicAttachments": get_vnic_attachments,
    "oci:Dns/getRrsets:getRrsets": dns.get_rrsets,
    "oci:Dns/getZones:getZones": dns.get_zones,
    "oci:Identity/getAvailabilityDomains:getAvailabilityDomains": get_availability_domains,
    "oci:Identity/getCompartment:getCompartment": identity.get_compartment,
    "oci:ObjectStorage/getNamespace:getNamespace": objectstorage.get_namespace,
}
