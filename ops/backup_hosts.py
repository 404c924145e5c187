"""The mail hosts of a stack as backups are started and read on them: by SSH, one connection each."""

import contextlib
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass

from core.errors import RefusedError
from ops.agent import ssh_agent
from ops.engine import Engine
from ops.project import Project
from ops.server_access import no_server, server_access
from ssh.client import SshClient


@dataclass(frozen=True, kw_only=True)
class BackupHost:
    """One mail host."""

    number: int
    hostname: str
    shell: SshClient


@contextlib.contextmanager
def backup_hosts(project: Project, env: Mapping[str, str], *, only: int = 0) -> Generator[Sequence[BackupHost]]:
    """Give the hosts that the stack's recorded state knows; nothing is connected before the first command.

    Args:
        project: Folder and stack.
        env: The operator's environment.
        only: Number of the one host to give; 0 for all.

    Raises:
        RefusedError: The state cannot be read, there is no such host, it is not reached by SSH, or there is no key.
    """
    engine = Engine.of(project, env=env, extra={})
    engine.require()
    found = server_access(engine.export())
    if not found:
        raise no_server(project.stack)
    chosen = [access for access in found if only in {0, access.number}]
    if not chosen:
        numbers = ", ".join(str(access.number) for access in found)
        raise RefusedError(f"stack {project.stack} has no mail host {only}; it has: {numbers}")
    with contextlib.ExitStack() as stack:
        stack.enter_context(ssh_agent(env))
        hosts: list[BackupHost] = []
        for access in chosen:
            if access.host is None:
                raise RefusedError(f"{access.hostname} is reached by its API only, and backups need SSH")
            shell = stack.enter_context(SshClient(access.host))
            hosts.append(BackupHost(number=access.number, hostname=access.hostname, shell=shell))
        yield hosts
