"""What a mail host asks DNS day by day comes to it with its exporters, and follows the list of people."""

import json
import runpy
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.blocklists import BLOCKLISTS
from monitoring.exporters import ExportersProvider
from tests.components.wishes import config
from tests.engine import ADDRESS, Engine
from tests.fakes import FakeVault
from tests.monitoring.test_providers import EXPORTERS, Shell, make, shell, vault

__all__ = ["make", "shell", "vault"]  # fixtures of the neighbour

PROJECT = Path(__file__).resolve().parents[2]
Make = Callable[[type[Any]], Any]
WATCHED = ("dns_records", "blocklists")


@pytest.fixture(autouse=True)
def _in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)


def inputs(host: int = 1, **changes: Any) -> dict[str, Any]:
    """Run __main__.py with the sample list; gives what a host's exporters are made from."""
    engine = Engine()
    values = {f"mailstead:{key}": value for key, value in config(monitoring="exporters", **changes).items()}
    engine.run(lambda: runpy.run_path(str(PROJECT / "__main__.py")), config=values)
    return engine.one("Exporters", f"mail-host-{host}-exporters").inputs


def test_each_domain_is_watched_with_its_key_and_the_host_with_its_pointer() -> None:
    watched = inputs()["dns_records"]

    assert set(watched) == {"mail.example.com", "example.com", "startup.io"}
    assert [(one["type"], one["name"]) for one in watched["mail.example.com"]] == [
        ("A", "mail.example.com"),
        ("PTR", ADDRESS),
    ]
    (key,) = [one for one in watched["startup.io"] if "._domainkey." in one["name"]]
    assert key["value"] == "v=DKIM1;k=rsa;p=MIIB"


def test_each_list_of_the_product_is_asked() -> None:
    assert inputs()["blocklists"] == [listing.zone for listing in BLOCKLISTS]


def test_where_all_mail_leaves_by_a_relay_no_list_is_asked_and_the_pointer_is_no_fault() -> None:
    relayed = inputs(outbound="relay", relay_host="smtp.relay.example")

    assert relayed["blocklists"] == []
    assert [one["type"] for one in relayed["dns_records"]["mail.example.com"]] == ["A"]


def test_the_host_gets_records_address_and_lists_as_files(make: Make, shell: Shell) -> None:
    make(ExportersProvider).create(EXPORTERS)

    assert json.loads(shell.files["dns-records.json"]) == EXPORTERS["dns_records"]
    assert shell.files["metrics.env"].splitlines() == [
        'METRICS_HOSTNAME="mail.example.com"',
        'METRICS_ADDRESS="203.0.113.5"',
        'METRICS_BLOCKLISTS="zen.spamhaus.org psbl.surriel.com"',
    ]
    assert {"collectors/dns.py", "collectors/dns_rules.py", "collectors/dns_spf.py"} <= set(shell.files)


@pytest.mark.parametrize("key", WATCHED)
def test_another_record_or_list_is_a_reason_to_tell_the_host_without_asking_anybody(
    make: Make, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    provider = make(ExportersProvider)
    outs = provider.create(EXPORTERS).outs
    monkeypatch.setattr(socket, "socket", None)

    assert provider.diff("id", outs, EXPORTERS).changes is False
    found = provider.diff("id", outs, {**EXPORTERS, key: []})
    assert (found.changes, found.replaces) == (True, [])


def test_a_host_of_before_is_updated_and_not_made_again(make: Make, shell: Shell, vault: FakeVault) -> None:
    provider = make(ExportersProvider)
    before = {key: value for key, value in provider.create(EXPORTERS).outs.items() if key not in WATCHED}

    read = provider.read("id", before).outs
    found = provider.diff("id", read, EXPORTERS)
    assert (found.changes, found.replaces) == (True, [])
    updated = provider.update("id", before, EXPORTERS).outs
    assert provider.diff("id", updated, EXPORTERS).changes is False
    provider.delete("id", before)


def test_the_alert_asks_for_what_the_collectors_write() -> None:
    rules = yaml.safe_load((PROJECT / "monitoring" / "alerts" / "names.yml").read_text())["groups"][0]["rules"]
    folder = PROJECT / "monitoring" / "collectors"
    written = "".join((folder / name).read_text() for name in ("dns.py", "blocklists.sh"))

    metrics = {rule["expr"].split()[0] for rule in rules}
    assert metrics == {"mail_dns_check_ok", "mail_blocklisted"}
    assert all(metric in written for metric in metrics)
