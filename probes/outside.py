"""What anybody on the internet gets from our web port: the MTA-STS policy, and a certificate for each name."""

import socket
import ssl
from http import HTTPStatus
from typing import Final

from urllib3 import HTTPSConnectionPool
from urllib3.exceptions import HTTPError, SSLError

from core.dns_check_outside import Handshake, PolicyFile, policy_place

_PATIENCE_S: Final = 8.0
_MOST_BYTES: Final = 64 * 1024
"""RFC 8461, 3.2, has senders bound it; a policy has a few hundred."""


def policy_file(domain: str, address: str, *, port: int, ca_bundle: str = "") -> PolicyFile:
    """Fetch a domain's MTA-STS policy as a sender does: HTTPS with a trusted certificate, no redirect (RFC 8461, 3.3).

    Never raises: what went wrong is part of what is found.

    Args:
        domain: The domain.
        address: Where to connect, so that a wrong DNS record hides nothing; empty for where its name leads.
        port: Where TLS is spoken at once.
        ca_bundle: File with authorities to trust besides; empty for those that everybody trusts.
    """
    name, path = policy_place(domain)
    try:
        with HTTPSConnectionPool(
            address or name,
            port,
            ssl_context=_context(ca_bundle),
            server_hostname=name,
            assert_hostname=name,
            timeout=_PATIENCE_S,
            retries=False,
        ) as pool:
            answer = pool.request("GET", path, headers={"Host": name}, redirect=False, preload_content=False)
            if answer.status != HTTPStatus.OK:
                return PolicyFile(trouble=f"the server answers {answer.status}")
            text = answer.read(_MOST_BYTES, decode_content=True)
    except SSLError:
        return PolicyFile(trouble="the certificate is not trusted, or is not for that name")
    except (HTTPError, OSError):
        return PolicyFile(trouble="nobody answers")
    return PolicyFile(text=text.decode(errors="replace"))


def handshake(name: str, address: str, *, port: int, ca_bundle: str = "") -> Handshake:
    """Shake hands over TLS as a mail program does, by name, at the address where the host should be.

    Args:
        name: Whom to ask for (SNI), and whose certificate it has to be.
        address: Where to connect, so that a wrong DNS record hides nothing.
        port: Where TLS is spoken at once.
        ca_bundle: File with authorities to trust besides; empty for those that everybody trusts.
    """
    try:
        with (
            socket.create_connection((address, port), timeout=_PATIENCE_S) as connection,
            _context(ca_bundle).wrap_socket(connection, server_hostname=name),
        ):
            return Handshake(name=name)
    except ssl.SSLCertVerificationError as wrong:
        return Handshake(name=name, trouble=wrong.verify_message.rstrip("."))
    except (ssl.SSLError, OSError) as problem:
        return Handshake(name=name, trouble=_why(problem), unheard=True)


def _context(ca_bundle: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca_bundle:
        context.load_verify_locations(ca_bundle)
    return context


def _why(problem: OSError) -> str:
    return "no answer in time" if isinstance(problem, TimeoutError) else problem.strerror or "TLS is not spoken there"
