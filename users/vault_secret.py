"""The VaultSecret resource: a person's first password, made here, kept in Vault and nowhere else."""

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

from core.errors import RefusedError
from core.names import user_secret
from users import first_password, host_provider
from users.deletion import refuse_early_deletion
from users.properties import Properties, difference, normal, recorded
from vault.api import Vault

_IDENTITY = ("address", "domain", "local_part")
_INPUTS = ("address", "domain", "local_part", "stack", "kept_until")


class VaultSecretProvider(ResourceProvider):
    """One first password: made once, never overwritten, its value never read here.

    State holds this class as a reference, ``users.vault_secret.VaultSecretProvider``: do not move or rename it.
    """

    serialize_as_secret_always = False  # a reference captures nothing secret

    def configure(self, req: ConfigureRequest) -> None:
        """Need nothing: Vault's address and token come from the environment at the first call."""

    def check(self, _olds: Properties, news: Properties) -> CheckResult:
        """Bring inputs into the form that is recorded and compared."""
        return CheckResult(normal(news, lowered=_IDENTITY), [])

    def diff(self, _id: str, _olds: Properties, _news: Properties) -> DiffResult:
        """Another address is another secret; a date is only recorded."""
        return difference(_olds, _news, identity=_IDENTITY, edited=("stack", "kept_until"))

    def create(self, props: Properties) -> CreateResult:
        """Make the password and write it where none ever was; one that is there already is kept.

        So is the note that the person has her own, as whoever was there before us has: then none is made.

        Raises:
            RefusedError: Another stack's is there.
            VaultError: Vault does not answer, or holds a deleted one; the text says what to do.
        """
        vault = host_provider.vault()
        path, address, stack = _path(props), str(props["address"]), str(props["stack"])
        # A value could be written where there are only notes, so they are looked at before.
        made = None
        if not first_password.has_her_own(vault.metadata(path)):
            made = first_password.make(vault, path, address=address, stack=stack)
        if made is None:
            made = _keep(vault, path, address=address, stack=stack)
        return CreateResult(path, {**_outs(props), "made": made})

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Report whether it is there, by what Vault tells without the value."""
        found = host_provider.vault().metadata(id_)
        if found is None or not first_password.is_there(found):
            return ReadResult(None, {})
        made = found.custom.get(first_password.MADE_NOTE, "")
        return ReadResult(id_, {**_outs(props), "made": made}, recorded(props, _INPUTS))

    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Record the date; the secret itself stays."""
        return UpdateResult({**_outs(_news), **recorded(_olds, ("made",))})

    def delete(self, _id: str, _props: Properties) -> None:
        """Delete value, versions and notes for good.

        Raises:
            RefusedError: The person is active or the date has not come.
            VaultError: Vault does not answer.
        """
        stack = str(_props.get("stack") or "")
        refuse_early_deletion(
            f"the first password of {_props.get('address')}",
            kept_until=str(_props.get("kept_until") or ""),
            stack=stack,
        )
        vault = host_provider.vault()
        metadata = vault.metadata(_id)
        if metadata is None:
            return
        owner = metadata.custom.get(first_password.STACK_NOTE, stack)
        if owner != stack:
            pulumi.log.info(f"{_id} in Vault belongs to stack {owner} by now, so it stays")
            return
        vault.delete_all(_id)


class VaultSecret(Resource, module="mailstead", name="VaultSecret"):
    """A person's first password in Vault; holds the path, never the value."""

    path: pulumi.Output[str]
    made: pulumi.Output[str]
    """When it was made, as noted beside it; one that was lost and made anew has another time. Empty if unknown."""

    def __init__(
        self,
        name: str,
        *,
        address: str,
        domain: str,
        local_part: str,
        stack: str,
        kept_until: str = "",
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Register it.

        Args:
            name: Name of the resource: the address.
            address: ``local@domain``, lower case.
            domain: Part of the address after the at sign.
            local_part: Part of the address before it.
            stack: Whose it is, noted in Vault.
            kept_until: ISO date from which on it may be deleted; empty while the person is active.
            opts: Options of the resource.
        """
        inputs: dict[str, Any] = {
            "address": address,
            "domain": domain,
            "local_part": local_part,
            "stack": stack,
            "kept_until": kept_until,
        }
        super().__init__(VaultSecretProvider(), name, {**inputs, "path": None, "made": None}, opts)


def _keep(vault: Vault, path: str, *, address: str, stack: str) -> str:
    """Take the secret that is there already, and finish its notes if their writing was cut off; when it was made."""
    found = vault.metadata(path)
    notes = dict(found.custom) if found is not None else {}
    owner = notes.get(first_password.STACK_NOTE, stack)
    if owner != stack:
        raise RefusedError(
            f"{path} in Vault belongs to stack {owner}, so stack {stack} leaves it alone;"
            " let one list alone name the address"
        )
    if first_password.STATE_NOTE not in notes:
        notes |= first_password.new_notes(address=address, stack=stack)
        vault.set_metadata(path, notes)
    return notes.get(first_password.MADE_NOTE, "")


def _path(props: Properties) -> str:
    return user_secret(props["domain"], props["local_part"])


def _outs(props: Properties) -> Properties:
    return {**recorded(props, _INPUTS), "path": _path(props)}
