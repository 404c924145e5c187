"""The WayOut resource: a domain whose mail leaves by another server, through a relay host of mailcow's."""

from typing import Any, Final

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, Resource, UpdateResult

from core.errors import MailcowUnclearError, VaultError
from core.names import VAULT_MOUNT
from core.people import Relay
from mailcow.rows import NewRelayHost
from users.on_mail_host import OnMailHost
from users.ownership import owner_of
from users.properties import Properties, difference, normal, recorded

_IDENTITY = ("domain",)
_EDITED = ("host", "port", "user", "password_in", "tls")
_INPUTS = (*_IDENTITY, *_EDITED)
_VERSION: Final = "password_version"
"""Output: number of the password's version in Vault that mailcow has; 0 when a refresh found a newer one there."""
_TRIES: Final = 3


class WayOutProvider(OnMailHost):
    """One relayed domain: lead its mail to the relay, read in bulk, lead it elsewhere, let it leave directly again.

    Domains share relay hosts: what is alike in server, log-in name and password is one. A relay host that leads to
    our server by our log-in name, and that nobody uses any longer, is ours to remove; all others stay. The password
    goes from Vault to mailcow when a relay host is made and at no other time: another password is another relay
    host, the domain is switched over, and the old one goes, so there is no moment without.

    State holds this class as a reference, ``users.way_out.WayOutProvider``: do not move or rename it.
    """

    def check(self, _olds: Properties, news: Properties) -> CheckResult:
        """Bring inputs into the form that is recorded and compared."""
        return CheckResult(normal(news, lowered=("domain", "host")), [])

    def diff(self, _id: str, _olds: Properties, _news: Properties) -> DiffResult:
        """All but the domain is an edit; so is a password that Vault has newer."""
        found = difference(_olds, _news, identity=_IDENTITY, edited=_EDITED)
        found.changes = bool(found.changes or (_news.get("password_in") and not _olds.get(_VERSION)))
        return found

    def create(self, props: Properties) -> CreateResult:
        """Lead the domain's mail to the relay, with the password that Vault holds.

        Raises:
            MailcowError: mailcow refused, cannot keep the password, or does not answer.
            VaultError: Vault has no such password, or does not answer.
        """
        version = self._lead(props)
        self._sweep(props)
        return CreateResult(str(props["domain"]), {**recorded(props, _INPUTS), _VERSION: version})

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Report what mailcow has, from three requests for all; and whether Vault has a newer password, without it."""
        found = self.host.ways_out.get()
        row = found.relay_hosts.get(id_)
        if row is None:
            return self.gone()
        live: Properties = {**recorded(props, _INPUTS), "tls": found.policies.get(row.hostname, "")}
        if not row.leads_as(_relay_host(props)):
            # Somebody else's, whose name is not recorded: what is recorded as ours is removed in the end.
            live |= {"host": "", "port": 0, "user": ""}
        path, version = str(props.get("password_in") or ""), int(props.get(_VERSION) or 0)
        # One that is no longer in Vault was taken out because mailcow has it.
        is_newest = not path or self._version(path) in {0, version}
        return ReadResult(id_, {**live, _VERSION: version if is_newest else 0}, live)

    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Lead the mail as it is wanted now, and remove what nobody uses any longer."""
        version = int(_olds.get(_VERSION) or 0)
        if self._keeps_its_relay_host(_id, _olds, _news):
            self._secure(_news)
        else:
            version = self._lead(_news)
        self._sweep(_olds)
        self._sweep(_news)
        return UpdateResult({**recorded(_news, _INPUTS), _VERSION: version})

    def delete(self, _id: str, _props: Properties) -> None:
        """Let the mail leave directly again; one that was led elsewhere by hand stays so, and absence is done.

        Raises:
            MailcowError: mailcow refused, or does not answer.
        """
        row = self.host.mailcow.get_domain(_id)
        if row is None:
            self.host.prove_it_answers()
        elif owner_of(row.tags, stack=self.host.stack) not in {None, self.host.stack}:
            pulumi.log.info(f"domain {_id} belongs to another stack by now, so its way out stays")
            return
        elif self._leads(row.relay_host, _props):
            self.host.mailcow.set_relay_host(_id, 0)
        self._sweep(_props)

    def _lead(self, props: Properties) -> int:
        """Lead the mail to the relay; returns the number of the password's version."""
        version, password = self._password(str(props.get("password_in") or ""))
        try:
            for _ in range(_TRIES):
                self._secure(props)
                id_ = self.host.mailcow.add_relay_host(_relay_host(props), password=password)
                if self.host.mailcow.set_relay_host(str(props["domain"]), id_):
                    # Another domain's end may have taken the policy away while nobody used the relay.
                    self._secure(props)
                    return version
        finally:
            self.host.ways_out.forget()
        raise MailcowUnclearError(
            f"the relay host of {props['domain']} is taken away each time it is made;"
            " see who else works on this mailcow, then run again"
        )

    def _secure(self, props: Properties) -> None:
        self.host.mailcow.set_tls_policy(_relay_host(props).hostname, str(props["tls"]))
        self.host.ways_out.forget()

    def _sweep(self, props: Properties) -> None:
        """Remove relay hosts of this server and log-in name that nobody uses, and a policy without a relay host."""
        wanted = _relay_host(props)
        try:
            rows = [row for row in self.host.mailcow.list_relay_hosts() if row.hostname.lower() == wanted.hostname]
            unused = [row for row in rows if row.leads_as(wanted) and not row.used_by]
            for row in unused:
                self.host.mailcow.delete_relay_host(row.id)
            if len(unused) == len(rows):
                self.host.mailcow.delete_tls_policy(wanted.hostname)
        finally:
            self.host.ways_out.forget()

    def _keeps_its_relay_host(self, domain: str, olds: Properties, news: Properties) -> bool:
        if news.get("password_in") and not olds.get(_VERSION):
            return False
        if (olds.get("password_in") or "") != (news.get("password_in") or ""):
            return False
        row = self.host.mailcow.get_domain(domain)
        return row is not None and self._leads(row.relay_host, news)

    def _leads(self, id_: int, props: Properties) -> bool:
        rows = self.host.mailcow.list_relay_hosts()
        return any(row.id == id_ and row.active and row.leads_as(_relay_host(props)) for row in rows)

    def _version(self, path: str) -> int:
        found = self.host.vault().metadata(path)
        return found.version if found is not None and found.live else 0

    def _password(self, path: str) -> tuple[int, str]:
        if not path:
            return 0, ""
        # The version first: one that is written in between is then recorded as not the latest, and taken next time.
        version = self._version(path)
        password = (self.host.vault().read(path) or {}).get("password")
        if not password:
            raise VaultError(
                f"Vault has no password of the relay at {path};"
                f" run: vault kv put -mount={VAULT_MOUNT} {path} password=-"
            )
        return version, password


class WayOut(Resource, module="mailstead", name="WayOut"):
    """A domain whose mail leaves by a relay."""

    password_version: pulumi.Output[int]
    """Number of the password's version in Vault that mailcow has; 0 for a relay without a password."""

    def __init__(self, name: str, *, relay: Relay, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register it; ``name`` is the domain's."""
        inputs: dict[str, Any] = {
            "domain": name,
            "host": relay.host,
            "port": relay.port,
            "user": relay.user,
            "password_in": relay.password_in,
            "tls": relay.tls,
        }
        super().__init__(WayOutProvider(), name, {**inputs, _VERSION: None}, opts)


def _relay_host(props: Properties) -> NewRelayHost:
    # In brackets: the server of that name, not the one that its MX record names.
    hostname = f"[{str(props['host']).lower()}]:{int(props['port'])}"
    return NewRelayHost(hostname=hostname, username=str(props.get("user") or ""))
