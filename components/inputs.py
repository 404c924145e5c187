"""What the program is given: stack config and the list of people, checked together before anything is made."""

import os
from pathlib import Path

import pulumi
from pulumi.runtime import config as engine_config

from core.errors import MailsteadError
from core.inputs import Inputs, check_inputs
from core.names import ENV_RUN

_PROJECT_PREFIX = "mailstead:"


def read_inputs() -> Inputs:
    """Read this stack's config and list, and say aloud what was decided for the operator.

    Raises:
        pulumi.RunError: Something in them is wrong. The text holds every problem with its file and line; the
            engine prints it without a traceback, and nothing has been made.
    """
    stack = pulumi.get_stack()
    stack_file = f"Pulumi.{stack}.yaml"
    try:
        inputs = check_inputs(
            _config_values(),
            stack=stack,
            stack_file=stack_file,
            # Lines of problems come from here; with --config-file the file may be elsewhere, the values still hold.
            text=Path(stack_file).read_text(encoding="utf-8") if Path(stack_file).is_file() else "",
            read_file=lambda name: Path(name).read_text(encoding="utf-8"),
        )
    except MailsteadError as problem:
        raise pulumi.RunError(str(problem)) from problem
    # The command line has said them by then, once; a plain `pulumi up` shall hear them too.
    if ENV_RUN not in os.environ:
        for notice in inputs.notices:
            pulumi.log.info(notice)
    return inputs


def _config_values() -> dict[str, str]:
    """All of this project's config, unknown keys included: ``pulumi.Config`` only answers for names it is asked."""
    everything = {**engine_config.get_config_env(), **engine_config.CONFIG.get()}
    return {
        key.removeprefix(_PROJECT_PREFIX): str(value)
        for key, value in everything.items()
        if key.startswith(_PROJECT_PREFIX)
    }
