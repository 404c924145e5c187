"""Single-use tokens when the network or the server fails: nothing is told that is not known, nothing secret shows."""

import json
import logging
from typing import Any

import hvac
import pytest
import requests

from core.errors import VaultDeniedError, VaultError, VaultSealedError, VaultUnreachableError
from tests.clients.vault_server import VaultServer
from vault.wrapping import NoSuchTokenError, WrappingApi

BOB = "mail/users/a.example/bob"
PASSWORD = "Planted.Secret-22"
TOKEN = "s.wrapping-token"


class WrappingServer(VaultServer):
    """One token that may be opened once; ``lost`` drops the answer to the next request of that path, after its effect.

    ``wraps`` is False for a proxy on the way that drops the header which asks for it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.open = True
        self.lost = ""
        self.wraps = True

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        path = str(request.url).rpartition("/v1/")[2]
        if self.failures or path.startswith("secret/"):
            if "X-Vault-Wrap-TTL" in request.headers and self.wraps and not self.failures:
                return self._answer(request, 200, {"wrap_info": self._made(request.headers["X-Vault-Wrap-TTL"])})
            return super().send(request, *args, **kwargs)
        status, body = self._about_the_token(path, request)
        if self.lost and self.lost == path:
            self.lost = ""
            raise requests.exceptions.ConnectionError("Connection reset by peer")
        return self._answer(request, status, body)

    def wrapping(self) -> WrappingApi:
        """Return our client of this server, with a token of its own."""
        return WrappingApi(self._connect, token="THE-TOKEN", longest_pause_s=0)

    def _connect(self, token: str) -> hvac.Client:
        session = requests.Session()
        session.mount("http://", self)
        return hvac.Client(url="http://vault:8200", token=token, session=session)

    def _made(self, ttl: str) -> dict[str, Any]:
        return {
            "token": TOKEN,
            "accessor": "the-accessor",
            "ttl": int(ttl.rstrip("s")),
            "creation_time": "2026-11-22T14:05:00.123456789Z",
        }

    def _about_the_token(self, path: str, request: requests.PreparedRequest) -> tuple[int, Any]:
        gone = "wrapping token is not valid or does not exist" if "wrapping" in path else "invalid accessor"
        if not self.open:
            return 400, {"errors": [gone]}
        if path == "sys/wrapping/lookup":
            assert "X-Vault-Token" not in request.headers
            assert json.loads(request.body or b"") == {"token": TOKEN}
            return 200, {"data": {"creation_path": f"secret/data/{BOB}"}}
        if path == "sys/wrapping/unwrap":
            assert request.headers["X-Vault-Token"] == TOKEN
            self.open = False
            return 200, {"data": {"data": {"password": PASSWORD}}}
        return 200, {"data": {}}


@pytest.fixture
def server() -> WrappingServer:
    server = WrappingServer()
    server.client().create_secret(BOB, {"password": PASSWORD}, {})
    return server


def test_a_token_opens_what_was_read_and_says_when_it_ends(server: WrappingServer) -> None:
    made = server.wrapping().wrap(BOB, 600)

    assert (made.accessor, made.expires.isoformat()) == ("the-accessor", "2026-11-22T14:15:00+00:00")
    assert server.wrapping().unwrap(made.token).values == {"password": PASSWORD}


def test_an_answer_that_was_lost_is_not_told_as_somebody_elses_doing(server: WrappingServer) -> None:
    """Tried again by itself, the client would find the token used up: by itself."""
    server.lost = "sys/wrapping/unwrap"

    with pytest.raises(VaultUnreachableError, match="answer was lost"):
        server.wrapping().unwrap(TOKEN)

    with pytest.raises(NoSuchTokenError):
        server.wrapping().unwrap(TOKEN)


def test_before_a_token_is_touched_a_passing_failure_is_tried_again(server: WrappingServer) -> None:
    server.failures = [requests.exceptions.ConnectionError("Connection refused"), (503, ["node is not active"])]

    assert server.wrapping().unwrap(TOKEN).path == BOB


def test_where_nothing_was_wrapped_the_value_is_not_taken_for_a_token(server: WrappingServer) -> None:
    server.wraps = False

    with pytest.raises(VaultError, match="X-Vault-Wrap-TTL") as caught:
        server.wrapping().wrap(BOB, 600)

    assert PASSWORD not in str(caught.value)


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        ((403, ["permission denied"]), VaultDeniedError),
        ((403, ["1 error occurred:\n\t* permission denied\n\n", "invalid token"]), VaultDeniedError),
        ((503, ["Vault is sealed"]), VaultSealedError),
        ((500, ["internal error"]), VaultUnreachableError),
    ],
)
def test_only_a_token_that_is_known_to_be_gone_is_told_as_gone(
    server: WrappingServer, failure: tuple[int, list[str]], kind: type[VaultError]
) -> None:
    server.failures = [failure] * 20

    with pytest.raises(kind):
        server.wrapping().look_up_accessor("the-accessor")


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_a_token_is_gone_whatever_status_the_release_has_for_it(server: WrappingServer, status: int) -> None:
    server.failures = [(status, ["1 error occurred:\n\t* invalid accessor\n\n"])]

    assert server.wrapping().look_up_accessor("the-accessor") == "gone"


def test_no_token_and_no_password_shows_in_errors_or_logs(
    server: WrappingServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    errors: list[str] = []
    for failure in ((400, [f"bad {TOKEN} {PASSWORD}"]), (500, [TOKEN]), (403, [TOKEN])):
        wrapping = server.wrapping()
        for call in (lambda w=wrapping: w.wrap(BOB, 600), lambda w=wrapping: w.unwrap(TOKEN)):
            server.failures = [failure] * 20
            with pytest.raises(VaultError) as caught:
                call()
            errors.append(str(caught.value))

    shown = " ".join(errors) + caplog.text
    assert not [secret for secret in (TOKEN, PASSWORD, "THE-TOKEN") if secret in shown]


def test_without_an_address_nothing_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VAULT_ADDR", raising=False)

    with pytest.raises(VaultError, match="VAULT_ADDR"):
        WrappingApi.without_login()
