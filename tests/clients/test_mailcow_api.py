"""mailcow's API as it really answers, from recorded exchanges, and what the client makes of it."""

import pytest

from core.errors import MailcowRefusedError
from mailcow.rows import NewAlias
from tests.clients.replay import Exchange, mailcow, recorded
from tests.clients.samples import BOB, DOMAIN, PASSWORD

SALES = NewAlias(address="sales@al.example", goto=("m1@al.example", "m2@al.example"), private_comment="mailstead-x")
NOTHING = ""


def test_a_missing_object_is_none() -> None:
    api, _ = mailcow(*recorded("03-domain.json", "get missing"), *recorded("05-alias.json", "get missing id"))

    assert api.get_domain("missing.example") is None
    assert api.get_alias("99999") is None


def test_an_empty_list_is_empty_though_mailcow_sends_an_object() -> None:
    api, _ = mailcow(*recorded("03-domain.json", "get all, none exist"))

    assert api.list_domains() == ()


def test_quotas_are_bytes_on_the_wire_and_mib_here() -> None:
    api, _ = mailcow(*recorded("03-domain.json", "get one (full)"))

    row = api.get_domain("full.example")

    assert row is not None
    assert (row.default_quota_mib, row.max_quota_mib, row.quota_mib) == (512, 2048, 20480)
    assert row.tags == ("prod", "pulumi")


def test_a_domain_without_tags_has_none() -> None:
    api, _ = mailcow(*recorded("03-domain.json", "get one (minimal)"))

    row = api.get_domain("min.example")

    assert row is not None
    assert row.tags == ()


def test_a_domain_is_added_with_all_limits_in_mib_its_tag_and_no_dkim_key() -> None:
    api, replay = mailcow(
        Exchange("POST", "add/domain", [{"type": "success", "log": [], "msg": ["domain_added", "full.example"]}])
    )

    assert api.add_domain(DOMAIN) is True

    assert replay.sent("add/domain") == [
        {
            "domain": "full.example",
            "description": "The full one",
            "aliases": 50,
            "mailboxes": 20,
            "defquota": 512,
            "maxquota": 2048,
            "quota": 20480,
            "active": "1",
            "key_size": 0,
            "tags": ["mailstead-prod"],
        }
    ]


def test_a_domain_that_exists_is_reported_as_there() -> None:
    api, _ = mailcow(
        Exchange("POST", "add/domain", [{"type": "danger", "log": [], "msg": ["domain_exists", "full.example"]}]),
        *recorded("03-domain.json", "get one (full)"),
    )

    assert api.add_domain(DOMAIN) is False


def test_a_domain_with_mailboxes_is_not_deleted_and_mailcow_says_why_in_words() -> None:
    api, _ = mailcow(*recorded("03-domain.json", "delete with a mailbox in it"))

    with pytest.raises(MailcowRefusedError, match=r"delete domain min\.example: domain not empty min\.example"):
        api.delete_domain("min.example")


def test_a_domain_edit_never_sends_tags_because_mailcow_throws_on_repeated_ones() -> None:
    api, replay = mailcow(*recorded("03-domain.json", "edit quota and mailboxes"))

    api.edit_domain(DOMAIN)

    assert "tags" not in replay.sent("edit/domain")[0]["attr"]


def test_a_mailbox_is_added_with_quota_name_active_and_tag_in_one_call() -> None:
    api, replay = mailcow(
        Exchange(
            "POST",
            "add/mailbox",
            [
                {"type": "success", "log": [], "msg": ["rl_saved", "bob@a.example"]},
                {"type": "success", "log": [], "msg": ["mailbox_added", "bob@a.example"]},
            ],
        )
    )

    assert api.add_mailbox(BOB, password=PASSWORD) is True

    assert replay.sent("add/mailbox") == [
        {
            "local_part": "bob",
            "domain": "a.example",
            "name": "Bob",
            "quota": 2048,
            "password": PASSWORD,
            "password2": PASSWORD,
            "active": "1",
            "protocol_access": ["imap", "pop3", "smtp", "sieve", "eas", "dav"],
            "force_pw_update": "0",
            "rl_value": "0",
            "rl_frame": "h",
            "tags": ["mailstead-prod"],
        }
    ]


def test_a_mailbox_that_exists_is_reported_as_there_for_the_caller_to_decide() -> None:
    api, _ = mailcow(
        Exchange("POST", "add/mailbox", [{"type": "danger", "log": [], "msg": ["object_exists", "bob@a.example"]}]),
        Exchange(
            "GET", "get/mailbox/bob@a.example", {"username": "bob@a.example", "name": "", "quota": 0, "active": 1}
        ),
    )

    assert api.add_mailbox(BOB, password=PASSWORD) is False


def test_the_mailboxes_of_a_domain_are_read_in_one_call_with_their_tags() -> None:
    api, replay = mailcow(*recorded("04-mailbox.json", "get reduced"))

    full, minimal = api.list_mailboxes("mb.example")

    assert (full.address, full.name, full.quota_mib, full.active) == ("full.user@mb.example", "Full User", 1024, True)
    assert (full.tags, minimal.tags) == (("sales", "vip"), ())
    assert len(replay.requests) == 1


def test_the_mailboxes_of_a_missing_domain_are_none_though_mailcow_sends_all_others() -> None:
    everybody = recorded("04-mailbox.json", "get all of a missing domain")[0].body
    api, _ = mailcow(Exchange("GET", "get/mailbox/reduced/missing.example", everybody))

    assert api.list_mailboxes("missing.example") == ()


def test_half_deleted_mailboxes_are_left_out_of_the_list_and_marked_when_asked_for() -> None:
    listed = recorded("12-half-deleted.json", "get/mailbox/all/{domain} contains such objects too")[0].body
    api, _ = mailcow(
        Exchange("GET", "get/mailbox/reduced/c1.example", listed), *recorded("12-half-deleted.json", "get one")
    )

    assert api.list_mailboxes("c1.example") == ()
    row = api.get_mailbox("p32-0-11@c1.example")
    assert row is not None
    assert row.half_deleted


def test_deleting_a_mailbox_that_is_not_there_is_done() -> None:
    api, _ = mailcow(*recorded("04-mailbox.json", "delete nonexistent", "get deleted"))

    api.delete_mailbox("d0@mb.example")


def test_a_delete_that_died_half_way_is_done_again() -> None:
    half, again = recorded("12-half-deleted.json", "get one", "delete it again")
    api, replay = mailcow(Exchange("POST", "delete/mailbox", NOTHING), half, again)

    api.delete_mailbox("p32-0-11@c1.example")

    assert replay.sent("delete/mailbox") == [["p32-0-11@c1.example"]] * 2


def test_a_delete_that_is_refused_for_good_is_not_taken_as_done() -> None:
    denied = [{"type": "danger", "log": [], "msg": "access_denied"}]
    api, _ = mailcow(
        Exchange("POST", "delete/mailbox", denied),
        Exchange(
            "GET", "get/mailbox/bob@a.example", {"username": "bob@a.example", "name": "", "quota": 0, "active": 1}
        ),
    )

    with pytest.raises(MailcowRefusedError, match="access denied"):
        api.delete_mailbox("bob@a.example")


def test_an_alias_is_added_active_and_with_its_mark() -> None:
    api, replay = mailcow(*recorded("05-alias.json", "add"))

    assert api.add_alias(SALES) is True

    assert replay.sent("add/alias") == [
        {
            "address": "sales@al.example",
            "goto": "m1@al.example,m2@al.example",
            "active": "1",
            "sogo_visible": "1",
            "sender_allowed": "1",
            "internal": "0",
            "private_comment": "mailstead-x",
        }
    ]


def test_an_alias_that_exists_is_reported_as_there() -> None:
    api, _ = mailcow(*recorded("05-alias.json", "add duplicate", "get by address"))

    assert api.add_alias(SALES) is False


def test_an_alias_where_a_mailbox_is_is_refused() -> None:
    api, _ = mailcow(
        *recorded("05-alias.json", "add: address of a mailbox"), Exchange("GET", "get/alias/m2@al.example", {})
    )

    with pytest.raises(MailcowRefusedError, match=r"is alias or mailbox m2@al\.example"):
        api.add_alias(NewAlias(address="m2@al.example", goto=("m1@al.example",)))


def test_an_alias_keeps_its_case_and_lists_its_targets() -> None:
    api, _ = mailcow(*recorded("05-alias.json", "get upper", "get by address"))

    upper, sales = api.get_alias("upper@al2.example"), api.get_alias("sales@al.example")

    assert upper is not None
    assert upper.address == "UPPER@al2.example"
    assert sales is not None
    assert sales.goto == ("m1@al.example", "m2@al.example", "ext@other.test")
    assert sales.private_comment == "private"


def test_a_dkim_key_is_read_with_its_record_and_its_size_as_a_number() -> None:
    api, _ = mailcow(*recorded("06-dkim.json", "get 1024"))

    key = api.get_dkim("dk2.example")

    assert key is not None
    assert (key.selector, key.key_size) == ("s1", 1024)
    assert key.dns_text == f"v=DKIM1;k=rsa;t=s;s=email;p={key.public_key}"


def test_a_dkim_key_that_exists_is_reported_as_there_and_a_bad_one_refused() -> None:
    refused = recorded("06-dkim.json", "add duplicate, same selector")
    api, _ = mailcow(*refused, Exchange("GET", "get/dkim/dk.example", recorded("06-dkim.json", "get 1024")[0].body))
    assert api.add_dkim("dk.example", selector="s1", key_size=2048) is False

    api, _ = mailcow(*refused, Exchange("GET", "get/dkim/dk.example", {}))
    with pytest.raises(MailcowRefusedError):
        api.add_dkim("dk.example", selector="s 1", key_size=2048)
