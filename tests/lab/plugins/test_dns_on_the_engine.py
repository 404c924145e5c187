"""The real engine and DNS of the lab's cloud: what others have in a zone outlives all that a stack does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lab.plugins.oci import dns
from lab.plugins.oci.cloud import Cloud
from tests.lab.plugins.engine_runs import Program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lab.world import World

pytestmark = pytest.mark.lab

DOMAIN = "example.com"
PROOF, WEB_SITE = '"google-site-verification=abc"', "198.51.100.80"
VPN = "{name: vpn, address: 203.0.113.9}"


class Zone:
    """A customer's zone, with a web site."""

    def __init__(self, world: World) -> None:
        self._cloud = Cloud(world, "eu-frankfurt-1")
        self._id = dns.add_zone(self._cloud, DOMAIN, compartment_id="ocid1.compartment.oc1..trial")
        self.put(DOMAIN, "A", WEB_SITE)
        self.put(DOMAIN, "TXT", PROOF)
        self.put(f"www.{DOMAIN}", "CNAME", f"{DOMAIN}.")

    def put(self, name: str, kind: str, *rdata: str) -> None:
        dns.put(self._cloud, self._id, name, kind, [(one, 300) for one in rdata])

    @property
    def held(self) -> dict[tuple[str, str], list[str]]:
        return {key: [rdata for rdata, _ in values] for key, values in dns.held(self._cloud, self._id).items()}


@pytest.fixture(scope="module")
def zone(cloud_world: World) -> Zone:
    return Zone(cloud_world)


@pytest.fixture(scope="module")
def stack(cloud_world: World, ssh_key: Path, ssh_agent: Path, zone: Zone) -> Iterator[Program]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRIAL_REPOSITORY", str(Path(__file__).parents[3]))
        source = Path(__file__).with_name("dns_program.py").read_text()
        program = Program(cloud_world, cloud_world.folder / "dns", source, ssh_key=ssh_key, ssh_agent=ssh_agent)
        program.initialise()
        yield program
        program.run("cancel", "--yes")
        program.run("destroy", "--yes", "--skip-preview")


def test_records_are_entered_beside_those_of_others(stack: Program, zone: Zone) -> None:
    stack.up_well()

    assert zone.held[DOMAIN, "MX"] == ["10 mail.example.com."]
    assert zone.held[DOMAIN, "TXT"] == [PROOF, '"v=spf1 mx ip4:192.0.2.1 -all"']
    assert zone.held[DOMAIN, "A"] == [WEB_SITE]
    assert zone.held[f"www.{DOMAIN}", "CNAME"] == [f"{DOMAIN}."]


def test_a_second_up_and_one_after_a_refresh_change_nothing(stack: Program) -> None:
    stack.up_well("--expect-no-changes")
    assert stack.run("refresh", "--yes", "--skip-preview", "--expect-no-changes").status == 0
    stack.up_well("--expect-no-changes")


def test_another_address_replaces_what_came_from_here(stack: Program, zone: Zone) -> None:
    stack.up_well(address="192.0.2.2")

    assert zone.held[f"mail.{DOMAIN}", "A"] == ["192.0.2.2"]
    assert zone.held[DOMAIN, "TXT"] == [PROOF, '"v=spf1 mx ip4:192.0.2.2 -all"']
    stack.up_well("--expect-no-changes", address="192.0.2.2")


def test_a_text_that_somebody_adds_by_hand_stays(stack: Program, zone: Zone) -> None:
    zone.put(DOMAIN, "TXT", PROOF, '"MS=ms1"', '"v=spf1 mx ip4:192.0.2.2 -all"')
    stack.up_well(address="192.0.2.1")

    assert zone.held[DOMAIN, "TXT"] == ['"MS=ms1"', PROOF, '"v=spf1 mx ip4:192.0.2.1 -all"']


def test_a_record_of_somebody_else_is_not_replaced_and_the_run_says_which(stack: Program, zone: Zone) -> None:
    zone.put(f"vpn.{DOMAIN}", "A", "198.51.100.99")
    before = zone.held
    ended = stack.up(hosts=VPN)

    assert ended.status != 0
    assert "vpn.example.com has a record A 198.51.100.99 in its zone, which did not come from here" in ended.output
    assert "Traceback" not in ended.output
    assert zone.held == before

    zone.put(f"vpn.{DOMAIN}", "A")
    stack.up_well(hosts=VPN)
    assert zone.held[f"vpn.{DOMAIN}", "A"] == ["203.0.113.9"]


def test_destroying_the_stack_leaves_the_zone_to_its_owner(stack: Program, zone: Zone) -> None:
    assert stack.run("destroy", "--yes", "--skip-preview").status == 0

    assert zone.held[DOMAIN, "A"] == [WEB_SITE]
    assert zone.held[f"www.{DOMAIN}", "CNAME"] == [f"{DOMAIN}."]
    assert {PROOF, '"MS=ms1"'} < set(zone.held[DOMAIN, "TXT"])
    assert (DOMAIN, "MX") not in zone.held
