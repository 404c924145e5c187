"""What stands for mailcow's exporter in the lab names its metrics as the real one does, and forgets no failure."""

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

_IMAGE = Path(__file__).parents[3] / "lab/mailcow/images/prometheus-exporter"
_ANSWERS: dict[str, Any] = {
    "api/v1/get/mailq/all": [
        {"queue_name": "deferred", "sender": "carol@startup.io"},
        {"queue_name": "deferred", "sender": "carol@startup.io"},
    ],
    "api/v1/get/status/containers": {
        "dovecot-mailcow": {
            "container": "dovecot-mailcow",
            "state": "exited",
            "started_at": "2026-11-23T06:57:32.660261378Z",
            "image": "mailcow/dovecot:2026-07a",
        }
    },
}


class Api:
    """mailcow's API with some answers, and none to the rest."""

    host = "127.0.0.1:9098"

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, float, int]] = {}
        self.succeeded: dict[str, bool] = {}

    def get(self, endpoint: str) -> Any:
        if endpoint not in _ANSWERS:
            raise OSError(endpoint)
        return _ANSWERS[endpoint]


@pytest.fixture
def metrics(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Give the module of the image; its package is not on the project's path."""
    monkeypatch.syspath_prepend(str(_IMAGE))
    for name in ("exporter", "exporter.asking", "exporter.metrics"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return importlib.import_module("exporter.metrics")


def test_mail_is_counted_by_queue_and_sender(metrics: ModuleType) -> None:
    text = metrics.collected(Api(), ["Mailq"])

    assert 'mailcow_mailq{host="127.0.0.1:9098",queue="deferred",sender="carol@startup.io"} 2\n' in text


def test_a_stopped_container_is_zero_and_since_when_it_ran(metrics: ModuleType) -> None:
    text = metrics.collected(Api(), ["Container"])
    labels = 'container="dovecot-mailcow",host="127.0.0.1:9098",image="mailcow/dovecot:2026-07a"'

    assert f"mailcow_container_running{{{labels}}} 0\n" in text
    assert f"mailcow_container_start{{{labels}}} 1795417052\n" in text


def test_a_question_that_fails_is_told_and_the_others_are_answered(metrics: ModuleType) -> None:
    text = metrics.collected(Api(), ["Mailbox", "Mailq"])

    assert 'mailcow_exporter_success{host="127.0.0.1:9098",provider="provider.Mailbox"} 0\n' in text
    assert 'mailcow_exporter_success{host="127.0.0.1:9098",provider="provider.Mailq"} 1\n' in text
