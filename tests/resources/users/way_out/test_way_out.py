"""A domain whose mail leaves by a relay: led there, shared, changed, let go."""

from dataclasses import replace

import pytest

from core.errors import MailcowError, MailcowRefusedError, MailcowUnavailableError, VaultError
from tests.fakes import FakeMailcow, FakeVault
from tests.resources.users.conftest import Living
from tests.resources.users.way_out.ways import (
    DOMAIN,
    HOP,
    NEWER,
    OTHER,
    PASSWORD,
    PATH,
    USER,
    by_hand,
    led,
    make_domain,
    way_out,
)
from tests.resources.users.wire import Life
from users.way_out import WayOutProvider


def test_mail_is_led_to_the_relay_with_the_password_from_vault(life: Life, mailcow: FakeMailcow) -> None:
    assert life.up(way_out()) == "create"

    assert led(mailcow) == (HOP, USER, PASSWORD)
    assert led(mailcow, OTHER) is None
    assert life.outputs["password_version"] == 1


def test_the_relay_has_to_prove_who_it_is_before_a_password_can_be_sent(life: Life, mailcow: FakeMailcow) -> None:
    life.up(way_out())

    assert mailcow.tls_policies[HOP].policy == "verify"
    assert mailcow.changes.index(f"set TLS policy {HOP}") < mailcow.changes.index(f"set relay host {DOMAIN}")


def test_a_relay_without_a_password_needs_no_vault(life: Life, mailcow: FakeMailcow, vault: FakeVault) -> None:
    life.up(way_out(user="", password_in=""))
    vault.calls.clear()

    assert led(mailcow) == (HOP, "", "")
    assert life.refresh() == "same"
    assert life.up(way_out(user="", password_in="")) == "same"
    assert vault.calls == []


def test_nothing_is_done_where_nothing_changes(life: Life, mailcow: FakeMailcow) -> None:
    life.up(way_out())
    mailcow.changes.clear()

    assert life.refresh() == "same"
    assert life.up(way_out(host="SMTP.relay.test")) == "same"
    assert mailcow.changes == []


def test_two_domains_share_one_relay_host(life: Life, other: Life, mailcow: FakeMailcow) -> None:
    life.up(way_out())
    other.up(way_out(domain=OTHER))

    assert led(mailcow) == led(mailcow, OTHER)
    assert len(mailcow.relay_hosts) == 1


def test_the_first_to_go_leaves_the_relay_host_to_the_other(life: Life, other: Life, mailcow: FakeMailcow) -> None:
    life.up(way_out())
    other.up(way_out(domain=OTHER))

    life.delete()

    assert led(mailcow) is None
    assert led(mailcow, OTHER) == (HOP, USER, PASSWORD)
    assert mailcow.tls_policies[HOP].policy == "verify"


def test_the_last_to_go_takes_relay_host_and_policy_along(life: Life, other: Life, mailcow: FakeMailcow) -> None:
    life.up(way_out())
    other.up(way_out(domain=OTHER))

    life.delete()
    other.delete()

    assert (mailcow.relay_hosts, mailcow.tls_policies) == ({}, {})


def test_a_relay_host_of_others_is_left_alone(life: Life, mailcow: FakeMailcow) -> None:
    theirs = by_hand(mailcow)
    same_server = by_hand(mailcow, hostname=HOP, user="somebody else")

    life.up(way_out())
    life.up(way_out(port=2525))
    life.delete()

    assert set(mailcow.relay_hosts) == {theirs, same_server}


def test_a_policy_that_a_relay_host_of_others_needs_stays(life: Life, mailcow: FakeMailcow) -> None:
    by_hand(mailcow, hostname=HOP, user="somebody else")
    life.up(way_out())

    life.delete()

    assert HOP in mailcow.tls_policies


def test_one_that_a_mailbox_uses_stays(life: Life, mailcow: FakeMailcow) -> None:
    life.up(way_out())
    id_ = mailcow.domains[DOMAIN].relay_host
    mailcow.relay_hosts[id_] = replace(mailcow.relay_hosts[id_], used_by=("boss@example.com",))

    life.delete()

    assert led(mailcow) is None
    assert id_ in mailcow.relay_hosts


def test_another_relay_is_an_edit_and_the_old_one_goes_last(life: Life, mailcow: FakeMailcow) -> None:
    """In between there is no moment without a relay."""
    life.up(way_out())
    old = mailcow.domains[DOMAIN].relay_host
    mailcow.changes.clear()

    assert life.up(way_out(host="smtp.other.test")) == "update"

    assert led(mailcow) == ("[smtp.other.test]:587", USER, PASSWORD)
    assert mailcow.changes == [
        "set TLS policy [smtp.other.test]:587",
        "add relay host [smtp.other.test]:587",
        f"set relay host {DOMAIN}",
        f"delete relay host {old}",
        f"delete TLS policy {HOP}",
    ]


def test_a_newer_password_in_vault_is_seen_by_a_refresh_and_taken(
    life: Life, mailcow: FakeMailcow, vault: FakeVault
) -> None:
    life.up(way_out())
    vault.write_version(PATH, {"password": NEWER})
    mailcow.changes.clear()

    assert life.refresh() == "drift"
    assert life.up(way_out()) == "update"

    assert led(mailcow) == (HOP, USER, NEWER)
    assert [row.password for row in mailcow.relay_hosts.values()] == [NEWER]
    assert mailcow.changes[:2] == [f"add relay host {HOP}", f"set relay host {DOMAIN}"]
    assert life.outputs["password_version"] == 2
    assert life.up(way_out()) == "same"


def test_two_domains_take_a_newer_password_one_after_the_other(
    life: Life, other: Life, mailcow: FakeMailcow, vault: FakeVault
) -> None:
    life.up(way_out())
    other.up(way_out(domain=OTHER))
    vault.write_version(PATH, {"password": NEWER})
    life.refresh()
    other.refresh()

    life.up(way_out())
    assert led(mailcow, OTHER) == (HOP, USER, PASSWORD), "the old one stays while it is needed"
    other.up(way_out(domain=OTHER))

    assert [row.password for row in mailcow.relay_hosts.values()] == [NEWER]


def test_another_level_of_tls_needs_no_password(life: Life, mailcow: FakeMailcow, vault: FakeVault) -> None:
    life.up(way_out())
    vault.calls.clear()
    mailcow.changes.clear()

    assert life.up(way_out(tls="encrypt")) == "update"

    assert mailcow.tls_policies[HOP].policy == "encrypt"
    assert mailcow.changes == [f"set TLS policy {HOP}"]
    assert f"read {PATH}" not in vault.calls


def test_a_policy_that_somebody_took_away_is_drift_and_is_put_back(life: Life, mailcow: FakeMailcow) -> None:
    life.up(way_out())
    mailcow.tls_policies.clear()
    life.provider.host.ways_out.forget()  # type: ignore[attr-defined]

    assert life.refresh() == "drift"
    assert life.up(way_out()) == "update"
    assert mailcow.tls_policies[HOP].policy == "verify"


def test_a_domain_that_somebody_let_leave_directly_is_led_to_the_relay_again(life: Life, mailcow: FakeMailcow) -> None:
    life.up(way_out())
    mailcow.domains[DOMAIN] = replace(mailcow.domains[DOMAIN], relay_host=0)
    life.provider.host.ways_out.forget()  # type: ignore[attr-defined]

    assert life.refresh() == "gone"
    assert life.up(way_out()) == "create"
    assert led(mailcow) == (HOP, USER, PASSWORD)


def test_a_relay_that_somebody_set_by_hand_is_drift_and_ours_comes_back(life: Life, mailcow: FakeMailcow) -> None:
    life.up(way_out())
    theirs = by_hand(mailcow)
    mailcow.domains[DOMAIN] = replace(mailcow.domains[DOMAIN], relay_host=theirs)
    life.provider.host.ways_out.forget()  # type: ignore[attr-defined]

    assert life.refresh() == "drift"
    assert life.up(way_out()) == "update"
    assert led(mailcow) == (HOP, USER, PASSWORD)
    assert theirs in mailcow.relay_hosts


@pytest.mark.parametrize("refreshed", [False, True])
def test_a_relay_that_somebody_set_by_hand_outlives_ours(life: Life, mailcow: FakeMailcow, *, refreshed: bool) -> None:
    life.up(way_out())
    theirs = by_hand(mailcow)
    mailcow.domains[DOMAIN] = replace(mailcow.domains[DOMAIN], relay_host=theirs)
    life.provider.host.ways_out.forget()  # type: ignore[attr-defined]
    if refreshed:
        life.refresh()

    life.delete()

    assert mailcow.domains[DOMAIN].relay_host == theirs
    assert theirs in mailcow.relay_hosts


def test_a_domain_that_another_stack_has_by_now_keeps_its_way_out(
    life: Life, mailcow: FakeMailcow, said: list[str]
) -> None:
    life.up(way_out())
    mailcow.domains[DOMAIN] = replace(mailcow.domains[DOMAIN], tags=("mailstead-prod",))

    life.delete()

    assert led(mailcow) == (HOP, USER, PASSWORD)
    assert "another stack" in said[0]


def test_a_domain_that_is_gone_has_no_way_out_and_the_relay_host_goes(life: Life, mailcow: FakeMailcow) -> None:
    life.up(way_out())
    mailcow.delete_domain(DOMAIN)

    life.delete()

    assert mailcow.relay_hosts == {}


def test_a_way_out_is_gone_only_when_the_server_answers_otherwise(life: Life, mailcow: FakeMailcow) -> None:
    life.up(way_out())
    mailcow.domains[DOMAIN] = replace(mailcow.domains[DOMAIN], relay_host=0)
    life.provider.host.ways_out.forget()  # type: ignore[attr-defined]
    mailcow.failures["version"] = MailcowUnavailableError("mailcow is not ready")

    with pytest.raises(MailcowError):
        life.refresh()


def test_all_ways_out_of_a_server_are_read_by_three_requests(living: Living, mailcow: FakeMailcow) -> None:
    lives: list[Life] = []
    for name in ("a.example", "b.example", "c.example"):
        make_domain(mailcow, name)
        lives.append(living(WayOutProvider))
        lives[-1].up(way_out(domain=name))
    mailcow.reads.clear()

    assert [life.refresh() for life in lives] == ["same"] * 3
    assert sorted(mailcow.reads) == ["list TLS policies", "list domains", "list relay hosts"]


def test_a_password_that_vault_does_not_have_is_named_with_the_command(life: Life, vault: FakeVault) -> None:
    with pytest.raises(VaultError, match="vault kv put -mount=secret mail/relays/none password=-"):
        life.up(way_out(password_in="mail/relays/none"))


def test_one_that_was_taken_out_of_vault_is_no_drift(life: Life, vault: FakeVault) -> None:
    life.up(way_out())
    vault.secrets.pop(PATH)

    assert life.refresh() == "same"


def test_a_password_that_mailcow_cannot_keep_changes_nothing(
    life: Life, mailcow: FakeMailcow, vault: FakeVault
) -> None:
    vault.write_version(PATH, {"password": "with:colon"})

    with pytest.raises(MailcowRefusedError, match="colon"):
        life.up(way_out())

    assert led(mailcow) is None
    assert mailcow.relay_hosts == {}
