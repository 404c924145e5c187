"""SPF, worked out for records that nobody thought of."""

import ipaddress
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dns_seen import Answer, Ask, Reply
from core.spf_terms import is_spf, read_spf
from core.spf_walk import MOST_LOOKUPS, SpfWalk, last_word
from core.tag_list import read_tags

OURS: Final = ipaddress.ip_address("192.0.2.10")
TERMS: Final = st.sampled_from(
    (
        *("mx", "a", "a:x.test", "ip4:192.0.2.0/24", "ip6:2001:db8::/32", "-all", "~all", "include:i.test"),
        *("redirect=r.test", "ipv4:192.0.2.1", "ip4:192.0.2.1/33", "ptr", "?a/24//64", "exp=e.test"),
        *("exists:%{i}.test", "x", ":", "=", "/"),
    )
)


def texts(records: dict[str, str]) -> Ask:
    """What asks a world of TXT records; all else has no answer."""

    def ask(name: str, kind: str) -> Answer:
        values = (records[name],) if kind == "TXT" and name in records else ()
        return Answer(name=name, type=kind, replies=(Reply(server="resolver", values=values),))

    return ask


def walked(records: dict[str, str], at: str = "example.com", address: str = "192.0.2.10") -> SpfWalk:
    walk = SpfWalk(ask=texts(records), address=ipaddress.ip_address(address))
    walk.result(at, records[at])
    return walk


@given(st.text())
def test_no_text_is_too_strange_to_be_read(text: str) -> None:
    """What stands in somebody's DNS is input from a stranger."""
    read_spf(f"v=spf1 {text}")
    read_tags(text)
    is_spf(text)


@given(st.lists(TERMS, max_size=25), st.lists(TERMS, max_size=25), st.lists(TERMS, max_size=25))
def test_every_evaluation_ends_whatever_includes_whatever(own: list[str], inner: list[str], other: list[str]) -> None:
    records = {
        name: f"v=spf1 {' '.join(terms)}"
        for name, terms in (("example.com", own), ("i.test", inner), ("r.test", other))
    }

    walk = walked(records)

    assert (walk.lookups > MOST_LOOKUPS) == any(one.fault == "spf-too-many-lookups" for one in walk.troubles)
    last_word(records["example.com"], "example.com", texts(records))


@given(st.integers(0, 25))
def test_look_ups_are_counted_down_every_include(depth: int) -> None:
    """RFC 7208, 4.6.4: ten in all, whoever's record they stand in."""
    chain = {f"i{at}.test": f"v=spf1 include:i{at + 1}.test -all" for at in range(depth)}
    records = {**chain, f"i{depth}.test": "v=spf1 ip4:192.0.2.10 -all", "example.com": "v=spf1 include:i0.test -all"}

    walk = walked(records)

    assert walk.lookups == depth + 1
    assert bool(walk.troubles) == (depth + 1 > MOST_LOOKUPS)


@given(st.ip_addresses(v=4), st.integers(0, 32))
def test_a_network_matches_the_addresses_in_it_and_no_others(network: ipaddress.IPv4Address, bits: int) -> None:
    text = f"v=spf1 ip4:{network}/{bits} -all"
    walk = SpfWalk(ask=texts({}), address=OURS)

    inside = OURS in ipaddress.ip_network(f"{network}/{bits}", strict=False)
    assert walk.result("example.com", text) == ("pass" if inside else "fail")


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("v=spf1 ip4:192.0.2.10 -all", "pass"),
        ("v=spf1 -ip4:192.0.2.10 +all", "fail"),
        ("v=spf1 ~ip4:192.0.2.0/24 -all", "softfail"),
        ("v=spf1 ip4:198.51.100.1", "neutral"),
        ("v=spf1 include:ours.test -all", "pass"),
        # An include that says no is no match, and not a refusal (RFC 7208, 5.2).
        ("v=spf1 include:no.test ip4:192.0.2.10 -all", "pass"),
        ("v=spf1 redirect=ours.test", "pass"),
        # A redirect counts only where there is no all (RFC 7208, 6.1).
        ("v=spf1 -all redirect=ours.test", "fail"),
        ("V=SPF1 IP4:192.0.2.10 -ALL", "pass"),
    ],
)
def test_terms_mean_what_the_standard_says(text: str, result: str) -> None:
    records = {"ours.test": "v=spf1 ip4:192.0.2.10 -all", "no.test": "v=spf1 -all"}
    walk = SpfWalk(ask=texts(records), address=OURS)

    assert walk.result("example.com", text) == result
    assert walk.troubles == []


def test_an_include_that_nobody_answers_for_is_uncertain_and_not_wrong() -> None:
    def ask(name: str, kind: str) -> Answer:
        return Answer(name=name, type=kind, replies=(Reply(server="resolver", silence="timeout"),))

    walk = SpfWalk(ask=ask, address=OURS)
    walk.result("example.com", "v=spf1 include:slow.test -all")

    assert [(one.fault, one.certain) for one in walk.troubles] == [("spf-unasked", False)]
