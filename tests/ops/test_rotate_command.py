"""`mailstead rotate` as it is typed: who is asked, what is told, exit codes, JSON, and no password anywhere."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from typer.testing import CliRunner

from core.errors import MailcowRefusedError
from ops.cli import app
from ops.rotation import MailServer
from tests.ops.passwords import PASSWORD, Office, leaver, person
from tests.ops.workplace import Operator
from vault.api import VaultApi
from vault.wrapping import WrappingApi

LIST = """\
domains:
  - name: a.example
    users: [ann, bob]
    offboarded:
      - {name: eve, until: 2027-01-31}
"""
ANN, BOB = person("ann"), person("bob")


@pytest.fixture
def office(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> Office:
    """An office whose Vault, mailcow and project the command line finds."""
    office = Office()
    office.takes_on(ANN, BOB, leaver("eve"))
    (operator.project_folder / "mail_list.yml").write_text(LIST)
    monkeypatch.chdir(operator.project_folder)
    monkeypatch.delenv("PULUMI_STACK", raising=False)
    for name, value in operator.env.items():
        monkeypatch.setenv(name, value)

    @contextmanager
    def mail_servers(*_: object, **__: object) -> Iterator[Callable[[int], MailServer]]:
        yield office.rotating().server

    monkeypatch.setattr(VaultApi, "from_environment", lambda: office.vault)
    monkeypatch.setattr(WrappingApi, "from_environment", lambda: office.wrapping)
    monkeypatch.setattr("ops.mail_servers.mail_servers", mail_servers)
    return office


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["rotate", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_one_address_is_rotated_without_a_question(office: Office) -> None:
    status, said, complained = run("bob@a.example")

    assert status == 0
    assert office.opens(BOB)
    assert not office.password(BOB).startswith(PASSWORD)
    assert office.password(ANN).startswith(PASSWORD)
    assert complained == "1/1  bob@a.example  rotated\n"
    assert "1 rotated." in said
    assert "mailstead handover" in said


def test_a_domain_is_rotated_only_when_somebody_agrees(office: Office) -> None:
    status, said, complained = run("a.example")

    assert (status, said) == (3, "")
    assert "add --yes to agree" in complained
    assert office.mailcow.changes == []


def test_with_yes_everybody_but_leavers_is_rotated_and_told_one_by_one(office: Office) -> None:
    status, said, complained = run("a.example", "--yes")

    assert status == 0
    assert complained.splitlines() == [
        "1/3  ann@a.example  rotated",
        "2/3  bob@a.example  rotated",
        "3/3  eve@a.example  offboarded, left alone",
    ]
    assert said.splitlines()[0] == "2 rotated, 1 offboarded, left alone."


def test_who_failed_is_listed_at_the_end_and_is_exit_code_1(office: Office) -> None:
    office.mailcow.failures["set password ann@a.example"] = MailcowRefusedError("mailcow refused it")

    status, said, complained = run("a.example", "--yes")

    assert status == 1
    assert "1/3  ann@a.example  failed: mailcow refused it" in complained
    assert "not done: ann@a.example; the same command goes on with these" in complained
    assert said.splitlines()[0] == "1 failed, 1 rotated, 1 offboarded, left alone."
    assert run("a.example", "--yes")[0] == 0


def test_one_address_that_fails_is_told_as_any_failure(office: Office) -> None:
    office.mailcow.failures["set password bob@a.example"] = MailcowRefusedError("mailcow refused it")

    status, said, complained = run("bob@a.example")

    assert (status, said, complained) == (1, "", "mailstead: mailcow refused it\n")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("bobb@a.example", "did you mean bob@a.example?"),
        ("eve@a.example", "is offboarded"),
        ("b.example", "did you mean a.example?"),
        ("unlike.anything.test", "it serves a.example"),
    ],
)
def test_whom_the_list_does_not_have_is_refused_with_what_was_meant(office: Office, typed: str, words: str) -> None:
    status, _, complained = run(typed, "--yes")

    assert status == 3
    assert words in complained
    assert office.mailcow.changes == []


def test_machines_get_json_and_nothing_else(office: Office) -> None:
    office.mailcow.app_passwords = {"ann@a.example": {1: "phone"}}

    document = json.loads(run("a.example", "--yes", "--json")[1])

    assert document["counts"] == {"rotated": 2, "offboarded": 1}
    assert document["people"][0] == {
        "address": "ann@a.example",
        "outcome": "rotated",
        "sentence": "app passwords go on working: phone; --app-passwords deletes them",
    }


def test_app_passwords_go_with_the_option(office: Office) -> None:
    office.mailcow.app_passwords = {"ann@a.example": {1: "phone"}}

    run("ann@a.example", "--app-passwords")

    assert office.mailcow.app_passwords["ann@a.example"] == {}


def test_stopped_by_a_signal_it_says_that_it_goes_on_from_there(office: Office) -> None:
    office.mailcow.failures["set password bob@a.example"] = KeyboardInterrupt()  # type: ignore[assignment]

    status, said, complained = run("a.example", "--yes")

    assert (status, said) == (130, "")
    assert "the same command goes on from here" in complained
    assert "before anything was changed" not in complained
    assert run("a.example", "--yes")[2].splitlines()[0] == "1/3  ann@a.example  done before"
    assert office.opens(BOB)


def test_no_password_shows_anywhere(office: Office) -> None:
    office.mailcow.failures["set password ann@a.example"] = MailcowRefusedError("mailcow refused it")

    shown = str([run("a.example", "--yes"), run("a.example", "--yes", "--json"), run("bob@a.example")])

    passwords = [version["password"] for secret in office.vault.secrets.values() for version in secret.versions]
    assert len(passwords) > 5
    assert not [password for password in passwords if password in shown]
