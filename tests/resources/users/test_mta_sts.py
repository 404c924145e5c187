"""A domain's MTA-STS policy: registered, served, changed, served no longer."""

from dataclasses import replace
from typing import Any

import pytest

from core.errors import MailcowError, MailcowRefusedError, MailcowUnavailableError
from core.mta_sts import Policy, policy_of
from tests.fakes import FakeMailcow
from tests.resources.users.conftest import Living
from tests.resources.users.test_people import STATE, needed_by, registered
from tests.resources.users.way_out.ways import DOMAIN, make_domain
from tests.resources.users.wire import Life
from users.mta_sts import MtaStsProvider

POLICY = policy_of("testing", DOMAIN, "mail.example.com") or Policy(mode="", mx=(), max_age_s=0)


def policy(**changes: Any) -> dict[str, Any]:
    """Inputs as the program registers them."""
    return {"domain": DOMAIN, "mode": "testing", "mx": list(POLICY.mx), "max_age_s": POLICY.max_age_s, **changes}


@pytest.fixture
def life(living: Living, mailcow: FakeMailcow) -> Life:
    """The policy of a domain that is there, in the hands of the engine."""
    make_domain(mailcow, DOMAIN)
    return living(MtaStsProvider)


def test_a_domain_with_mta_sts_has_a_policy_on_its_own_host_after_the_domain() -> None:
    domains = tuple(replace(one, mta_sts="enforce") if one.name == "startup.io" else one for one in STATE.domains)
    everything = registered(replace(STATE, domains=domains))
    found = everything["MtaSts startup.io"]

    assert found.provider == "mail-host-2"
    assert needed_by(found) == {"Domain startup.io"}
    assert found.inputs["mode"] == "enforce"
    assert "mail.startup.io" in found.inputs["mx"]
    assert [name for name in everything if name.startswith("MtaSts")] == ["MtaSts startup.io"]


def test_the_policy_is_served_as_wanted_and_nothing_is_done_again(life: Life, mailcow: FakeMailcow) -> None:
    assert life.up(policy()) == "create"
    assert mailcow.policies == {DOMAIN: POLICY}
    mailcow.changes.clear()

    assert life.refresh() == "same"
    assert life.up(policy()) == "same"
    assert mailcow.changes == []


def test_from_testing_to_enforce_the_policy_is_changed_in_place(life: Life, mailcow: FakeMailcow) -> None:
    life.up(policy())

    assert life.up(policy(mode="enforce")) == "update"
    assert mailcow.policies[DOMAIN].mode == "enforce"


def test_whoever_takes_it_out_of_the_list_has_it_served_no_longer(life: Life, mailcow: FakeMailcow) -> None:
    life.up(policy())
    life.delete()

    assert mailcow.policies == {}


def test_a_policy_goes_with_its_domain_and_a_silent_server_is_no_absence(life: Life, mailcow: FakeMailcow) -> None:
    life.up(policy())
    del mailcow.domains[DOMAIN]

    mailcow.failures["version"] = MailcowUnavailableError("mailcow is away")
    with pytest.raises(MailcowError, match="away"):
        life.refresh()
    assert life.refresh() == "gone"


def test_a_domain_of_another_stack_keeps_its_policy(life: Life, mailcow: FakeMailcow) -> None:
    life.up(policy())
    mailcow.domains[DOMAIN] = replace(mailcow.domains[DOMAIN], tags=("mailstead-other",))
    life.delete()

    assert mailcow.policies == {DOMAIN: POLICY}


def test_a_refusal_reaches_the_operator(life: Life, mailcow: FakeMailcow) -> None:
    del mailcow.domains[DOMAIN]

    with pytest.raises(MailcowRefusedError, match=r"policy of example\.com"):
        life.up(policy())
