"""A real OpenBao behind a gate where things go wrong as planned."""

import http.client
from collections.abc import Iterator
from typing import Any, cast

import hvac
from hvac.exceptions import InvalidPath

from core.names import VAULT_MOUNT
from tests.chaos.exchange import Request, Response
from tests.chaos.vault import Secret, VaultServer
from tests.clients.openbao import TOKEN

_TIMEOUT_S = 30
_HOP_BY_HOP = {"connection", "host", "transfer-encoding", "content-length", "accept-encoding"}


class OpenBao:
    """Hands requests on to the server, and looks into it as root."""

    def __init__(self, address: str) -> None:
        self._netloc = address.removeprefix("http://")
        self._kv = cast("Any", hvac.Client(url=address, token=TOKEN)).secrets.kv.v2  # hvac has no types

    def answer(self, request: Request) -> Response:
        """Have the server answer one request."""
        connection = http.client.HTTPConnection(self._netloc, timeout=_TIMEOUT_S)
        headers = {name: value for name, value in request.headers.items() if name not in _HOP_BY_HOP}
        try:
            connection.request(request.method, request.target, body=request.body or None, headers=headers)
            answer = connection.getresponse()
            return Response(answer.status, answer.read(), answer.getheader("Content-Type") or "application/json")
        finally:
            connection.close()

    def write(self, path: str, data: dict[str, str]) -> None:
        """Put a secret there by hand."""
        self._kv.create_or_update_secret(path=path, secret=data, mount_point=VAULT_MOUNT)

    def empty(self) -> None:
        """Delete everything."""
        for path in list(self._paths("")):
            self._kv.delete_metadata_and_all_versions(path=path, mount_point=VAULT_MOUNT)

    def copied(self) -> VaultServer:
        """Give what is in it as the Vault in memory has it."""
        copy = VaultServer(lambda: "")
        for path in self._paths(""):
            metadata = self._kv.read_secret_metadata(path=path, mount_point=VAULT_MOUNT)["data"]
            secret = Secret([], metadata.get("custom_metadata"))
            for number in sorted(map(int, metadata["versions"])):
                found = self._kv.read_secret_version(
                    path=path, version=number, mount_point=VAULT_MOUNT, raise_on_deleted_version=False
                )
                secret.versions.append({"data": found["data"]["data"] or {}})
            copy.secrets[path] = secret
        return copy

    def _paths(self, folder: str) -> Iterator[str]:
        try:
            names = self._kv.list_secrets(path=folder, mount_point=VAULT_MOUNT)["data"]["keys"]
        except InvalidPath:
            return
        for name in names:
            if name.endswith("/"):
                yield from self._paths(f"{folder}{name}")
            else:
                yield f"{folder}{name}"
