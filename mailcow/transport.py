"""requests over SSH: HTTPS to mailcow on the host's loopback, through a channel, with no port that listens here.

TLS is not verified on this way: the pinned SSH host key stands for the name check, and what comes out of
the channel comes from that host.
"""

import functools
import socket
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPSConnection

from ssh.client import HostAddress, SshClient

_MAILCOW = ("127.0.0.1", 443)
_CONNECTIONS = 4  # the engine's plugin makes four calls at a time


def session_over_ssh(host: HostAddress) -> requests.Session:
    """Return a session whose every request goes to mailcow on that host; connects at the first one.

    The name in an address is only what mailcow's web server reads as Host.
    """
    session = bare_session()
    session.verify = False
    session.mount("https://", _TunnelAdapter(SshClient(host)))
    return session


def bare_session() -> requests.Session:
    """Return a session that takes nothing from the environment and neither keeps nor sends cookies.

    mailcow's cookie is an administrator's credential by itself, and mixes one call's errors into the next answer.
    """
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return session


class _TunnelConnection(HTTPSConnection):
    """TLS over a channel of an SSH connection."""

    def __init__(self, *args: Any, ssh: SshClient, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)  # pyright: ignore[reportUnknownMemberType] — ssl_context has no type there
        self._ssh = ssh

    def _new_conn(self) -> socket.socket:
        return self._ssh.open_channel(*_MAILCOW)

    def connect(self) -> None:
        super().connect()
        self.is_verified = True  # by the SSH host key; else each request would warn


class _TunnelPool(HTTPSConnectionPool):
    def __init__(self, *args: Any, ssh: SshClient, **kwargs: Any) -> None:
        self.ConnectionCls = functools.partial(_TunnelConnection, ssh=ssh)  # pyright: ignore[reportAttributeAccessIssue] — called, never subclassed
        super().__init__(*args, **kwargs)


class _TunnelAdapter(HTTPAdapter):
    def __init__(self, ssh: SshClient) -> None:
        self._ssh = ssh
        super().__init__(pool_connections=1, pool_maxsize=_CONNECTIONS, pool_block=True)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **pool_kwargs: Any) -> None:  # noqa: FBT001, FBT002 — requests' own signature
        self.poolmanager = PoolManager(num_pools=connections, maxsize=maxsize, block=block, **pool_kwargs)
        self.poolmanager.pool_classes_by_scheme = {"https": functools.partial(_TunnelPool, ssh=self._ssh)}  # pyright: ignore[reportAttributeAccessIssue] — called, never subclassed

    def close(self) -> None:
        super().close()
        self._ssh.close()
