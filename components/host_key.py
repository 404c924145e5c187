"""The HostKey resource: a host's SSH key, taken at first contact and pinned from then on."""

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult

from core.errors import HostKeyChangedError
from ssh.client import first_host_key
from ssh.connection import fingerprint

_INPUTS = ("instance_id", "address", "user")
_WAIT_S = 600.0  # a new instance boots, and cloud-init makes its keys


class HostKeyProvider(ResourceProvider):
    """One host key: asked for once an instance, refused when the same instance shows another.

    State holds this class as a reference, ``components.host_key.HostKeyProvider``: do not move or rename it.
    """

    serialize_as_secret_always = False  # a reference captures nothing secret

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Take any change as an update: there is nothing to delete before a new key is recorded."""
        return DiffResult(changes=any(_olds.get(key) != _news.get(key) for key in _INPUTS), replaces=[])

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Wait for SSH and record the key; nothing vouches for it but that the instance has just been made.

        Raises:
            HostUnreachableError: SSH does not answer within ten minutes.
        """
        return CreateResult("host-key", _outs(props, _first_contact(props)))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Look again: another instance is a new first contact, the same one must show the same key.

        Raises:
            HostKeyChangedError: The same instance shows another key.
            HostUnreachableError: SSH does not answer within ten minutes.
        """
        expected = str(_olds.get("host_key") or "")
        if not expected or _olds.get("instance_id") != _news.get("instance_id"):
            return UpdateResult(_outs(_news, _first_contact(_news)))
        got = first_host_key(_news["address"], user=_news["user"], wait_s=_WAIT_S)
        if got != expected:
            raise HostKeyChangedError(
                f"instance {_news['instance_id']} at {_news['address']} shows host key {fingerprint(got)}, "
                f"recorded is {fingerprint(expected)}; do not go on before you know why, somebody may be answering "
                "in its place; if its system was made anew, raise host_generation: a host in the cloud is "
                "then replaced as a whole"
            )
        return UpdateResult(_outs(_news, got))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Report what is recorded: a key read now would prove nothing, and the host may be down."""
        return ReadResult(id_, _outs(props, str(props.get("host_key") or "")), _inputs(props))


class HostKey(Resource, module="mailstead", name="HostKey"):
    """The SSH host key of one instance."""

    host_key: pulumi.Output[str]
    """``ssh-ed25519 AAAA…``, without comment."""

    def __init__(
        self,
        name: str,
        *,
        instance_id: pulumi.Input[str],
        address: pulumi.Input[str],
        user: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Register it.

        Args:
            name: Name of the resource.
            instance_id: Whose key it is; another id is a new first contact.
            address: Where its SSH answers.
            user: Who logs in there.
            opts: Options of the resource.
        """
        inputs: dict[str, Any] = {"instance_id": instance_id, "address": address, "user": user}
        super().__init__(HostKeyProvider(), name, {**inputs, "host_key": None}, opts)


def _first_contact(props: dict[str, Any]) -> str:
    key = first_host_key(props["address"], user=props["user"], wait_s=_WAIT_S)
    pulumi.log.info(
        f"first contact with instance {props['instance_id']} at {props['address']}: "
        f"its host key is {fingerprint(key)}, and no other is taken from now on"
    )
    return key


def _inputs(props: dict[str, Any]) -> dict[str, Any]:
    return {key: props.get(key) for key in _INPUTS}


def _outs(props: dict[str, Any], key: str) -> dict[str, Any]:
    return {**_inputs(props), "host_key": key}
