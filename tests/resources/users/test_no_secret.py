"""No password and no key is in properties, outputs, prints or errors of the resources of people."""

import traceback
from collections.abc import Iterator
from typing import Any

import pytest

from core.errors import MailcowRefusedError, MailcowUnavailableError, MailsteadError, VaultDeniedError
from tests.fakes import FakeMailcow, FakeVault
from tests.resources.users.conftest import API_KEY, Living
from tests.resources.users.people import (
    ADDRESS,
    PASSWORD,
    PATH,
    domain,
    found_domain,
    found_password,
    mailbox,
    row,
    secret,
)
from tests.resources.users.wire import sent
from users.domain import DomainProvider
from users.host_provider import api_key
from users.mailbox import MailboxProvider
from users.vault_secret import VaultSecretProvider

SECRETS = (PASSWORD, API_KEY)


def leaks(*texts: object) -> list[str]:
    """Which of the planted secrets stand in these texts."""
    return [value for value in SECRETS if any(value in str(text) for text in texts)]


def failures(mailcow: FakeMailcow, vault: FakeVault) -> Iterator[None]:
    """One thing after another that may go wrong while a mailbox is made."""
    mailcow.failures[f"add mailbox {ADDRESS}"] = MailcowRefusedError("refused: password complexity")
    yield
    mailcow.failures[f"get mailbox {ADDRESS}"] = MailcowUnavailableError("mailcow is not ready")
    yield
    mailcow.mailboxes[ADDRESS] = row(tags=("mailstead-prod",))
    yield
    mailcow.mailboxes[ADDRESS] = row(tags=(), messages=1)
    yield
    mailcow.mailboxes.clear()
    vault.secrets[PATH].versions[0] = {"pass": PASSWORD}
    yield
    vault.failure = VaultDeniedError("Vault refuses")
    yield


def test_the_scan_finds_a_planted_secret() -> None:
    assert leaks({"password": PASSWORD}) == [PASSWORD]
    assert leaks(ValueError(API_KEY)) == [API_KEY]


def test_no_secret_is_in_properties_or_prints(
    living: Living,
    mailcow: FakeMailcow,
    vault: FakeVault,
    said: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    found_password(vault)
    lives = [living(DomainProvider), living(VaultSecretProvider), living(MailboxProvider)]
    states: list[Any] = []
    for life, inputs in zip(lives, [domain(), secret(), mailbox()], strict=True):
        life.up(inputs)
        states += [life.id, life.inputs, life.outputs]
    mailcow.delete_mailbox(ADDRESS)
    for life, inputs in zip(lives, [domain(), secret(), mailbox()], strict=True):
        life.refresh()
        life.up(inputs)
        states += [life.id, life.inputs, life.outputs]

    printed = capsys.readouterr()
    assert mailcow.passwords[ADDRESS] == PASSWORD
    assert "EMPTY" in said[0]
    assert leaks(states, said, printed.out, printed.err) == []


def test_no_secret_is_in_errors(
    living: Living, mailcow: FakeMailcow, vault: FakeVault, capsys: pytest.CaptureFixture[str]
) -> None:
    found_domain(mailcow, "mailstead-dev")
    found_password(vault)
    provider = living(MailboxProvider).provider
    texts: list[str] = []

    for _ in failures(mailcow, vault):
        with pytest.raises(MailsteadError) as raised:
            provider.create(sent(mailbox()))
        texts.append("".join(traceback.format_exception(raised.value)))

    printed = capsys.readouterr()
    assert len(texts) == 6
    assert leaks(*texts, printed.out, printed.err) == []


def test_an_api_key_under_another_name_is_not_told(vault: FakeVault) -> None:
    vault.secrets["mail/hosts/mail.example.com/api_key"].versions[0] = {"API_KEY": API_KEY}

    with pytest.raises(MailsteadError) as raised:
        api_key(vault, "mail.example.com")

    assert leaks("".join(traceback.format_exception(raised.value))) == []
