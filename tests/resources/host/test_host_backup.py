"""The life of a host's backup job, over real SSH to a host in this process."""

import io
import re
import subprocess
import tarfile
from collections.abc import Callable
from typing import Any

import pytest
from pulumi.runtime import rpc

from backup.host_backup import HostBackupProvider
from core.errors import RefusedError, RemoteCommandError
from ssh.connection import as_text
from tests.clients.ssh_fixtures import Fill, Reach
from tests.clients.ssh_host import SshHost, new_key
from tests.fakes import FakeVault
from tests.resources.host.wire import over_the_wire

PATH = "mail/hosts/mail.example.com/offsite"
SECRET = "very-secret-access-key"


class Host(SshHost):
    """A host that remembers what it was told to run."""

    def __init__(self, *, status: int = 0, said: bytes = b"") -> None:
        self.mine = new_key()
        self.ran: list[tuple[str, bytes]] = []

        def run(command: str, stdin: bytes) -> tuple[int, bytes, bytes]:
            self.ran.append((command, stdin))
            return status, b"backups installed\n", said

        super().__init__(accepts=self.mine, run=run)


def props(host: SshHost | None = None, **changes: Any) -> dict[str, Any]:
    given = {
        "instance_id": "ocid1.instance.1",
        "address": "10.0.0.1",
        "user": "ubuntu",
        "host_key": host.key_text if host else "ssh-ed25519 AAAA",
        "hostname": "mail.example.com",
        "backup_at": "02:30",
        "root_is": "volume",
        "public_key": "-----BEGIN PGP PUBLIC KEY BLOCK-----\n",
        "settings": {"BACKUP_ROOT": "/backup", "BACKUP_KEEP_DAYS": "7"},
        "rclone_config": "",
        "credentials": "",
        "programs": "0123456789ab",
    }
    return over_the_wire({**given, **changes})


@pytest.fixture
def met(agent: Fill, reach: Reach) -> Callable[[Host], Host]:
    """Let every connection go to this host, which takes the agent's key."""

    def meeting(host: Host) -> Host:
        agent(host.mine)
        reach(host)
        return host

    return meeting


def sent(stdin: bytes) -> dict[str, tuple[bytes, int]]:
    """Give the files that came with a script, as the script itself would unpack them."""
    function = re.search(rb"^sent_files\(\) \{\n.*?^\}\n", stdin, re.DOTALL | re.MULTILINE)
    assert function
    packed = subprocess.run(["bash", "-s"], input=function[0] + b"sent_files\n", capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        return {it.name: (file.read(), it.mode) for it in tar.getmembers() if (file := tar.extractfile(it))}


def test_programs_units_settings_and_key_come_with_the_script_that_installs_them(met: Callable[[Host], Host]) -> None:
    host = met(Host())

    made = HostBackupProvider().create(props(host))

    ((command, stdin),) = host.ran
    files = sent(stdin)
    assert command == "sudo bash -s -- 02:30 volume # install-backup.sh"
    assert stdin.startswith(b"#!/usr/bin/env bash\n# Strict mode")
    assert stdin.endswith(b'main "$@"\n')
    assert files["backup.env"] == (b"BACKUP_KEEP_DAYS=7\nBACKUP_ROOT=/backup\n", 0o644)
    assert b"BEGIN PGP PUBLIC KEY" in files["backup-key.asc"][0]
    assert {"units/mailstead-backup.timer", "units/mailstead-backup.service"} <= set(files)
    assert not {"rclone.conf", "rclone.txt", "offsite-credentials", "metadata.nft"} & set(files)
    assert made.outs == {**props(host), "credentials_version": 0}


def test_where_the_hosts_own_name_opens_the_bucket_its_containers_are_kept_from_it(met: Callable[[Host], Host]) -> None:
    host = met(Host())

    HostBackupProvider().create(props(host, rclone_config="[offsite]\n"))

    ((_, stdin),) = host.ran
    assert b"169.254.169.254 tcp dport 80 drop" in sent(stdin)["metadata.nft"][0]


def test_credentials_of_a_bucket_go_from_vault_to_the_host_and_nowhere_else(
    met: Callable[[Host], Host], monkeypatch: pytest.MonkeyPatch
) -> None:
    host, vault = met(Host()), FakeVault()
    vault.create_secret(PATH, {"access_key_id": "backup", "secret_access_key": SECRET}, {})
    monkeypatch.setattr(HostBackupProvider, "open_vault", staticmethod(lambda: vault))

    made = HostBackupProvider().create(props(host, credentials=PATH, rclone_config="[offsite]\n"))

    ((command, stdin),) = host.ran
    files = sent(stdin)
    assert files["offsite-credentials"][0].endswith(f"aws_secret_access_key = {SECRET}\n".encode())
    assert files["offsite-credentials"][1] == 0o600
    assert b"--hash=sha256:" in files["rclone.txt"][0]
    assert SECRET not in command
    assert SECRET not in str(made.outs)


def test_credentials_that_are_new_in_vault_reach_the_host_with_the_next_refresh(
    met: Callable[[Host], Host], monkeypatch: pytest.MonkeyPatch
) -> None:
    host, vault = met(Host()), FakeVault()
    vault.create_secret(PATH, {"access_key_id": "backup", "secret_access_key": SECRET}, {})
    monkeypatch.setattr(HostBackupProvider, "open_vault", staticmethod(lambda: vault))
    wanted, provider = props(host, credentials=PATH, rclone_config="[offsite]\n"), HostBackupProvider()
    made = provider.create(wanted).outs or {}

    assert not provider.diff("", provider.read("id", made).outs or {}, wanted).changes
    vault.write_version(PATH, {"access_key_id": "backup", "secret_access_key": "another"})
    assert provider.diff("", provider.read("id", made).outs or {}, wanted).changes


def test_a_bucket_whose_credentials_are_not_in_vault_says_where_they_belong(
    met: Callable[[Host], Host], monkeypatch: pytest.MonkeyPatch
) -> None:
    host = met(Host())
    monkeypatch.setattr(HostBackupProvider, "open_vault", staticmethod(FakeVault))

    with pytest.raises(RefusedError, match=f"vault kv put -mount=secret {PATH}"):
        HostBackupProvider().create(props(host, credentials=PATH, rclone_config="[offsite]\n"))

    assert host.ran == []


def test_a_script_that_fails_says_why_and_the_job_is_not_recorded(met: Callable[[Host], Host]) -> None:
    host = met(Host(status=1, said=b"error: no volume is mounted on /backup\n"))

    with pytest.raises(RemoteCommandError, match=r"install-backup\.sh.*no volume is mounted on /backup"):
        HostBackupProvider().create(props(host))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("programs", "another"),
        ("backup_at", "04:00"),
        ("instance_id", "ocid1.instance.2"),
        ("settings", {"BACKUP_KEEP_DAYS": "8"}),
        ("public_key", "another"),
    ],
)
def test_any_change_installs_again_and_replaces_nothing(key: str, value: Any) -> None:
    diff = HostBackupProvider().diff("", props(), props(**{key: value}))

    assert (diff.changes, diff.replaces) == (True, [])


def test_what_is_as_recorded_is_left_alone() -> None:
    assert HostBackupProvider().diff("", props(), props()).changes is False


def test_a_preview_that_does_not_know_the_address_yet_is_a_change() -> None:
    assert HostBackupProvider().diff("", props(), props(address=rpc.UNKNOWN)).changes


def test_a_job_that_is_not_wanted_any_more_is_taken_off(met: Callable[[Host], Host]) -> None:
    host = met(Host())

    HostBackupProvider().delete("", props(host))

    ((command, _),) = host.ran
    assert command == "sudo bash -s -- # remove-backup.sh"


def test_a_host_that_is_another_by_now_has_no_job_of_ours(agent: Fill, reach: Reach) -> None:
    """Otherwise a stack whose machine is gone could not be destroyed."""
    host = Host()
    agent(host.mine)
    reach(host)

    HostBackupProvider().delete("", props(host, host_key=as_text(new_key())))

    assert host.ran == []


def test_a_removal_that_fails_is_no_removal(met: Callable[[Host], Host]) -> None:
    host = met(Host(status=1, said=b"error: disk\n"))

    with pytest.raises(RemoteCommandError, match=r"remove-backup\.sh"):
        HostBackupProvider().delete("", props(host))
