"""Which certificates the program waits for, and what they wait for themselves."""

import runpy
from pathlib import Path
from typing import Any

import pytest

from tests.components.wishes import EXISTING, config
from tests.engine import ADDRESS, HOST_KEY, Engine

CERTIFICATE = ("Certificate", "mail-host-1-certificate")
PROJECT = Path(__file__).resolve().parent.parent.parent


def run(**changes: Any) -> Engine:
    engine = Engine()
    values = {f"mailstead:{key}": value for key, value in config(**changes).items()}
    engine.run(lambda: runpy.run_path(str(PROJECT / "__main__.py")), config=values)
    return engine


@pytest.fixture(autouse=True)
def _in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)


def test_each_host_has_a_certificate_for_its_name_and_those_of_its_domains() -> None:
    inputs = run().one(*CERTIFICATE).inputs

    assert inputs["names"] == [
        *("autoconfig.example.com", "autoconfig.startup.io"),
        *("autodiscover.example.com", "autodiscover.startup.io"),
        *("mail.example.com", "mail.startup.io"),
    ]
    assert (inputs["address"], inputs["host_key"], inputs["hostname"]) == (ADDRESS, HOST_KEY, "mail.example.com")


def test_it_is_asked_for_when_mailcow_knows_the_domains() -> None:
    after = run().one(*CERTIFICATE).after

    assert {"example.com", "startup.io"} <= set(after)


@pytest.mark.parametrize("mode", ["warn", "fail"])
def test_a_domain_whose_dns_is_not_right_keeps_no_host_from_its_certificate(mode: str) -> None:
    """The engine makes nothing that depends on what has failed."""
    engine = run(require_dns=mode)

    assert engine.names("DnsGate")
    assert not [urn for urn in engine.one(*CERTIFICATE).options.dependencies if ":DnsGate::" in urn]


@pytest.mark.parametrize("changes", [{"lets_encrypt": False}, EXISTING], ids=["ones own", "a server that is there"])
def test_where_certificates_are_somebody_elses_affair_none_is_waited_for(changes: dict[str, Any]) -> None:
    assert run(**changes).names("Certificate") == []


def test_another_authority_is_named_to_mailcow_and_no_other_setting_makes_it_ask_again() -> None:
    url = "https://acme.example.com/directory"

    assert url in run(acme_directory_url=url).one("Command", "mail-host-1-configure").inputs["create"]
    assert run(acme_directory_url=url).one(*CERTIFICATE).inputs == run().one(*CERTIFICATE).inputs
