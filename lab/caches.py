"""Where downloads and builds lie that outlive a lab, and what may run at a time in there."""

import fcntl
import os
import shutil
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path


def root() -> Path:
    """Give the folder of all caches; it is made if it is not there."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folder = Path(base) / "mailstead"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def folder(*parts: str) -> Path:
    """Give a folder of the caches; it is made if it is not there."""
    found = root().joinpath(*parts)
    found.mkdir(parents=True, exist_ok=True)
    return found


@contextmanager
def alone(lock: Path, waiting: Callable[[], None] | None = None) -> Generator[None]:
    """Hold a lock while the block runs; the kernel lets it go when the process dies.

    Args:
        lock: a folder that is there, or a file, which is made and never removed (a removed one would be two).
        waiting: called once if somebody else holds it, before waiting for them.
    """
    if lock.is_dir():
        descriptor = os.open(lock, os.O_RDONLY | os.O_DIRECTORY)
    else:
        lock.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if waiting:
                waiting()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def try_lock(lock: Path) -> int | None:
    """Take a lock for a process about to be started, which inherits the descriptor and holds it as long as it lives.

    Returns:
        The open descriptor, or None if somebody else holds the lock.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def size_bytes(path: Path) -> int:
    """Add up what a folder takes on the disk."""
    total = 0
    for place, _folders, files in os.walk(path):
        for name in files:
            try:
                total += (Path(place) / name).lstat().st_blocks * 512
            except FileNotFoundError:  # somebody else is working in there
                continue
    return total


def remove(path: Path) -> None:
    """Remove a file or a folder; one that is not there is fine."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
