"""Run a script of this repository on a host over SSH, again whenever it or its host is a new one."""

import hashlib
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pulumi
from pulumi_command import remote

_LIBRARY = "lib.sh"
_DIGEST_LENGTH = 12


@dataclass(frozen=True, kw_only=True)
class RemoteHost:
    """A host that scripts run on.

    Attributes:
        instance_id: OCID of the machine: another machine means that every script runs again.
        address: Where SSH answers.
        user: The login user, who has sudo without a password.
        host_key: The host's key, as ``ssh-ed25519 AAAA…``; another key is refused.
    """

    instance_id: pulumi.Input[str]
    address: pulumi.Input[str]
    user: str
    host_key: pulumi.Input[str]

    def connection(self) -> remote.ConnectionArgs:
        """Tell where and whom to trust, and nothing else: the key comes from the operator's SSH agent.

        Every field is recorded, so none may be secret or differ between two runs (an agent's socket does).
        """
        return remote.ConnectionArgs(
            host=self.address,
            user=self.user,
            port=22,
            host_key=self.host_key,
            dial_error_limit=60,  # a fresh machine answers after 40 to 120 s
            per_dial_timeout=15,  # seconds
        )


class RemoteScripts:
    """A folder of scripts, copied to a host, and commands that run them there."""

    def __init__(self, host: RemoteHost, folder: str, remote_folder: str) -> None:
        """Name the folders.

        Args:
            host: Where the scripts go.
            folder: Local folder, relative to the project: its path is recorded in the state.
            remote_folder: Absolute folder on the host; its last element is the local folder's name.

        Raises:
            ValueError: The two folders have different names.
        """
        parent, _, last = remote_folder.rstrip("/").rpartition("/")
        if last != Path(folder).name:
            raise ValueError(
                f"remote folder {remote_folder} does not end in {Path(folder).name}; the copy keeps that name"
            )
        self._host = host
        self._folder = folder
        self._parent = parent
        self._remote_folder = remote_folder.rstrip("/")

    def copy(self, name: str, opts: pulumi.ResourceOptions) -> remote.CopyToRemote:
        """Copy the folder by content.

        An update copies only when the files changed, not when the host did, so a new machine is a trigger: the
        replacement copies again, and nothing is deleted.
        """
        return remote.CopyToRemote(
            name,
            connection=self._host.connection(),
            source=pulumi.FileArchive(self._folder),
            remote_path=self._parent,
            triggers=[self._host.instance_id],
            opts=opts,
        )

    def command(
        self, name: str, script: str, args: Sequence[pulumi.Input[str]], opts: pulumi.ResourceOptions
    ) -> remote.Command:
        """Run one script as root.

        The line is short and free of secrets: when it fails, it is printed with the script's output.
        """
        line = pulumi.Output.all(self._host.instance_id, *args).apply(
            lambda values: self._line(script, values[0], values[1:])
        )
        return remote.Command(
            name,
            connection=self._host.connection(),
            create=line,  # holds the script's digest and the machine's id: a change of either is an update
            update=line,
            add_previous_output_in_env=False,  # sshd refuses it, and each run would warn
            logging=remote.Logging.STDERR,
            opts=opts,
        )

    def _line(self, script: str, instance_id: str, args: Sequence[str]) -> str:
        words = shlex.join(["sudo", "bash", f"{self._remote_folder}/{script}", *args])
        return f"{words} # script sha256:{self._digest(script)} instance {instance_id}"

    def _digest(self, script: str) -> str:
        """Digest a script together with what it sources."""
        content = hashlib.sha256()
        for name in (_LIBRARY, script):
            content.update((Path(self._folder) / name).read_bytes())
        return content.hexdigest()[:_DIGEST_LENGTH]
