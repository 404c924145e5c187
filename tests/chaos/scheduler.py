"""Threads of which one works at a time, and dice say which: every run of parallel calls can be had again.

A thread hands over where it waits for an answer, for a lock or for time to pass; nowhere else.
"""

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Final

from tests.chaos.clock import Clock

_STUCK_AFTER_S: Final = 60
_here = threading.local()


class Killed(BaseException):
    """The process of this thread is dead; nothing of it goes on."""


class Task:
    """One function in a thread of its own."""

    def __init__(self, scheduler: "Scheduler", name: str, work: Callable[[], Any]) -> None:
        self.name = name
        self.result: Any = None
        self.error: BaseException | None = None
        self.done = False
        self.wakes_at: float | None = None
        """The time until which it sleeps."""
        self.waits_for: Lock | None = None
        self.lives: int | None = None
        """After a kill: how many times it may still go on."""
        self._scheduler = scheduler
        self._work = work
        self._turn = threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, daemon=True, name=name)
        self._thread.start()

    @property
    def ready(self) -> bool:
        """Whether it could go on now."""
        lock = self.waits_for
        return self.wakes_at is None and (lock is None or lock.owner is None)

    def go_on(self) -> None:
        """Let it work until it hands over or ends."""
        self._turn.release()
        if not self._scheduler.handed_over.acquire(timeout=_STUCK_AFTER_S):
            raise AssertionError(f"{self.name} waits for something the scheduler does not know")

    def hand_over(self) -> None:
        """Stop here until it is this thread's turn again."""
        self._scheduler.handed_over.release()
        self._turn.acquire()
        self._die_if_dead()

    def _run(self) -> None:
        self._turn.acquire()
        _here.task = self
        try:
            self._die_if_dead()
            self.result = self._work()
        except BaseException as error:  # noqa: BLE001 — handed to whoever asked for the work
            self.error = error
        self.done = True
        self._scheduler.handed_over.release()

    def _die_if_dead(self) -> None:
        if self.lives is not None:
            self.lives -= 1
            if self.lives < 0:
                raise Killed


class Scheduler:
    """Decides by dice whose turn it is."""

    def __init__(self, dice: random.Random, clock: Clock) -> None:
        self.clock = clock
        self.handed_over = threading.Semaphore(0)
        self._dice = dice
        self._tasks: list[Task] = []

    def start(self, name: str, work: Callable[[], Any]) -> Task:
        """Have work done by a new thread; it begins when it is its turn."""
        task = Task(self, name, work)
        self._tasks.append(task)
        return task

    def step(self) -> Task | None:
        """Let one thread work until it hands over; gives it when it has ended.

        Raises:
            AssertionError: All wait for one another.
        """
        ready = [task for task in self._tasks if task.ready]
        if not ready:
            sleeping = [task for task in self._tasks if task.wakes_at is not None]
            assert sleeping, f"all wait for one another: {[task.name for task in self._tasks]}"
            first = min(sleeping, key=lambda task: task.wakes_at or 0)
            self.clock.advance(max((first.wakes_at or 0) - self.clock.monotonic(), 0))
            first.wakes_at = None
            ready = [first]
        task = self._dice.choice(ready)
        task.go_on()
        if not task.done:
            return None
        self._tasks.remove(task)
        return task

    def kill(self) -> None:
        """Kill the process of all threads; some get a few steps further before they notice."""
        for task in self._tasks:
            task.lives = self._dice.choice((0, 0, 1, 3))
            task.wakes_at = None
        while self._tasks:
            for task in self._tasks:
                if task.lives == 0:
                    task.waits_for = None
            self.step()

    def pause(self) -> None:
        """Hand over, when called by one of the threads."""
        task: Task | None = getattr(_here, "task", None)
        if task is not None:
            task.hand_over()

    def sleep(self, seconds: float) -> None:
        """Let time pass; other threads work meanwhile."""
        task: Task | None = getattr(_here, "task", None)
        if task is None:
            self.clock.advance(seconds)
            return
        task.wakes_at = self.clock.monotonic() + seconds
        task.hand_over()

    def advance(self, seconds: float) -> None:
        """Let a little time pass, without handing over."""
        self.clock.advance(seconds)

    @contextmanager
    def call(self) -> Iterator[None]:
        """Work on the server's tables: nobody else does."""
        yield

    between = pause
    """Let others work between two statements of a server."""


class Lock:
    """Stands for ``threading.Lock`` and ``RLock`` where only one thread works at a time."""

    def __init__(self) -> None:
        self.owner: Any = None
        self._depth = 0

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:  # noqa: FBT001, FBT002 — threading's signature
        """Wait until it is free."""
        me: Any = getattr(_here, "task", None) or threading.main_thread()
        if self.owner is me and self._reentrant:
            self._depth += 1
            return True
        if self.owner is not None and not blocking:
            return False
        while self.owner is not None:
            assert isinstance(me, Task), "a lock is held and nobody works"
            me.waits_for = self
            me.hand_over()
            me.waits_for = None
        self.owner, self._depth = me, 1
        return True

    def release(self) -> None:
        """Give it free."""
        self._depth -= 1
        if self._depth <= 0:
            self.owner = None

    def locked(self) -> bool:
        """Whether somebody has it."""
        return self.owner is not None

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    _reentrant = False


class RLock(Lock):
    """A lock that its owner may take again."""

    _reentrant = True
