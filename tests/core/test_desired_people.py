"""From a domain of the list to its mailboxes, aliases and notices."""

from datetime import date
from typing import Any

import pytest

from core.desired import DesiredAlias, DesiredMailbox, DesiredMoveIn, DesiredState
from core.errors import InputError
from core.people import PROTOCOLS, Forward, Group, Leaver, MoveIn, Subdomain, User
from tests.core import samples

UNTIL = date(2027, 1, 31)
DEFAULTS = User(
    name="", quota_mib=1024, protocols=("imap",), change_password=True, sending_limit="5/m", tags=("staff", "all")
)


def state(*users: str | User, **more: Any) -> DesiredState:
    """What a list of one domain asks for."""
    return samples.state(samples.domain(users=users or ("alice",), **more), domain_names=("example.com",))


def mailbox(user: User, **more: Any) -> DesiredMailbox:
    return state(user, **more).mailboxes[0]


def aliases(kind: str, wanted: DesiredState) -> dict[str, tuple[str, ...]]:
    return {alias.address: alias.goto for alias in wanted.aliases if alias.kind == kind}


def test_what_a_user_does_not_say_is_the_domains_and_then_ours() -> None:
    by_domain = mailbox(User(name="bob"), defaults=DEFAULTS)
    assert (by_domain.quota_mib, by_domain.protocols, by_domain.change_password) == (1024, ("imap",), True)
    assert (by_domain.sending_limit, by_domain.tags) == ("5/m", ("all", "staff"))

    by_us = mailbox(User(name="bob"))
    assert (by_us.quota_mib, by_us.protocols, by_us.change_password) == (2048, PROTOCOLS, False)
    assert (by_us.sending_limit, by_us.tags, by_us.full_name) == ("", (), "bob")


def test_what_a_user_says_stands_instead_of_the_domains_default() -> None:
    said = User(name="bob", quota_mib=9, protocols=PROTOCOLS, change_password=False, sending_limit="", tags=())
    found = mailbox(said, defaults=DEFAULTS)

    assert (found.quota_mib, found.protocols, found.change_password) == (9, PROTOCOLS, False)
    assert (found.sending_limit, found.tags) == ("", ())


def test_a_forward_and_a_deliberately_reused_address_are_wanted() -> None:
    forward = Forward(to=("z@example.org", "a@example.org"), keep=False)
    found = mailbox(User(name="bob", full_name="Bob B", forward=forward, reuse_address=True))

    assert (found.forward_to, found.keep_copy) == (("a@example.org", "z@example.org"), False)
    assert (found.full_name, found.reuse_address) == ("Bob B", True)


def test_somebody_who_has_left_keeps_the_mailbox_as_it_was() -> None:
    was = User(name="", full_name="Bob B", quota_mib=9000, tags=("sales",))
    leaver = Leaver(
        name="bob", until=UNTIL, mail="forward", forward_to=("alice@example.com",), auto_reply="Bye", was=was
    )
    wanted = samples.state(samples.domain(users=("alice",), defaults=DEFAULTS, leavers=(leaver,)))

    assert wanted.mailboxes[1] == DesiredMailbox(
        address="bob@example.com",
        local_part="bob",
        domain="example.com",
        full_name="Bob B",
        quota_mib=9000,
        active=False,
        kept_until=UNTIL,
        server=1,
        protocols=("imap",),
        change_password=True,
        sending_limit="5/m",
        tags=("sales",),
        mail="forward",
        forward_to=("alice@example.com",),
        auto_reply="Bye",
    )


def test_further_names_aliases_lists_and_a_catch_all_are_aliases_in_mailcow() -> None:
    wanted = state(
        "alice",
        User(name="bob", aliases=("robert", "rob")),
        aliases=(Group(name="info", to=("alice@example.com",)),),
        lists=(Group(name="team", to=("bob@example.com", "alice@example.com")),),
        catch_all="alice@example.com",
    )

    assert aliases("alias", wanted) == {
        "robert@example.com": ("bob@example.com",),
        "rob@example.com": ("bob@example.com",),
        "info@example.com": ("alice@example.com",),
    }
    assert aliases("list", wanted) == {"team@example.com": ("bob@example.com", "alice@example.com")}
    assert aliases("catch_all", wanted) == {"@example.com": ("alice@example.com",)}
    assert (
        DesiredAlias(
            address="abuse@example.com", goto=("alice@example.com",), domain="example.com", server=1, kind="role"
        )
        in wanted.aliases
    )


@pytest.mark.parametrize("mail", ["refuse", "keep"])
def test_further_names_of_somebody_who_has_left_work_only_while_mail_is_kept(mail: Any) -> None:
    """Else mail to them is taken in and bounced later, to senders that may be forged."""
    leaver = Leaver(name="bob", until=UNTIL, mail=mail, was=User(name="", aliases=("robert",)))
    wanted = samples.state(samples.domain(users=("alice",), leavers=(leaver,)))

    assert aliases("alias", wanted) == ({"robert@example.com": ("bob@example.com",)} if mail == "keep" else {})


@pytest.mark.parametrize(
    "more",
    [
        {"users": ("alice", "postmaster", "abuse")},
        {"users": (User(name="alice", aliases=("postmaster", "abuse")),)},
        {"aliases": (Group(name="postmaster", to=("a@x.org",)), Group(name="abuse", to=("a@x.org",)))},
        {"users": ("alice", "abuse"), "lists": (Group(name="postmaster", to=("alice@example.com",)),)},
        {
            "users": (),
            "lists": tuple(Group(name=role, to=("a@x.org", "b@x.org")) for role in ("postmaster", "abuse")),
        },
    ],
)
def test_a_user_an_alias_or_a_list_satisfies_what_every_domain_needs(more: dict[str, Any]) -> None:
    wanted = samples.state(samples.domain(**more), domain_names=("example.com",))

    assert aliases("role", wanted) == {}
    assert [notice for notice in wanted.notices if "first user" in notice] == []


def test_mail_that_moves_in_is_wanted_where_the_mailbox_lies() -> None:
    move_in = MoveIn(
        server="imap.old.example", user="bob@old", password_in="mail/move-in/bob", port=143, encryption="starttls"
    )
    wanted = state("alice", User(name="bob", move_in=move_in))

    assert wanted.move_ins == (
        DesiredMoveIn(
            address="bob@example.com",
            domain="example.com",
            host="imap.old.example",
            port=143,
            encryption="starttls",
            user="bob@old",
            password_in="mail/move-in/bob",
            server=1,
        ),
    )


def test_a_list_that_leads_outside_is_said_aloud_because_mailcow_rewrites_no_sender() -> None:
    team = Group(name="team", to=("alice@example.com", "x@outside.net", "y@outside.net"))
    (said,) = state("alice", lists=(team,), postmaster="alice@example.com").notices

    assert "team@example.com to x@outside.net, team@example.com to y@outside.net" in said
    assert "SRS" in said


def test_a_forward_that_leads_outside_is_said_aloud_without_speaking_of_the_sender() -> None:
    """A redirect goes out with our own address as sender, so that SPF holds."""
    bob = User(name="bob", forward=Forward(to=("bob@outside.net",)))
    (said,) = state("alice", bob, postmaster="alice@example.com").notices

    assert "bob@example.com to bob@outside.net" in said
    assert "SRS" not in said


def test_a_postmaster_outside_is_said_aloud() -> None:
    (said,) = state("alice", postmaster="ops@outside.net").notices

    assert "postmaster@example.com to ops@outside.net, abuse@example.com to ops@outside.net" in said


def test_what_leads_to_another_domain_of_the_list_is_not_outside() -> None:
    team = Group(name="team", to=("alice@example.com", "carol@startup.io"))
    wanted = samples.state(
        samples.domain(users=("alice",), lists=(team,), postmaster="alice@example.com"),
        samples.domain("startup.io", ("carol",)),
        domain_names=("example.com",),
    )

    assert wanted.notices == ()


def test_many_that_lead_outside_are_counted_in_one_sentence() -> None:
    users = [User(name=f"p{number}", forward=Forward(to=("x@outside.net",))) for number in range(100)]
    (said,) = state(*users, postmaster="p0@example.com").notices

    assert "p4@example.com to x@outside.net and 95 more" in said


def test_a_domain_has_room_for_what_its_people_are_promised() -> None:
    users = tuple(User(name=f"p{number}", quota_mib=32_768 * 1024) for number in range(3))
    (domain,) = samples.state(samples.domain(users=users), block_volume_sizes=(32_768, 50), allow_paid=True).domains

    assert domain.quota_mib == 3 * 32_768 * 1024
    assert samples.state(samples.domain(defaults=User(name="", quota_mib=512))).domains[0].default_quota_mib == 512


def test_names_that_mean_the_same_domain_are_the_same_in_the_config_and_in_the_list() -> None:
    wanted = samples.state(samples.domain("xn--mller-kva.example"), domain_names=("müller.example",))

    assert wanted.hosts[0].hostname == "mail.xn--mller-kva.example"
    assert [domain.name for domain in wanted.domains] == ["xn--mller-kva.example"]


@pytest.mark.parametrize(
    ("more", "line", "said"),
    [
        (
            {"users": (User(name="bob", quota_mib=51_201, line=7),)},
            7,
            "quota_mib 51201 of bob of example.com is more than the mail volume holds; write at most 51200",
        ),
        ({"defaults": User(name="", quota_mib=99_999)}, 2, "quota_mib 99999 of defaults of example.com is more"),
        (
            {"leavers": (Leaver(name="dave", until=UNTIL, was=User(name="", quota_mib=99_999), line=9),)},
            9,
            "quota_mib 99999 of dave of example.com is more",
        ),
        (
            {"subdomains": (Subdomain(name="autoconfig", address="192.0.2.1", line=8),)},
            8,
            "subdomain autoconfig of example.com is a name that mail needs; take it out",
        ),
        ({"subdomains": (Subdomain(name="mail", cname="a.b", line=8),)}, 8, "is a name that mail needs"),
        ({"subdomains": (Subdomain(name="a", cname="a.example.com", line=8),)}, 8, "leads to itself"),
    ],
)
def test_what_the_hosts_cannot_hold_is_refused_with_its_line(more: dict[str, Any], line: int, said: str) -> None:
    with pytest.raises(InputError) as caught:
        samples.state(samples.domain(**more))

    assert [(problem.line, said in problem.message) for problem in caught.value.problems] == [(line, True)]


def test_a_host_name_that_is_a_domain_with_mail_cannot_be_an_alias_in_dns() -> None:
    shop = Subdomain(name="shop", cname="shops.example.net", line=4)
    with pytest.raises(InputError, match=r"mail_list.yml:4: subdomain shop of example.com is a domain with mail"):
        samples.state(samples.domain(subdomains=(shop,)), samples.domain("shop.example.com"))


def test_the_name_of_the_mail_host_is_no_other_host() -> None:
    mx = Subdomain(name="mx", address="192.0.2.9", line=4)
    with pytest.raises(InputError, match=r"subdomain mx of example.com is a name that mail needs"):
        samples.state(samples.domain(subdomains=(mx,)), mail_hostname="mx.example.com")


def test_a_host_name_that_mail_of_a_domain_below_needs_is_refused() -> None:
    lower = Subdomain(name="mail.eu", address="192.0.2.9", line=4)
    with pytest.raises(
        InputError, match=r"mail_list.yml:4: subdomain mail\.eu of example\.com is a name that mail needs"
    ):
        samples.state(samples.domain(subdomains=(lower,)), samples.domain("eu.example.com"))


def test_a_host_name_that_two_domains_of_the_list_give_is_refused() -> None:
    """As a CNAME here and an address there no name server would take the zone."""
    upper, lower = (
        Subdomain(name="www.eu", cname="a.example", line=4),
        Subdomain(name="www", address="192.0.2.9", line=9),
    )
    with pytest.raises(InputError, match=r"subdomain www\.eu of example\.com stands at another domain too"):
        samples.state(samples.domain(subdomains=(upper,)), samples.domain("eu.example.com", subdomains=(lower,)))


def test_a_mail_host_is_not_called_what_mail_programs_look_for() -> None:
    with pytest.raises(InputError, match=r"mail_hostname autoconfig\.example\.com is a name that example\.com needs"):
        samples.state(samples.domain(), mail_hostname="autoconfig.example.com")
