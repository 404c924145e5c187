"""The People component: who is registered, on which host, after what, and what the engine guards."""

from dataclasses import replace
from datetime import date
from typing import Any

import pulumi
import pytest

from core.desired import DesiredAlias, DesiredDomain, DesiredMailbox, DesiredState, Host
from core.errors import RefusedError
from tests.engine import Engine, Registration
from users.provision import People, PeopleArgs

ON_HOSTS = {"Domain", "DkimKey", "Mailbox", "Alias"}


def domain(name: str, server: int = 1) -> DesiredDomain:
    return DesiredDomain(
        name=name,
        server=server,
        dkim_selector="s1",
        max_quota_mib=51_200,
        quota_mib=20_480_000,
        max_mailboxes=10_000,
        max_aliases=10_000,
        default_quota_mib=2048,
    )


def mailbox(address: str, *, until: date | None = None, server: int = 1) -> DesiredMailbox:
    local_part, _, of_domain = address.partition("@")
    return DesiredMailbox(
        address=address,
        local_part=local_part,
        domain=of_domain,
        full_name=local_part,
        quota_mib=2048,
        active=until is None,
        kept_until=until,
        server=server,
    )


def alias(address: str, *goto: str, server: int = 1) -> DesiredAlias:
    return DesiredAlias(address=address, goto=goto, domain=address.partition("@")[2], server=server)


STATE = DesiredState(
    stack="dev",
    hosts=(
        Host(number=1, name="mail-host-1", hostname="mail.example.com"),
        Host(number=2, name="mail-host-2", hostname="mail2.example.com"),
    ),
    domains=(domain("example.com"), domain("startup.io", 2), domain("closing.example")),
    mailboxes=(
        mailbox("alice@example.com"),
        mailbox("bob@example.com", until=date(2026, 12, 31)),
        mailbox("carol@startup.io", server=2),
        mailbox("dave@closing.example", until=date(2026, 12, 31)),
    ),
    aliases=(
        alias("postmaster@example.com", "alice@example.com"),
        alias("postmaster@startup.io", "carol@startup.io", "ops@elsewhere.test", server=2),
    ),
    notices=(),
)


def registered(state: DesiredState | None = None) -> dict[str, Registration]:
    """Everything that a state makes, STATE by default, by kind and name."""
    engine = Engine()
    engine.run(lambda: program(state or STATE))
    return {f"{kind(it)} {it.name}": it for it in engine.registered}


def kind(registration: Registration) -> str:
    """Last part of a resource's type, such as ``Mailbox``."""
    return registration.type.rpartition(":")[2]


def needed_by(registration: Registration) -> set[str]:
    """Kind and name of what a resource comes directly after."""
    return {label(urn) for urn in registration.options.dependencies}


def label(urn: str) -> str:
    """Kind and name in a URN."""
    kinds, _, name = urn.rpartition("::")
    return f"{kinds.rpartition(':')[2]} {name}"


def program(state: DesiredState = STATE) -> dict[str, Any]:
    hosts = {
        number: pulumi.ProviderResource("pulumi-python", f"mail-host-{number}", {"host:name": "mail.example.com"})
        for number in (1, 2)
    }
    people = People("people", PeopleArgs(state=state, providers=hosts))
    return {"dkim": people.dkim_records}


def test_everybody_has_a_first_password_and_a_mailbox_named_by_the_address() -> None:
    names = registered().keys()

    for person in STATE.mailboxes:
        assert {f"VaultSecret {person.address}", f"Mailbox {person.address}"} <= names


def test_a_domain_lies_with_its_key_people_and_aliases_on_the_host_that_the_list_says() -> None:
    by_host = {name: it.provider for name, it in registered().items() if kind(it) in ON_HOSTS}

    assert by_host.pop("Domain startup.io") == "mail-host-2"
    assert by_host.pop("DkimKey startup.io") == "mail-host-2"
    assert by_host.pop("Mailbox carol@startup.io") == "mail-host-2"
    assert by_host.pop("Alias postmaster@startup.io") == "mail-host-2"
    assert set(by_host.values()) == {"mail-host-1"}


def test_roster_and_first_passwords_depend_on_no_host() -> None:
    """While a host is about to be replaced the engine does not even check what is on its provider."""
    assert {it.provider for it in registered().values() if kind(it) in {"Roster", "VaultSecret"}} == {""}


def test_everything_comes_after_the_roster() -> None:
    all_of_it = registered()

    def comes_after_the_roster(name: str) -> bool:
        needed = needed_by(all_of_it[name])
        return "Roster roster" in needed or any(comes_after_the_roster(other) for other in needed)

    late = [name for name, it in all_of_it.items() if kind(it) in ON_HOSTS | {"VaultSecret"}]
    assert len(late) == 2 * len(STATE.domains) + 2 * len(STATE.mailboxes) + len(STATE.aliases)
    assert [name for name in late if not comes_after_the_roster(name)] == []


def test_a_mailbox_comes_after_its_password_and_its_domain() -> None:
    needed = needed_by(registered()["Mailbox alice@example.com"])

    assert {"VaultSecret alice@example.com", "Domain example.com"} <= needed


def test_a_mailbox_is_registered_with_all_that_the_list_says_and_with_the_time_of_its_password() -> None:
    bob = replace(
        mailbox("bob@example.com", until=date(2026, 12, 31)),
        protocols=("imap",),
        change_password=True,
        sending_limit="100/h",
        tags=("sales",),
        mail="forward",
        forward_to=("alice@example.com",),
        keep_copy=False,
        auto_reply="Bob has left",
    )
    inputs = registered(replace(STATE, mailboxes=(mailbox("alice@example.com"), bob)))["Mailbox bob@example.com"].inputs

    said = {key: inputs[key] for key in ("protocols", "change_password", "sending_limit", "tags", "mail")}
    assert said == {
        "protocols": ["imap"],
        "change_password": True,
        "sending_limit": "100/h",
        "tags": ["sales"],
        "mail": "forward",
    }
    assert (inputs["forward_to"], inputs["keep_copy"], inputs["auto_reply"]) == (
        ["alice@example.com"],
        False,
        "Bob has left",
    )
    assert inputs["secret_made"] == "2026-11-22T13:50:00+00:00"


def test_all_kinds_of_aliases_are_aliases_in_mailcow_after_the_people_they_lead_to() -> None:
    kinds = (
        replace(alias("info@example.com", "alice@example.com"), kind="alias"),
        replace(alias("team@example.com", "alice@example.com", "bob@example.com", "x@elsewhere.test"), kind="list"),
        replace(alias("@example.com", "alice@example.com"), kind="catch_all"),
    )
    found = registered(replace(STATE, aliases=kinds))

    assert {f"Alias {kind.address}" for kind in kinds} <= found.keys()
    assert {"Mailbox alice@example.com", "Mailbox bob@example.com"} <= needed_by(found["Alias team@example.com"])


def test_an_alias_comes_after_the_mailboxes_it_leads_to() -> None:
    assert "Mailbox carol@startup.io" in needed_by(registered()["Alias postmaster@startup.io"])


def test_the_engine_guards_active_people_their_passwords_and_their_domains() -> None:
    guarded = {name for name, it in registered().items() if it.options.protect}

    assert guarded == {
        "Roster roster",
        "Domain example.com",
        "Domain startup.io",
        "DkimKey example.com",
        "DkimKey startup.io",
        "Mailbox alice@example.com",
        "Mailbox carol@startup.io",
        "VaultSecret alice@example.com",
        "VaultSecret carol@startup.io",
    }


def test_all_of_it_lies_under_one_component_whose_type_the_state_knows() -> None:
    parents = {it.options.parent for it in registered().values() if kind(it) in ON_HOSTS | {"Roster", "VaultSecret"}}

    assert len(parents) == 1
    assert parents.pop().endswith("mailstead:people:People::people")


def test_the_component_says_each_domains_dkim_record() -> None:
    said: list[dict[str, str]] = []

    Engine().run(lambda: program()["dkim"].apply(said.append))

    assert len(said) == 1
    assert said[0].keys() == {"example.com", "startup.io", "closing.example"}
    assert all(text.startswith("v=DKIM1") for text in said[0].values())


def test_while_one_key_follows_another_the_component_says_the_records_of_both() -> None:
    said: list[dict[str, str]] = []
    changing = tuple(replace(one, dkim_next="s2") if one.name == "example.com" else one for one in STATE.domains)

    engine = Engine()
    engine.run(lambda: program(replace(STATE, domains=changing))["dkim"].apply(said.append))

    assert said[0].keys() == {"example.com", "startup.io", "closing.example", "s2._domainkey.example.com"}
    assert engine.one("DkimKey", "example.com").inputs["next"] == "s2"
    assert "next" not in engine.one("DkimKey", "startup.io").inputs


def test_a_pair_is_made_on_the_default_provider_because_it_lies_in_vault_and_on_no_host() -> None:
    changing = tuple(replace(one, dkim_next="s2") if one.name == "example.com" else one for one in STATE.domains)

    engine = Engine()
    engine.run(lambda: program(replace(STATE, domains=changing)))

    pair = engine.one("DkimPair", "s2._domainkey.example.com")
    assert pair.provider == ""
    assert pair.inputs["stack"] == "dev"


def test_the_roster_knows_everybody_with_their_dates() -> None:
    inputs = registered()["Roster roster"].inputs

    assert dict(inputs["addresses"]) == {
        "alice@example.com": "",
        "bob@example.com": "2026-12-31",
        "carol@startup.io": "",
        "dave@closing.example": "2026-12-31",
    }
    assert inputs["stack"] == "dev"


def test_the_roster_knows_which_addresses_are_deliberately_given_to_somebody_new() -> None:
    assert list(registered()["Roster roster"].inputs["reuse_addresses"]) == []
    alice, *others = STATE.mailboxes
    given = replace(STATE, mailboxes=(replace(alice, reuse_address=True), *others))

    assert list(registered(given)["Roster roster"].inputs["reuse_addresses"]) == ["alice@example.com"]


def test_a_domain_on_a_host_that_is_not_there_is_refused() -> None:
    with pytest.raises(RefusedError, match=r"startup\.io is on server 2"):
        PeopleArgs(state=STATE, providers={1: None})  # type: ignore[dict-item] # pyright: ignore[reportArgumentType]
