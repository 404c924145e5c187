"""What the client says: on standard output, and in Redis for mailcow's web interface."""

import contextlib
import json
import time
from collections.abc import Callable

import redis

Log = Callable[[str], None]


def start(hostname: str, password: str) -> tuple[Log, Callable[[], None]]:
    """Give what notes a line, and what notes that an attempt failed."""
    store = redis.Redis("redis", password=password, socket_timeout=5)

    def note(text: str) -> None:
        print(f"{time.strftime('%a %b %e %H:%M:%S %Z %Y')} - {text}")
        entry = json.dumps({"time": str(int(time.time())), "message": f"{hostname} - {text}"})
        with contextlib.suppress(redis.RedisError):
            store.lpush("ACME_LOG", entry)

    def fail() -> None:
        with contextlib.suppress(redis.RedisError):
            store.set("ACME_FAIL_TIME", int(time.time()))

    return note, fail
