"""DNS of the lab's cloud: what Oracle's would say, as far as the program relies on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lab.plugins.oci import dns
from lab.plugins.oci.cloud import Cloud, ServiceError
from tests.lab.plugins.cloud_without_docker import COMPARTMENT, REGION, CloudUnderTest

if TYPE_CHECKING:
    from pathlib import Path

RRSET = "oci:Dns/rrset:Rrset"
DOMAIN = "example.com"


@pytest.fixture
def cloud(tmp_path: Path) -> CloudUnderTest:
    return CloudUnderTest(tmp_path)


@pytest.fixture
def zone(cloud: CloudUnderTest) -> str:
    return dns.add_zone(Cloud(cloud.world, REGION), DOMAIN, compartment_id=COMPARTMENT)


def inputs(zone: str, name: str, kind: str, *rdata: str) -> dict[str, Any]:
    items = [{"domain": name, "rtype": kind, "rdata": one, "ttl": 3600} for one in rdata]
    return {"zoneNameOrId": zone, "domain": name, "rtype": kind, "items": items}


def held(cloud: CloudUnderTest, zone: str, name: str, kind: str) -> list[str]:
    found = dns.held(Cloud(cloud.world, REGION), zone).get((name, kind), [])
    return [rdata for rdata, _ in found]


def test_a_set_is_put_whole_whatever_was_in_it(cloud: CloudUnderTest, zone: str) -> None:
    """What makes the program's care necessary."""
    dns.put(Cloud(cloud.world, REGION), zone, DOMAIN, "TXT", [('"google-site-verification=abc"', 300)])
    cloud.create(RRSET, **inputs(zone, DOMAIN, "TXT", '"v=spf1 mx -all"'))

    assert held(cloud, zone, DOMAIN, "TXT") == ['"v=spf1 mx -all"']


def test_data_comes_back_in_its_normal_form(cloud: CloudUnderTest, zone: str) -> None:
    _, outputs = cloud.create(RRSET, **inputs(zone, DOMAIN, "MX", "10 mail.example.com"))

    assert outputs["items"][0]["rdata"] == "10 mail.example.com."


def test_an_unquoted_text_means_what_it_means_to_dns(cloud: CloudUnderTest, zone: str) -> None:
    _, outputs = cloud.create(RRSET, **inputs(zone, DOMAIN, "TXT", "v=spf1 mx -all"))

    assert outputs["items"][0]["rdata"] == '"v=spf1" "mx" "-all"'


def test_a_set_is_found_changed_and_taken_out_by_an_id_that_says_what_it_is(cloud: CloudUnderTest, zone: str) -> None:
    given = inputs(zone, "mail.example.com", "A", "192.0.2.1")
    id_, outputs = cloud.create(RRSET, **given)
    assert id_ == f"zoneNameOrId/{zone}/domain/mail.example.com/rtype/A"

    cloud.update(RRSET, id_, outputs, **inputs(zone, "mail.example.com", "A", "192.0.2.2"))
    assert held(cloud, zone, "mail.example.com", "A") == ["192.0.2.2"]
    dns.put(Cloud(cloud.world, REGION), zone, "mail.example.com", "A", [("192.0.2.3", 60)])
    read = cloud.read(RRSET, id_, given)
    assert read
    assert read["items"][0]["rdata"] == "192.0.2.3"
    cloud.delete(RRSET, id_)
    assert held(cloud, zone, "mail.example.com", "A") == []
    assert held(cloud, zone, DOMAIN, "NS")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("www.other.org", "A", "192.0.2.1"), "is not in zone example.com"),
        (("example.com", "A", "not-an-address"), "is none of type A"),
        (("example.com", "TXT", '"' + "a" * 256 + '"'), "is none of type TXT"),
        (("www.example.com", "CNAME", "example.com."), "CNAME and other records cannot coexist"),
    ],
)
def test_what_oracle_would_refuse_is_refused(
    cloud: CloudUnderTest, zone: str, given: tuple[str, ...], said: str
) -> None:
    dns.put(Cloud(cloud.world, REGION), zone, "www.example.com", "A", [("192.0.2.1", 60)])

    with pytest.raises(ServiceError, match=said):
        cloud.create(RRSET, **inputs(zone, *given))
    assert held(cloud, zone, "www.example.com", "A") == ["192.0.2.1"]


def test_zones_and_their_sets_are_listed(cloud: CloudUnderTest, zone: str) -> None:
    zones = cloud.invoke("oci:Dns/getZones:getZones", compartmentId=COMPARTMENT, zoneType="PRIMARY")["zones"]
    rrsets = cloud.invoke("oci:Dns/getRrsets:getRrsets", zoneNameOrId=zone)["rrsets"]

    assert [(one["name"], one["id"]) for one in zones] == [(DOMAIN, zone)]
    assert [(one["domain"], one["rtype"], len(one["items"])) for one in rrsets] == [(DOMAIN, "NS", 2)]
