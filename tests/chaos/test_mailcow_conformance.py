"""The in-memory mailcow answers as a real one was recorded to answer; what it leaves out is named here."""

import pytest

from tests.chaos.recorded_service import RecordedService
from tests.lab.mailcow.api.player import AS_RECORDED, RENAMED, Names, Player
from tests.lab.mailcow.api.recorded import FOLDER, exchanges

PLAYED = (
    "01-auth",
    "02-status",
    "03-domain",
    "04-mailbox",
    "05-alias",
    "06-dkim",
    "08-app-passwd",
    "10-batch",
    "12-half-deleted",
    "13-session-cookie",
    "15-more",
)
LEFT_OUT = {
    ("02-status", "vmail"): "no product code asks for the disk",
    ("02-status", "host"): "no product code asks for the machine",
    ("03-domain", "template list"): "no product code asks for templates; their defaults are constants here",
    ("04-mailbox", "template list"): "no product code asks for templates; their defaults are constants here",
    ("06-dkim", "dkim_import in a worker that made a key before"): "recorded as flaky: a stale error of OpenSSL",
}
"""Exchanges of the played files that are answered otherwise."""
NOT_PLAYED = {
    "07-relayhost": "relays come with another issue",
    "09-misc": "logs, fail2ban, policies, administrators of domains: no product code asks for them",
    "11-concurrency": "no exchanges, but counts of parallel runs; what they say is in the tests of races",
    "14-outage": "outages are faults of the campaign, not states of the server",
    "16-admin": "the administrator's password is set by a script on the host",
}
SMALLEST_SHARE = 0.83
"""Of all recorded exchanges, those that are compared."""


@pytest.mark.parametrize("names", [AS_RECORDED, RENAMED], ids=["as-recorded", "renamed"])
@pytest.mark.parametrize("file", PLAYED)
def test_every_recorded_exchange_is_answered_as_recorded(file: str, names: Names) -> None:
    left_out = {name for of, name in LEFT_OUT if of == file}
    results = Player(RecordedService(), names).play(file)  # pyright: ignore[reportArgumentType] — the same calls, from memory
    wrong = {name: found for name, found in results.items() if found and name.partition("] ")[2] not in left_out}

    assert not wrong, "\n".join(f"{name}\n    " + "\n    ".join(found) for name, found in wrong.items())


def test_each_recorded_file_is_played_or_left_out_with_a_reason() -> None:
    files = {path.stem for path in FOLDER.glob("[0-9][0-9]-*.json")}

    assert files == {*PLAYED, *NOT_PLAYED}


def test_most_of_all_recorded_exchanges_are_compared() -> None:
    files = sorted(path.stem for path in FOLDER.glob("[0-9][0-9]-*.json") if path.stem != "11-concurrency")
    recorded = sum(len(exchanges(file)) for file in files)
    compared = sum(len(exchanges(file)) for file in PLAYED) - len(LEFT_OUT)

    assert compared / recorded >= SMALLEST_SHARE, f"{compared} of {recorded}"
