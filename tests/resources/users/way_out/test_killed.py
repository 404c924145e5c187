"""A run that is killed between any two calls is finished by the next, without a second relay host and without a gap."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.fakes import FakeMailcow, FakeVault
from tests.resources.users.conftest import Living
from tests.resources.users.way_out.ways import HOP, NEWER, OTHER, PASSWORD, PATH, USER, led, way_out
from tests.resources.users.wire import Life
from users.way_out import WayOutProvider


class KilledError(BaseException):
    """The end of a process; nothing of ours catches it."""


def killed_after(mailcow: FakeMailcow, calls: int, act: Callable[[], object]) -> bool:
    """Do something, and end it after so many changes; whether it was ended."""
    wanted = len(mailcow.changes) + calls
    change = mailcow._change

    def counting(what: str) -> None:
        if len(mailcow.changes) >= wanted:
            raise KilledError
        change(what)

    mailcow._change = counting  # type: ignore[method-assign]
    try:
        act()
    except KilledError:
        return True
    finally:
        mailcow._change = change  # type: ignore[method-assign]
    return False


@pytest.mark.parametrize("calls", range(4))
def test_a_create_that_was_killed_is_finished(life: Life, mailcow: FakeMailcow, calls: int) -> None:
    killed = killed_after(mailcow, calls, lambda: life.up(way_out()))

    assert killed == (calls < 3), "the three calls of a create"
    life.up(way_out())
    assert led(mailcow) == (HOP, USER, PASSWORD)
    assert len(mailcow.relay_hosts) == 1


@pytest.mark.parametrize("calls", range(4))
def test_a_change_of_password_that_was_killed_is_finished_and_leaves_no_moment_without(
    life: Life, mailcow: FakeMailcow, vault: FakeVault, calls: int
) -> None:
    life.up(way_out())
    vault.write_version(PATH, {"password": NEWER})
    life.refresh()

    killed = killed_after(mailcow, calls, lambda: life.up(way_out()))

    assert killed == (calls < 3)
    assert led(mailcow) in {(HOP, USER, PASSWORD), (HOP, USER, NEWER)}
    life.up(way_out())
    assert led(mailcow) == (HOP, USER, NEWER)
    assert [row.password for row in mailcow.relay_hosts.values()] == [NEWER]


@pytest.mark.parametrize("calls", range(4))
def test_a_relay_host_whose_password_came_and_went_meanwhile_is_no_debris(
    life: Life, mailcow: FakeMailcow, vault: FakeVault, calls: int
) -> None:
    life.up(way_out())
    vault.write_version(PATH, {"password": NEWER})
    life.refresh()
    killed_after(mailcow, calls, lambda: life.up(way_out()))
    vault.write_version(PATH, {"password": "Third-Relay_1"})
    life.refresh()

    life.up(way_out())

    assert [row.password for row in mailcow.relay_hosts.values()] == ["Third-Relay_1"]


@pytest.mark.parametrize("calls", range(6))
def test_a_change_of_relay_that_was_killed_is_finished(life: Life, mailcow: FakeMailcow, calls: int) -> None:
    life.up(way_out())

    killed_after(mailcow, calls, lambda: life.up(way_out(port=2525)))

    assert led(mailcow) is not None
    life.up(way_out(port=2525))
    assert led(mailcow) == ("[smtp.relay.test]:2525", USER, PASSWORD)
    assert list(mailcow.tls_policies) == ["[smtp.relay.test]:2525"]
    assert len(mailcow.relay_hosts) == 1


@pytest.mark.parametrize("calls", range(4))
def test_an_end_that_was_killed_is_finished(life: Life, mailcow: FakeMailcow, calls: int) -> None:
    life.up(way_out())

    killed = killed_after(mailcow, calls, life.delete)

    assert killed == (calls < 3)
    if killed:
        life.delete()
    assert led(mailcow) is None
    assert (mailcow.relay_hosts, mailcow.tls_policies) == ({}, {})


@pytest.mark.parametrize("calls", range(7))
def test_another_domain_that_ends_at_the_same_time_takes_nothing_away(
    living: Living, mailcow: FakeMailcow, monkeypatch: pytest.MonkeyPatch, calls: int
) -> None:
    """The end of the one runs between any two calls of the beginning of the other; each call holds the host's lock."""
    ending, beginning = living(WayOutProvider), living(WayOutProvider)
    ending.up(way_out(domain=OTHER))
    left = [calls]

    def interrupted(call: Callable[..., Any]) -> Callable[..., Any]:
        def interrupt(*args: Any, **more: Any) -> Any:
            left[0] -= 1
            if left[0] < 0 and ending.id is not None:
                end()
            return call(*args, **more)

        return interrupt

    def end() -> None:
        left[0] = 1_000
        ending.delete()

    for name in ("set_tls_policy", "add_relay_host", "set_relay_host", "list_relay_hosts"):
        monkeypatch.setattr(mailcow, name, interrupted(getattr(mailcow, name)))

    beginning.up(way_out())
    if ending.id is not None:
        end()

    assert led(mailcow) == (HOP, USER, PASSWORD)
    assert mailcow.tls_policies[HOP].policy == "verify"
