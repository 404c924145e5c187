"""Counting what somebody has at another provider: over TLS that is checked, in bounded time, no word too much."""

import socket
import traceback
from collections.abc import Generator
from pathlib import Path
from typing import Literal

import pytest

from ops import old_mailbox
from ops.old_mailbox import Account, CountError, Folder, as_people_see_it, count
from tests.ops.imap_stub import PASSWORD, USER, ImapStub, serving

WRONG = "Wrong-Pass_1x"

pytestmark = pytest.mark.enable_socket


@pytest.fixture
def stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[ImapStub]:
    """A server whose certificate this machine trusts."""
    stub = ImapStub(folders={b"INBOX": 231, b"Sent": 44})
    with serving(stub, tmp_path) as certificate:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        yield stub


def account(
    stub: ImapStub, *, password: str = PASSWORD, host: str = "localhost", encryption: Literal["tls", "starttls"] = "tls"
) -> Account:
    """The mailbox there."""
    return Account(host=host, port=stub.port, encryption=encryption, user=USER, password=password)


def test_all_folders_are_counted_and_none_is_opened(stub: ImapStub) -> None:
    assert count(account(stub)) == (Folder(name="INBOX", messages=231), Folder(name="Sent", messages=44))
    assert set(stub.heard) <= {"CAPABILITY", "AUTHENTICATE", "LIST", "STATUS", "LOGOUT"}


def test_a_certificate_that_is_not_trusted_ends_it_before_the_password_goes_out(
    stub: ImapStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")

    with pytest.raises(CountError, match=f"the certificate of localhost:{stub.port} is not trusted"):
        count(account(stub))
    assert stub.heard == []


def test_a_certificate_for_another_name_is_not_trusted(stub: ImapStub) -> None:
    with pytest.raises(CountError, match="not trusted"):
        count(account(stub, host="127.0.0.1"))
    assert stub.heard == []


def test_starttls_comes_before_the_password(stub: ImapStub) -> None:
    stub.begins_plain = True

    assert len(count(account(stub, encryption="starttls"))) == 2
    assert stub.heard.index("STARTTLS") < stub.heard.index("AUTHENTICATE")


def test_a_server_that_offers_no_starttls_never_gets_the_password(stub: ImapStub) -> None:
    stub.begins_plain, stub.offers_starttls = True, False

    with pytest.raises(CountError, match="refuses: TLS not supported by server"):
        count(account(stub, encryption="starttls"))
    assert set(stub.heard) <= {"CAPABILITY"}


def test_a_server_without_plain_authentication_gets_a_login(stub: ImapStub) -> None:
    stub.capabilities, stub.password = "IMAP4rev1", 'ascii "quoted" Pass_1x'

    assert len(count(account(stub, password=stub.password))) == 2
    assert "LOGIN" in stub.heard


def test_a_password_with_other_letters_is_not_sent_by_login(stub: ImapStub) -> None:
    stub.capabilities = "IMAP4rev1"

    with pytest.raises(CountError, match="letters beyond ASCII") as refused:
        count(account(stub))
    assert PASSWORD not in str(refused.value)
    assert "LOGIN" not in stub.heard


def test_a_refusal_quotes_the_server_without_signs_that_move_a_cursor(stub: ImapStub) -> None:
    with pytest.raises(CountError, match=r"refuses .*AUTHENTICATIONFAILED") as refused:
        count(account(stub, password="wrong"))

    assert str(refused.value).isprintable()


def test_a_wrong_password_is_named_for_what_it_is(stub: ImapStub) -> None:
    with pytest.raises(CountError, match=f"^localhost:{stub.port} refuses user or password: "):
        count(account(stub, password="wrong"))


def test_a_server_that_lets_nobody_in_for_now_is_not_taken_for_a_wrong_password(stub: ImapStub) -> None:
    stub.refusal = "UNAVAILABLE"

    with pytest.raises(CountError, match=f"^localhost:{stub.port} refuses: .*UNAVAILABLE"):
        count(account(stub, password="wrong"))


def test_a_server_that_repeats_a_password_does_not_get_it_onto_the_screen(stub: ImapStub) -> None:
    stub.password = f"{WRONG}, or nearly so"

    with pytest.raises(CountError) as refused:
        count(account(stub, password=WRONG))

    assert WRONG not in "".join(traceback.format_exception(refused.value))


def test_nobody_listens(stub: ImapStub) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with pytest.raises(CountError, match=f"localhost:{port} cannot be reached"):
        count(Account(host="localhost", port=port, encryption="tls", user=USER, password=PASSWORD))


def test_a_server_that_says_nothing_is_given_up(stub: ImapStub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(old_mailbox, "_ANSWER_WITHIN_S", 0.3)
    stub.silent = True

    with pytest.raises(CountError, match="does not answer"):
        count(account(stub))


def test_a_mailbox_that_takes_too_long_is_given_up(stub: ImapStub) -> None:
    with pytest.raises(CountError, match="too long"):
        count(account(stub), within_s=0)


def test_folders_of_all_kinds_of_names_are_counted(stub: ImapStub) -> None:
    stub.folders = {
        b"Entw&APw-rfe": 3,
        b"Tom &- Jerry": 4,
        b"back\\slash": 5,
        b'a "quoted" one': 6,
    }
    stub.hollow = (b"[Gmail]",)

    found = {folder.name: folder.messages for folder in count(account(stub))}

    assert found == {"Entwürfe": 3, "Tom & Jerry": 4, "back\\slash": 5, 'a "quoted" one': 6}


def test_a_folder_that_does_not_tell_is_named_as_such(stub: ImapStub) -> None:
    stub.folders = {b"INBOX": 1, b"Shared": None, b"\xe9": 2}

    assert [(folder.messages) for folder in count(account(stub))] == [1, None, None]


@pytest.mark.parametrize(
    ("name", "read"),
    [
        (b"INBOX", "INBOX"),
        (b"&ZeVnLIqe-/&U,BTFw-", "日本語/台北"),
        (b"&AGE", "&AGE"),  # never shifted back
        (b"&!!!-", "&!!!-"),
        (b"\xff", "\ufffd"),
    ],
)
def test_names_are_read_as_people_see_them(name: bytes, read: str) -> None:
    assert as_people_see_it(name) == read


def test_an_account_does_not_show_its_password(stub: ImapStub) -> None:
    assert PASSWORD not in repr(account(stub))
