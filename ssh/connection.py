"""How a connection to a mail host comes about: dial, compare the host's key, log in with the agent's keys."""

import base64
import hashlib
import logging
import socket
from collections.abc import Sequence
from dataclasses import dataclass

import paramiko
import tenacity
from paramiko.agent import AgentKey
from paramiko.ssh_exception import IncompatiblePeer

from core.errors import HostKeyChangedError, HostUnreachableError, LoginRefusedError
from core.names import ENV_SSH_KEY, SSH_PORT

_KEY_TYPE = "ssh-ed25519"
_KEYS_PER_CONNECTION = 5  # sshd hangs up at the sixth refused key (MaxAuthTries)


@dataclass(frozen=True, kw_only=True)
class HostAddress:
    """Where a host is, whom to log in as, and how to know it."""

    address: str
    """IP address or name."""
    user: str
    key: str
    """Its ed25519 host key, ``ssh-ed25519 AAAA…``."""


def first_host_key(address: str, *, user: str, wait_s: float, pause_s: float = 2) -> str:
    """Wait until a host answers SSH and return its ed25519 key in authorized_keys form, without comment.

    Nothing vouches for this key: it is the first contact, and from then on it is pinned.

    Args:
        address: IP address or name.
        user: Who will log in later; only named in the error.
        wait_s: How long to wait for an answer.
        pause_s: Time between two tries.

    Raises:
        HostUnreachableError: No SSH with an ed25519 key within ``wait_s``.
    """
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(HostUnreachableError)
        & tenacity.retry_if_not_exception_type(_NoEd25519KeyError),
        stop=tenacity.stop_after_delay(wait_s),
        wait=tenacity.wait_fixed(pause_s),
        reraise=True,
    )
    try:
        transport = retrying(greet, address, timeout_s=15)
    except _NoEd25519KeyError:
        raise
    except HostUnreachableError as error:
        raise HostUnreachableError(f"waited {wait_s:.0f} s for SSH to {user}@{address}: {error}") from error
    try:
        return as_text(transport.get_remote_server_key())
    finally:
        transport.close()


def log_in(host: HostAddress, *, timeout_s: float) -> paramiko.Transport:
    """Connect, compare the key, log in.

    Raises:
        HostUnreachableError: Nothing answers SSH there.
        HostKeyChangedError: It answers with another key than the pinned one.
        LoginRefusedError: It takes none of the agent's keys for this user, or the agent has none.
    """
    agent = paramiko.Agent()
    try:
        keys = agent.get_keys()
        for start in range(0, max(len(keys), 1), _KEYS_PER_CONNECTION):
            transport = greet(host.address, timeout_s=timeout_s)
            try:
                _refuse_another_key(host, transport.get_remote_server_key())
                if _try_keys(transport, host.user, keys[start : start + _KEYS_PER_CONNECTION]):
                    return transport
            except BaseException:
                transport.close()
                raise
            transport.close()
    finally:
        agent.close()
    raise LoginRefusedError(_refusal(host, keys))


def greet(address: str, *, timeout_s: float) -> paramiko.Transport:
    """Connect up to and with the exchange of keys; asks for an ed25519 host key and no other.

    Raises:
        HostUnreachableError: Nothing answers SSH there, or without such a key.
    """
    # paramiko prints tracebacks of what we say in one sentence.
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)
    advice = "check that the host runs and that ssh_from holds the address you come from"
    try:
        transport = paramiko.Transport(dial(address, timeout_s))
    except OSError as error:
        raise HostUnreachableError(f"{address} does not answer on port {SSH_PORT} ({error}); {advice}") from None
    try:
        transport.banner_timeout = timeout_s
        transport.get_security_options().key_types = (_KEY_TYPE,)
        transport.start_client(timeout=timeout_s)
        transport.get_remote_server_key()  # raises when the time was up before the keys were exchanged
    except IncompatiblePeer:
        transport.close()
        raise _NoEd25519KeyError(
            f"{address} offers no ed25519 host key; run ssh-keygen -A on it and restart its sshd"
        ) from None
    except (paramiko.SSHException, OSError, EOFError) as error:
        transport.close()
        reason = str(error) or type(error).__name__
        raise HostUnreachableError(
            f"{address} answers on port {SSH_PORT} but does not speak SSH to the end ({reason}); {advice}"
        ) from None
    transport.set_keepalive(30)
    return transport


def dial(address: str, timeout_s: float) -> socket.socket:
    """Open the TCP connection that SSH runs over."""
    return socket.create_connection((address, SSH_PORT), timeout=timeout_s)


def as_text(key: paramiko.PKey) -> str:
    """Write a public key as authorized_keys does, without comment."""
    return f"{key.get_name()} {key.get_base64()}"


def fingerprint(key: str) -> str:
    """Name a public key as ssh-keygen does: ``SHA256:`` and base64 without padding."""
    encoded = [*key.split(), "", ""][1]
    try:
        digest = hashlib.sha256(base64.b64decode(encoded, validate=True)).digest()
    except ValueError:
        return f"'{key}', which is no key"
    return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"


class _NoEd25519KeyError(HostUnreachableError):
    """It speaks SSH and has no key that we take; waiting does not help."""


def _refuse_another_key(host: HostAddress, got: paramiko.PKey) -> None:
    if as_text(got).split() != host.key.split()[:2]:
        raise HostKeyChangedError(
            f"{host.address} answers with host key {got.fingerprint}, expected {fingerprint(host.key)}; "
            "do not go on before you know why, somebody may be answering in its place; "
            "if its system was made anew, raise host_generation: a host in the cloud is then replaced as a whole"
        )


def _try_keys(transport: paramiko.Transport, user: str, keys: Sequence[AgentKey]) -> bool:
    for key in keys:
        try:
            transport.auth_publickey(user, key)
        except paramiko.AuthenticationException:
            continue
        except (paramiko.SSHException, OSError, EOFError):
            return False  # hung up: too many tries for this sshd, or the agent would not sign
        if transport.is_authenticated():
            return True
    return False


def _refusal(host: HostAddress, keys: Sequence[AgentKey]) -> str:
    advice = f"load the private key of ssh_public_key with ssh-add, or name its file in {ENV_SSH_KEY}"
    if not keys:
        return f"no SSH agent with a key in it, so nobody can log in as {host.user}@{host.address}; {advice}"
    listed = ", ".join(f"{key.fingerprint} ({key.comment or 'no comment'})" for key in keys)
    return f"{host.address} lets {host.user} in with none of the agent's keys, which are {listed}; {advice}"
