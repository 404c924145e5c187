"""Vault's key-value store, version 2, in memory, at the level of HTTP."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.chaos.exchange import Request, Response

_PREFIX = "/v1/secret/"
_NOT_THE_VERSION = "check-and-set parameter did not match the current version"


@dataclass
class Secret:
    """One path: its versions, and the notes beside it."""

    versions: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    notes: dict[str, str] | None = None


class VaultServer:
    """Answers as Vault does for one mount; to be called by one thread at a time."""

    def __init__(self, now: Callable[[], str]) -> None:
        """Begin empty; ``now`` gives the time as RFC 3339 in UTC."""
        self.secrets: dict[str, Secret] = {}
        self._now = now

    def answer(self, request: Request) -> Response:
        """Answer one request."""
        path = unquote(urlsplit(request.target).path)
        if not path.startswith(_PREFIX):
            return said(404, f'no handler for route "{path.removeprefix("/v1/")}". route entry not found.')
        kind, _, key = path.removeprefix(_PREFIX).partition("/")
        method = "LIST" if request.method == "GET" and "list=true" in request.target else request.method
        calls: dict[tuple[str, str], Callable[[str, dict[str, Any]], Response]] = {
            ("data", "GET"): self._read,
            ("data", "POST"): self._write,
            ("data", "PUT"): self._write,
            ("metadata", "GET"): self._metadata,
            ("metadata", "POST"): self._note,
            ("metadata", "PUT"): self._note,
            ("metadata", "DELETE"): self._delete,
            ("metadata", "LIST"): self._list,
        }
        call = calls.get((kind, method))
        asked = json.loads(request.body) if request.body else {}
        return call(key, asked) if call else said(405, "unsupported operation")

    def _note(self, key: str, asked: dict[str, Any]) -> Response:
        self.secrets.setdefault(key, Secret()).notes = asked.get("custom_metadata")
        return Response(204)

    def _delete(self, key: str, _: dict[str, Any]) -> Response:
        self.secrets.pop(key, None)
        return Response(204)

    def _read(self, key: str, _: dict[str, Any]) -> Response:
        found = self.secrets.get(key)
        if found is None or not found.versions:
            return _json(404, {"errors": []})
        latest = found.versions[-1]
        gone = bool(latest["deletion_time"]) or latest["destroyed"]
        metadata = {name: value for name, value in latest.items() if name != "data"}
        metadata |= {"custom_metadata": found.notes, "version": len(found.versions)}
        return _json(404 if gone else 200, {"data": {"data": None if gone else latest["data"], "metadata": metadata}})

    def _write(self, key: str, asked: dict[str, Any]) -> Response:
        cas = asked.get("options", {}).get("cas")
        count = len(self.secrets[key].versions) if key in self.secrets else 0
        if cas is not None and cas != count:
            return said(400, _NOT_THE_VERSION)
        version = {"data": asked["data"], "created_time": self._now(), "deletion_time": "", "destroyed": False}
        self.secrets.setdefault(key, Secret()).versions.append(version)
        return _json(200, {"data": {"version": count + 1, "created_time": version["created_time"]}})

    def _metadata(self, key: str, _: dict[str, Any]) -> Response:
        found = self.secrets.get(key)
        if found is None:
            return _json(404, {"errors": []})
        versions = {
            str(number): {name: value for name, value in version.items() if name != "data"}
            for number, version in enumerate(found.versions, 1)
        }
        notes = found.notes
        return _json(200, {"data": {"current_version": len(versions), "versions": versions, "custom_metadata": notes}})

    def _list(self, key: str, _: dict[str, Any]) -> Response:
        prefix = f"{key.strip('/')}/"
        below = (name.removeprefix(prefix) for name in self.secrets if name.startswith(prefix))
        names = sorted({head + slash for head, slash, _ in (name.partition("/") for name in below)})
        return _json(200, {"data": {"keys": names}}) if names else _json(404, {"errors": []})


def said(status: int, error: str) -> Response:
    """Answer with an error in Vault's form."""
    return _json(status, {"errors": [error]})


def sealed() -> Response:
    """Answer as a sealed Vault does."""
    return said(503, "Vault is sealed")


def denied() -> Response:
    """Answer as Vault does to a token that may not."""
    return said(403, "permission denied")


def _json(status: int, value: Any) -> Response:
    return Response(status, json.dumps(value).encode())
