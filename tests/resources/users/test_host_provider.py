"""What the resources of one host share in a plugin process: found late, made once, read in bulk."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from pulumi.dynamic import Config, ConfigureRequest

from core.errors import MailcowRefusedError, RefusedError, VaultError
from mailcow.api import MailcowApi
from mailcow.calls.changing import one_at_a_time
from ssh.lock import HostLock
from tests.fakes import FakeMailcow, FakeVault
from tests.resources.users.conftest import API_KEY, Living, request
from tests.resources.users.people import ADDRESS, found_domain, found_password, mailbox, row
from users import host_provider
from users.alias import AliasProvider
from users.dkim_key import DkimKeyProvider
from users.domain import DomainProvider
from users.host_inputs import HostInputs
from users.host_provider import MailboxesInBulk, api_key
from users.mailbox import MailboxProvider

FOUR = 4  # calls that the plugin makes at a time


def test_a_preview_needs_no_vault_no_agent_and_no_host(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VAULT_ADDR", "VAULT_TOKEN", "SSH_AUTH_SOCK"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(host_provider, "_shared", host_provider._Shared())
    provider = MailboxProvider()

    provider.configure(request())

    assert provider.check({}, mailbox()).failures == []
    assert provider.diff(ADDRESS, mailbox(), mailbox()).changes is False


def test_all_kinds_of_resources_share_one_host(living: Living) -> None:
    hosts: set[int] = set()
    for kind in (MailboxProvider, DomainProvider, AliasProvider, DkimKeyProvider):
        provider = living(kind).provider
        assert isinstance(provider, kind)
        hosts.add(id(provider.host))

    assert len(hosts) == 1


def test_a_changed_address_is_another_host(living: Living) -> None:
    moved = ConfigureRequest(Config({**request().config._props, "host:address": "192.0.2.11"}, "mailstead"))

    assert host_provider.mail_host(request()) is not host_provider.mail_host(moved)


def test_a_resource_without_its_hosts_provider_is_told_so() -> None:
    with pytest.raises(RefusedError, match="host:name is missing"):
        MailboxProvider().configure(ConfigureRequest(Config({"mailstead:region": "x"}, "mailstead")))


def test_vault_is_connected_to_once_by_four_threads(monkeypatch: pytest.MonkeyPatch, living: Living) -> None:
    made: list[FakeVault] = []

    def connect() -> FakeVault:
        made.append(FakeVault())
        return made[-1]

    monkeypatch.setattr(host_provider.VaultApi, "from_environment", connect)

    with ThreadPoolExecutor(FOUR) as threads:
        found = list(threads.map(lambda _: host_provider.vault(), range(50)))

    assert len(made) == 1
    assert set(map(id, found)) == {id(made[0])}


def test_the_api_key_is_the_one_that_vault_has(vault: FakeVault) -> None:
    assert api_key(vault, "mail.example.com") == API_KEY
    with pytest.raises(VaultError, match=r"no API key of mail2\.example\.com"):
        api_key(vault, "mail2.example.com")


def test_many_mailboxes_are_read_with_one_request_a_domain(living: Living, mailcow: FakeMailcow) -> None:
    provider = living(MailboxProvider).provider
    addresses = [f"user{number}@{name}" for number in range(50) for name in ("example.com", "startup.io")]
    mailcow.mailboxes = {address: row(address=address) for address in addresses}

    def read(address: str) -> str | None:
        local_part, _, domain = address.partition("@")
        return provider.read(address, mailbox(address=address, domain=domain, local_part=local_part)).id

    with ThreadPoolExecutor(FOUR) as threads:
        assert list(threads.map(read, addresses)) == addresses

    assert sorted(mailcow.reads) == [
        "list mailboxes example.com",
        "list mailboxes startup.io",
        "list sending limits",
    ]


def test_a_write_to_a_domain_has_that_domain_read_anew_and_no_other(
    living: Living, mailcow: FakeMailcow, vault: FakeVault
) -> None:
    found_domain(mailcow, "mailstead-dev")
    found_password(vault)
    mailcow.mailboxes["carol@startup.io"] = row(address="carol@startup.io")
    alice, carol = living(MailboxProvider), living(MailboxProvider)
    alice.up(mailbox())
    carol.up(mailbox(address="carol@startup.io", domain="startup.io", local_part="carol"))
    alice.refresh()
    carol.refresh()
    mailcow.reads.clear()

    alice.up(mailbox(quota_mib=4096))

    assert alice.refresh() == "same"
    assert carol.refresh() == "same"
    assert [read for read in mailcow.reads if read.startswith("list mail")] == ["list mailboxes example.com"]


def test_a_write_that_failed_has_its_domain_read_anew_too(
    living: Living, mailcow: FakeMailcow, vault: FakeVault
) -> None:
    found_domain(mailcow, "mailstead-dev")
    found_password(vault)
    alice = living(MailboxProvider)
    alice.up(mailbox())
    alice.refresh()
    mailcow.failures[f"edit mailbox {ADDRESS}"] = MailcowRefusedError("no")
    with pytest.raises(MailcowRefusedError):
        alice.up(mailbox(quota_mib=4096))
    mailcow.mailboxes[ADDRESS] = row(quota_mib=4096)

    assert alice.refresh() == "drift"


def test_a_read_that_was_under_way_during_a_write_is_not_kept() -> None:
    reading, written = threading.Event(), threading.Event()
    answers = iter([(row(quota_mib=1),), (row(quota_mib=2),)])

    def read(_domain: str) -> tuple:
        answer = next(answers)
        reading.set()
        written.wait(5)
        return answer

    bulk = MailboxesInBulk(read, dict)
    with ThreadPoolExecutor(2) as threads:
        early = threads.submit(bulk.get, "example.com", ADDRESS)
        reading.wait(5)
        forgetting = threads.submit(bulk.forget, "example.com")
        written.set()
        early.result(5)
        forgetting.result(5)

    found = bulk.get("example.com", ADDRESS)
    assert found is not None
    assert found.quota_mib == 2


def test_what_mailcow_cannot_do_side_by_side_waits_for_the_lock_on_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another stack's run, on another machine, deletes at the same time."""
    given: list[object] = []
    monkeypatch.setattr(MailcowApi, "over_ssh", lambda *_args, exclusive, **_more: given.append(exclusive))

    host_provider.mailcow_of(HostInputs.of(request()), key=lambda: "K")

    (held,) = given
    assert isinstance(getattr(held, "__self__", None), HostLock)


def test_without_a_way_in_but_the_api_this_process_does_one_thing_at_a_time() -> None:
    inputs = HostInputs(name="mail.example.com", address="192.0.2.10", stack="dev", api_access="https")

    assert host_provider.mailcow_of(inputs, key=lambda: "K")._exclusive is one_at_a_time
