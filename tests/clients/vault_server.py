"""Vault's key-value store, version 2, over HTTP and in memory: what hvac sends is what it gets."""

import io
import json
from typing import Any
from urllib.parse import unquote, urlsplit

import hvac
import requests
import urllib3
from requests.adapters import HTTPAdapter

from vault.api import VaultApi


class VaultServer(HTTPAdapter):
    """Answers as Vault does; ``failures`` come first, as (status, errors) or as exceptions."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: dict[str, dict[str, Any]] = {}
        self.failures: list[tuple[int, list[str]] | Exception] = []
        self.requests: list[tuple[str, str]] = []
        self.mounted = True

    def client(self) -> VaultApi:
        """Return our client of this server."""
        session = requests.Session()
        session.mount("http://", self)
        return VaultApi(hvac.Client(url="http://vault:8200", token="THE-TOKEN", session=session), longest_pause_s=0)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Answer one request."""
        path = unquote(urlsplit(request.url or "").path.removeprefix("/v1/secret/"))
        self.requests.append((str(request.method), path))
        if self.failures:
            failure = self.failures.pop(0)
            if isinstance(failure, Exception):
                raise failure
            return self._answer(request, failure[0], {"errors": failure[1]})
        if not self.mounted:
            return self._answer(
                request, 404, {"errors": [f'no handler for route "secret/{path}". route entry not found.']}
            )
        kind, _, key = path.partition("/")
        body = json.loads(request.body) if request.body else {}
        status, answer = getattr(self, f"_{str(request.method).lower()}_{kind}")(key, body)
        return self._answer(request, status, answer)

    def soft_delete(self, key: str) -> None:
        """Do what ``vault kv delete`` does."""
        self.keys[key]["versions"][-1]["deletion_time"] = "2026-11-22T13:50:00.123456789Z"

    def destroy(self, key: str) -> None:
        """Do what ``vault kv destroy`` does."""
        self.keys[key]["versions"][-1] |= {"destroyed": True, "data": None}

    def _get_data(self, key: str, _body: Any) -> tuple[int, Any]:
        found = self.keys.get(key)
        if not found or not found["versions"]:
            return 404, {"errors": []}
        latest = found["versions"][-1]
        gone = bool(latest["deletion_time"]) or latest["destroyed"]
        metadata = {name: latest[name] for name in ("deletion_time", "destroyed", "created_time")}
        return (404 if gone else 200), {"data": {"data": None if gone else latest["data"], "metadata": metadata}}

    def _post_data(self, key: str, body: Any) -> tuple[int, Any]:
        found = self.keys.get(key, {"versions": [], "custom": None})
        cas = body["options"].get("cas")
        if cas is not None and cas != len(found["versions"]):
            return 400, {"errors": ["check-and-set parameter did not match the current version"]}
        self.keys[key] = found
        found["versions"].append(
            {"data": body["data"], "deletion_time": "", "destroyed": False, "created_time": "2026-11-22T13:50:00Z"}
        )
        return 200, {"data": {"version": len(found["versions"])}}

    def _get_metadata(self, key: str, _body: Any) -> tuple[int, Any]:
        found = self.keys.get(key)
        if found is None:
            return 404, {"errors": []}
        versions = {
            str(number): {name: version[name] for name in ("deletion_time", "destroyed", "created_time")}
            for number, version in enumerate(found["versions"], 1)
        }
        return 200, {
            "data": {
                "current_version": len(versions),
                "versions": versions,
                "custom_metadata": found["custom"],
            }
        }

    def _post_metadata(self, key: str, body: Any) -> tuple[int, Any]:
        self.keys.setdefault(key, {"versions": [], "custom": None})["custom"] = body["custom_metadata"]
        return 204, None

    def _delete_metadata(self, key: str, _body: Any) -> tuple[int, Any]:
        self.keys.pop(key, None)
        return 204, None

    def _list_metadata(self, key: str, _body: Any) -> tuple[int, Any]:
        prefix = f"{key.rstrip('/')}/"
        below = (name.removeprefix(prefix) for name in self.keys if name.startswith(prefix))
        names = sorted({head + slash for head, slash, _ in (name.partition("/") for name in below)})
        return (200, {"data": {"keys": names}}) if names else (404, {"errors": []})

    def _answer(self, request: requests.PreparedRequest, status: int, body: Any) -> requests.Response:
        text = b"" if body is None else json.dumps(body).encode()
        raw = urllib3.HTTPResponse(
            body=io.BytesIO(text), headers={"Content-Type": "application/json"}, status=status, preload_content=False
        )
        return self.build_response(request, raw)
