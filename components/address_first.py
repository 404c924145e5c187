"""Where the program ends for `mailstead up --address-first`."""

import os

import pulumi

from core.names import ENV_ADDRESS_FIRST


def ends_at_addresses() -> bool:
    """Tell whether this run is to know of nothing behind the machines.

    The variable holds the stack's name and is set by the command alone, which names to the engine each resource that
    may change: left out of a run like that, all others stay as they are.
    """
    return os.environ.get(ENV_ADDRESS_FIRST) == pulumi.get_stack()
