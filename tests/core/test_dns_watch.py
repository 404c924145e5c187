"""Each host watches what it needs itself and what its own domains need, each thing once."""

from dataclasses import replace

from core.desired import DesiredDomain, DesiredState, Host
from core.dns import Offer, dns_records
from core.dns_watch import Watched, watched_blocklists, watched_records
from core.outbound import Outbound
from core.people import Relay

HOSTS = (
    Host(number=1, name="mail-host-1", hostname="mail.example.com"),
    Host(number=2, name="mail-host-2", hostname="mail2.example.com"),
)
ADDRESSES = {1: "192.0.2.10", 2: "192.0.2.20"}
RELAYED = Outbound(relay=Relay(host="smtp.relay.test", spf="include:relay.test"))


def domain(name: str, server: int) -> DesiredDomain:
    return DesiredDomain(
        name=name,
        server=server,
        dkim_selector="s1",
        max_quota_mib=1,
        quota_mib=1,
        max_mailboxes=1,
        max_aliases=1,
        default_quota_mib=1,
        dkim_next="s2",
    )


STATE = DesiredState(
    stack="dev",
    hosts=HOSTS,
    domains=(domain("example.com", 1), domain("startup.io", 2), domain("shop.example.com", 2)),
    mailboxes=(),
    aliases=(),
    notices=(),
)


def watched(number: int, state: DesiredState = STATE) -> Watched:
    """What a host watches."""
    dkim = {f"{prefix}{one.name}": "v=DKIM1;p=AAAA" for one in state.domains for prefix in ("", "s2._domainkey.")}
    records = dns_records(state, offer=Offer(sieve=True, lets_encrypt=True), addresses=ADDRESSES, dkim=dkim)
    return watched_records(records, state, HOSTS[number - 1])


def kinds(found: Watched, whose: str) -> list[str]:
    return [f"{one['type']} {one['name']}" for one in found[whose]]


def test_a_host_watches_itself_and_its_own_domains() -> None:
    assert set(watched(1)) == {"mail.example.com", "example.com"}
    assert set(watched(2)) == {"mail2.example.com", "startup.io", "shop.example.com"}


def test_what_the_host_needs_stands_under_its_name_although_its_domain_may_lie_elsewhere() -> None:
    assert kinds(watched(1), "mail.example.com") == ["A mail.example.com", "PTR 192.0.2.10"]
    assert kinds(watched(2), "mail2.example.com") == ["A mail2.example.com", "PTR 192.0.2.20"]


def test_a_domain_is_watched_with_all_that_its_mail_does_not_work_without_and_no_more() -> None:
    assert kinds(watched(2), "startup.io") == [
        "A mail.startup.io",
        "MX startup.io",
        "TXT startup.io",
        "TXT s1._domainkey.startup.io",
        "TXT _dmarc.startup.io",
    ]


def test_a_host_whose_every_domain_leaves_by_a_relay_asks_no_list_and_needs_no_pointer() -> None:
    relayed = replace(STATE, domains=tuple(replace(one, outbound=RELAYED) for one in STATE.domains))

    assert watched_blocklists(relayed, HOSTS[0]) == []
    assert kinds(watched(1, relayed), "mail.example.com") == ["A mail.example.com"]


def test_one_domain_that_sends_itself_is_enough_to_ask_the_lists() -> None:
    domains = (*STATE.domains[:2], replace(STATE.domains[2], outbound=RELAYED))

    assert "psbl.surriel.com" in watched_blocklists(replace(STATE, domains=domains), HOSTS[1])
