"""HTTPS to mailcow without SSH: the certificate alone says who answers, so nothing else is believed."""

import socket
import threading
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from core.errors import MailcowUnavailableError, RefusedError
from mailcow import transport
from mailcow.api import MailcowApi
from tests.clients.tls import Authority, Nginx

NAME = "mail.a.example"
ADDRESS = "203.0.113.20"


class Network:
    """Leads every connection to one web server, and knows where it was to go."""

    def __init__(self) -> None:
        self.server: Nginx | None = None
        self.dialled: list[tuple[str, int]] = []
        self._threads: list[threading.Thread] = []

    def dial(self, endpoint: tuple[str, int], *_args: object, **_more: object) -> socket.socket:
        self.dialled.append(endpoint)
        if self.server is None:
            raise ConnectionRefusedError(111, "Connection refused")
        here, there = socket.socketpair()
        thread = threading.Thread(target=self.server.serve, args=(there,), daemon=True)
        self._threads.append(thread)
        thread.start()
        return here

    def settle(self) -> None:
        """Wait until the servers are done with what was sent to them."""
        for thread in self._threads:
            thread.join(5)


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Generator[Network]:
    network = Network()
    monkeypatch.setattr(transport, "create_connection", network.dial)
    yield network
    network.settle()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


Ask = Callable[..., str]


@pytest.fixture
def ask(network: Network, authority: Authority) -> Ask:
    """Ask for mailcow's version, trusting the authority unless something else is said."""

    def version(*, connect_to: str = ADDRESS, ca_bundle: str | None = None, patience_s: float = 0) -> str:
        bundle = str(authority.bundle) if ca_bundle is None else ca_bundle
        with transport.session_over_tls(connect_to=connect_to, ca_bundle=bundle) as session:
            api = MailcowApi(session, hostname=NAME, key=lambda: "THE-API-KEY", patience_s=patience_s)
            assert api.version() == api.version()
            return api.version()

    return version


def test_a_server_with_a_good_certificate_is_asked_by_its_name(
    network: Network, authority: Authority, ask: Ask
) -> None:
    network.server = Nginx(authority.certificate(NAME))

    assert ask() == "2026-07a"
    assert {request["Host"] for request in network.server.seen} == {NAME}
    assert {request["X-API-Key"] for request in network.server.seen} == {"THE-API-KEY"}
    assert network.server.names == [NAME]


def test_the_connection_goes_to_the_address_that_was_said_and_nowhere_else(
    network: Network, authority: Authority, ask: Ask
) -> None:
    network.server = Nginx(authority.certificate(NAME))

    ask()
    ask(connect_to="10.0.0.5:8443")
    ask(connect_to="[2001:db8::5]:8443")

    assert network.dialled == [(ADDRESS, 443), ("10.0.0.5", 8443), ("2001:db8::5", 8443)]
    assert set(network.server.names) == {NAME}


def test_no_cookie_is_kept_or_sent(network: Network, authority: Authority, ask: Ask) -> None:
    """It is an administrator's credential by itself."""
    network.server = Nginx(authority.certificate(NAME))

    ask()

    assert len(network.server.seen) == 3
    assert all("Cookie" not in request for request in network.server.seen)


def test_a_certificate_of_another_name_is_refused_before_the_key_is_sent(
    network: Network, authority: Authority, ask: Ask
) -> None:
    network.server = Nginx(authority.certificate("mail.b.example"))

    with pytest.raises(RefusedError, match=r"no good certificate for mail\.a\.example.*mail_hostname has to be"):
        ask(patience_s=60)
    assert network.server.seen == []


def test_a_certificate_that_nobody_vouches_for_is_refused_before_the_key_is_sent(
    network: Network, authority: Authority, ask: Ask, tmp_path: Path
) -> None:
    network.server = Nginx(Authority(tmp_path).certificate(NAME))

    with pytest.raises(RefusedError, match=rf"answers at {ADDRESS}:443 has no good certificate.*api_ca_bundle"):
        ask(patience_s=60)
    assert network.server.seen == []


def test_without_a_bundle_only_what_everybody_trusts_is_trusted(
    network: Network, authority: Authority, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable of the environment must not widen it."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.bundle))
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.bundle))
    network.server = Nginx(authority.certificate(NAME))

    with pytest.raises(RefusedError, match="no good certificate"):
        ask(ca_bundle="")
    assert network.server.seen == []


def test_a_certificate_that_has_expired_is_refused_with_what_to_do(
    network: Network, authority: Authority, ask: Ask
) -> None:
    network.server = Nginx(authority.certificate(NAME, days=-1))

    with pytest.raises(RefusedError, match=r"expired.*renew it there"):
        ask(patience_s=60)


def test_a_bundle_that_is_no_file_or_no_certificate_is_told_apart(
    network: Network, authority: Authority, ask: Ask, tmp_path: Path
) -> None:
    network.server = Nginx(authority.certificate(NAME))
    empty = tmp_path / "empty.pem"
    empty.write_text("not a certificate")

    with pytest.raises(RefusedError, match=r"api_ca_bundle nowhere\.pem is not a file here"):
        ask(ca_bundle="nowhere.pem", patience_s=60)
    with pytest.raises(RefusedError, match=r"empty\.pem holds no certificate"):
        ask(ca_bundle=str(empty), patience_s=60)


def test_a_server_that_is_down_is_waited_for(network: Network, ask: Ask) -> None:
    with pytest.raises(MailcowUnavailableError, match="cannot be reached"):
        ask(patience_s=1)
    assert len(network.dialled) > 1


def test_a_proxy_of_the_environment_is_not_asked(
    network: Network, authority: Authority, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.a.example:3128")
    network.server = Nginx(authority.certificate(NAME))

    assert ask() == "2026-07a"
    assert network.dialled == [(ADDRESS, 443)]
