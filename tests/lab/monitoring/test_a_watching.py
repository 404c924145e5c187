"""The ops host sees everything, tells that it lives, and what it needs is where only it can read it."""

import time
from collections.abc import Callable
from typing import TypeVar

import pytest

from lab.outside.webhooks import Webhooks
from tests.lab.monitoring.conftest import Watched
from tests.lab.service import EVERYBODY

pytestmark = pytest.mark.lab

SETTLED_S = 60.0
WATCHED_AT_REST = {
    "mail_container_running": "container",
    "mail_certificate_expiry_timestamp_seconds": "port",
    "mail_mailboxes_nearly_full": "domain",
    "mail_sent_messages": "mailbox",
    "mail_dns_check_ok": "domain",
    "mail_blocklisted": "list",
    "mail_collector_last_run_success": "collector",
}
"""Figures of ours, and the label by which they are told apart."""
T = TypeVar("T")


def eventually(look: Callable[[], T], good: Callable[[T], bool]) -> T:
    """Look again until it is good; gives what was seen, good or not when the time is over."""
    deadline = time.monotonic() + SETTLED_S
    while not good(seen := look()) and time.monotonic() < deadline:
        time.sleep(1)
    return seen


def test_every_exporter_and_every_public_port_answers(watched: Watched) -> None:
    def silent() -> list[str]:
        targets = watched.prometheus("targets")["activeTargets"]
        dead = [f"{one['metric']['instance']} is dead" for one in watched.query("probe_success == 0")]
        return dead + [f"{one['scrapeUrl']}: {one['lastError']}" for one in targets if one["health"] != "up"]

    assert eventually(silent, lambda seen: not seen) == []
    jobs = {target["labels"]["job"] for target in watched.prometheus("targets")["activeTargets"]}
    assert jobs == {"node", "mailcow", "probe", "ops"}


def test_mailcows_exporter_succeeds_in_all_that_it_asks(watched: Watched) -> None:
    wanted = {
        f"provider.{name}": "1"
        for name in ("ApiMeta", "Container", "Domain", "Mailbox", "Mailq", "Quarantine", "Rspamd")
    }

    def providers() -> dict[str, str]:
        found = watched.query('mailcow_exporter_success{host="mail.example.com"}')
        return {one["metric"]["provider"]: one["value"][1] for one in found}

    assert eventually(providers, lambda seen: seen == wanted) == wanted


def test_our_own_collectors_see_the_host_as_it_is(watched: Watched) -> None:
    names = ("queue", "containers", "mailboxes", "certificates", "release", "dns", "blocklists")
    watched.on_host("\n".join(f"systemctl start mailstead-metrics-{name}.service" for name in names))

    def seen() -> dict[str, set[tuple[str, str]]]:
        return {
            name: {(one["metric"].get(label, ""), one["value"][1]) for one in watched.query(name)}
            for name, label in WATCHED_AT_REST.items()
        }

    found = eventually(seen, lambda figures: all(figures.values()))
    assert {("postfix-mailcow", "1"), ("dovecot-mailcow", "1")} <= found["mail_container_running"]
    assert {value for _, value in found["mail_container_running"]} == {"1"}
    assert {port for port, _ in found["mail_certificate_expiry_timestamp_seconds"]} == {
        *("25", "465", "587", "993", "995", "443")
    }
    assert found["mail_mailboxes_nearly_full"] == {("example.com", "0"), ("startup.io", "0")}
    assert {name for name, _ in found["mail_sent_messages"]} == set(EVERYBODY)
    assert found["mail_dns_check_ok"] == {("example.com", "1"), ("startup.io", "1"), ("mail.example.com", "1")}
    assert {value for _, value in found["mail_blocklisted"]} == {"0"}
    assert {value for _, value in found["mail_collector_last_run_success"]} == {"1"}


def test_at_rest_nobody_is_told_of_anything(watched: Watched) -> None:
    def told() -> set[str]:
        alerts = watched.prometheus("alerts")["alerts"]
        return {str(one["labels"]["alertname"]) for one in alerts if one["state"] == "firing"}

    assert eventually(told, lambda seen: seen == {"Watchdog"}) == {"Watchdog"}


def test_the_dead_man_service_hears_that_all_this_lives(watched: Watched, slack: Webhooks) -> None:
    posts = eventually(slack.heartbeats, bool)

    assert {post.sender for post in posts} == {watched.ops_address}
    assert {alert["labels"]["alertname"] for post in posts for alert in post.body["alerts"]} == {"Watchdog"}


def test_secrets_lie_only_where_their_program_reads_them(watched: Watched) -> None:
    listed = watched.on_ops_host("stat --format '%U:%G %a %n' /etc/mailstead/monitoring/* /etc/mailstead/monitoring")

    assert all(line.startswith(("root:prometheus 640 ", "root:prometheus 750 ")) for line in listed.splitlines())
    assert watched.on_host("stat --format '%U %a' /etc/mailstead/exporter.env").strip() == "root 600"


def test_what_measures_a_host_answers_at_its_private_address_alone(watched: Watched) -> None:
    listening = watched.on_host("ss --listening --tcp --numeric --no-header").splitlines()
    places = [line.split()[3].rpartition(":") for line in listening]

    (address,) = {place for place, _, port in places if port in {"9099", "9100"}}
    assert address == watched.private_address
    assert address != watched.address


def test_a_second_up_changes_nothing(watched: Watched) -> None:
    assert watched.happenings() == []
