"""A process of its own that takes a host's lock again and again and writes down when it had it.

Arguments: folder, path of the lock, path of the log, how often.
"""

import os
import sys
import time
from pathlib import Path

from ssh import connection
from ssh.client import HostAddress, SshClient
from ssh.lock import HostLock
from tests.clients.shell_host import ShellHost
from tests.clients.ssh_host import Agent, new_key


def main(folder: Path, lock: str, log: Path, times: int) -> None:
    """Take the lock ``times`` times, a while each."""
    mine = new_key()
    agent = Agent(folder / "agent", mine)
    os.environ["SSH_AUTH_SOCK"] = str(folder / "agent")
    host = ShellHost(folder, accepts=mine)
    connection.dial = host.dial
    with SshClient(HostAddress(address="10.0.0.1", user="ubuntu", key=host.key_text)) as ssh:
        held = HostLock(ssh, path=lock, wait_s=60).held
        for _ in range(times):
            with held():
                _write(log, f"in {os.getpid()}")
                time.sleep(0.05)
                _write(log, f"out {os.getpid()}")
    agent.close()


def _write(log: Path, line: str) -> None:
    with log.open("a") as file:
        file.write(f"{line}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
