"""Faults of the lab's mailcow API, set from outside: the API takes them from Redis (see its own faults.py).

Where Redis runs is the caller's knowledge: every function takes a runner, which runs a command in the Redis container
of one host and returns its standard output. `nested` makes one for a host of the lab.
"""

import json
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from lab.errors import LabError

Runner = Callable[[Sequence[str]], str]
Mode = Literal[
    "empty_after",
    "empty_before",
    "bad_gateway",
    "no_dockerapi",
    "rubbish_dockerapi",
    "slow",
    "slow_inside",
    "timeout_after",
    "timeout_before",
    "cut_after",
    "cut_before",
    "half_delete",
    "pause_after",
]

REDIS_CONTAINER: Final = "mailcowdockerized-redis-mailcow-1"
# The password is in the container's environment: it never stands in an argument.
_REDIS_CLI: Final = ("sh", "-c", 'REDISCLI_AUTH="$REDISPASS" exec redis-cli "$@"', "redis-cli")


@dataclass(frozen=True)
class Fault:
    """What is to go wrong at the next call of a route.

    Attributes:
        route: Action and category: ``add/mailbox``.
        mode: One of the modes that the API's own faults.py describes.
        seconds: How long those modes last that wait.
        always: At every call until the faults are cleared, instead of once.
    """

    route: str
    mode: Mode
    seconds: float = 60
    always: bool = False


def inject(run: Runner, fault: Fault) -> None:
    """Set a fault; several of one route happen one after the other."""
    text = json.dumps({"mode": fault.mode, "seconds": fault.seconds})
    if fault.always:
        _redis(run, "SET", f"LAB_FAULT_ALWAYS:{fault.route}", text)
    else:
        _redis(run, "RPUSH", f"LAB_FAULTS:{fault.route}", text)


def clear(run: Runner, *routes: str) -> None:
    """Take back what has not happened yet, and let a call that is held back go on."""
    for route in routes:
        _redis(run, "DEL", f"LAB_FAULTS:{route}", f"LAB_FAULT_ALWAYS:{route}", f"LAB_PAUSED:{route}")


def wait_paused(run: Runner, route: str, timeout_s: float) -> None:
    """Wait until a call with ``pause_after`` has had its effect and holds its answer back.

    Raises:
        LabError: no call got there in time.
    """
    end = time.monotonic() + timeout_s
    while _redis(run, "EXISTS", f"LAB_PAUSED:{route}").strip() != "1":
        if time.monotonic() > end:
            raise LabError(f"no call of {route} was held back within {timeout_s:.0f} s; is the fault set on this host?")
        time.sleep(0.1)


def resume(run: Runner, route: str) -> None:
    """Let a call that is held back answer."""
    _redis(run, "DEL", f"LAB_PAUSED:{route}")


def nested(environment: Mapping[str, str], host_container: str, redis_container: str = REDIS_CONTAINER) -> Runner:
    """Make a runner for a host of the lab: the lab's Docker, the host's container, the Docker in it.

    Args:
        environment: What the docker command needs to reach the lab's daemon (``Docker.environment()``).
        host_container: Name or id of the container that is the host.
        redis_container: Name of the Redis container on that host.
    """

    def run(command: Sequence[str]) -> str:
        ended = subprocess.run(
            ["docker", "exec", host_container, "docker", "exec", redis_container, *command],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if ended.returncode != 0:
            raise LabError(f"cannot reach Redis on {host_container}: {ended.stderr.strip()}; is the mail server up?")
        return ended.stdout

    return run


def _redis(run: Runner, *arguments: str) -> str:
    return run([*_REDIS_CLI, *arguments])
