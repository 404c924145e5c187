"""DNS records in the customer's zones at Oracle, on mocks: what is asked for, and what is left alone."""

from typing import Any

from components.dns_output import dns_output
from components.dns_zones import DnsZones, DnsZonesArgs, Records
from core.dns import Offer
from tests.components import wishes
from tests.engine import ADDRESS, Engine, Registration

ZONES = "oci:Dns/getZones:getZones"
RRSETS = "oci:Dns/getRrsets:getRrsets"
RRSET = "oci:Dns/rrset:Rrset"
OFFER = Offer(sieve=False, lets_encrypt=True)
ONE_DOMAIN = (
    "domains:\n  - name: example.com\n    users: [alice]\n    subdomains: [{name: vpn, address: 203.0.113.9}]\n"
)
KEYS = {"example.com": "v=DKIM1;k=rsa;p=" + "k" * 400, "startup.io": "v=DKIM1;p=MIIB"}


def rrset(name: str, kind: str, *rdata: str) -> dict[str, Any]:
    """A record set as the zone has it."""
    return {"domain": name, "rtype": kind, "items": [{"domain": name, "rtype": kind, "rdata": it} for it in rdata]}


def made(
    *there: dict[str, Any],
    mail_list: str = ONE_DOMAIN,
    zones: tuple[str, ...] = ("example.com",),
    earlier: Records | None = None,
    address: str = ADDRESS,
) -> dict[str, Registration]:
    """Make the component; its record sets by name and type."""
    looked_up = {
        ZONES: {"zones": [{"name": zone, "id": f"ocid1.dns-zone.oc1..{zone}"} for zone in zones]},
        RRSETS: {"rrsets": list(there)},
    }
    engine = Engine(looked_up=looked_up)

    def program() -> None:
        state = wishes.state(mail_list)
        records = dns_output(state, offer=OFFER, addresses={1: address}, dkim=KEYS)
        args = DnsZonesArgs(
            compartment_id="ocid1.compartment.oc1..a", state=state, offer=OFFER, records=records, earlier=earlier
        )
        DnsZones("dns-zones", args)

    engine.run(program)
    return {it.name: it for it in engine.registered if it.type == RRSET}


def rdata(found: Registration) -> list[str]:
    return [item["rdata"] for item in found.inputs["items"]]


def test_every_record_but_the_pointer_becomes_one_of_a_set() -> None:
    sets = made()

    assert rdata(sets["mail.example.com-A"]) == [ADDRESS]
    assert rdata(sets["example.com-TXT"]) == [f'"v=spf1 mx ip4:{ADDRESS} -all"']
    assert rdata(sets["vpn.example.com-A"]) == ["203.0.113.9"]
    assert not [name for name in sets if name.endswith("-PTR")]
    assert sets["example.com-MX"].inputs["zoneNameOrId"] == "ocid1.dns-zone.oc1..example.com"
    assert sets["example.com-MX"].inputs["domain"] == "example.com"


def test_data_is_written_as_oracle_gives_it_back() -> None:
    """Else every update would change every record: whole names end with a dot, texts are quoted and split."""
    sets = made()

    assert rdata(sets["example.com-MX"]) == ["10 mail.example.com."]
    assert rdata(sets["autoconfig.example.com-CNAME"]) == ["mail.example.com."]
    assert rdata(sets["_imaps._tcp.example.com-SRV"]) == ["0 1 993 mail.example.com."]
    assert rdata(sets["_sieve._tcp.example.com-SRV"]) == ["0 0 0 ."]
    assert rdata(sets["mail.example.com-CAA"]) == ['0 issue "letsencrypt.org"']
    (key,) = rdata(sets["s1._domainkey.example.com-TXT"])
    assert key == '"' + KEYS["example.com"][:255] + '" "' + KEYS["example.com"][255:] + '"'


def test_texts_of_others_beside_the_spf_record_are_kept_and_the_set_outlives_the_stack() -> None:
    sets = made(rrset("example.com", "TXT", '"google-site-verification=abc"'), rrset("example.com", "A", "192.0.2.80"))

    assert rdata(sets["example.com-TXT"]) == ['"google-site-verification=abc"', f'"v=spf1 mx ip4:{ADDRESS} -all"']
    assert sets["example.com-TXT"].options.retainOnDelete
    assert not sets["example.com-MX"].options.retainOnDelete
    assert "example.com-A" not in sets


def test_what_came_from_here_is_replaced_by_what_is_wanted_now() -> None:
    before = [
        {"name": "mail.example.com", "type": "A", "value": "203.0.113.1", "domain": "example.com"},
        {"name": "example.com", "type": "TXT", "value": "v=spf1 mx ip4:203.0.113.1 -all", "domain": "example.com"},
    ]
    complete = [{"reason": "", "required": True, **record} for record in before]
    there = (
        rrset("mail.example.com", "A", "203.0.113.1"),
        rrset("example.com", "TXT", '"v=spf1 mx ip4:203.0.113.1 -all"', '"MS=ms123"'),
    )
    sets = made(*there, earlier=complete)

    assert rdata(sets["mail.example.com-A"]) == [ADDRESS]
    assert rdata(sets["example.com-TXT"]) == ['"MS=ms123"', f'"v=spf1 mx ip4:{ADDRESS} -all"']


def test_a_second_update_asks_for_the_same_though_the_zone_is_full_by_then() -> None:
    first = made()
    there = [rrset(it.inputs["domain"], it.inputs["rtype"], *rdata(it)) for it in first.values()]

    assert {name: it.inputs for name, it in made(*there).items()} == {name: it.inputs for name, it in first.items()}


def test_a_domain_below_a_zone_stands_in_that_zone() -> None:
    sets = made(mail_list="domains:\n  - name: eu.example.com\n    users: [alice]\n")

    assert sets["eu.example.com-MX"].inputs["zoneNameOrId"] == "ocid1.dns-zone.oc1..example.com"


def test_zones_are_looked_up_once_and_each_zones_records_once() -> None:
    engine = Engine(looked_up={ZONES: {"zones": [{"name": "example.com", "id": "z"}]}, RRSETS: {"rrsets": []}})

    def program() -> None:
        state = wishes.state(ONE_DOMAIN)
        records = dns_output(state, offer=OFFER, addresses={1: ADDRESS}, dkim=KEYS)
        DnsZones("dns-zones", DnsZonesArgs(compartment_id="c", state=state, offer=OFFER, records=records, earlier=None))

    engine.run(program)

    assert sorted(call.token for call in engine.calls) == [RRSETS, ZONES]
