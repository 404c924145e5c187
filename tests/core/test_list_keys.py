"""Every key of the list: what it is read as, and what is said of a value that it cannot have."""

from textwrap import dedent

import pytest

from core.mail_list import parse_mail_list
from core.people import Forward, Group, Leaver, MailDomain, MoveIn, Relay, Subdomain, User
from docs.list_reference import LONG, SHORT
from tests.core.list_problems import only_problem, problems


def only_domain(text: str) -> MailDomain:
    (domain,) = parse_mail_list(dedent(text), "mail_list.yml").domains
    return domain


def with_user(keys: str) -> str:
    """A list with alice and one user more."""
    return f"domains: [{{name: example.com, users: [alice, {{name: bob, {keys}}}]}}]"


def with_domain(keys: str) -> str:
    """A list of one domain with one user, alice."""
    return f"domains: [{{name: example.com, users: [alice], {keys}}}]"


def test_every_key_of_a_user_is_read() -> None:
    domain = only_domain("""\
    domains:
      - name: example.com
        users:
          - alice
          - name: bob
            full_name: Bob Büilder
            quota_mib: 4096
            aliases: [robert, b.builder]
            protocols: [smtp, imap]
            change_password: true
            forward: {to: [alice, bob@other.example], keep: false}
            sending_limit: 100/h
            tags: [sales, b2b]
            reuse_address: true
            move_in: {server: imap.müller.example, user: bob@old.example, password_in: mail/move-in/example.com/bob}
    """)

    assert domain.users == (
        User(name="alice"),
        User(
            name="bob",
            full_name="Bob Büilder",
            quota_mib=4096,
            aliases=("robert", "b.builder"),
            protocols=("imap", "smtp"),
            change_password=True,
            forward=Forward(to=("alice@example.com", "bob@other.example"), keep=False),
            sending_limit="100/h",
            tags=("sales", "b2b"),
            reuse_address=True,
            move_in=MoveIn(
                server="imap.xn--mller-kva.example",
                user="bob@old.example",
                password_in="mail/move-in/example.com/bob",
                port=993,
            ),
        ),
    )
    assert [user.line for user in domain.users] == [4, 5]


@pytest.mark.parametrize(
    ("written", "forward"),
    [
        ("alice", Forward(to=("alice@example.com",))),
        ("a@müller.example", Forward(to=("a@xn--mller-kva.example",))),
        ("[alice, o'brien@x.org]", Forward(to=("alice@example.com", "o'brien@x.org"))),
        ("{to: alice}", Forward(to=("alice@example.com",))),
        ("{to: [alice], keep: true}", Forward(to=("alice@example.com",))),
    ],
)
def test_a_forward_has_a_short_form_and_keeps_a_copy_unless_told_otherwise(written: str, forward: Forward) -> None:
    assert only_domain(with_user(f"forward: {written}")).users[1].forward == forward


@pytest.mark.parametrize(
    ("written", "limit"), [("5/s", "5/s"), ("0", ""), ("none", ""), ("999999999/d", "999999999/d")]
)
def test_a_sending_limit_is_a_number_in_a_span_or_none(written: str, limit: str) -> None:
    assert only_domain(with_user(f"sending_limit: {written}")).users[1].sending_limit == limit


def test_a_move_in_by_starttls_uses_its_port_unless_another_is_named() -> None:
    keys = "move_in: {server: a.b.c, user: u, password_in: mail/move-in/x, encryption: starttls"

    assert only_domain(with_user(f"{keys}}}")).users[1].move_in == MoveIn(
        server="a.b.c", user="u", password_in="mail/move-in/x", port=143, encryption="starttls"
    )
    move_in = only_domain(with_user(f"{keys}, port: 1143}}")).users[1].move_in
    assert move_in is not None
    assert move_in.port == 1143


def test_every_key_of_a_domain_is_read() -> None:
    domain = only_domain("""\
    domains:
      - name: example.com
        defaults: {quota_mib: 1024, protocols: [imap], sending_limit: none, change_password: true, tags: []}
        postmaster: alice
        catch_all: alice
        dkim_selector: k2026
        server: 2
        users: [alice, bob]
        aliases: [{name: info, to: alice}, {name: sales, to: [ops@elsewhere.org]}]
        lists: [{name: team, to: [alice, bob]}]
        subdomains: [{name: shop, cname: shops.example.net}, {name: café, address: 2001:DB8:0::1}]
        relay: {host: smtp.relay.example, port: 2525, user: us, password_in: mail/relays/us}
    """)

    assert domain == MailDomain(
        name="example.com",
        users=(User(name="alice"), User(name="bob")),
        offboarded=(),
        postmaster="alice@example.com",
        server=2,
        line=2,
        defaults=User(name="", quota_mib=1024, protocols=("imap",), sending_limit="", change_password=True, tags=()),
        aliases=(Group(name="info", to=("alice@example.com",)), Group(name="sales", to=("ops@elsewhere.org",))),
        lists=(Group(name="team", to=("alice@example.com", "bob@example.com")),),
        catch_all="alice@example.com",
        dkim_selector="k2026",
        subdomains=(
            Subdomain(name="shop", cname="shops.example.net"),
            Subdomain(name="xn--caf-dma", address="2001:db8::1"),
        ),
        relay=Relay(host="smtp.relay.example", port=2525, user="us", password_in="mail/relays/us"),
    )


def test_somebody_who_has_left_keeps_what_the_mailbox_was_like() -> None:
    domain = only_domain("""\
    domains:
      - name: example.com
        users: [alice]
        offboarded:
          - name: dave
            until: 2027-01-31
            mail: {forward: [alice, x@outside.net]}
            auto_reply: |
              Dave has left.
              Write to Alice.
            full_name: Dave D
            quota_mib: 9000
            aliases: [david]
            tags: [sales]
          - {name: erin, until: 2027-01-31, mail: keep}
    """)

    dave, erin = domain.offboarded
    assert (dave.mail, dave.forward_to) == ("forward", ("alice@example.com", "x@outside.net"))
    assert dave.auto_reply == "Dave has left.\nWrite to Alice."
    assert dave.was == User(name="", full_name="Dave D", quota_mib=9000, aliases=("david",), tags=("sales",))
    assert (erin, erin.line) == (Leaver(name="erin", until=dave.until, mail="keep"), 15)


@pytest.mark.parametrize(
    ("keys", "advice"),
    [
        ("qouta_mib: 1", "key qouta_mib is unknown; did you mean quota_mib?"),
        ("quota_mib: -1", "quota_mib -1 of bob is not a whole number from 0 to 99999999; write for example 4096"),
        ("quota_mib: 4G", "quota_mib 4G of bob is not a whole number"),
        ('quota_mib: "4096"', "quota_mib 4096 of bob is a text; write it without the quotes"),
        ("quota_mib: 1.5", "quota_mib 1.5 of bob is not a whole number"),
        ("full_name: [Bob]", "full_name of bob is a list and not a text"),
        ("full_name: 12", 'full_name 12 of bob is a number to YAML; write "12", with the quotes'),
        ('full_name: "a\\nb"', "has blanks at an end or signs that cannot be seen"),
        ('full_name: " Bob"', "has blanks at an end"),
        ('full_name: "<Bob>"', "has a < in it, which mailcow drops"),
        (f"full_name: {'b' * 256}", "is 256 characters long and 255 are taken"),
        ("aliases: robert", "aliases of bob is robert and not a list; write aliases: [robert]"),
        ("aliases: [Robert]", "alias Robert of bob has upper-case letters; write robert"),
        ("aliases: [robert@example.com]", "alias robert@example.com of bob is a whole address; write only robert"),
        ("protocols: [pop, imap]", "protocols pop of bob is not known here; did you mean pop3?"),
        ("protocols: []", "protocols of bob is empty; write for example [imap, pop3], or take the line out"),
        ("protocols:", "protocols of bob is empty"),
        ("change_password: yes", "change_password yes of bob is not true or false"),
        ('change_password: "true"', "is not true or false; write true or false, without quotes"),
        ("forward: {to: alice, kept: true}", "key kept is unknown; did you mean keep?"),
        ("forward: {keep: true}", "forward of bob does not say where to; write {to: [alice], keep: true}"),
        ("forward: []", "forward of bob is empty"),
        ("forward: [alice, alice]", "forward of bob leads to alice@example.com twice; write it once"),
        ("forward: al ice", "forward al ice of bob has a blank in it"),
        ("forward: a@b@c.org", "forward a@b@c.org of bob is no address that mail carries"),
        ("forward: a@nodot", "forward a@nodot of bob ends with a domain that has no dot"),
        ("forward: A@x.org", "forward A@x.org of bob has upper-case letters; write a@x.org"),
        ("sending_limit: 100/hour", "is no number of messages in a span of time; write 100/h"),
        ("sending_limit: 100", "sending_limit 100 of bob is a number to YAML"),
        ("sending_limit: lots", "write 100/h, with s, m, h or d behind the slash, or none"),
        ("tags: [Sales]", "tag Sales of bob is no tag here; use a-z"),
        ("tags: [mailstead-prod]", "do not begin with mailstead, which marks what is ours"),
        ("reuse_address: 1", "reuse_address 1 of bob is not true or false"),
        ("move_in: imap.old.example", "move_in of bob is imap.old.example and not a set of keys; write {server:"),
        ("move_in: {user: u, password_in: mail/move-in/x}", "move_in of bob says no server"),
        (
            "move_in: {server: a.b, user: u, password_in: mail/move-in/x, encryption: ssl}",
            "encryption ssl of move_in of bob is not known here",
        ),
        ("move_in: {server: a.b, user: u, password_in: mail/move-in/x, port: 0}", "port 0 of move_in of bob is not"),
        ("move_in: {server: a.b, user: u, password: x}", "key password is unknown; did you mean password_in?"),
    ],
)
def test_a_user_who_cannot_have_that_is_told_what_to_write(keys: str, advice: str) -> None:
    assert advice in only_problem(with_user(keys))


@pytest.mark.parametrize("written", ["hunter2", "mail/users/example.com/bob", "mail/move-in/../users/x", "[hunter2]"])
def test_a_secret_that_stands_where_its_path_should_is_never_shown(written: str) -> None:
    said = only_problem(with_user(f"move_in: {{server: a.b, user: u, password_in: {written}}}"))

    assert "password_in of move_in of bob is no path below mail/move-in/ in Vault" in said
    assert "hunter2" not in said


@pytest.mark.parametrize(
    ("keys", "advice"),
    [
        ("deafults: {}", "key deafults is unknown; did you mean defaults?"),
        ("defaults: {full_name: x}", "key full_name is unknown; known are quota_mib, protocols, sending_limit"),
        ("defaults: {quota_mib: x}", "quota_mib x of defaults of example.com is not a whole number"),
        ("dkim_selector: a.b", "dkim_selector a.b of example.com is no selector"),
        ("dkim_next: a.b", "dkim_next a.b of example.com is no selector"),
        ("dkim_next: s1", "example.com: s1 signs already; take dkim_next out, or name another"),
        ("dkim_retired: s1", "example.com: s1 signs, so it cannot be retired; take dkim_retired out"),
        ("server: one", "server one of example.com is not a whole number from 1 to 9999"),
        ("aliases: [info]", "alias of example.com is info and not a set of keys; write {name: info, to: alice}"),
        ("aliases: [{name: info}]", "alias info leads nowhere; write {name: info, to: alice}"),
        ("aliases: [{to: alice}]", "alias of example.com has no name"),
        ("aliases: [{name: info, to: [alice, x@y.org]}]", "leads to 2 addresses and an alias to one; move it to lists"),
        ("lists: [{name: team, to: []}]", "to of team is empty"),
        ("lists: [{name: team, to: [alice, alice]}]", "list team of example.com leads to alice@example.com twice"),
        ("subdomains: [{name: shop}]", "subdomain shop has neither address nor cname; write one of them"),
        ("subdomains: [{name: shop, address: 192.0.2.1, cname: a.b}]", "subdomain shop has both address and cname"),
        ("subdomains: [{name: shop, address: 300.1.1.1}]", "address 300.1.1.1 of shop is no IP address"),
        ('subdomains: [{name: shop, address: "fe80::1%eth0"}]', "has a zone, which DNS does not carry"),
        ("subdomains: [{name: Shop, cname: a.b}]", "the whole name has upper-case letters"),
        ("subdomains: [{name: '*', cname: a.b}]", "subdomain * of example.com is no name below a domain"),
        ("subdomains: [{name: a, cname: a.b}, {name: a, cname: b.c}]", "subdomain a of example.com is there twice"),
        ("relay: {port: 25}", "relay of example.com says no host"),
        ("relay: {host: a.b, user: u}", "relay of example.com needs user and password_in together, or neither"),
        ("relay: {host: a.b, user: u, password_in: mail/users/x}", "is no path below mail/relays/ in Vault"),
    ],
)
def test_a_domain_that_cannot_have_that_is_told_what_to_write(keys: str, advice: str) -> None:
    assert advice in only_problem(with_domain(keys))


def test_every_problem_of_every_part_is_said_at_once() -> None:
    found = problems("""\
    domains:
      - name: example.com
        defaults: {quota_mib: big}
        users:
          - {name: Alice, quota_mib: big, tags: [X]}
          - bob
        aliases:
          - {name: info, to: alcie@startup.io}
          - {nmae: sales, to: bob}
        lists: [{name: bob, to: x@outside.net}]
        subdomains: [{name: shop}]
        offboarded: [{name: carol}]
      - name: startup.io
        users: [alice]
        catch_all: nobody
    """)

    assert [int(said.split(":")[1]) for said in found] == [3, 5, 5, 5, 8, 9, 10, 11, 12, 15]


@pytest.mark.parametrize("text", [SHORT, LONG])
def test_the_lists_that_the_reference_shows_are_right(text: str) -> None:
    assert parse_mail_list(text, "mail_list.yml").domains
