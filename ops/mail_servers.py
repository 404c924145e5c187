"""The mail servers of a stack as a command changes them: by the key that may write, with sessions to end."""

import contextlib
from collections.abc import Callable, Generator, Mapping

from core.errors import RefusedError
from ops.agent import ssh_agent
from ops.engine import Engine
from ops.project import Project
from ops.rotation import MailServer
from ops.server_access import Access, no_server, server_access
from ssh.client import SshClient
from users.closing import end_sessions
from users.host_provider import MailHost
from vault.api import Vault


@contextlib.contextmanager
def mail_servers(project: Project, env: Mapping[str, str], *, vault: Vault) -> Generator[Callable[[int], MailServer]]:
    """Give what leads from a server's number to the server; nothing is connected before its first call.

    Args:
        project: Folder and stack.
        env: The operator's environment.
        vault: Has the servers' API keys.

    Raises:
        RefusedError: The state cannot be read, the stack has no server yet, or there is no key for SSH.
    """
    engine = Engine.of(project, env=env, extra={})
    engine.require()
    exported = engine.export()
    with contextlib.ExitStack() as stack:
        found = server_access(exported, writing=True, vault=lambda: vault)
        if not found:
            raise no_server(project.stack)
        if any(access.host for access in found):
            stack.enter_context(ssh_agent(env))
        servers = {access.number: _server(access, project.stack, vault, stack) for access in found}

        def server(number: int) -> MailServer:
            if number not in servers:
                raise RefusedError(f"stack {project.stack} has no mail server {number} yet; run `mailstead up` first")
            return servers[number]

        yield server


def _server(access: Access, name: str, vault: Vault, stack: contextlib.ExitStack) -> MailServer:
    shell = stack.enter_context(SshClient(access.host)) if access.host else None
    host = MailHost(name=access.hostname, stack=name, mailcow=access.mailcow, vault=lambda: vault, shell=shell)

    def end(address: str) -> str:
        if shell is None:
            return (
                f"sessions that are open go on until they end, as {access.hostname} is reached by its API only; "
                f"to end them at once, run there: doveadm kick {address}"
            )
        end_sessions(host, address)
        return ""

    return MailServer(mailcow=access.mailcow, end_sessions=end)
