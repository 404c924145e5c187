"""The ways of requests to mailcow's API: HTTPS through SSH, or HTTPS by itself.

Through SSH it goes to mailcow on the host's loopback, by a channel, with no port that listens here. TLS is not
verified on this way: the pinned SSH host key stands for the name check, and what comes out of the channel comes
from that host. Without SSH, TLS alone says who answers: it is always verified, against mailcow's name, wherever the
connection goes to.
"""

import functools
import socket
import ssl
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import NewConnectionError, SSLError
from urllib3.util.connection import create_connection

from core.endpoints import split_endpoint
from core.errors import RefusedError
from core.ports import HTTPS
from ssh.client import HostAddress, SshClient

_MAILCOW = ("127.0.0.1", 443)
_CONNECTIONS = 4  # the engine's plugin makes four calls at a time
# OpenSSL's numbers of what is wrong with a certificate.
_EXPIRED = 10
_WRONG_NAME = 62


def session_over_ssh(host: HostAddress) -> requests.Session:
    """Return a session whose every request goes to mailcow on that host; connects at the first one.

    The name in an address is only what mailcow's web server reads as Host.
    """
    session = bare_session()
    session.verify = False
    session.mount("https://", _TunnelAdapter(SshClient(host)))
    return session


def session_over_tls(*, connect_to: str, ca_bundle: str = "") -> requests.Session:
    """Return a session whose every request goes to one address, by TLS that is verified against the request's name.

    Args:
        connect_to: ``ADDRESS`` or ``ADDRESS:PORT``; the port is 443 unless said. The name in a request's address is
            what the certificate must hold, and what the web server reads as Host, wherever this leads to.
        ca_bundle: File with the certificates to trust; empty for those that everybody trusts. Read at the first
            request, which raises ``RefusedError`` when it cannot be, or when the server's certificate is not good.

    Raises:
        ValueError: ``connect_to`` is no such address.
    """
    session = bare_session()
    session.verify = ca_bundle or True
    session.mount("https://", _TlsAdapter(split_endpoint(connect_to, default_port=HTTPS)))
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


class _TlsConnection(HTTPSConnection):
    """TLS to one address, whatever the name in the request leads to."""

    def __init__(self, *args: Any, endpoint: tuple[str, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)  # pyright: ignore[reportUnknownMemberType] — ssl_context has no type there
        self._endpoint = endpoint

    def _new_conn(self) -> socket.socket:
        try:
            return create_connection(self._endpoint, self.timeout, socket_options=self.socket_options)
        except OSError as error:
            raise NewConnectionError(self, f"no connection to {self._endpoint[0]} ({error})") from None

    def connect(self) -> None:
        # Said here and not as a failure of the connection: those are tried again, and this does not pass.
        try:
            super().connect()
        except ssl.SSLCertVerificationError as error:
            raise RefusedError(_not_trusted(self.host, self._endpoint, error)) from None
        except SSLError:
            raise RefusedError(
                f"api_ca_bundle {self.ca_certs} holds no certificate; write a file in PEM form"
            ) from None


class _TlsPool(HTTPSConnectionPool):
    def __init__(self, *args: Any, endpoint: tuple[str, int], **kwargs: Any) -> None:
        self.ConnectionCls = functools.partial(_TlsConnection, endpoint=endpoint)  # pyright: ignore[reportAttributeAccessIssue] — called, never subclassed
        super().__init__(*args, **kwargs)


class _TlsAdapter(HTTPAdapter):
    def __init__(self, endpoint: tuple[str, int]) -> None:
        self._endpoint = endpoint
        super().__init__(pool_connections=1, pool_maxsize=_CONNECTIONS, pool_block=True)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **pool_kwargs: Any) -> None:  # noqa: FBT001, FBT002 — requests' own signature
        self.poolmanager = PoolManager(num_pools=connections, maxsize=maxsize, block=block, **pool_kwargs)
        self.poolmanager.pool_classes_by_scheme = {"https": functools.partial(_TlsPool, endpoint=self._endpoint)}  # pyright: ignore[reportAttributeAccessIssue] — called, never subclassed

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        if isinstance(verify, str) and not Path(verify).is_file():
            raise RefusedError(f"api_ca_bundle {verify} is not a file here; write its path, seen from the project")
        super().cert_verify(conn, url, verify, cert)  # pyright: ignore[reportUnknownMemberType] — has no types there


def _not_trusted(name: str, endpoint: tuple[str, int], error: ssl.SSLCertVerificationError) -> str:
    address, port = endpoint
    if error.verify_code == _WRONG_NAME:
        advice = "mail_hostname has to be the name that mailcow has and its certificate holds"
    elif error.verify_code == _EXPIRED:
        advice = "renew it there"
    else:
        advice = "if its CA is your own, write the file of the CA's certificate as mailstead:api_ca_bundle"
    return f"what answers at {address}:{port} has no good certificate for {name} ({error.verify_message}); {advice}"
