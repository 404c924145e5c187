"""The engine's event log: followed while it grows, and read when it is whole."""

import contextlib
import json
import re
import threading
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Protocol, TextIO, cast

_PAUSE_S: Final = 0.2
_DEBUG: Final = '"severity":"debug"'
"""Most of a log; passed over without being read."""
_STACK: Final = "pulumi:pulumi:Stack"
_COLOUR: Final = re.compile(r"<\{%.*?%\}>")

Event = Mapping[str, Any]


class Watcher(Protocol):
    """Is told of a run while it goes on."""

    def see(self, event: Event) -> None:
        """Take in what happened."""
        ...

    def tick(self) -> None:
        """Say how far it is; called several times a second."""
        ...


@contextlib.contextmanager
def followed(log: Path, watcher: Watcher) -> Generator[None]:
    """Tell a watcher of everything that is written to a log meanwhile."""
    over = threading.Event()
    thread = threading.Thread(target=_follow, args=(log, watcher, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _follow(log: Path, watcher: Watcher, over: threading.Event) -> None:
    while not log.exists() and not over.wait(_PAUSE_S):
        watcher.tick()
    if not log.exists():
        return
    with log.open(encoding="utf-8") as file:
        lines = _whole_lines(file)
        last_round = False
        while True:
            for event in events(next(lines)):
                watcher.see(event)
            watcher.tick()
            if last_round:
                return
            last_round = over.wait(_PAUSE_S)


def _whole_lines(file: TextIO) -> Iterator[str]:
    """Give what was written since the last time, up to the last line that is whole."""
    begun = ""
    while True:
        whole, newline, begun = (begun + file.read()).rpartition("\n")
        yield whole + newline


def events(log: str) -> Iterator[Event]:
    """Read the events of a log, those for developers left out."""
    for line in log.splitlines():
        if _DEBUG in line:
            continue
        # What cannot be read is the line that a killed engine was writing.
        with contextlib.suppress(ValueError):
            yield cast("Event", json.loads(line))


def message(diagnostic: Mapping[str, Any]) -> str:
    """Give what a diagnostic says, without colours."""
    return _COLOUR.sub("", str(diagnostic.get("message", ""))).strip()


def stack_outputs(log: str) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
    """Read the stack's outputs before and after a run; None when it did not come to them."""
    for event in events("\n".join(line for line in log.splitlines() if _STACK in line)):
        outputs_event = cast("Mapping[str, Any]", event.get("resOutputsEvent") or {})
        metadata = cast("Mapping[str, Any]", outputs_event.get("metadata") or {})
        if metadata.get("type") == _STACK:
            old, new = (cast("Mapping[str, Any]", metadata.get(side) or {}) for side in ("old", "new"))
            return old.get("outputs") or {}, new.get("outputs") or {}
    return None
