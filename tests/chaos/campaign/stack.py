"""The stack of the campaign: its config, its host, and what its list asks for."""

from functools import lru_cache
from typing import Final

from core.desired import DesiredState
from core.inputs import check_inputs
from core.names import host_secret
from tests.chaos.engine.program import Program, program_of

STACK: Final = "chaos"
HOSTNAME: Final = "mail.one.example"
API_KEY: Final = "ThePlantedKey-71c4e0-a95b22-d3f81c"
KEY_PATH: Final = host_secret(HOSTNAME, "api_key")
CONFIG: Final = {
    "host": "existing",
    "host_address": "127.0.0.1",
    "mail_hostname": HOSTNAME,
    "api_access": "https",
}
HOST: Final = {
    "host:name": HOSTNAME,
    "host:address": "127.0.0.1",
    "host:stack": STACK,
    "host:api_access": "https",
}
"""Inputs of the host's provider."""


@lru_cache(maxsize=64)
def desired_of(text: str) -> DesiredState:
    """Read a list as the product does."""
    stack_file = f"Pulumi.{STACK}.yaml"
    return check_inputs(CONFIG, stack=STACK, stack_file=stack_file, text="", read_file=lambda _: text).state


@lru_cache(maxsize=64)
def wishes_of(text: str) -> Program:
    """Run the program for a list."""
    return program_of(desired_of(text), HOST)
