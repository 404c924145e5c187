"""Typed client of mailcow's web API. Knows HTTP and JSON; knows nothing of Pulumi.

Each change is judged by what mailcow says, and where it says nothing by reading the object back.
"""

from collections.abc import Callable, Mapping
from typing import Any, Self, cast

import requests

from core.errors import MailcowUnavailableError
from mailcow import wire
from mailcow.answers import PATIENCE_S, Caller
from mailcow.calls.alias import AliasCalls
from mailcow.calls.app_password import AppPasswordCalls
from mailcow.calls.changing import Exclusive, one_at_a_time
from mailcow.calls.domain import DomainCalls
from mailcow.calls.filters import FilterCalls
from mailcow.calls.mailbox import MailboxCalls
from mailcow.calls.mta_sts import MtaStsCalls
from mailcow.calls.relay_host import RelayHostCalls
from mailcow.calls.survey import SurveyCalls
from mailcow.calls.sync_job import SyncJobCalls
from mailcow.calls.tls_policy import TlsPolicyCalls
from mailcow.rows import ContainerRow, Mailcow
from mailcow.transport import session_over_ssh
from ssh.client import HostAddress


class MailcowApi(
    DomainCalls,
    MailboxCalls,
    AliasCalls,
    FilterCalls,
    AppPasswordCalls,
    SyncJobCalls,
    RelayHostCalls,
    TlsPolicyCalls,
    MtaStsCalls,
    SurveyCalls,
    Mailcow,
):
    """``Mailcow`` (see ``mailcow.rows``) over HTTP, with ``version`` and ``containers``.

    Several threads may share one.
    """

    def __init__(
        self,
        session: requests.Session,
        *,
        hostname: str,
        key: Callable[[], str],
        patience_s: float = PATIENCE_S,
        exclusive: Exclusive = one_at_a_time,
    ) -> None:
        """Remember how to call.

        Args:
            session: Sends the requests; keeps no cookies.
            hostname: mailcow's own name.
            key: Asked for the API key at the first call.
            patience_s: How long a call waits for a mailcow that is not up.
            exclusive: Held while something is done that mailcow cannot do beside other things; by default it holds
                off the rest of this process only.
        """
        super().__init__(Caller(session, hostname=hostname, key=key, patience_s=patience_s), exclusive)

    @classmethod
    def over_ssh(
        cls,
        host: HostAddress,
        *,
        hostname: str,
        key: Callable[[], str],
        patience_s: float = PATIENCE_S,
        exclusive: Exclusive = one_at_a_time,
    ) -> Self:
        """Reach the API on the host's loopback through SSH; connects at the first call."""
        session = session_over_ssh(host)
        return cls(session, hostname=hostname, key=key, patience_s=patience_s, exclusive=exclusive)

    def version(self) -> str:
        """Return the version that mailcow reports: a tag, or a short hash for a pinned one."""
        answer = cast("Mapping[str, Any]", self._caller.read("status", "version", doing="read its version") or {})
        return str(answer.get("version", ""))

    def containers(self) -> tuple[ContainerRow, ...]:
        """Read the state of all of mailcow's containers.

        Raises:
            MailcowUnavailableError: mailcow cannot ask Docker.
        """
        answer = self._caller.read("status", "containers", doing="read the state of its containers")
        if not answer:
            raise MailcowUnavailableError("mailcow cannot see its containers; restart its dockerapi container")
        found = cast("Mapping[str, Any]", answer)
        return tuple(wire.container(found[name]) for name in sorted(found))
