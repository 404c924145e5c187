"""Domains and addresses as people write them, and as DNS carries them."""

import pytest

from core.addresses import address_in_dns, address_problem, domain_for_people, domain_in_dns
from tests.core import samples


@pytest.mark.parametrize(
    ("written", "in_dns"),
    [
        ("example.com", "example.com"),
        ("müller.example", "xn--mller-kva.example"),
        ("mu\u0308ller.example", "xn--mller-kva.example"),  # the same word, typed on another system
        ("straße.de", "xn--strae-oqa.de"),  # the rules of 2003 made strasse.de of it: another domain
        ("日本。example", "xn--wgv71a.example"),
        ("\uff41.com", "a.com"),
        ("xn--mller-kva.example", "xn--mller-kva.example"),
        ("xn--i-7iq.ws", "xn--i-7iq.ws"),  # registered before the rules of 2008
    ],
)
def test_a_domain_is_spelled_as_registries_do_today(written: str, in_dns: str) -> None:
    assert domain_in_dns(written) == in_dns


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", "is empty"),
        ("Müller.example", "has upper-case letters; write müller.example"),
        ("mül ler.example", "has a space in it"),
        ("ü" * 300 + ".de", "characters long"),
        ("ü" * 60 + ".de", "has signs that no registry takes"),
        ("ü..de", "has signs that no registry takes"),
        ("\u200dx.de", "has signs that no registry takes"),
        ("א1א\u0660.example", "has signs that no registry takes"),
        ("a@ü.de", "is an address"),
        ("https://ü.de/", "is more than a domain"),
        ("ü.123", "looks like an IP address"),
    ],
)
def test_what_no_registry_takes_is_refused_with_what_to_write(written: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        domain_in_dns(written)


@pytest.mark.parametrize(
    ("in_dns", "read"),
    [
        ("example.com", "example.com"),
        ("xn--mller-kva.example", "müller.example"),
        ("xn--strae-oqa.de", "straße.de"),
        ("xn--i-7iq.ws", "xn--i-7iq.ws"),
        ("xn--9999999999.de", "xn--9999999999.de"),
    ],
)
def test_people_read_a_domain_as_they_write_it_where_that_leads_back(in_dns: str, read: str) -> None:
    assert domain_for_people(in_dns) == read


def test_addresses_elsewhere_may_have_signs_that_we_give_nobody() -> None:
    assert address_problem("o'brien+list=x@else.example.org") is None
    assert address_in_dns("o'brien@müller.example") == "o'brien@xn--mller-kva.example"


@pytest.mark.parametrize(
    "address", ["a,b@x.org", "a b@x.org", 'a"@x.org', "a\n@x.org", ".a@x.org", "a..b@x.org", "<a@x.org", "@x.org", "a@"]
)
def test_what_could_end_an_address_or_a_line_is_in_none(address: str) -> None:
    assert address_problem(address) is not None


def test_the_domains_of_a_stack_may_be_written_either_way_and_once() -> None:
    assert samples.settings(domain_names=("müller.example",)).domain_names == ("xn--mller-kva.example",)
    with pytest.raises(ValueError, match="is there twice"):
        samples.settings(domain_names=("müller.example", "xn--mller-kva.example"))
