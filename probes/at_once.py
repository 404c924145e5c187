"""Many questions at once, none of them twice."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, Generic, TypeVar

_MOST: Final = 24
"""Under way at the same time."""
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class Once(Generic[_Key, _Value]):
    """Works each value out once; who asks for it meanwhile waits."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._futures: dict[_Key, Future[_Value]] = {}

    def get(self, key: _Key, work: Callable[[], _Value]) -> _Value:
        """Give the value; the first to ask works it out. Nobody may ask for a key from inside its own work."""
        with self._guard:
            future = self._futures.get(key)
            mine = future is None
            if future is None:
                future = self._futures[key] = Future()
        if mine:
            try:
                future.set_result(work())
            except BaseException as problem:
                future.set_exception(problem)
                raise
        return future.result()


def side_by_side(work: Callable[[_Key], _Value], over: Iterable[_Key]) -> list[_Value]:
    """Do something for each, at most so many at once; in their order."""
    with ThreadPoolExecutor(_MOST) as pool:
        return list(pool.map(work, over))
