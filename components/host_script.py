"""Running a script of this repository on a host over one SSH connection, sent as it is needed."""

import shlex
from pathlib import Path
from typing import Final

from ssh.client import RunResult, SshClient

_SCRIPTS: Final = Path(__file__).resolve().parent.parent / "mailcow" / "scripts"


def run_script(ssh: SshClient, script: str, *arguments: str, timeout_s: float) -> RunResult:
    """Run a script as root over standard input: nothing of ours need be on the host, before or after.

    Args:
        ssh: The connection.
        script: Its name in mailcow/scripts.
        arguments: What it is given; no secret, because they show in errors.
        timeout_s: How long it may take.

    Raises:
        HostUnreachableError: The host does not answer.
        LoginRefusedError: It does not let us in.
        RemoteCommandError: The script failed; has its last words.
    """
    text = b"\n".join((_SCRIPTS / name).read_bytes() for name in ("lib.sh", script))
    # Its name is in the command, so that an error says which one it was.
    return ssh.run(
        shlex.join(["sudo", "bash", "-s", "--", *arguments]) + f" # {script}", stdin=text, timeout_s=timeout_s
    )
