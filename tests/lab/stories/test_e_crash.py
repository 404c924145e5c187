"""The engine is killed while people are made; `mailstead up` finishes the job, and nobody's password changes."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from lab.mailcow.faults import Fault
from tests.lab.service import EVERYBODY, SAMPLE, Service

pytestmark = pytest.mark.lab

SEED = 20261122
ROUNDS = 16
NEW_EACH_ROUND = 3


class Crew:
    """The people of the crash stories: grows by a few each round, and remembers every password it has seen."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.users = ["alice", "bob"]
        self.passwords: dict[str, str] = {}

    def hire(self, *names: str) -> None:
        self.users.extend(names)
        self.service.write_list(example_com=f"users: [{', '.join(self.users)}]", startup_io="users: [carol, dave]")

    def addresses(self) -> list[str]:
        return sorted([*(f"{user}@example.com" for user in self.users), "carol@startup.io", "dave@startup.io"])

    def in_vault(self) -> dict[str, str]:
        listed = self.service.vault("LIST", "secret/metadata/mail/users/example.com").json()["data"]["keys"]
        return {name: self.service.stack.first_password(f"{name}@example.com") for name in listed}

    def assert_whole(self, newcomers: tuple[str, ...], seen: dict[str, str]) -> None:
        """Every mailbox once, every password that was ever in Vault unchanged, the newcomers' ones working."""
        assert self.service.mailboxes() == self.addresses()
        assert self.service.recorded_mailboxes() == self.addresses()
        now = self.in_vault()
        self.passwords.update(seen)
        assert {name: now[name] for name in self.passwords} == self.passwords
        assert sorted(now) == sorted(self.users)
        for name in newcomers:
            self.service.user(f"{name}@example.com").log_in()


@pytest.fixture(scope="module")
def crew(service: Service) -> Crew:
    service.stack.write_list(SAMPLE)
    service.up()
    crew = Crew(service)
    crew.passwords = crew.in_vault()
    return crew


@contextmanager
def updating(service: Service) -> Generator[subprocess.Popen[str]]:
    """A `mailstead up` that runs while the block does; its end is waited for, and its output read, in any case."""
    with subprocess.Popen(
        [str(service.stack.project / "mailstead"), "up", "--yes", "--stack", service.stack.name],
        cwd=service.stack.project,
        env=service.stack.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
            process.communicate(timeout=300)
        finally:  # of one that has ended, nothing is left to do
            process.terminate()  # it ends its engine, which would hold the stack
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=30)
            process.kill()


def engine_of(parent: int) -> int | None:
    """The pid of the engine that updates on behalf of a `mailstead up`, once it does."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            arguments = (entry / "cmdline").read_bytes().split(b"\0")
            owner = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
        if owner == parent and arguments[0].endswith(b"pulumi") and b"up" in arguments:
            return int(entry.name)
    return None


def wait_for(condition: Callable[[], object], *, limit_s: float = 60) -> object:
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("what the test waits for did not happen")


def kill_engine(process: subprocess.Popen[str]) -> None:
    """Kill the engine of a `mailstead up`, which must be at work."""
    try:
        os.kill(int(str(wait_for(lambda: engine_of(process.pid), limit_s=5))), signal.SIGKILL)
    except (AssertionError, ProcessLookupError):
        raise AssertionError("the engine had ended before it could be killed: this shows nothing") from None


def kill_engine_at(service: Service, after_s: float) -> bool:
    """Start `mailstead up`, wait until its engine updates and then for the moment, and kill the engine.

    Returns:
        Whether it was killed at its work. It may have ended by itself: a moment near the end is one after the
        end, on a day when all goes faster.
    """
    with updating(service) as process:
        found = wait_for(lambda: engine_of(process.pid) or process.poll() is not None)
        if found is not True:
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=after_s)
            with suppress(ProcessLookupError):
                os.kill(int(str(found)), signal.SIGKILL)
    return process.returncode != 0


@pytest.fixture(scope="module")
def usual_duration_s(crew: Crew) -> float:
    """How long the engine's update takes when nobody kills it."""
    crew.hire("zero-a", "zero-b", "zero-c")
    with updating(crew.service) as process:
        wait_for(lambda: engine_of(process.pid))
        start = time.monotonic()
        process.communicate(timeout=300)
    assert process.returncode == 0
    crew.passwords.update(crew.in_vault())
    return time.monotonic() - start


@pytest.fixture(scope="module")
def killed() -> list[bool]:
    """Of each round whether its engine was killed at its work."""
    return []


@pytest.mark.parametrize("number", range(ROUNDS))
def test_an_engine_killed_at_a_seeded_moment_leaves_nothing_double_and_no_password_changed(
    crew: Crew, usual_duration_s: float, killed: list[bool], number: int
) -> None:
    dice = random.Random(SEED + number)  # noqa: S311 — the moments have to come again, not to be secret
    moment_s = (number + dice.random()) / ROUNDS * usual_duration_s
    newcomers = tuple(f"r{number:02}{letter}" for letter in "abc"[:NEW_EACH_ROUND])
    crew.hire(*newcomers)

    killed.append(kill_engine_at(crew.service, moment_s))
    seen = crew.in_vault()
    crew.service.up()

    crew.assert_whole(newcomers, seen)


def test_the_seeded_moments_were_moments_of_work(killed: list[bool]) -> None:
    assert sum(killed) >= len(killed) * 3 // 4 > 0, killed


def test_an_engine_killed_between_the_password_and_the_mailbox_is_taken_up(crew: Crew) -> None:
    crew.hire("between")
    crew.service.mailcow_fault(Fault("add/mailbox", "slow", seconds=20))
    with updating(crew.service) as process:
        wait_for(lambda: "between" in crew.in_vault())
        kill_engine(process)
    seen = crew.in_vault()

    crew.service.up()

    crew.assert_whole(("between",), seen)


def test_an_engine_killed_between_a_mailbox_and_its_answer_is_taken_up(crew: Crew) -> None:
    crew.hire("unheard")
    crew.service.mailcow_fault(Fault("add/mailbox", "pause_after", seconds=20))
    with updating(crew.service) as process:
        wait_for(lambda: "unheard@example.com" in crew.service.mailboxes())
        kill_engine(process)
    seen = crew.in_vault()

    crew.service.up()

    crew.assert_whole(("unheard",), seen)


def test_everybody_from_the_beginning_still_logs_in(crew: Crew) -> None:
    for address in EVERYBODY:
        crew.service.user(address).log_in()
