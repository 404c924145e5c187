"""MTA-STS policies: what they say, when they stand in DNS, and where they would do harm."""

from dataclasses import replace

import pytest

from core.certificate import wanted_names
from core.dns import dns_records
from core.errors import InputError
from core.mta_sts import MODES, OFF, policy_of
from core.people import MailDomain, Subdomain
from tests.core import samples
from tests.core.zone_cases import OFFER

ENFORCED = samples.domain(mta_sts="enforce")


def records(*domains: MailDomain) -> dict[str, tuple[str, str]]:
    """Type and value of each record about MTA-STS, by name."""
    state = samples.state(*domains)
    found = dns_records(state, offer=OFFER, addresses={1: "192.0.2.1"}, dkim={})
    return {one.name: (one.type, one.value) for one in found if "mta-sts" in one.name}


def test_a_domain_has_no_policy_until_the_list_says_so() -> None:
    assert policy_of(OFF, "example.com", "mail.example.com") is None
    assert records(samples.domain()) == {}


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode != OFF])
def test_a_policy_allows_the_domains_own_mail_name_and_its_hosts(mode: str) -> None:
    policy = policy_of(mode, "startup.io", "mail.example.com")

    assert policy is not None
    assert policy.mx == ("mail.startup.io", "mail.example.com")
    assert 86_400 <= policy.max_age_s <= 31_557_600, "RFC 8461, 3.2: at most a year"


def test_a_policy_has_two_records_one_where_it_lies_and_one_that_announces_it() -> None:
    policy = policy_of("enforce", "example.com", "mail.example.com")

    assert policy is not None
    assert records(ENFORCED) == {
        "mta-sts.example.com": ("CNAME", "mail.example.com"),
        "_mta-sts.example.com": ("TXT", f"v=STSv1; id={policy.id};"),
    }


def test_the_id_is_another_whenever_the_policy_is_another_and_else_the_same() -> None:
    """Senders fetch a policy again when the id differs from the one they know (RFC 8461, 3.1)."""
    policy = policy_of("testing", "example.com", "mail.example.com")
    assert policy is not None
    others = [
        replace(policy, mode="enforce"),
        replace(policy, mx=("mail.example.com", "mail.other.example")),
        replace(policy, max_age_s=1),
    ]

    assert policy.id == replace(policy).id
    assert len({policy.id, *(other.id for other in others)}) == 4
    assert policy.id.isascii()
    assert policy.id.isalnum()
    assert len(policy.id) <= 32


def test_the_certificate_holds_the_name_that_the_policy_is_fetched_by() -> None:
    """A policy behind a certificate without that name is not read at all."""
    state = samples.state(ENFORCED, samples.domain("startup.io"))

    wanted = wanted_names(state, state.hosts[0])

    assert "mta-sts.example.com" in wanted
    assert "mta-sts.startup.io" not in wanted


def test_nobody_is_told_to_insist_on_a_certificate_that_nobody_trusts() -> None:
    """Enforced over mailcow's own certificate, no mail would come at all."""
    with pytest.raises(InputError, match=r"mta_sts: enforce of example\.com .* lets_encrypt is false"):
        samples.state(ENFORCED, lets_encrypt=False)


def test_four_names_a_domain_fill_a_certificate_sooner() -> None:
    domains = [samples.domain(f"d{number}.example", line=number, mta_sts="testing") for number in range(1, 27)]

    with pytest.raises(InputError, match="three for each domain and one for its mta_sts, so 25 domains fit there"):
        samples.state(*domains)


def test_a_host_of_the_list_cannot_take_the_policys_name() -> None:
    hosts = (Subdomain(name="mta-sts", address="203.0.113.9"),)

    samples.state(samples.domain(subdomains=hosts))
    with pytest.raises(InputError, match=r"mta-sts of example\.com is a name that mail needs"):
        samples.state(samples.domain(subdomains=hosts, mta_sts="testing"))
