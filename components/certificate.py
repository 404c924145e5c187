"""The Certificate resource: a mail host's ports show a certificate with all names, which is asked for at once.

Left to itself mailcow's ACME client looks only once an hour, or a day, whether new names lead to its host.
"""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult

from components.host_script import run_script
from core.acme_log import AcmeReport, read_acme_log
from core.certificate import Lack, lack, told
from core.errors import HostUnreachableError, LoginRefusedError, RemoteCommandError
from probes.shown_certificate import shown_certificates
from ssh.client import HostAddress, SshClient

_INPUTS: Final = ("instance_id", "address", "user", "host_key", "hostname", "stack", "names")
_COMPARED: Final = ("instance_id", "address", "hostname", "names")
_SCRIPT: Final = "ask-certificate.sh"
_SCRIPT_LIMIT_S: Final = 1800.0  # it may wait for another run's lock
_ATTEMPT_LIMIT_S: Final = 900.0  # 100 names: each looked up by mailcow, then visited by the authority
_TAKEN_UP_LIMIT_S: Final = 180.0  # mailcow's client restarts its neighbours, up to three times
_PAUSE_S = 3.0
_TOLD_EVERY_S: Final = 30.0


class CertificateProvider(ResourceProvider):
    """One host's certificate: looked at from outside, asked for when it is not as it should be.

    Whatever goes wrong is a warning, because mail works meanwhile and DNS may come later; then it differs, so that
    each ``up`` asks again until it is good. Renewals are mailcow's own affair and for monitoring.

    State holds this class as a reference, ``components.certificate.CertificateProvider``: do not move or rename it.
    """

    serialize_as_secret_always = False  # a reference captures nothing secret

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Differ while it is not complete, and when other names are wanted or the host is another."""
        changed = any(_olds.get(key) != _news.get(key) for key in _COMPARED)
        return DiffResult(changes=changed or not _olds.get("complete"), replaces=[])

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Look, ask if something is missing, wait until every port shows it."""
        return CreateResult(f"certificate-{props['hostname']}", _ensured(props))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Do the same again."""
        return UpdateResult(_ensured(_news))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Report what is recorded: what the ports show today is for monitoring."""
        outs = {**_recorded(props), "complete": bool(props.get("complete"))}
        return ReadResult(id_, outs, _recorded(props))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Leave the certificate where it is: people use it."""


class Certificate(Resource, module="mailstead", name="Certificate"):
    """A certificate that holds all of a mail host's names."""

    complete: pulumi.Output[bool]
    """Whether every port showed it when it was looked at last."""

    def __init__(
        self,
        name: str,
        *,
        instance_id: pulumi.Input[str],
        address: pulumi.Input[str],
        user: pulumi.Input[str],
        host_key: pulumi.Input[str],
        hostname: str,
        stack: str,
        names: Sequence[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Register it.

        Args:
            name: Name of the resource.
            instance_id: The machine; another one is looked at anew.
            address: Where its ports and its SSH answer.
            user: Who logs in there.
            host_key: Its pinned key.
            hostname: Its name in DNS.
            stack: Whose it is, for the commands that are named to the operator.
            names: What the certificate has to hold.
            opts: Options of the resource.
        """
        inputs: dict[str, Any] = {
            "instance_id": instance_id,
            "address": address,
            "user": user,
            "host_key": host_key,
            "hostname": hostname,
            "stack": stack,
            "names": list(names),
        }
        super().__init__(CertificateProvider(), name, {**inputs, "complete": None}, opts)


def _ensured(props: dict[str, Any]) -> dict[str, Any]:
    found = _look(props)
    if found:
        try:
            found = _asked_for(props)
        except (HostUnreachableError, LoginRefusedError, RemoteCommandError) as error:
            pulumi.log.warn(_sentence(props, found, [f"mailcow could not be asked for it: {error}"]))
    return {**_recorded(props), "complete": not found}


def _asked_for(props: dict[str, Any]) -> Lack:
    """Have mailcow ask the authority, once, and say what became of it."""
    hostname = props["hostname"]
    pulumi.log.info(f"{hostname}: asking for a certificate with {len(props['names'])} names")
    report = _attempt(props)
    found = _taken_up(props) if report.ended and not report.reasons else _look(props)
    if found:
        reasons = report.reasons or ("mailcow's ACME client is still at work: see docker compose logs acme-mailcow",)
        pulumi.log.warn(_sentence(props, found, reasons))
    else:
        pulumi.log.info(f"{hostname}: every port shows a certificate with {len(props['names'])} names")
    return found


def _attempt(props: dict[str, Any]) -> AcmeReport:
    """Restart the client, which makes it look, and follow what it says to the end."""
    host = HostAddress(address=str(props["address"]), user=str(props["user"]), key=str(props["host_key"]))
    with SshClient(host) as ssh:
        since = run_script(ssh, _SCRIPT, "ask", timeout_s=_SCRIPT_LIMIT_S).stdout.decode().strip()
        start = told_at = time.monotonic()
        while True:
            said = run_script(ssh, _SCRIPT, "log", since, timeout_s=_SCRIPT_LIMIT_S).stdout
            report = read_acme_log(said.decode(errors="replace"))
            now = time.monotonic()
            if report.ended or now - start > _ATTEMPT_LIMIT_S:
                return report
            if now - told_at > _TOLD_EVERY_S:
                told_at = now
                pulumi.log.info(f"{props['hostname']}: mailcow asks for the certificate, {now - start:.0f} s by now")
            time.sleep(_PAUSE_S)


def _taken_up(props: dict[str, Any]) -> Lack:
    """Wait until every port shows what was got."""
    deadline = time.monotonic() + _TAKEN_UP_LIMIT_S
    while (found := _look(props)) and time.monotonic() < deadline:
        time.sleep(_PAUSE_S)
    return found


def _look(props: dict[str, Any]) -> Lack:
    shown = shown_certificates(str(props["address"]), name=str(props["hostname"]))
    return lack(shown, [str(name) for name in props["names"]], now=datetime.now(tz=UTC))


def _sentence(props: dict[str, Any], found: Lack, reasons: Sequence[str]) -> str:
    """Say it in one line: of a warning with several, only the first is shown."""
    why = "; ".join([*told(found), *(" ".join(reason.split()) for reason in reasons)])
    return (
        f"the certificate of {props['hostname']} is not complete: {why}; mail works meanwhile, and mail programs may"
        f" warn; what has to be in DNS: mailstead dns check --stack {props['stack']}; the next mailstead up asks again"
    )


def _recorded(props: dict[str, Any]) -> dict[str, Any]:
    return {**{key: props.get(key) for key in _INPUTS}, "names": [str(name) for name in props.get("names") or ()]}
