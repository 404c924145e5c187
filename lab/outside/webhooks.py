"""Slack and the dead-man service of the lab: one real HTTP server outside of the cloud, and what was posted to it."""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from lab.services import service
from lab.services.service import Service
from lab.world import World

NAME: Final = "webhooks"
_SERVER: Final = Path(__file__).with_name("webhook_server.py")
_PORT: Final = 8065
_SLACK: Final = "/services/T0000LAB/B0000LAB/lab-webhook"
_HEARTBEAT: Final = "/ping/lab-dead-man"


@dataclass(frozen=True, kw_only=True)
class Post:
    """One message that arrived."""

    at: float
    """Seconds since 1970."""
    sender: str
    """The address that it came from."""
    body: Any
    """JSON, read."""


@dataclass(frozen=True, kw_only=True)
class Webhooks:
    """The running receiver."""

    world: World

    @property
    def slack_url(self) -> str:
        """What Slack would give for #mailops: whoever has it may post."""
        return f"http://{self.world.gateway}:{_PORT}{_SLACK}"

    @property
    def heartbeat_url(self) -> str:
        """What a dead-man service would give."""
        return f"http://{self.world.gateway}:{_PORT}{_HEARTBEAT}"

    def slack(self) -> list[Post]:
        """Give what was posted to Slack, oldest first."""
        return list(self._posts(_SLACK))

    def heartbeats(self) -> list[Post]:
        """Give the signs of life."""
        return list(self._posts(_HEARTBEAT))

    def stop(self) -> None:
        """End it; what it kept stays."""
        service.stop(self.world, NAME)

    def _posts(self, path: str) -> Iterator[Post]:
        for line in _file(self.world).read_text(encoding="utf-8").splitlines():
            kept = cast("dict[str, Any]", json.loads(line))
            if kept["path"] == path:
                yield Post(at=kept["at"], sender=kept["from"], body=json.loads(kept["body"]))


def start(world: World) -> Webhooks:
    """Start it anew, with nothing posted.

    Raises:
        LabError: it does not start.
    """
    service.stop(world, NAME)
    _file(world).write_text("", encoding="utf-8")
    program = (sys.executable, str(_SERVER), world.gateway, str(_PORT), str(_file(world)))
    service.ensure(world, Service(name=NAME, argv=program, is_ready=lambda: service.answers(world.gateway, _PORT)))
    return Webhooks(world=world)


def _file(world: World) -> Path:
    return world.folder / "webhooks.jsonl"
