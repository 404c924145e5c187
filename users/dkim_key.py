"""The DkimKey resource: the key a domain signs with; the private half never leaves the server."""

from typing import Any

import pulumi
from pulumi.dynamic import (
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

from core.errors import MailcowUnclearError, RefusedError
from mailcow.rows import DkimRow
from users.host_provider import MailHost, mail_host
from users.ownership import may_be_deleted, refuse_unless_ours
from users.properties import Properties, changed, lower, recorded, whole

_INPUTS = ("domain", "selector", "key_size")
_TRIES = 3


class DkimKeyProvider(ResourceProvider):
    """One key: make or adopt, read, delete; another selector or size is another key.

    State holds this class as a reference, ``users.dkim_key.DkimKeyProvider``: do not move or rename it.
    """

    serialize_as_secret_always = False  # a reference captures nothing secret

    host: MailHost

    def configure(self, req: ConfigureRequest) -> None:
        """Learn the host from its provider; connects to nothing."""
        self.host = mail_host(req)

    def check(self, _olds: Properties, news: Properties) -> CheckResult:
        """Bring inputs into the form that is recorded and compared."""
        inputs: Properties = {key: whole(value) for key, value in news.items()}
        # mailcow keeps keys in Redis, where upper case is another key.
        return CheckResult({**inputs, "domain": lower(inputs.get("domain"))}, [])

    def diff(self, _id: str, _olds: Properties, _news: Properties) -> DiffResult:
        """Any change is another key, and a domain has room for one."""
        replaced = changed(_olds, _news, _INPUTS)
        return DiffResult(changes=bool(replaced), replaces=replaced, delete_before_replace=True)

    def create(self, props: Properties) -> CreateResult:
        """Make the key; one of our domain with our selector and size is adopted.

        Raises:
            RefusedError: The domain is not ours, or its key is of another selector or size.
            MailcowError: mailcow refused, or does not answer.
        """
        domain = str(props["domain"])
        for _ in range(_TRIES):
            found = self.host.mailcow.get_dkim(domain)
            if found is not None:
                self._refuse_unless_wanted(found, props)
                return CreateResult(domain, {**recorded(props, _INPUTS), **_public(found)})
            self.host.mailcow.add_dkim(domain, selector=str(props["selector"]), key_size=int(props["key_size"]))
        raise MailcowUnclearError(f"mailcow made a DKIM key of {domain} and does not show it; run the command again")

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Report what mailcow has; it is gone only when the server answers otherwise."""
        found = self.host.mailcow.get_dkim(id_)
        if found is None:
            self.host.prove_it_answers()
            return ReadResult(None, {})
        live = {**recorded(props, _INPUTS), "selector": found.selector, "key_size": found.key_size}
        return ReadResult(id_, {**live, **_public(found)}, live)

    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Keep all outputs: there is nothing that an edit could change."""
        public = {key: _olds.get(key) for key in ("public_key", "dns_text")}
        return UpdateResult({**recorded(_news, _INPUTS), **public})

    def delete(self, _id: str, _props: Properties) -> None:
        """Delete the key, which would outlive its domain; absence is done.

        Raises:
            RefusedError: Its domain has lost our tag.
            MailcowError: mailcow refused, or does not answer.
        """
        row = self.host.mailcow.get_domain(_id)
        if row is None or may_be_deleted(f"the DKIM key of domain {_id}", row.tags, stack=self.host.stack):
            self.host.mailcow.delete_dkim(_id)

    def _refuse_unless_wanted(self, found: DkimRow, props: Properties) -> None:
        domain, selector, key_size = str(props["domain"]), str(props["selector"]), int(props["key_size"])
        row = self.host.mailcow.get_domain(domain)
        if row is None:
            raise RefusedError(f"mailcow has a DKIM key but no domain {domain}; delete the key in mailcow")
        refuse_unless_ours(f"domain {domain} with its DKIM key", row.tags, stack=self.host.stack)
        if (found.selector, found.key_size) != (selector, key_size):
            raise RefusedError(
                f"{domain} has a DKIM key {found.selector} of {found.key_size} bit, not {selector} of {key_size} bit,"
                " and the records of that one may be published; delete the key in mailcow to get ours"
            )


class DkimKey(Resource, module="mailstead", name="DkimKey"):
    """A domain's DKIM key."""

    public_key: pulumi.Output[str]
    """Base64, without PEM lines."""
    dns_text: pulumi.Output[str]
    """Value of the TXT record, one string."""

    def __init__(
        self,
        name: str,
        *,
        domain: pulumi.Input[str],
        selector: str,
        key_size: int,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Register it.

        Args:
            name: Name of the resource: the domain.
            domain: The domain that signs with it.
            selector: Label in front of ``._domainkey`` in its DNS name.
            key_size: Length in bits.
            opts: Options of the resource.
        """
        inputs: dict[str, Any] = {"domain": domain, "selector": selector, "key_size": key_size}
        super().__init__(DkimKeyProvider(), name, {**inputs, "public_key": None, "dns_text": None}, opts)


def _public(found: DkimRow) -> Properties:
    return {"public_key": found.public_key, "dns_text": found.dns_text}
