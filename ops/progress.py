"""What a run of the engine is doing, in a few words instead of a line for each resource."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from rich.console import Console
from rich.status import Status

from ops.event_log import Event, message
from ops.figures import span
from ops.happening import Group, Planned

_LONG_S: Final = 10.0
"""What took longer is worth a line of its own."""
_QUIET_S: Final = 15.0
"""Where nothing can be written over, a line says how far it is after so much silence."""
_VERBS: Final = {
    "create": ("making", "made"),
    "update": ("changing", "changed"),
    "replace": ("replacing", "replaced"),
    "create-replacement": ("making anew", "made anew"),
    "delete": ("deleting", "deleted"),
    "delete-replaced": ("deleting the old", "deleted the old"),
}
_OTHER: Final = ("working on", "done with")
_SCRIPT: Final = "command:remote:"
_GROUPS: Final[tuple[Group, ...]] = ("people", "domains and aliases", "parts of machines")
_OWN_WORDS: Final = ("info: ", "warning: ")


@dataclass(frozen=True, kw_only=True)
class _Doing:
    name: str
    verb: str
    done: str
    since: float
    group: Group


class Progress:
    """Watches one run and says how far it is, all the time.

    On a terminal one line is written over again and again; elsewhere a line comes now and then. What took long, what
    failed and what a provider has to say stays as a line of its own.
    """

    def __init__(
        self, console: Console, planned: Mapping[str, Planned], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Begin.

        Args:
            console: Where it says so.
            planned: Every resource that will change, by URN.
            clock: Seconds, for how long things take.
        """
        self._console = console
        self._planned = planned
        self._clock = clock
        self._begun = self._last_word = clock()
        self._running: dict[str, _Doing] = {}
        self._left = set(planned)
        self._said: set[str] = set()
        self._status: Status | None = None

    def see(self, event: Event) -> None:
        """Take in what happened."""
        for kind, take in (
            ("resourcePreEvent", self._began),
            ("resOutputsEvent", self._ended),
            ("resOpFailedEvent", self._failed),
        ):
            if kind in event:
                take(cast("Mapping[str, Any]", event[kind]["metadata"]))
        if "diagnosticEvent" in event:
            self._hear(cast("Mapping[str, Any]", event["diagnosticEvent"]))

    def tick(self) -> None:
        """Say how far it is."""
        if self._console.is_terminal:
            if self._status is None:
                self._status = self._console.status(self.now)
                self._status.start()
            self._status.update(self.now)
        elif self._clock() - self._last_word >= _QUIET_S:
            self._say(f"  … {self.now}")

    def end(self) -> None:
        """Say what was done, and leave the terminal as it was."""
        if self._status is not None:
            self._status.stop()
            self._status = None
        if self._planned:
            self._say(f"  {self._figures()}, in {span(self._clock() - self._begun)}")

    @property
    def now(self) -> str:
        """What is being done and how far it is: ``making mail-host-1-mailcow … 12 s; people 14 of 20``."""
        oldest = min(self._running.values(), key=_slow_first, default=None)
        if oldest is None:
            return f"{self._figures()}, {span(self._clock() - self._begun)}"
        return f"{oldest.verb} {oldest.name} … {span(self._clock() - oldest.since)}; {self._figures()}"

    def _figures(self) -> str:
        left = {self._planned[urn] for urn in self._left}
        all_of = Counter(one.group for one in set(self._planned.values()))
        left_of = Counter(one.group for one in left)
        told = [
            f"{group} {all_of[group] - left_of[group]:,} of {all_of[group]:,}" for group in _GROUPS if all_of[group]
        ]
        return ", ".join(told) or "looking at what is there"

    def _began(self, metadata: Mapping[str, Any]) -> None:
        urn, op = str(metadata["urn"]), str(metadata["op"])
        if urn not in self._planned:
            return
        verb, done = _VERBS.get(op, _OTHER)
        self._running[urn] = _Doing(
            name=urn.rpartition("::")[2],
            verb=verb,
            done=done,
            since=self._clock(),
            group=self._planned[urn].group,
        )

    def _ended(self, metadata: Mapping[str, Any]) -> None:
        doing = self._running.pop(str(metadata["urn"]), None)
        self._left.discard(str(metadata["urn"]))
        if doing is not None and (took := self._clock() - doing.since) >= _LONG_S:
            self._say(f"  {doing.done} {doing.name} in {span(took)}")

    def _failed(self, metadata: Mapping[str, Any]) -> None:
        urn = str(metadata["urn"])
        doing = self._running.pop(urn, None)
        took = f" after {span(self._clock() - doing.since)}" if doing else ""
        self._say(f"  ✗ {urn.rpartition('::')[2]} failed{took}", style="red")

    def _hear(self, diagnostic: Mapping[str, Any]) -> None:
        """Say once what a provider of ours has to say, or a script warns of; errors are said at the end."""
        severity, told = str(diagnostic.get("severity", "")), " ".join(message(diagnostic).split())
        if diagnostic.get("ephemeral") or not severity.startswith(("info", "warning")):
            return
        own_words = told.startswith(_OWN_WORDS)
        if ("#" in severity and not own_words) or (_of_script(diagnostic) and not told.startswith("warning: ")):
            return
        if not own_words:
            told = f"{severity.partition('#')[0]}: {told}"
        told = told.replace("info: ", "note: ", 1)
        if told not in self._said:
            self._said.add(told)
            self._say(f"  {told}", style="yellow" if told.startswith("warning") else "")

    def _say(self, line: str, *, style: str = "") -> None:
        self._console.print(line, style=style)
        self._last_word = self._clock()


def _slow_first(doing: _Doing) -> tuple[int, float]:
    """Put machines before people, and what has been going on for longer before the rest."""
    return -_GROUPS.index(doing.group), doing.since


def _of_script(diagnostic: Mapping[str, Any]) -> bool:
    return _SCRIPT in str(diagnostic.get("urn", "")).rpartition("::")[0]
