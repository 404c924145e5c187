"""A resource whose provider only notes what is done to it."""

import base64
from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar

import dill
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

from tests.chaos.scheduler import Scheduler


class Thing(ResourceProvider):
    """A resource that notes what is done to it; its name decides what goes wrong."""

    calls: ClassVar[list[str]] = []
    now: ClassVar[set[str]] = set()
    most: ClassVar[int] = 0
    scheduler: ClassVar[Scheduler]

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        failures = [CheckFailure("name", "refused")] if news["value"] == "refused" else []
        return CheckResult(dict(news), failures)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        moved = ["identity"] if _olds.get("identity") != _news.get("identity") else []
        first = _news.get("identity") == "deleted first"
        changed = bool(moved) or _olds["value"] != _news["value"]
        return DiffResult(changes=changed, replaces=moved, delete_before_replace=first)

    def create(self, props: dict[str, Any]) -> CreateResult:
        self._work("create", props)
        return CreateResult(props["name"], dict(props))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        self._work("read", props)
        return ReadResult(None, {}) if props["value"] == "vanishes" else ReadResult(id_, dict(props), dict(props))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        self._work("update", _news)
        return UpdateResult(dict(_news))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        self._work("delete", _props)

    def _work(self, what: str, props: Mapping[str, Any]) -> None:
        Thing.calls.append(f"{what} {props['name']}")
        Thing.now.add(props["name"])
        Thing.most = max(Thing.most, len(Thing.now))
        for _ in range(3):
            Thing.scheduler.pause()
        Thing.now.discard(props["name"])
        if props["value"] == "fails":
            raise ValueError(props["name"])


@cache
def reference() -> str:
    """Give what the state holds of the provider."""
    return base64.b64encode(dill.dumps(Thing(), byref=True)).decode()
