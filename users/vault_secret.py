"""The VaultSecret resource: a person's first password, made here, kept in Vault and nowhere else."""

import secrets
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

from core import passwords
from core.errors import RefusedError
from core.names import user_secret
from users import host_provider
from users.deletion import refuse_early_deletion
from users.properties import Properties, changed, lower, recorded
from vault.api import SecretMetadata, Vault

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
        return CheckResult({**news, **{key: lower(news.get(key)) for key in ("address", "domain", "local_part")}}, [])

    def diff(self, _id: str, _olds: Properties, _news: Properties) -> DiffResult:
        """Another address is another secret; a date is only recorded."""
        moved = changed(_olds, _news, ("address", "domain", "local_part"))
        noted = changed(_olds, _news, ("stack", "kept_until"))
        return DiffResult(changes=bool(moved or noted), replaces=moved)

    def create(self, props: Properties) -> CreateResult:
        """Make the password and write it where none ever was; one that is there already is kept.

        Raises:
            RefusedError: Another stack's is there.
            VaultError: Vault does not answer, or holds a deleted one; the text says what to do.
        """
        vault = host_provider.vault()
        path = _path(props)
        notes = _notes(props)
        if not vault.create_secret(path, {"password": new_password()}, notes):
            _keep(vault, path, notes)
        return CreateResult(path, _outs(props))

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Report whether it is there, by what Vault tells without the value."""
        if not host_provider.vault().exists(id_):
            return ReadResult(None, {})
        return ReadResult(id_, _outs(props), recorded(props, _INPUTS))

    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Record the date; the secret itself stays."""
        return UpdateResult(_outs(_news))

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
        owner = metadata.custom.get("stack", stack)
        if owner != stack:
            pulumi.log.info(f"{_id} in Vault belongs to stack {owner} by now, so it stays")
            return
        vault.delete_all(_id)


class VaultSecret(Resource, module="mailstead", name="VaultSecret"):
    """A person's first password in Vault; holds the path, never the value."""

    path: pulumi.Output[str]

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
        super().__init__(VaultSecretProvider(), name, {**inputs, "path": None}, opts)


def new_password() -> str:
    """Make a password that has one of each class, by the operating system's dice."""
    while True:
        password = "".join(secrets.choice(passwords.ALPHABET) for _ in range(passwords.LENGTH))
        if passwords.is_acceptable(password):
            return password


def _keep(vault: Vault, path: str, notes: dict[str, str]) -> None:
    """Take the secret that is there already, and finish its notes if their writing was cut off."""
    found = vault.metadata(path) or SecretMetadata(version=0, deleted=False, destroyed=False, created="")
    owner = found.custom.get("stack", notes["stack"])
    if owner != notes["stack"]:
        raise RefusedError(
            f"{path} in Vault belongs to stack {owner}, so stack {notes['stack']} leaves it alone;"
            " let one list alone name the address"
        )
    if "state" not in found.custom:
        vault.set_metadata(path, {**found.custom, **notes})


def _path(props: Properties) -> str:
    return user_secret(props["domain"], props["local_part"])


def _notes(props: Properties) -> dict[str, str]:
    return {"state": "initial", "address": props["address"], "stack": props["stack"]}


def _outs(props: Properties) -> Properties:
    return {**recorded(props, _INPUTS), "path": _path(props)}
