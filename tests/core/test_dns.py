"""The records that are told to whoever keeps the zone."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as patient

from core.desired_state import desired_state
from core.dns import DnsRecord, Offer, dns_records
from core.dns_rdata import rdata_of
from core.errors import InputError
from core.people import MailDomain, MailList, Subdomain
from core.settings import Settings
from tests.core import samples
from tests.core.lists import mail_lists

IP, IP2 = "192.0.2.1", "192.0.2.2"
OFFER = Offer(sieve=False, lets_encrypt=True)
DKIM = "v=DKIM1;k=rsa;t=s;s=email;p=MIIB"


def records(*domains: MailDomain, dkim: dict[str, str] | None = None, **changes: object) -> list[DnsRecord]:
    wanted = samples.state(*domains, **changes)
    return dns_records(
        wanted, offer=OFFER, addresses={1: IP, 2: IP2}, dkim={"example.com": DKIM} if dkim is None else dkim
    )


def required(found: list[DnsRecord]) -> set[tuple[str, str, str]]:
    return {(record.name, record.type, record.value) for record in found if record.required}


def values(found: list[DnsRecord], name: str, kind: str) -> list[str]:
    return [record.value for record in found if (record.name, record.type) == (name, kind)]


def test_one_domain_needs_exactly_these_records() -> None:
    assert required(records()) == {
        ("mail.example.com", "A", IP),
        (IP, "PTR", "mail.example.com"),
        ("example.com", "MX", "10 mail.example.com"),
        ("example.com", "TXT", f"v=spf1 mx ip4:{IP} -all"),
        ("s1._domainkey.example.com", "TXT", DKIM),
        ("_dmarc.example.com", "TXT", "v=DMARC1; p=quarantine; rua=mailto:postmaster@example.com"),
    }


def test_each_other_domain_has_a_name_of_its_own_to_deliver_to() -> None:
    found = records(samples.domain(), samples.domain("startup.io"))

    assert values(found, "mail.startup.io", "A") == [IP]
    assert values(found, "startup.io", "MX") == ["10 mail.startup.io"]
    assert values(found, "mail.example.com", "A") == [IP]


def test_a_host_with_a_name_of_its_own_leaves_every_domain_its_mail_name() -> None:
    found = records(mail_hostname="mx.corp.net")

    assert values(found, "mx.corp.net", "A") == values(found, "mail.example.com", "A") == [IP]
    assert values(found, IP, "PTR") == ["mx.corp.net"]


def test_a_domain_on_another_host_leads_there() -> None:
    found = records(samples.domain(), samples.domain("startup.io", server=2), instance_count=2)

    assert values(found, "mail2.example.com", "A") == values(found, "mail.startup.io", "A") == [IP2]
    assert values(found, "startup.io", "TXT") == [f"v=spf1 mx ip4:{IP2} -all"]
    assert values(found, "autoconfig.startup.io", "CNAME") == ["mail2.example.com"]


def test_the_host_itself_has_a_policy_under_which_its_notices_arrive() -> None:
    found = records()

    assert values(found, "mail.example.com", "TXT") == ["v=spf1 a -all"]
    assert values(found, "_dmarc.mail.example.com", "TXT") == ["v=DMARC1; p=none"]


def test_mail_programs_find_their_settings() -> None:
    found = records()

    assert values(found, "autodiscover.example.com", "CNAME") == ["mail.example.com"]
    assert values(found, "autoconfig.example.com", "CNAME") == ["mail.example.com"]
    assert values(found, "_imaps._tcp.example.com", "SRV") == ["0 1 993 mail.example.com"]
    assert values(found, "_submissions._tcp.example.com", "SRV") == ["0 1 465 mail.example.com"]
    assert values(found, "_carddavs._tcp.example.com", "TXT") == ["path=/SOGo/dav/"]


def test_a_domain_without_a_key_yet_gets_no_empty_record() -> None:
    assert not [record for record in records(dkim={}) if "_domainkey" in record.name]


def test_a_key_that_comes_quoted_and_split_is_one_text() -> None:
    found = records(dkim={"example.com": '"v=DKIM1;k=rsa;" "p=MIIB"'})

    assert values(found, "s1._domainkey.example.com", "TXT") == ["v=DKIM1;k=rsa;p=MIIB"]


def test_every_record_says_why_and_none_is_there_twice() -> None:
    found = records(samples.domain(), samples.domain("startup.io"))

    assert all(record.reason for record in found)
    assert len({(record.name, record.type, record.value) for record in found}) == len(found)
    assert "cloud provider" in next(record.reason for record in found if record.type == "PTR")


def test_a_name_with_an_alias_record_has_no_other_record() -> None:
    found = records(samples.domain(), samples.domain("startup.io"))
    names = [record.name for record in found]

    assert all(names.count(record.name) == 1 for record in found if record.type == "CNAME")


def test_a_domain_has_exactly_one_spf_record() -> None:
    found = records(samples.domain(), samples.domain("startup.io"))

    for name in {record.name for record in found}:
        assert sum(value.startswith("v=spf1") for value in values(found, name, "TXT")) <= 1


def test_a_server_that_is_known_by_name_keeps_its_own_records_and_the_domains_lead_to_it() -> None:
    """No address is known here, and an MX may not lead to an alias of a name."""
    wanted = samples.state(samples.domain(), samples.domain("startup.io"))
    found = dns_records(wanted, offer=OFFER, addresses={1: "vps7.provider.example"}, dkim={})

    assert not [record for record in found if record.type in {"A", "AAAA", "PTR"}]
    assert values(found, "startup.io", "MX") == ["10 mail.example.com"]
    assert values(found, "startup.io", "TXT") == ["v=spf1 mx -all"]


def test_a_server_with_an_ipv6_address_alone_is_entered_as_such() -> None:
    found = dns_records(samples.state(), offer=OFFER, addresses={1: "2001:db8::25"}, dkim={})

    assert values(found, "mail.example.com", "AAAA") == ["2001:db8::25"]
    assert values(found, "example.com", "TXT") == ["v=spf1 mx ip6:2001:db8::25 -all"]


def test_host_names_of_the_list_are_entered_as_what_they_lead_to_and_mail_works_without_them() -> None:
    hosts = (
        Subdomain(name="shop", cname="shops.example.net"),
        Subdomain(name="vpn", address="203.0.113.9"),
        Subdomain(name="a.b", address="2001:db8::9"),
    )
    found = records(samples.domain(subdomains=hosts))

    assert values(found, "shop.example.com", "CNAME") == ["shops.example.net"]
    assert values(found, "vpn.example.com", "A") == ["203.0.113.9"]
    assert values(found, "a.b.example.com", "AAAA") == ["2001:db8::9"]
    assert not {(f"{name}.example.com") for name in ("shop", "vpn", "a.b")} & {name for name, _, _ in required(found)}


def test_a_selector_of_its_own_names_a_domains_key() -> None:
    found = records(samples.domain(dkim_selector="k2026"))

    assert values(found, "k2026._domainkey.example.com", "TXT") == [DKIM]


def test_while_one_key_follows_another_both_are_published_and_neither_beside_it_is_required() -> None:
    beside = {"s3": "v=DKIM1;p=new", "s1": "v=DKIM1;p=old"}
    keys = {"example.com": DKIM, **{f"{selector}._domainkey.example.com": text for selector, text in beside.items()}}
    changing = samples.domain(dkim_selector="s2", dkim_next="s3", dkim_retired="s1")

    found = [record for record in records(changing, dkim=keys) if "_domainkey" in record.name]

    assert [(record.name.partition(".")[0], record.value, record.required) for record in found] == [
        ("s2", DKIM, True),
        ("s3", "v=DKIM1;p=new", False),
        ("s1", "v=DKIM1;p=old", False),
    ]


def test_a_key_that_is_not_made_yet_has_no_record() -> None:
    found = records(samples.domain(dkim_next="s2", dkim_retired="s0"))

    assert [record.name for record in found if "_domainkey" in record.name] == ["s1._domainkey.example.com"]


def test_certificates_from_elsewhere_are_forbidden_at_the_names_of_the_certificate_and_nowhere_else() -> None:
    """At the domain's own name the record would forbid the web site's."""
    found = records(samples.domain(), samples.domain("startup.io"))
    caa = {record.name: record.value for record in found if record.type == "CAA"}

    assert caa == dict.fromkeys(("mail.example.com", "mail.startup.io"), '0 issue "letsencrypt.org"')


def test_with_certificates_of_ones_own_nobody_is_forbidden_any() -> None:
    wanted = samples.state()
    found = dns_records(wanted, offer=Offer.of(samples.settings(lets_encrypt=False)), addresses={1: IP}, dkim={})

    assert not [record for record in found if record.type == "CAA"]


@pytest.mark.parametrize(("is_open", "value"), [(True, "0 1 4190 mail.example.com"), (False, "0 0 0 .")])
def test_whether_filters_can_be_edited_is_announced_either_way(*, is_open: bool, value: str) -> None:
    offer = Offer.of(samples.settings(sieve_open=is_open))
    found = dns_records(samples.state(), offer=offer, addresses={1: IP}, dkim={})

    assert values(found, "_sieve._tcp.example.com", "SRV") == [value]


def test_nothing_is_announced_that_nobody_knows_of_a_server_that_is_there_already() -> None:
    there = Settings(host="existing", host_address=IP, mail_hostname="mail.example.com")
    found = dns_records(samples.state(), offer=Offer.of(there), addresses={1: IP}, dkim={})

    assert not [record for record in found if record.type == "CAA" or record.name.startswith("_sieve")]


def test_others_are_told_where_to_report_failing_tls() -> None:
    assert values(records(), "_smtp._tls.example.com", "TXT") == ["v=TLSRPTv1; rua=mailto:postmaster@example.com"]


def test_each_record_says_in_whose_zone_it_stands() -> None:
    found = records(
        samples.domain(subdomains=(Subdomain(name="www.eu", address="203.0.113.9"),)),
        samples.domain("eu.example.com"),
        mail_hostname="mx.corp.net",
    )
    zones = {(record.name, record.type): record.domain for record in found}

    assert zones["mail.example.com", "A"] == zones["_dmarc.example.com", "TXT"] == "example.com"
    assert zones["eu.example.com", "MX"] == zones["www.eu.example.com", "A"] == "eu.example.com"
    assert zones["mx.corp.net", "A"] == zones[IP, "PTR"] == ""


def test_a_name_that_only_ends_like_a_domain_is_not_in_its_zone() -> None:
    found = records(mail_hostname="mail.notexample.com")

    assert {record.domain for record in found if "notexample" in record.name} == {""}


@patient(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(mail_lists())
def test_every_list_makes_zones_that_a_name_server_takes(people: MailList) -> None:
    """Beside a CNAME stands nothing, no record is there twice, and a set has what DNS allows it."""
    settings = samples.settings(instance_count=20, allow_paid=True)
    try:
        wanted = desired_state(settings, people, stack="dev", mail_list_file="mail_list.yml")
    except InputError:
        return
    found = dns_records(wanted, offer=OFFER, addresses={host.number: IP for host in wanted.hosts}, dkim={})
    zoned = [record for record in found if record.type != "PTR"]
    names = [record.name for record in zoned]

    assert all(names.count(record.name) == 1 for record in zoned if record.type == "CNAME")
    assert len({(record.name, record.type, rdata_of(record)) for record in zoned}) == len(zoned)


def test_a_relay_may_send_for_the_domains_that_use_it_and_for_the_host_whose_bounces_it_carries() -> None:
    stack: dict[str, Any] = {
        "outbound": "relay",
        "relay_host": "smtp.relay.example",
        "relay_spf": "include:spf.relay.example",
    }
    found = records(samples.domain(), samples.domain("startup.io", outbound="direct"), **stack)

    assert values(found, "example.com", "TXT") == [f"v=spf1 mx ip4:{IP} include:spf.relay.example -all"]
    assert values(found, "startup.io", "TXT") == [f"v=spf1 mx ip4:{IP} -all"]
    assert values(found, "mail.example.com", "TXT") == ["v=spf1 a include:spf.relay.example -all"]


def test_a_host_all_of_whose_mail_is_relayed_does_without_a_pointer_record() -> None:
    """A free account at Oracle gets none."""
    stack: dict[str, Any] = {"outbound": "relay", "relay_host": "smtp.relay.example"}
    only, both = records(**stack), records(samples.domain(), samples.domain("startup.io", outbound="direct"), **stack)

    assert [record.required for record in only if record.type == "PTR"] == [False]
    assert [record.required for record in both if record.type == "PTR"] == [True]
