"""What `mailstead doctor` looks at besides, where the mail server is there already."""

from collections.abc import Iterator

import requests

from core.errors import HostUnreachableError, RefusedError, VaultError
from core.names import host_secret
from core.settings import Settings
from mailcow.transport import session_over_tls
from ops.finding import Finding
from ops.project import Project
from ssh.client import first_host_key
from ssh.connection import fingerprint
from vault.api import VaultApi

_ANSWER_S = 10.0
_SERVER = "mail server"


def look_at_existing_host(project: Project, settings: Settings) -> Iterator[Finding]:
    """See whether the server answers and its API key is kept; logs in nowhere, reads no key, changes nothing.

    Args:
        project: Folder and stack.
        settings: The stack's config, with ``host: existing``.
    """
    yield _by_ssh(settings) if settings.api_access == "ssh" else _by_https(project, settings)
    yield _api_key(project, settings)


def _by_ssh(settings: Settings) -> Finding:
    address = settings.host_address
    try:
        key = first_host_key(address, user=settings.ssh_user, wait_s=0)
    except HostUnreachableError as problem:
        mend = "correct mailstead:host_address, or let this machine through the server's firewall to port 22"
        return Finding(name=_SERVER, ok=False, found=str(problem), mend=mend)
    return Finding(name=_SERVER, ok=True, found=f"{address} answers SSH; its host key is {fingerprint(key)}")


def _by_https(project: Project, settings: Settings) -> Finding:
    where = settings.api_connect_to or settings.host_address
    bundle = str(project.folder / settings.api_ca_bundle) if settings.api_ca_bundle else ""
    try:
        with session_over_tls(connect_to=where, ca_bundle=bundle) as session:
            session.get(f"https://{settings.mail_hostname}/", timeout=_ANSWER_S, allow_redirects=False)
    except RefusedError as problem:
        return Finding(
            name=_SERVER, ok=False, found=str(problem), mend="correct the stack file, or the certificate there"
        )
    except requests.exceptions.RequestException as problem:
        found = f"{where} does not answer HTTPS ({type(problem).__name__})"
        mend = "correct mailstead:host_address or mailstead:api_connect_to, or let this machine through its firewall"
        return Finding(name=_SERVER, ok=False, found=found, mend=mend)
    return Finding(name=_SERVER, ok=True, found=f"{where} answers HTTPS as {settings.mail_hostname}")


def _api_key(project: Project, settings: Settings) -> Finding:
    name, path = "API key", host_secret(settings.mail_hostname, "api_key")
    try:
        there = VaultApi.from_environment().exists(path)
    except VaultError as problem:
        return Finding(name=name, ok=False, found=f"not looked at: {problem}", mend="mend Vault first")
    if not there:
        mend = f"mailstead adopt --stack {project.stack} --api-key-stdin <FILE"
        return Finding(name=name, ok=False, found=f"Vault has none at {path}", mend=mend)
    return Finding(name=name, ok=True, found=f"Vault has one at {path}")
