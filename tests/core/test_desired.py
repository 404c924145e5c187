"""From settings and list to what should be."""

from datetime import date

import pytest

from core.desired import DesiredAlias, DesiredMailbox, Host
from core.errors import InputError
from core.people import MailDomain
from tests.core import samples


def problems(*domains: MailDomain, **changes: object) -> list[str]:
    with pytest.raises(InputError) as caught:
        samples.state(*domains, **changes)
    return [str(problem) for problem in caught.value.problems]


def test_an_active_person_gets_a_mailbox_that_is_open() -> None:
    assert samples.state().mailboxes[0] == DesiredMailbox(
        address="alice@example.com",
        local_part="alice",
        domain="example.com",
        full_name="alice",
        quota_mib=2048,
        active=True,
        kept_until=None,
        server=1,
    )


def test_an_offboarded_person_keeps_a_mailbox_that_is_closed() -> None:
    wanted = samples.state(samples.domain(users=("alice",), offboarded={"bob": "2026-12-31"}))

    closed = wanted.mailboxes[1]
    assert (closed.address, closed.active, closed.kept_until) == ("bob@example.com", False, date(2026, 12, 31))


def test_a_mailbox_may_grow_as_big_as_the_mail_volume() -> None:
    (domain,) = samples.state(block_volume_sizes=(80, 50)).domains

    assert (domain.max_quota_mib, domain.default_quota_mib) == (80 * 1024, 2048)
    assert (domain.max_mailboxes, domain.max_aliases, domain.dkim_selector) == (10_000, 10_000, "s1")


def test_postmaster_and_abuse_go_to_the_first_user_and_that_is_said() -> None:
    wanted = samples.state()

    assert wanted.aliases == (
        DesiredAlias(address="postmaster@example.com", goto=("alice@example.com",), domain="example.com", server=1),
        DesiredAlias(address="abuse@example.com", goto=("alice@example.com",), domain="example.com", server=1),
    )
    assert wanted.notices[-1].startswith(
        "postmaster@example.com and abuse@example.com go to alice@example.com (first user)"
    )


def test_a_named_postmaster_is_taken_without_a_word() -> None:
    wanted = samples.state(samples.domain(postmaster="bob@example.com"), domain_names=("example.com",))

    assert {alias.goto for alias in wanted.aliases} == {("bob@example.com",)}
    assert wanted.notices == ()


def test_a_mailbox_called_postmaster_needs_no_alias() -> None:
    wanted = samples.state(samples.domain(users=("alice", "postmaster")))

    assert [alias.address for alias in wanted.aliases] == ["abuse@example.com"]


def test_a_first_user_who_is_offboarded_is_passed_over() -> None:
    wanted = samples.state(samples.domain(users=("bob",), offboarded={"alice": "2026-12-31"}))

    assert {alias.goto for alias in wanted.aliases} == {("bob@example.com",)}


def test_the_host_is_named_after_the_first_domain_and_that_is_said_when_nobody_chose_it() -> None:
    wanted = samples.state(samples.domain("startup.io"), samples.domain())

    assert wanted.hosts == (Host(number=1, name="mail-host-1", hostname="mail.startup.io"),)
    assert "mailstead:mail_hostname: mail.startup.io" in wanted.notices[0]


def test_the_host_is_named_after_the_first_of_domain_names_whatever_the_order_of_the_list() -> None:
    wanted = samples.state(samples.domain("startup.io"), samples.domain(), domain_names=("example.com", "startup.io"))

    assert wanted.hosts[0].hostname == "mail.example.com"


def test_a_chosen_host_name_is_kept_and_further_hosts_are_numbered() -> None:
    wanted = samples.state(mail_hostname="mx.corp.net", instance_count=2)

    assert [host.hostname for host in wanted.hosts] == ["mx.corp.net", "mail2.example.com"]


def test_a_stack_serves_only_the_domains_it_is_told_to() -> None:
    wanted = samples.state(samples.domain(), samples.domain("startup.io", ("carol",)), domain_names=("startup.io",))

    assert [domain.name for domain in wanted.domains] == ["startup.io"]
    assert [mailbox.address for mailbox in wanted.mailboxes] == ["carol@startup.io"]
    assert {alias.domain for alias in wanted.aliases} == {"startup.io"}


def test_all_contradictions_are_said_at_once_each_with_its_file() -> None:
    found = problems(
        samples.domain(line=2),
        samples.domain("startup.io", server=3, line=5),
        domain_names=("example.com", "startup.io", "exmaple.com", "other.org"),
    )

    assert found == [
        "Pulumi.dev.yaml: domain_names exmaple.com is not in mail_list.yml; did you mean example.com?",
        "Pulumi.dev.yaml: domain_names other.org is not in mail_list.yml; add it there, or take it out here",
        (
            "mail_list.yml:5: server 3 of startup.io does not exist, instance_count is 1;"
            " write a number up to 1, or raise instance_count"
        ),
    ]


def test_a_list_without_domains_is_refused() -> None:
    with pytest.raises(InputError, match=r"mail_list.yml: the list is empty"):
        samples.desired_state(
            samples.settings(), samples.MailList(domains=()), stack="dev", mail_list_file="mail_list.yml"
        )


def test_a_domain_cannot_have_the_name_of_the_host() -> None:
    (said,) = problems(samples.domain(), samples.domain("mail.example.com", line=7))

    assert said.startswith("mail_list.yml:7: domain mail.example.com is the name of mail host 1;")


def test_the_domain_that_names_a_host_has_to_lie_on_it() -> None:
    (said,) = problems(samples.domain(server=2), instance_count=2)

    assert "mail.example.com, where its mail is delivered, is mail host 1; write server: 1" in said


def test_a_domain_cannot_have_a_name_that_mail_programs_look_up() -> None:
    (said,) = problems(samples.domain(), samples.domain("autoconfig.example.com"))

    assert "domain autoconfig.example.com is a name that example.com needs for mail programs" in said


def test_as_many_domains_as_a_certificate_can_name_are_served_and_one_more_is_refused() -> None:
    # Three names a domain; mail.d0.org is the host's own.
    domains = [samples.domain(f"d{number}.org", line=10 + number) for number in range(35)]

    assert len(samples.state(*domains[:33]).domains) == 33
    (said,) = problems(*domains)
    assert said == (
        "mail_list.yml:43: server 1 needs a certificate for 105 names and one holds 100, three for each domain,"
        " so 33 domains fit there; write server: 2 at d33.org and others, or move them to another stack"
    )


def test_a_certificate_of_ones_own_may_hold_more_names() -> None:
    domains = [samples.domain(f"d{number}.org") for number in range(34)]

    assert len(samples.state(*domains, lets_encrypt=False).domains) == 34


def test_domains_of_two_hosts_have_a_certificate_each() -> None:
    domains = [samples.domain(f"d{number}.org", server=1 + number % 2) for number in range(60)]

    assert len(samples.state(*domains, instance_count=2).domains) == 60


def test_a_domain_takes_more_people_than_their_quotas_fit_on_the_volume() -> None:
    """Else mailcow refuses a mailbox when all quotas of a domain exceed the domain's own (ADR 0012)."""
    people = tuple(f"p{number}" for number in range(100))

    (domain,) = samples.state(samples.domain(users=people)).domains

    assert domain.quota_mib >= 100 * domain.default_quota_mib
    assert domain.max_quota_mib <= domain.quota_mib
