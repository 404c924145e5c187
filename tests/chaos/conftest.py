"""A mailcow in memory whose calls run side by side as dice say, for the tests of what happens then."""

import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.chaos.clock import Clock
from tests.chaos.exchange import Request, Response
from tests.chaos.mailcow.server import Server
from tests.chaos.mailcow.tables import ApiKey, Tables
from tests.chaos.scheduler import Scheduler

KEY = "THE-KEY"
Posts = Callable[..., list[Response]]


@pytest.fixture
def scheduler() -> Scheduler:
    """Whose turn it is."""
    return Scheduler(random.Random(7), Clock())  # noqa: S311 — to be had again


@pytest.fixture
def tables(scheduler: Scheduler) -> Tables:
    """What a fresh mailcow keeps."""
    clock = scheduler.clock
    dice = random.Random(7)  # noqa: S311 — to be had again
    tables = Tables(hostname="mail.a.example", now=clock.database_text, dice=dice, turns=scheduler)
    tables.keys = [ApiKey(KEY, "rw")]
    return tables


@pytest.fixture
def at_once(scheduler: Scheduler, tables: Tables) -> Posts:
    """Send POST requests side by side, each as (route, body); gives the answers in their order."""
    server = Server(tables)

    def send(*posts: tuple[str, Any]) -> list[Response]:
        tasks = [
            scheduler.start(route, lambda post=(route, body): server.answer(_post(*post))) for route, body in posts
        ]
        while not all(task.done for task in tasks):
            scheduler.step()
        for task in tasks:
            assert task.error is None, task.error
        return [task.result for task in tasks]

    return send


def _post(route: str, body: Any) -> Request:
    headers = {"x-api-key": KEY, "content-type": "application/json"}
    return Request(method="POST", target=f"/api/v1/{route}", headers=headers, body=json.dumps(body).encode())
