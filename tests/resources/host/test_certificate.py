"""The life of a host's certificate: looked at from outside, asked for over SSH, and never a reason to stop."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pulumi.runtime import rpc

from components import certificate
from components.certificate import CertificateProvider
from core.certificate import TLS_PORTS, Shown
from core.errors import HostKeyChangedError
from ssh.connection import as_text
from tests.clients.ssh_fixtures import Fill, Reach
from tests.clients.ssh_host import SshHost, new_key
from tests.resources.host.wire import over_the_wire

SINCE = "2026-11-23T03:00:00.000000001Z"
NAMES = ["autoconfig.example.com", "mail.example.com"]
OWN = Shown(
    serial="a1",
    names=frozenset({"mail.example.com"}),
    self_signed=True,
    not_after=datetime.now(tz=UTC) + timedelta(days=365),
)
GOOD = Shown(
    serial="b2", names=frozenset(NAMES), self_signed=False, not_after=datetime.now(tz=UTC) + timedelta(days=90)
)
WELL = "Certificates successfully requested and renewed where required, sleeping one day\n"
NOT_IN_DNS = f"No A or AAAA record found for hostname autoconfig.example.com\n{WELL}"


class Host(SshHost):
    """A host that remembers what it was told to run; its ACME client says one thing after the other."""

    def __init__(self, *said: str, status: int = 0) -> None:
        self.mine = new_key()
        self.ran: list[str] = []
        lines = list(said)

        def run(command: str, _stdin: bytes) -> tuple[int, bytes, bytes]:
            self.ran.append(command)
            if " ask " in command:
                return status, f"{SINCE}\n".encode(), b"error: no such service: acme-mailcow\n" if status else b""
            return 0, (lines.pop(0) if len(lines) > 1 else lines[0]).encode(), b""

        super().__init__(accepts=self.mine, run=run)


Show = Callable[..., list[str]]


@pytest.fixture
def show(monkeypatch: pytest.MonkeyPatch) -> Show:
    """Have the ports show one certificate after the other; gives the addresses that were looked at."""

    def shown(*certificates: Shown | None) -> list[str]:
        waiting, looked = list(certificates), list[str]()

        def look(address: str, *, name: str) -> dict[int, Shown | None]:
            assert name == "mail.example.com"
            looked.append(address)
            return dict.fromkeys(TLS_PORTS, waiting.pop(0) if len(waiting) > 1 else waiting[0])

        monkeypatch.setattr(certificate, "shown_certificates", look)
        return looked

    return shown


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificate, "_PAUSE_S", 0.01)
    monkeypatch.setattr(certificate, "_ATTEMPT_LIMIT_S", 0.1)
    monkeypatch.setattr(certificate, "_TAKEN_UP_LIMIT_S", 0.1)


def props(host: SshHost | None = None, **changes: Any) -> dict[str, Any]:
    given = {
        "instance_id": "ocid1.instance.1",
        "address": "10.0.0.1",
        "user": "ubuntu",
        "host_key": host.key_text if host else "ssh-ed25519 AAAA",
        "hostname": "mail.example.com",
        "stack": "prod",
        "names": NAMES,
    }
    return over_the_wire({**given, **changes})


@pytest.fixture
def made(agent: Fill, reach: Reach, capsys: pytest.CaptureFixture[str]) -> Callable[[Host], tuple[Any, str]]:
    """Make the resource with a host: what is recorded, and what was said."""

    def making(host: Host) -> tuple[Any, str]:
        agent(host.mine)
        reach(host)
        outs = CertificateProvider().create(props(host)).outs
        return outs, capsys.readouterr().err

    return making


def test_a_good_certificate_is_left_alone(made: Callable[[Host], tuple[Any, str]], show: Show) -> None:
    looked = show(GOOD)
    host = Host(WELL)

    outs, said = made(host)

    assert outs == {**props(host), "complete": True}
    assert (host.ran, looked, said) == ([], ["10.0.0.1"], "")


def test_a_missing_name_makes_mailcow_ask_once_and_every_port_is_waited_for(
    made: Callable[[Host], tuple[Any, str]], show: Show
) -> None:
    looked = show(OWN, OWN, OWN, GOOD)
    host = Host("Initializing, please wait...\n", "Found A record\n", WELL)

    outs, said = made(host)

    assert outs["complete"] is True
    assert host.ran == [
        "sudo bash -s -- ask # ask-certificate.sh",
        *[f"sudo bash -s -- log {SINCE} # ask-certificate.sh"] * 3,
    ]
    assert len(looked) == 4
    assert "not complete" not in said


def test_what_stands_in_the_way_is_a_warning_with_what_to_do(
    made: Callable[[Host], tuple[Any, str]], show: Show
) -> None:
    show(OWN)

    outs, said = made(Host(NOT_IN_DNS))

    assert outs["complete"] is False
    assert "the certificate of mail.example.com is not complete: mailcow still shows the certificate that" in said
    assert "no DNS record leads to autoconfig.example.com: enter it" in said
    assert "mailstead dns check --stack prod; the next mailstead up asks again" in said


def test_a_reason_beside_a_certificate_that_has_all_names_by_now_is_not_told(
    made: Callable[[Host], tuple[Any, str]], show: Show
) -> None:
    show(OWN, GOOD)

    outs, said = made(Host("No A or AAAA record found for hostname autoconfig.removed.org\n" + WELL))

    assert outs["complete"] is True
    assert "not complete" not in said


def test_a_client_that_is_never_done_is_not_waited_for_for_ever(
    made: Callable[[Host], tuple[Any, str]], show: Show
) -> None:
    show(OWN)

    outs, said = made(Host("Initializing, please wait...\n"))

    assert outs["complete"] is False
    assert "still at work: see docker compose logs acme-mailcow" in said


@pytest.mark.parametrize("fault", ["script", "login", "gone"])
def test_a_host_that_cannot_be_asked_is_a_warning(
    agent: Fill, reach: Reach, show: Show, capsys: pytest.CaptureFixture[str], fault: str
) -> None:
    show(OWN)
    host = Host(WELL, status=1 if fault == "script" else 0)
    agent(new_key() if fault == "login" else host.mine)
    reach(host)
    host.up = fault != "gone"

    outs = CertificateProvider().create(props(host)).outs or {}

    assert outs["complete"] is False
    said = capsys.readouterr().err
    assert "mailcow could not be asked for it" in said
    (warning,) = [line for line in said.splitlines() if line.startswith("warning: ")]
    assert warning.endswith("asks again")  # of several lines only the first is shown


def test_another_host_at_the_address_is_an_error(agent: Fill, reach: Reach, show: Show) -> None:
    """Somebody may be answering in its place."""
    show(OWN)
    host = Host(WELL)
    agent(host.mine)
    reach(host)

    with pytest.raises(HostKeyChangedError):
        CertificateProvider().create(props(host, host_key=as_text(new_key())))


def test_until_it_is_complete_each_update_looks_again(show: Show) -> None:
    looked = show(GOOD)
    provider = CertificateProvider()

    assert provider.diff("id", {**props(), "complete": False}, props()).changes is True
    assert provider.diff("id", {**props(), "complete": True}, props()).changes is False
    assert looked == []
    assert (provider.update("id", {**props(), "complete": False}, props()).outs or {})["complete"] is True


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("names", [*NAMES, "mail.startup.io"]),
        ("instance_id", "other"),
        ("address", "10.0.0.2"),
        ("instance_id", rpc.UNKNOWN),
    ],
)
def test_other_names_or_another_machine_are_looked_at(key: str, value: Any) -> None:
    diff = CertificateProvider().diff("id", {**props(), "complete": True}, props(None, **{key: value}))

    assert (diff.changes, diff.replaces) == (True, [])


def test_a_refresh_asks_nobody_and_shows_no_drift(show: Show) -> None:
    looked = show(None)
    provider, recorded = CertificateProvider(), {**props(), "complete": True}

    read = provider.read("id", recorded)

    assert (read.outs, read.inputs, looked) == (recorded, props(), [])
    assert provider.diff("id", over_the_wire(read.outs or {}), props()).changes is False


def test_taking_it_out_of_the_stack_leaves_people_their_certificate() -> None:
    CertificateProvider().delete("id", props())
