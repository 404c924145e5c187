"""The DkimPair resource: a key pair made here and kept in Vault, before a domain signs with it."""

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

from core.dkim import record_text
from core.errors import RefusedError, VaultError
from core.names import dkim_secret
from users import dkim_keys, host_provider
from users.properties import Properties, difference, normal, recorded
from vault.api import Vault

_IDENTITY = ("domain", "selector")
_INPUTS = ("domain", "selector", "stack")
_PUBLIC = ("public_key", "dns_text")


class DkimPairProvider(ResourceProvider):
    """One pair: made once, never overwritten; the private half goes to Vault and nowhere else.

    State holds this class as a reference, ``users.dkim_pair.DkimPairProvider``: do not move or rename it.
    """

    serialize_as_secret_always = False  # a reference captures nothing secret

    def configure(self, req: ConfigureRequest) -> None:
        """Need nothing: Vault's address and token come from the environment at the first call."""

    def check(self, _olds: Properties, news: Properties) -> CheckResult:
        """Bring inputs into the form that is recorded and compared."""
        return CheckResult(normal(news, lowered=("domain",)), [])

    def diff(self, _id: str, _olds: Properties, _news: Properties) -> DiffResult:
        """Another domain or selector is another pair."""
        return difference(_olds, _news, identity=_IDENTITY, edited=("stack",))

    def create(self, props: Properties) -> CreateResult:
        """Make the pair and write it where none ever was; one of ours that is there already is kept.

        Raises:
            RefusedError: Another stack's is there.
            VaultError: Vault does not answer, or holds a deleted one or no key; the text says what to do.
        """
        vault, path = host_provider.vault(), dkim_secret(str(props["domain"]), str(props["selector"]))
        whose = {key: str(props[key]) for key in _INPUTS}
        dkim_keys.make(vault, path, **whose)
        return CreateResult(path, {**recorded(props, _INPUTS), **_public(_own_notes(vault, path, whose))})

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Report whether it is there, by what Vault tells without the value."""
        found = host_provider.vault().metadata(id_)
        if found is None or not found.live:
            return ReadResult(None, {})
        public = _public(found.custom) if dkim_keys.PUBLIC_NOTE in found.custom else recorded(props, _PUBLIC)
        return ReadResult(id_, {**recorded(props, _INPUTS), **public}, recorded(props, _INPUTS))

    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Record the stack; the pair itself stays."""
        return UpdateResult({**recorded(_news, _INPUTS), **recorded(_olds, _PUBLIC)})

    def delete(self, _id: str, _props: Properties) -> None:
        """Delete pair and notes for good; another stack's stays, and so does one that was taken to sign with.

        Raises:
            VaultError: Vault does not answer.
        """
        vault, stack = host_provider.vault(), str(_props.get("stack") or "")
        found = vault.metadata(_id)
        if found is None:
            return
        owner = found.custom.get(dkim_keys.STACK_NOTE, stack)
        if owner != stack:
            pulumi.log.info(f"{_id} in Vault belongs to stack {owner} by now, so it stays")
            return
        if dkim_keys.SIGNS_NOTE in found.custom:
            return  # its domain signs with it by now, and DkimKey has it
        vault.delete_all(_id)


class DkimPair(Resource, module="mailstead", name="DkimPair"):
    """A domain's key pair in Vault; holds the public half alone."""

    public_key: pulumi.Output[str]
    """Base64, without PEM lines."""
    dns_text: pulumi.Output[str]
    """Value of the TXT record, one string."""

    def __init__(
        self, name: str, *, domain: str, selector: str, stack: str, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Register it.

        Args:
            name: Name of the resource: selector and domain, ``s2._domainkey.example.com``.
            domain: The domain that is to sign with it.
            selector: Label in front of ``._domainkey`` in its DNS name.
            stack: Whose it is, noted in Vault.
            opts: Options of the resource.
        """
        inputs: dict[str, Any] = {"domain": domain, "selector": selector, "stack": stack}
        super().__init__(DkimPairProvider(), name, {**inputs, "public_key": None, "dns_text": None}, opts)


def _own_notes(vault: Vault, path: str, whose: dict[str, str]) -> dict[str, str]:
    """Read the notes of our pair, and finish them if their writing was cut off."""
    found = vault.metadata(path)
    if found is None:
        raise VaultError(f"Vault took {path} and does not show it; run the command again")
    owner = found.custom.get(dkim_keys.STACK_NOTE, whose["stack"])
    if owner != whose["stack"]:
        raise RefusedError(
            f"{path} in Vault belongs to stack {owner}, so stack {whose['stack']} leaves it alone;"
            " take another selector"
        )
    if dkim_keys.PUBLIC_NOTE in found.custom:
        return dict(found.custom)
    return dkim_keys.finish_notes(vault, path, **whose)


def _public(notes: Any) -> Properties:
    public_key = str(notes[dkim_keys.PUBLIC_NOTE])
    return {"public_key": public_key, "dns_text": record_text(public_key)}
