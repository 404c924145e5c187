"""What is seen while the engine works: few words, all the time."""

import io
import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from ops.event_log import events, followed, stack_outputs
from ops.happening import Planned
from ops.progress import Progress

URN = "urn:pulumi:dev::mailstead::mailstead:people:People"
ALICE, BOB = (
    f"{URN}$pulumi-python:dynamic/mailstead:Mailbox::{name}" for name in ("alice@example.com", "bob@example.com")
)
SCRIPT = f"{URN}$command:remote:Command::mail-host-1-mailcow"
PLANNED = {
    ALICE: Planned(group="people", subject="alice@example.com"),
    BOB: Planned(group="people", subject="bob@example.com"),
    SCRIPT: Planned(group="parts of machines", subject=SCRIPT),
}


class Watch:
    """A run that is watched, with a clock that is set by hand."""

    def __init__(self, *, terminal: bool = False) -> None:
        self.said = io.StringIO()
        self.seconds = 0.0
        console = Console(
            file=self.said,
            force_terminal=terminal,
            soft_wrap=True,
            markup=False,
            highlight=False,
            width=200,
            _environ={"TERM": "xterm"},  # whatever terminal the tests have, or none
        )
        self.progress = Progress(console, PLANNED, clock=lambda: self.seconds)

    def begin(self, urn: str, op: str = "create") -> None:
        self.progress.see({"resourcePreEvent": {"metadata": {"urn": urn, "op": op}}})

    def end(self, urn: str, *, after_s: float = 0, kind: str = "resOutputsEvent") -> None:
        self.seconds += after_s
        self.progress.see({kind: {"metadata": {"urn": urn, "op": "create"}}})

    def hear(self, severity: str, message: str, **more: Any) -> None:
        self.progress.see({"diagnosticEvent": {"severity": severity, "message": message, **more}})

    @property
    def lines(self) -> list[str]:
        return [line.strip() for line in self.said.getvalue().splitlines()]


def test_what_is_being_done_is_said_with_its_time_and_how_far_it_is() -> None:
    watch = Watch()
    watch.begin(ALICE)
    watch.end(ALICE)
    watch.begin(SCRIPT)
    watch.seconds = 12

    assert watch.progress.now == "making mail-host-1-mailcow … 12 s; people 1 of 2, parts of machines 0 of 1"


def test_resources_that_are_made_quickly_get_no_line() -> None:
    watch = Watch()
    for urn in (ALICE, BOB):
        watch.begin(urn)
        watch.end(urn, after_s=0.1)

    assert watch.lines == []


def test_a_person_counts_when_everything_of_hers_is_made() -> None:
    watch = Watch()
    secret = ALICE.replace("Mailbox", "VaultSecret")
    watch.progress = Progress(Console(file=watch.said), {ALICE: PLANNED[ALICE], secret: PLANNED[ALICE]})

    watch.begin(ALICE)
    watch.end(ALICE)
    assert watch.progress.now.startswith("people 0 of 1")
    watch.begin(secret)
    watch.end(secret)
    assert watch.progress.now.startswith("people 1 of 1")


def test_what_took_long_gets_a_line() -> None:
    watch = Watch()
    watch.begin(SCRIPT)
    watch.end(SCRIPT, after_s=212)

    assert watch.lines == ["made mail-host-1-mailcow in 3 min 32 s"]


def test_what_stays_as_it_is_is_not_spoken_of() -> None:
    watch = Watch()
    carol = ALICE.replace("alice", "carol")
    watch.begin(carol, "same")
    assert "carol" not in watch.progress.now
    watch.end(carol, after_s=60)

    assert watch.lines == []


def test_what_failed_gets_a_line_at_once() -> None:
    watch = Watch()
    watch.begin(SCRIPT)
    watch.end(SCRIPT, after_s=3, kind="resOpFailedEvent")

    assert watch.lines == ["✗ mail-host-1-mailcow failed after 3 s"]


def test_where_nothing_can_be_written_over_a_line_comes_now_and_then() -> None:
    watch = Watch()
    watch.begin(SCRIPT)
    for _ in range(60):
        watch.seconds += 1
        watch.progress.tick()

    assert [line.partition(";")[0] for line in watch.lines] == [
        f"… making mail-host-1-mailcow … {'15 s' if seconds == 15 else f'{seconds} s' if seconds < 60 else '1 min 0 s'}"
        for seconds in (15, 30, 45, 60)
    ]


def test_on_a_terminal_one_line_is_written_over_and_gone_at_the_end() -> None:
    watch = Watch(terminal=True)
    watch.begin(SCRIPT)
    watch.seconds = 5
    watch.progress.tick()
    watch.end(SCRIPT)
    watch.progress.end()

    assert "making mail-host-1-mailcow … 5 s" in watch.said.getvalue()
    assert watch.lines[-1].endswith("people 0 of 2, parts of machines 1 of 1, in 5 s")


def test_the_end_says_how_much_was_done() -> None:
    watch = Watch()
    for urn in PLANNED:
        watch.begin(urn)
        watch.end(urn, after_s=1)
    watch.progress.end()

    assert watch.lines == ["people 2 of 2, parts of machines 1 of 1, in 3 s"]


@pytest.mark.parametrize(
    ("severity", "message", "more", "said"),
    [
        ("info#err", "info: sessions end by themselves\n\n", {}, ["note: sessions end by themselves"]),
        ("info#err", "warning: another filter rests\n\n", {}, ["warning: another filter rests"]),
        ("warning", "the host key is new\n", {}, ["warning: the host key is new"]),
        ("info", "<{%reset%}>first contact<{%reset%}>\n", {"urn": ALICE}, ["note: first contact"]),
        ("info#out", "Collecting pip\n", {}, []),
        ("info", "Unpacking docker-ce\n", {"urn": SCRIPT}, []),
        ("info", "warning: no certificate yet\n", {"urn": SCRIPT}, ["warning: no certificate yet"]),
        ("info", "half a", {"ephemeral": True}, []),
        ("error", "it did not work\n", {}, []),
    ],
)
def test_what_providers_have_to_say_is_said_and_what_scripts_print_is_not(
    severity: str, message: str, more: dict[str, Any], said: list[str]
) -> None:
    watch = Watch()
    watch.hear(severity, message, **more)
    watch.hear(severity, message, **more)

    assert watch.lines == said


class Recorder:
    """A watcher that keeps what it is told."""

    def __init__(self) -> None:
        self.seen: list[Any] = []
        self.ticks = 0

    def see(self, event: Any) -> None:
        self.seen.append(event)

    def tick(self) -> None:
        self.ticks += 1


def written(numbers: Iterable[int]) -> str:
    return "".join(json.dumps({"sequence": number}) + "\n" for number in numbers)


def test_a_log_is_followed_while_it_grows_and_read_to_its_end(tmp_path: Path) -> None:
    log, recorder = tmp_path / "events.json", Recorder()

    with followed(log, recorder), log.open("w") as file:
        text = written(range(40))
        for start in range(0, 400, 100):
            file.write(text[start : start + 100])
            file.flush()
        wait_until(lambda: len(recorder.seen) > 3)
        file.write(text[400:])  # all at once, and over
        file.flush()

    assert [event["sequence"] for event in recorder.seen] == list(range(40))
    assert recorder.ticks > 0


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_run_that_writes_no_log_is_over_all_the_same(tmp_path: Path) -> None:
    recorder = Recorder()

    with followed(tmp_path / "events.json", recorder):
        pass

    assert recorder.seen == []


def test_what_is_for_developers_and_a_torn_line_are_passed_over() -> None:
    log = '{"diagnosticEvent":{"severity":"debug"}}\n{"sequence":1}\n{"sequ'

    assert list(events(log)) == [{"sequence": 1}]


def test_the_stacks_outputs_before_and_after_are_read_from_the_log() -> None:
    sides = {"old": None, "new": {"outputs": {"dns_records": []}}}
    event = {"resOutputsEvent": {"metadata": {"type": "pulumi:pulumi:Stack", **sides}}}

    assert stack_outputs(json.dumps(event)) == ({}, {"dns_records": []})
    assert stack_outputs(written([1])) is None
