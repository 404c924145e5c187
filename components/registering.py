"""How the program waits until the engine has everything.

Left to itself the SDK waits at the end of the program for thousands of outputs, looks at all of them whenever a few
have come, and tells the engine each step of it in messages that are shown to nobody: with 1,000 people that is most of
the time of a preview.
"""

import asyncio
import os
from collections.abc import Iterable
from typing import Final

import pulumi

ENV_DEBUG: Final = "MAILSTEAD_SDK_DEBUG"
"""Set to anything, the SDK's own debug messages go to the engine, for ``pulumi up --debug``."""


def wait_until_registered(resources: Iterable[pulumi.Resource]) -> None:
    """Have the program end only when the engine has answered for all of these; at most once in a program.

    What goes wrong with one of them is told as ever: by the SDK, when it ends the program.

    Args:
        resources: Those that there are many of.
    """
    many = tuple(resources)

    async def registered() -> None:
        await asyncio.gather(*(resource.urn.future() for resource in many), return_exceptions=True)

    pulumi.run(registered)


def silence_debug_messages() -> None:
    """Keep the SDK from sending the engine several messages a resource, each of which it waits for."""
    if not os.environ.get(ENV_DEBUG):
        pulumi.log.debug = _nothing


def _nothing(*_: object, **__: object) -> None:
    pass
