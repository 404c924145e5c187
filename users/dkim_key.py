"""The DkimKey resource: the key a domain signs with.

mailcow makes the first one, whose private half never leaves the server. One that follows it was made beforehand, lies
in Vault as a ``DkimPair`` and is published: so the domain changes over in place, from one mail to the next.
"""

from datetime import UTC, datetime
from typing import Any, Final

import pulumi
from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, DiffResult, ReadResult, Resource, UpdateResult

from core.errors import MailcowUnclearError, RefusedError
from mailcow.rows import DkimRow
from users import dkim_keys, host_provider
from users.on_mail_host import ADOPTED, OnMailHost, find_or_make
from users.ownership import may_be_deleted, owner_of, refuse_unless_ours
from users.properties import Properties, difference, normal, recorded

_INPUTS = ("domain", "selector", "key_size", "next", "retired")
_PUBLIC = ("public_key", "dns_text")
SINCE: Final = "since"
"""Output with the day on which it began to sign; only of a key that followed another."""
RETIRED_TEXT: Final = "retired_text"
"""Output with the record of the key that signed before, while the list calls it retired."""


class DkimKeyProvider(OnMailHost):
    """One key: make or adopt, read, change over to a pair of ours, delete; another size is another key.

    State holds this class as a reference, ``users.dkim_key.DkimKeyProvider``: do not move or rename it.
    """

    def check(self, _olds: Properties, news: Properties) -> CheckResult:
        """Bring inputs into the form that is recorded and compared; refuse a key that nobody has published.

        Looks at the old inputs alone: what is there, the last update has recorded.
        """
        # mailcow keeps keys in Redis, where upper case is another key.
        inputs = normal(news, lowered=("domain",))
        before, now = _olds.get("selector"), inputs.get("selector")
        if before and now not in {before, _olds.get("next")}:
            why = (
                f"{inputs['domain']} signs with {before}, and no key {now} was made for it and published; write"
                f" dkim_selector: {before} again, and change the key with: mailstead dkim rotate {inputs['domain']}"
            )
            return CheckResult(inputs, [CheckFailure("selector", why)])
        return CheckResult(inputs, [])

    def diff(self, _id: str, _olds: Properties, _news: Properties) -> DiffResult:
        """Another size is another key, and a domain has room for one; another selector is changed over to."""
        return difference(
            _olds,
            _news,
            identity=("domain", "key_size"),
            edited=("selector", "next", "retired"),
            delete_first=True,
        )

    def create(self, props: Properties) -> CreateResult:
        """Make the key; one of our domain with our selector and size is adopted.

        A domain that is taken over keeps its key, whatever its size; one that has none gets none, as receivers would
        look for a record that nobody has published.

        Raises:
            RefusedError: The domain is not ours, or its key is of another selector or size.
            MailcowError: mailcow refused, or does not answer.
        """
        domain = str(props["domain"])
        if self.host.adopt and self._takes_over(domain):
            return self._taken_over(domain, props)
        selector, key_size = str(props["selector"]), int(props["key_size"])
        found = find_or_make(
            f"the DKIM key of {domain}",
            lambda: self.host.mailcow.get_dkim(domain),
            lambda: self.host.mailcow.add_dkim(domain, selector=selector, key_size=key_size),
        )
        if found is None:
            found = self.host.mailcow.get_dkim(domain)
        else:
            self._refuse_unless_wanted(found, props)
        if found is None:
            raise MailcowUnclearError(
                f"mailcow made a DKIM key of {domain} and does not show it; run the command again"
            )
        return CreateResult(domain, {**recorded(props, _INPUTS), **_public(found)})

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Report what mailcow has; it is gone only when the server answers otherwise."""
        found = self.host.mailcow.get_dkim(id_)
        adopted = recorded(props, (ADOPTED,))
        if found is None:
            had_none = adopted and not props.get("public_key")
            return ReadResult(id_, recorded(props, (*_INPUTS, *_PUBLIC, ADOPTED))) if had_none else self.gone()
        live = {**recorded(props, _INPUTS), "selector": found.selector}
        if not adopted:
            live["key_size"] = found.key_size
        kept = recorded(props, (ADOPTED, SINCE, RETIRED_TEXT))
        return ReadResult(id_, {**live, **_public(found), **kept}, live)

    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Change over to the pair of the new selector, if it is another; keep the old one's record while it is retired.

        Raises:
            RefusedError: Vault holds no such pair.
            MailcowError: mailcow refused, or does not answer.
            VaultError: Vault does not answer.
        """
        outputs = {**recorded(_news, _INPUTS), **recorded(_olds, (ADOPTED, SINCE))}
        public = {key: _olds.get(key) for key in _PUBLIC}
        if _news["selector"] != _olds.get("selector"):
            public = self._change_over(str(_news["domain"]), str(_news["selector"]))
            outputs[SINCE] = datetime.now(tz=UTC).date().isoformat()
        retired, before = _news.get("retired"), _olds.get("retired")
        if retired:
            signed = retired == _olds.get("selector")
            outputs[RETIRED_TEXT] = _olds.get("dns_text") if signed else _olds.get(RETIRED_TEXT)
        if before and before != retired:
            dkim_keys.forget(host_provider.vault(), str(_news["domain"]), str(before), stack=self.host.stack)
        return UpdateResult({**outputs, **public})

    def _change_over(self, domain: str, selector: str) -> Properties:
        """Have the domain sign with a pair; done already, where an update was cut off after it."""
        private_key, public_key = dkim_keys.take(host_provider.vault(), domain, selector)
        found = self.host.mailcow.get_dkim(domain)
        if found is None or (found.selector, found.public_key) != (selector, public_key):
            self.host.mailcow.import_dkim(domain, selector=selector, private_key=private_key, public_key=public_key)
            found = self.host.mailcow.get_dkim(domain)
        if found is None:
            raise MailcowUnclearError(f"mailcow took key {selector} of {domain} and does not show it; run it again")
        return _public(found)

    def delete(self, _id: str, _props: Properties) -> None:
        """Delete the key, which would outlive its domain; absence is done.

        Raises:
            RefusedError: Its domain has lost our tag.
            MailcowError: mailcow refused, or does not answer.
        """
        row = self.host.mailcow.get_domain(_id)
        what, adopted = f"the DKIM key of domain {_id}", bool(_props.get(ADOPTED))
        if row is None:
            self.host.prove_it_answers()
        if row is None or may_be_deleted(what, row.tags, stack=self.host.stack, adopted=adopted):
            self.host.mailcow.delete_dkim(_id)
            if _props.get(SINCE):  # then it is a pair of ours
                for selector in filter(None, (_props.get("selector"), _props.get("retired"))):
                    dkim_keys.forget(host_provider.vault(), _id, str(selector), stack=self.host.stack)

    def _takes_over(self, domain: str) -> bool:
        row = self.host.mailcow.get_domain(domain)
        return row is not None and owner_of(row.tags, stack=self.host.stack) is None

    def _taken_over(self, domain: str, props: Properties) -> CreateResult:
        outputs = {**recorded(props, _INPUTS), ADOPTED: True}
        found = self.host.mailcow.get_dkim(domain)
        if found is None:
            pulumi.log.warn(f"{domain} has no DKIM key, so its mail goes out unsigned; make one in mailcow")
            return CreateResult(domain, {**outputs, **dict.fromkeys(_PUBLIC, "")})
        if found.selector != props["selector"]:
            raise RefusedError(
                f"{domain} signs with the DKIM key {found.selector}, not {props['selector']}, and its record is"
                f" published; write dkim_selector: {found.selector} under {domain} in the list"
            )
        return CreateResult(domain, {**outputs, **_public(found)})

    def _refuse_unless_wanted(self, found: DkimRow, props: Properties) -> None:
        domain, selector, key_size = str(props["domain"]), str(props["selector"]), int(props["key_size"])
        row = self.host.mailcow.get_domain(domain)
        if row is None:
            raise RefusedError(f"mailcow has a DKIM key but no domain {domain}; delete the key in mailcow")
        refuse_unless_ours(f"domain {domain} with its DKIM key", row.tags, stack=self.host.stack)
        if (found.selector, found.key_size) != (selector, key_size):
            raise RefusedError(
                f"{domain} has a DKIM key {found.selector} of {found.key_size} bit, not {selector} of {key_size} bit,"
                f" and the records of that one may be published; write dkim_selector: {found.selector} in the list"
                " if only that differs, else delete the key in mailcow to get ours"
            )


class DkimKey(Resource, module="mailstead", name="DkimKey"):
    """A domain's DKIM key."""

    public_key: pulumi.Output[str]
    """Base64, without PEM lines; empty for a domain that was taken over without a key."""
    dns_text: pulumi.Output[str]
    """Value of the TXT record, one string; empty where there is no key."""
    retired_text: pulumi.Output[str]
    """The same of the key that signed before; only while it is retired."""

    def __init__(
        self,
        name: str,
        *,
        domain: pulumi.Input[str],
        selector: str,
        key_size: int,
        following: str = "",
        retired: str = "",
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Register it.

        Args:
            name: Name of the resource: the domain.
            domain: The domain that signs with it.
            selector: Label in front of ``._domainkey`` in its DNS name.
            key_size: Length in bits.
            following: Selector of the pair that it may be changed over to; empty for none.
            retired: Selector of the key that signed before and is still published; empty for none.
            opts: Options of the resource.
        """
        inputs: dict[str, Any] = {"domain": domain, "selector": selector, "key_size": key_size}
        # Left out where there is none, so that a domain whose key never changed is recorded as it always was.
        inputs |= {"next": following} if following else {}
        inputs |= {"retired": retired, RETIRED_TEXT: None} if retired else {}
        super().__init__(DkimKeyProvider(), name, {**inputs, "public_key": None, "dns_text": None}, opts)


def _public(found: DkimRow) -> Properties:
    return {"public_key": found.public_key, "dns_text": found.dns_text}
