"""The Mount resource: a block volume mounted on a host, and unmounted before it is detached."""

from typing import Any

import pulumi
import tenacity
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult

from components.host_script import run_script
from core.errors import HostKeyChangedError, HostUnreachableError, LoginRefusedError
from core.names import MAIL_ROOT
from ssh.client import HostAddress, SshClient

_REPLACED_BY = ("instance_id", "attachment_id", "device", "path")
_INPUTS = (*_REPLACED_BY, "address", "user", "host_key")
_LOGIN_WAIT_S = 60.0  # a new host may take the login a little later than it shows its key
_GONE_AFTER_S = 30.0
_PAUSE_S = 3.0
_SCRIPT_LIMIT_S = 1800.0  # it may wait for another run's lock, and an empty volume is formatted


class MountProvider(ResourceProvider):
    """One mounted volume: mount by the host's own script, unmount before anything under it goes.

    State holds this class as a reference, ``components.mount.MountProvider``: do not move or rename it.
    """

    serialize_as_secret_always = False  # a reference captures nothing secret

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Another instance, attachment, device or path is another mount, and the old one goes first."""
        moved = [key for key in _REPLACED_BY if _olds.get(key) != _news.get(key)]
        changed = any(_olds.get(key) != _news.get(key) for key in _INPUTS)
        return DiffResult(changes=changed, replaces=moved, delete_before_replace=True)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Mount the volume now and at every boot; an empty one is formatted.

        Raises:
            SshError: The host does not answer, refuses the login, or its script failed.
        """
        with SshClient(_host(props)) as ssh:
            _connect(ssh, limit_s=_LOGIN_WAIT_S, passing=(HostUnreachableError, LoginRefusedError))
            run_script(ssh, "mount-volume.sh", str(props["device"]), *_place(props), timeout_s=_SCRIPT_LIMIT_S)
        return CreateResult(f"{props['path']} of {props['instance_id']}", _recorded(props))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Record where the host answers now; the mount itself is the same."""
        return UpdateResult(_recorded(_news))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Report what is recorded: whether it is mounted is the host's own check, and the host may be down."""
        return ReadResult(id_, _recorded(props), _recorded(props))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Stop what uses the volume and unmount it; a host that is gone, or another one in its place, is done.

        Raises:
            SshError: The host is there, and refuses the login or fails to unmount.
        """
        with SshClient(_host(_props), connect_timeout_s=10) as ssh:
            try:
                _connect(ssh, limit_s=_GONE_AFTER_S, passing=(HostUnreachableError,))
            except (HostUnreachableError, HostKeyChangedError) as error:
                pulumi.log.warn(f"{_props.get('path')} is taken as unmounted, because its host is gone: {error}")
                return
            run_script(ssh, "unmount-volume.sh", *_place(_props), timeout_s=_SCRIPT_LIMIT_S)


class Mount(Resource, module="mailstead", name="Mount"):
    """A block volume mounted on a host."""

    def __init__(
        self,
        name: str,
        *,
        instance_id: pulumi.Input[str],
        attachment_id: pulumi.Input[str],
        address: pulumi.Input[str],
        user: pulumi.Input[str],
        host_key: pulumi.Input[str],
        device: str,
        path: str,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Register it.

        Args:
            name: Name of the resource.
            instance_id: The host; when it is replaced, the volume is unmounted first.
            attachment_id: The volume's attachment to it.
            address: Where the host's SSH answers.
            user: Who logs in there.
            host_key: Its pinned key.
            device: What the volume is called there, such as /dev/oracleoci/oraclevdb.
            path: Where it is mounted; on /srv/mail Docker's named volumes live on it, too.
            opts: Options of the resource.
        """
        inputs: dict[str, Any] = {
            "instance_id": instance_id,
            "attachment_id": attachment_id,
            "address": address,
            "user": user,
            "host_key": host_key,
            "device": device,
            "path": path,
        }
        super().__init__(MountProvider(), name, inputs, opts)


def _host(props: dict[str, Any]) -> HostAddress:
    return HostAddress(address=str(props.get("address")), user=str(props.get("user")), key=str(props.get("host_key")))


def _connect(ssh: SshClient, *, limit_s: float, passing: tuple[type[Exception], ...]) -> None:
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(passing),
        stop=tenacity.stop_after_delay(limit_s),
        wait=tenacity.wait_fixed(_PAUSE_S),
        reraise=True,
    )
    retrying(ssh.connect)


def _place(props: dict[str, Any]) -> list[str]:
    path = str(props["path"])
    return [path, "--docker-volumes"] if path == MAIL_ROOT else [path]


def _recorded(props: dict[str, Any]) -> dict[str, Any]:
    return {key: props.get(key) for key in _INPUTS}
