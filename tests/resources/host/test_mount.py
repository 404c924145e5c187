"""The life of a mounted volume, over real SSH to a host in this process."""

from typing import Any

import pytest
from pulumi.runtime import rpc

from components import mount
from components.mount import MountProvider
from core.errors import HostUnreachableError, LoginRefusedError, RemoteCommandError
from ssh.connection import as_text
from tests.clients.ssh_fixtures import Fill, Reach
from tests.clients.ssh_host import SshHost, new_key
from tests.resources.host.wire import over_the_wire


class Host(SshHost):
    """A host that remembers what it was told to run."""

    def __init__(self, *, status: int = 0, said: bytes = b"") -> None:
        self.mine = new_key()
        self.ran: list[tuple[str, str]] = []

        def run(command: str, stdin: bytes) -> tuple[int, bytes, bytes]:
            self.ran.append((command, stdin.decode()))
            return status, b"uuid\n", said

        super().__init__(accepts=self.mine, run=run)


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up soon."""
    monkeypatch.setattr(mount, "_LOGIN_WAIT_S", 0.05)
    monkeypatch.setattr(mount, "_GONE_AFTER_S", 0.05)
    monkeypatch.setattr(mount, "_PAUSE_S", 0.01)


def props(host: SshHost | None = None, **changes: Any) -> dict[str, Any]:
    given = {
        "instance_id": "ocid1.instance.1",
        "attachment_id": "ocid1.volumeattachment.1",
        "address": "10.0.0.1",
        "user": "ubuntu",
        "host_key": host.key_text if host else "ssh-ed25519 AAAA",
        "device": "/dev/oracleoci/oraclevdc",
        "path": "/backup",
    }
    return over_the_wire({**given, **changes})


def test_a_volume_is_mounted_by_the_hosts_own_script_sent_on_standard_input(agent: Fill, reach: Reach) -> None:
    host = Host()
    agent(host.mine)
    reach(host)

    made = MountProvider().create(props(host))

    assert made.outs == props(host)
    ((command, stdin),) = host.ran
    assert command == "sudo bash -s -- /dev/oracleoci/oraclevdc /backup # mount-volume.sh"
    # Its library comes first, and the call of main last: half a script does nothing.
    assert stdin.index("hold_lock() {") < stdin.index("main() {")
    assert stdin.rstrip().endswith('main "$@"')


def test_the_mail_volume_takes_dockers_volumes_along(agent: Fill, reach: Reach) -> None:
    host = Host()
    agent(host.mine)
    reach(host)

    MountProvider().create(props(host, path="/srv/mail", device="/dev/oracleoci/oraclevdb"))
    MountProvider().delete("id", props(host, path="/srv/mail"))

    assert [command for command, _ in host.ran] == [
        "sudo bash -s -- /dev/oracleoci/oraclevdb /srv/mail --docker-volumes # mount-volume.sh",
        "sudo bash -s -- /srv/mail --docker-volumes # unmount-volume.sh",
    ]


def test_a_script_that_fails_fails_the_mount_with_its_own_words(agent: Fill, reach: Reach) -> None:
    host = Host(status=1, said=b"error: /dev/oracleoci/oraclevdc holds xfs, not ext4; it is left as it is\n")
    agent(host.mine)
    reach(host)

    with pytest.raises(RemoteCommandError, match=r"mount-volume\.sh.*\n?.*holds xfs, not ext4"):
        MountProvider().create(props(host))


def test_a_volume_is_unmounted_before_it_goes(agent: Fill, reach: Reach) -> None:
    host = Host()
    agent(host.mine)
    reach(host)

    MountProvider().delete("id", props(host))

    assert [command for command, _ in host.ran] == ["sudo bash -s -- /backup # unmount-volume.sh"]


def test_an_unmount_that_fails_is_not_taken_as_done(agent: Fill, reach: Reach) -> None:
    host = Host(status=1, said=b"error: /backup is released: not within 60 s\n")
    agent(host.mine)
    reach(host)

    with pytest.raises(RemoteCommandError):
        MountProvider().delete("id", props(host))


def test_a_host_that_is_gone_needs_no_unmounting_and_that_is_said(
    agent: Fill, reach: Reach, capsys: pytest.CaptureFixture[str]
) -> None:
    host = Host()
    agent(host.mine)
    reach(host)
    host.up = False

    MountProvider().delete("id", props(host))

    assert "/backup is taken as unmounted" in capsys.readouterr().err


def test_another_host_at_the_address_is_left_alone(agent: Fill, reach: Reach) -> None:
    host = Host()
    agent(host.mine)
    reach(host)

    MountProvider().delete("id", props(host, host_key=as_text(new_key())))

    assert host.ran == []


def test_a_host_that_lets_us_not_in_is_not_gone(agent: Fill, reach: Reach) -> None:
    host = Host()
    agent(new_key())
    reach(host)

    with pytest.raises(LoginRefusedError):
        MountProvider().delete("id", props(host))


def test_a_host_that_goes_away_in_the_middle_of_unmounting_is_not_taken_as_done(agent: Fill, reach: Reach) -> None:
    host = Host()
    agent(host.mine)
    reach(host)
    host._run = lambda _command, _stdin: (host.hang_up(), (0, b"", b""))[1]

    with pytest.raises(HostUnreachableError, match="broke off"):
        MountProvider().delete("id", props(host))


@pytest.mark.parametrize("change", ["instance_id", "attachment_id", "device", "path"])
@pytest.mark.parametrize("value", ["other", rpc.UNKNOWN])
def test_another_machine_or_volume_replaces_it_and_the_old_one_goes_first(change: str, value: str) -> None:
    diff = MountProvider().diff("id", props(), props(None, **{change: value}))

    assert (diff.changes, diff.replaces, diff.delete_before_replace) == (True, [change], True)


@pytest.mark.parametrize("change", ["address", "host_key", "user"])
@pytest.mark.parametrize("value", ["other", rpc.UNKNOWN])
def test_another_way_to_the_same_machine_is_only_recorded(change: str, value: str) -> None:
    provider = MountProvider()

    diff = provider.diff("id", props(), props(None, **{change: value}))

    assert (diff.changes, diff.replaces) == (True, [])
    assert provider.update("id", props(), props(None, **{change: "other"})).outs == props(None, **{change: "other"})


def test_a_refresh_asks_nobody_and_shows_no_drift() -> None:
    provider = MountProvider()

    read = provider.read("id", props())

    assert (read.outs, read.inputs) == (props(), props())
    assert provider.diff("id", over_the_wire(read.outs or {}), props()).changes is False
