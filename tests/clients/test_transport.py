"""HTTPS to mailcow through SSH: real TLS, no listening port, no cookie, nothing from the environment."""

import threading
import warnings
from pathlib import Path

import pytest
import requests

from core.errors import HostKeyChangedError
from mailcow.api import MailcowApi
from mailcow.transport import session_over_ssh
from ssh.connection import as_text
from tests.clients.ssh_fixtures import Fill, Reach
from tests.clients.ssh_host import SshHost, new_key
from tests.clients.tls import Authority, Nginx


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a certificate that nobody vouches for, as a fresh mailcow has."""
    return Authority(tmp_path_factory.mktemp("tls")).certificate("mailcow")


def api_of(host: SshHost, reach: Reach, key: str | None = None) -> tuple[MailcowApi, requests.Session]:
    session = session_over_ssh(reach(host, key))
    return MailcowApi(session, hostname="mail.a.example", key=lambda: "THE-API-KEY", patience_s=5), session


def test_the_api_answers_through_ssh_on_the_hosts_loopback(agent: Fill, reach: Reach, certificate: Path) -> None:
    mine, nginx = new_key(), Nginx(certificate)
    agent(mine)
    host = SshHost(accepts=mine, serve=nginx.serve)

    api, session = api_of(host, reach)
    with session, warnings.catch_warnings():
        warnings.simplefilter("error")
        assert api.version() == "2026-07a"
        assert api.version() == "2026-07a"

    assert host.destination == ("127.0.0.1", 443)
    assert [seen["path"] for seen in nginx.seen] == ["/api/v1/get/status/version"] * 2
    assert {seen["Host"] for seen in nginx.seen} == {"mail.a.example"}
    assert {seen["X-API-Key"] for seen in nginx.seen} == {"THE-API-KEY"}
    assert all("Cookie" not in seen for seen in nginx.seen)
    assert nginx.connections == 1


def test_four_calls_at_a_time_share_one_ssh_connection(agent: Fill, reach: Reach, certificate: Path) -> None:
    mine, nginx = new_key(), Nginx(certificate)
    agent(mine)
    host = SshHost(accepts=mine, serve=nginx.serve)
    api, session = api_of(host, reach)
    versions: list[str] = []

    with session:
        threads = [threading.Thread(target=lambda: versions.append(api.version())) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert versions == ["2026-07a"] * 8
    assert host.dialled == 1
    assert nginx.connections <= 4


def test_a_call_after_the_ssh_connection_died_makes_a_new_one(agent: Fill, reach: Reach, certificate: Path) -> None:
    mine, nginx = new_key(), Nginx(certificate)
    agent(mine)
    host = SshHost(accepts=mine, serve=nginx.serve)
    api, session = api_of(host, reach)

    with session:
        api.version()
        host.hang_up()
        assert api.version() == "2026-07a"

    assert host.dialled == 2


def test_another_host_in_its_place_gets_no_api_key(agent: Fill, reach: Reach, certificate: Path) -> None:
    mine, nginx = new_key(), Nginx(certificate)
    agent(mine)

    api, session = api_of(SshHost(accepts=mine, serve=nginx.serve), reach, as_text(new_key()))
    with session, pytest.raises(HostKeyChangedError):
        api.version()

    assert nginx.seen == []


def test_a_proxy_of_the_environment_is_not_asked(
    agent: Fill, reach: Reach, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.a.example:3128")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere")
    mine, nginx = new_key(), Nginx(certificate)
    agent(mine)

    api, session = api_of(SshHost(accepts=mine, serve=nginx.serve), reach)
    with session:
        assert api.version() == "2026-07a"
