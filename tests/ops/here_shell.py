"""A connection to a pretended mail host: what would go through SSH runs on this machine, in the host's root."""

import os
import subprocess

from core.errors import RemoteCommandError
from ssh.client import RunResult, SshClient
from tests.restore.mail_host import MailHost


class HereShell(SshClient):
    """Runs on the pretended host what would go through SSH, and remembers what was sent."""

    def __init__(self, host: MailHost) -> None:
        self._machine = host.machine
        self.sent: list[bytes] = []

    def run(self, command: str, *, stdin: bytes | None = None, timeout_s: float, check: bool = True) -> RunResult:
        self.sent.append(command.encode() + (stdin or b""))
        done = subprocess.run(
            ["bash", "-c", command.removeprefix("sudo ")],
            input=stdin,
            capture_output=True,
            timeout=60,
            check=False,
            env={
                "PATH": f"{self._machine.root.parent / 'stubs'}:{os.environ['PATH']}",
                "HOME": str(self._machine.root),
                "MAILSTEAD_ROOT": str(self._machine.root),
                "MAILSTEAD_PAUSE_S": "0",
            },
        )
        if done.returncode and check:
            raise RemoteCommandError(done.stderr.decode())
        return RunResult(status=done.returncode, stdout=done.stdout, stderr=done.stderr)
