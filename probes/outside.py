"""What anybody on the internet gets from our web port: the MTA-STS policy, and a certificate for each name."""

import socket
import ssl
from typing import Final

import requests

from core.dns_check_outside import POLICY_FILE, Handshake, PolicyFile

_PATIENCE_S: Final = 8.0
_MOST_BYTES: Final = 64 * 1024
"""RFC 8461, 3.2, has senders bound it; a policy has a few hundred."""


def policy_file(domain: str) -> PolicyFile:
    """Fetch a domain's MTA-STS policy as a sender does: HTTPS with a trusted certificate, no redirect (RFC 8461, 3.3).

    Never raises: what went wrong is part of what is found.
    """
    url = POLICY_FILE.format(domain=domain)
    try:
        with requests.get(url, timeout=_PATIENCE_S, allow_redirects=False, stream=True) as answer:
            if answer.status_code != requests.codes.ok:
                return PolicyFile(trouble=f"the server answers {answer.status_code}")
            text = answer.raw.read(_MOST_BYTES, decode_content=True)
    except requests.exceptions.SSLError:
        return PolicyFile(trouble="the certificate is not trusted, or is not for that name")
    except (requests.RequestException, OSError):
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
    context = ssl.create_default_context()
    if ca_bundle:
        context.load_verify_locations(ca_bundle)
    try:
        with (
            socket.create_connection((address, port), timeout=_PATIENCE_S) as connection,
            context.wrap_socket(connection, server_hostname=name),
        ):
            return Handshake(name=name)
    except ssl.SSLCertVerificationError as wrong:
        return Handshake(name=name, trouble=wrong.verify_message.rstrip("."))
    except (ssl.SSLError, OSError) as problem:
        return Handshake(name=name, trouble=_why(problem), unheard=True)


def _why(problem: OSError) -> str:
    return "no answer in time" if isinstance(problem, TimeoutError) else problem.strerror or "TLS is not spoken there"
