"""The few calls of Vault's HTTP API that the provider makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests

from lab.plugins.server import PluginError

_TIMEOUT_S = 30


@dataclass(frozen=True)
class VaultServer:
    """A server and who we are to it."""

    address: str
    token: str

    def read(self, path: str) -> dict[str, Any] | None:
        """The data at a path; None where there is nothing."""
        answer = self._call("GET", path)
        if answer.status_code == 404 or (answer.status_code == 400 and "No secret engine mount" in answer.text):
            return None
        return self._data(answer, "GET", path)

    def write(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Write to a path and give what the server answers, if anything."""
        return self._data(self._call("POST", path, body), "POST", path)

    def delete(self, path: str) -> None:
        """Delete a path; that it is gone is fine."""
        answer = self._call("DELETE", path)
        if answer.status_code != 404:
            self._data(answer, "DELETE", path)

    def child(self, name: str, ttl_s: int) -> VaultServer:
        """The same server with a token of a short life that hangs on ours."""
        body = {"display_name": name, "ttl": f"{ttl_s}s", "explicit_max_ttl": f"{ttl_s}s", "renewable": False}
        answer = self._call("POST", "auth/token/create", body)
        if not answer.ok:
            raise PluginError(f"failed to create limited child token: {_text(answer)}")
        return VaultServer(self.address, answer.json()["auth"]["client_token"])

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> requests.Response:
        try:
            return requests.request(
                method,
                f"{self.address.rstrip('/')}/v1/{path}",
                headers={"X-Vault-Token": self.token, "X-Vault-Request": "true"},
                json=body,
                timeout=_TIMEOUT_S,
            )
        except requests.RequestException as error:
            # The request holds the token: only the kind of failure is told.
            raise PluginError(f"Vault at {self.address} cannot be reached ({type(error).__name__})") from None

    def _data(self, answer: requests.Response, method: str, path: str) -> dict[str, Any]:
        if not answer.ok:
            raise PluginError(f"Error making API request.\n\nURL: {method} {self.address}/v1/{path}\n{_text(answer)}")
        if not answer.content:
            return {}
        return answer.json().get("data") or {}


def _text(answer: requests.Response) -> str:
    try:
        errors: list[str] = answer.json().get("errors", [])
    except ValueError:
        errors = []
    return f"Code: {answer.status_code}. Errors:\n\n" + "\n".join(f"* {error}" for error in errors)
