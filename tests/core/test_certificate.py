"""Which names a certificate has to hold, and what the ports fall short of."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.certificate import TLS_PORTS, Lack, Shown, lack, told, wanted_names
from tests.core import samples

NOW = datetime(2026, 11, 23, tzinfo=UTC)
WANTED = ("autoconfig.example.com", "mail.example.com")
GOOD = Shown(serial="a1", names=frozenset(WANTED), self_signed=False, not_after=NOW + timedelta(days=80))


def shown(**changes: Any) -> dict[int, Shown | None]:
    """Every port with the good certificate, with some changes by p + its number."""
    return {port: changes.get(f"p{port}", GOOD) for port in TLS_PORTS}


def test_the_six_ports_that_speak_tls_are_looked_at() -> None:
    assert set(TLS_PORTS) == {25, 465, 587, 993, 995, 443}


def test_one_certificate_with_all_names_on_every_port_lacks_nothing() -> None:
    assert not lack(shown(), WANTED, now=NOW)


@pytest.mark.parametrize(
    ("changes", "found", "words"),
    [
        ({"p993": None}, Lack(silent=(993,)), "port 993 does not answer"),
        (
            {"p465": replace(GOOD, self_signed=True)},
            Lack(self_signed=(465,)),
            "mailcow still shows the certificate that it made itself",
        ),
        (
            {"p443": replace(GOOD, names=frozenset({"mail.example.com"}))},
            Lack(names=("autoconfig.example.com",)),
            "the certificate lacks autoconfig.example.com",
        ),
        (
            {"p25": replace(GOOD, not_after=NOW)},
            Lack(expired=(25,)),
            "the certificate on port 25 has expired",
        ),
        ({"p995": replace(GOOD, serial="b2")}, Lack(differing=True), "the ports show different certificates"),
    ],
)
def test_what_one_port_falls_short_of_is_found_and_said(changes: dict[str, Any], found: Lack, words: str) -> None:
    assert lack(shown(**changes), WANTED, now=NOW) == found
    assert list(told(found)) == [words]


def test_port_25_may_be_closed_from_where_the_operator_is() -> None:
    assert not lack(shown(p25=None), WANTED, now=NOW)


def test_a_star_stands_for_one_label() -> None:
    star = replace(GOOD, names=frozenset({"*.example.com"}))
    seen: dict[int, Shown | None] = dict.fromkeys(TLS_PORTS, star)

    assert not lack(seen, WANTED, now=NOW)
    assert lack(seen, ["a.mail.example.com"], now=NOW).names == ("a.mail.example.com",)


def test_a_host_wants_its_own_name_and_three_for_each_domain_on_it() -> None:
    state = samples.state(samples.domain(), samples.domain("startup.io", server=2), instance_count=2)

    assert wanted_names(state, state.hosts[0]) == (
        "autoconfig.example.com",
        "autodiscover.example.com",
        "mail.example.com",
    )
    assert wanted_names(state, state.hosts[1]) == (
        "autoconfig.startup.io",
        "autodiscover.startup.io",
        "mail.startup.io",
        "mail2.example.com",
    )


def test_a_domain_that_everybody_has_left_is_not_waited_for() -> None:
    left = samples.domain("left.org", users=(), offboarded={"zoe": "2027-01-01"}, postmaster="alice@example.com")
    state = samples.state(samples.domain(), left)

    assert not [name for name in wanted_names(state, state.hosts[0]) if name.endswith("left.org")]


def test_a_domain_without_people_of_its_own_is_waited_for() -> None:
    state = samples.state(samples.domain(), samples.domain("brand.org", users=(), postmaster="alice@example.com"))

    assert "mail.brand.org" in wanted_names(state, state.hosts[0])
