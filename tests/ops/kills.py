"""Kills a program at any of its calls to the outside: before the call has an effect, or right after."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

T = TypeVar("T")


class Killed(BaseException):
    """What a kill looks like from inside: nothing catches it."""


class Reaper:
    """Counts the calls to everything that it watches, and kills at one of them.

    Attributes:
        calls: Names of the calls that were made.
    """

    def __init__(self, *, at: int = 0, after: bool = False) -> None:
        """Kill at the call of this number, from 1; 0 is never. ``after``: when it has had its effect."""
        self.calls: list[str] = []
        self._at = at
        self._after = after

    def watch(self, what: T) -> T:
        """Give something that behaves as it does, and is killed."""
        return cast("T", _Watched(what, self))

    def watch_call(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Give a call that behaves as it does, and is killed."""

        def watched(*args: Any, **kwargs: Any) -> Any:
            self.calls.append(name)
            due = len(self.calls) == self._at
            if due and not self._after:
                raise Killed(name)
            result = call(*args, **kwargs)
            if due:
                raise Killed(name)
            return result

        return watched


class _Watched:
    def __init__(self, what: object, reaper: Reaper) -> None:
        self._what = what
        self._reaper = reaper

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._what, name)
        return self._reaper.watch_call(name, found) if callable(found) else found
