"""From a server's rows to a list: what it says is what is there."""

from tests.ops.adopted_lists import UNTIL, adopted, left_out, server_of, wanted
from tests.ops.existing_server import HOSTNAME, small_company


def test_the_list_is_as_somebody_would_write_it() -> None:
    assert adopted(small_company()).text(HOSTNAME).partition("domains:\n")[2] == (
        """\
  - name: example.com
    dkim_selector: dkim
    postmaster: alice
    catch_all: alice
    defaults: {quota_mib: 3072}
    users:
      - alice
      - {name: bob, full_name: Bob Builder, aliases: [robert], quota_mib: 8192, tags: [sales]}
      - {name: carol, protocols: [imap, smtp], sending_limit: 100/h}
    lists: [{name: team, to: [alice, bob, someone@outside.example]}]
  - name: startup.io
    users: [{name: dave, quota_mib: 0}]
    aliases: [{name: postmaster, to: dave}]
"""
    )


def test_nothing_is_left_out_where_a_list_can_say_all() -> None:
    assert adopted(small_company()).left_out == ()


def test_what_the_list_wants_is_what_the_server_has() -> None:
    """Else `up` would change it."""
    server = small_company()
    state = wanted(adopted(server))

    assert {mailbox.address for mailbox in state.mailboxes} == set(server.mailboxes)
    for mailbox in state.mailboxes:
        row = server.mailboxes[mailbox.address]
        assert (mailbox.full_name, mailbox.quota_mib) == (row.name or mailbox.local_part, row.quota_mib)
        assert (mailbox.protocols, mailbox.sending_limit) == (row.protocols, row.sending_limit)
        assert (mailbox.tags, mailbox.active) == (row.tags, row.active)
    assert {alias.address: set(alias.goto) for alias in state.aliases} == {
        address: set(row.goto) for address, row in server.aliases.items()
    }
    assert {domain.name: domain.dkim_selector for domain in state.domains} == {
        "example.com": "dkim",
        "startup.io": "s1",
    }


def test_a_server_is_read_with_one_request_a_domain_and_kind() -> None:
    server = small_company()
    for number in range(200):
        server.has_mailbox(f"user{number}@example.com")
        server.has_alias(f"alias{number}@example.com", f"user{number}@example.com")

    adopted(server)

    assert sorted(server.reads) == sorted(
        [
            "version",
            "list domains",
            "list sending limits",
            "list alias domains",
            "list all filters",
            "list sync jobs all",
            *(
                f"{call} {domain}"
                for call in ("list mailboxes", "list aliases", "get dkim")
                for domain in server.domains
            ),
        ]
    )
    assert server.changes == []


def test_a_mailbox_that_is_switched_off_is_offboarded_and_kept_for_long() -> None:
    server = server_of(
        gone={"active": False, "name": "Gone Girl"}, away={"active": False, "receives_only": True, "quota_mib": 8192}
    )
    server.has_alias("girl@example.com", "gone@example.com")
    server.has_alias("info@example.com", "away@example.com")

    (domain,) = adopted(server).mail_list.domains

    away, gone = domain.offboarded
    assert (gone.name, gone.until, gone.mail, gone.was.full_name) == ("gone", UNTIL, "refuse", "Gone Girl")
    assert (away.name, away.mail, away.was.quota_mib, away.was.aliases) == ("away", "keep", 8192, ("info",))
    assert left_out(server) == {
        "alias girl@example.com": "leads to gone@example.com, whose mailbox is switched off",
    }


def test_our_own_marked_things_are_taken_in_and_their_mark_is_no_tag_of_the_list() -> None:
    server = server_of(bob={"tags": ("mailstead-prod", "sales", "Sales Team")})
    server.has_alias("info@example.com", "alice@example.com", private_comment="mailstead-prod")

    (domain,) = adopted(server).mail_list.domains

    assert [(user.name, user.tags, user.aliases) for user in domain.users] == [
        ("alice", None, ("info",)),
        ("bob", ("sales",), ()),
    ]


def test_only_the_domains_that_the_stack_serves_are_looked_into() -> None:
    server = small_company()

    people = adopted(server, "startup.io")

    assert [domain.name for domain in people.mail_list.domains] == ["startup.io"]
    assert "list mailboxes example.com" not in server.reads
    assert [str(found) for found in people.left_out] == ["domain example.com is not in domain_names of the stack"]
