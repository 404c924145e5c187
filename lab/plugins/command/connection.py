"""A connection as pulumi-command makes one: dialled again and again, with one host key or any."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

import asyncssh

from lab.plugins.server import PluginError

if TYPE_CHECKING:
    from collections.abc import Mapping

_DEFAULT_DIAL_ERROR_LIMIT = 10
_DEFAULT_DIAL_TIMEOUT_S = 15
# Pulumi's usual back-off.
_FIRST_DELAY_S = 0.1
_BACKOFF = 1.5
_MAX_DELAY_S = 5.0


async def connect(arguments: Mapping[str, Any]) -> asyncssh.SSHClientConnection:
    """Connect, trying `dialErrorLimit` more times (-1: for ever) whatever the reason of a failure.

    Raises:
        PluginError: no try succeeded, or the agent or a key cannot be used.
    """
    if arguments.get("proxy"):
        raise PluginError("a connection through a proxy is real, but the lab does not provide it")
    agent = await _agent(arguments)
    try:
        return await _dial(arguments, _options(arguments, await _client_keys(arguments, agent)))
    finally:
        if agent is not None:
            agent.close()


async def _dial(arguments: Mapping[str, Any], options: Mapping[str, Any]) -> asyncssh.SSHClientConnection:
    limit = arguments.get("dialErrorLimit", _DEFAULT_DIAL_ERROR_LIMIT)
    delay_s = _FIRST_DELAY_S
    failures = 0
    while True:
        try:
            return await asyncssh.connect(**options)
        except (OSError, asyncssh.Error) as error:
            failures += 1
            if -1 < limit < failures:
                raise PluginError(f"after {failures - 1} failed attempts: {_reason(error, arguments)}") from None
        await asyncio.sleep(delay_s)
        delay_s = min(delay_s * _BACKOFF, _MAX_DELAY_S)


def _options(arguments: Mapping[str, Any], keys: list[Any]) -> dict[str, Any]:
    options: dict[str, Any] = {
        "host": arguments["host"],
        "port": int(arguments.get("port", 22)),
        "username": arguments.get("user", "root"),
        "password": arguments.get("password"),
        "client_keys": keys or None,
        "agent_path": None,
        "config": None,
        "known_hosts": None,
        "connect_timeout": arguments.get("perDialTimeout", _DEFAULT_DIAL_TIMEOUT_S) or None,
    }
    host_key = arguments.get("hostKey")
    if host_key:
        try:
            key = asyncssh.import_public_key(host_key)
        except asyncssh.KeyImportError as error:
            raise PluginError(f"failed to parse host key: {error}") from None
        options["known_hosts"] = ([key], [], [])
        # Only the key's own type is asked for: of ssh-rsa that is SHA-1, which today's sshd refuses.
        options["server_host_key_algs"] = [key.get_algorithm()]
    return options


async def _agent(arguments: Mapping[str, Any]) -> asyncssh.SSHAgentClient | None:
    path = arguments.get("agentSocketPath") or os.environ.get("SSH_AUTH_SOCK")
    if not path:
        return None
    try:
        return await asyncssh.connect_agent(path)
    except OSError as error:
        raise PluginError(f"dial unix {path}: connect: {error.strerror or error}") from None


async def _client_keys(arguments: Mapping[str, Any], agent: asyncssh.SSHAgentClient | None) -> list[Any]:
    keys: list[Any] = []
    if arguments.get("privateKey"):
        try:
            keys.append(asyncssh.import_private_key(arguments["privateKey"], arguments.get("privateKeyPassword")))
        except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError):
            raise PluginError("ssh: the private key of the connection cannot be read") from None
    if agent is not None:
        keys.extend(await agent.get_keys())
    return keys


def _reason(error: Exception, arguments: Mapping[str, Any]) -> str:
    if isinstance(error, asyncssh.HostKeyNotVerifiable):
        return "ssh: handshake failed: ssh: host key mismatch"
    if isinstance(error, asyncssh.PermissionDenied):
        return "ssh: handshake failed: ssh: unable to authenticate, no supported methods remain"
    hung_up = isinstance(error, asyncssh.ConnectionLost | ConnectionResetError)
    if hung_up and arguments.get("hostKey", "").startswith("ssh-rsa "):
        # sshd hangs up on an offer it does not take, before asyncssh has compared; Go's client compares first.
        return "ssh: handshake failed: ssh: no common algorithm for host key; client offered: [ssh-rsa]"
    if isinstance(error, asyncssh.KeyExchangeFailed):
        return f"ssh: handshake failed: ssh: no common algorithm for host key; {error.reason}"
    if isinstance(error, asyncssh.Error):
        return f"ssh: handshake failed: {error.reason}"
    endpoint = f"{arguments['host']}:{int(arguments.get('port', 22))}"
    return f"dial tcp {endpoint}: {error.__class__.__name__ if not str(error) else error}"
