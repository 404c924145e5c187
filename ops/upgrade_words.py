"""What happens to a mail host's mailcow when its version is another one, in one sentence."""

import re
from collections.abc import Mapping
from typing import Any, Final

from ops.happening import Kind
from ops.steps import Step

_COMMAND: Final = "command:remote:Command"
_INSTALLS: Final = re.compile(r"/install-mailcow\.sh \S+ (\S+) # ")
"""The line that ``mailcow.server`` has run: repository and version, then what has it run again."""


def is_upgrade(step: Step) -> bool:
    """Say whether a step brings a mailcow that is there to another version."""
    old, new = _version(step.old), _version(step.new)
    return step.type == _COMMAND and step.op == "update" and bool(old and new) and old != new


def upgrade(step: Step) -> tuple[Kind, str]:
    """Say what happens, without whose mailcow it is."""
    return "changes", (
        f"goes from mailcow {_version(step.old)} to {_version(step.new)}: a backup first, then mail waits for some"
        " minutes; if it is not sent and read with the new one, the old one comes back with its data"
    )


def _version(state: Mapping[str, Any]) -> str:
    found = _INSTALLS.search(str(state.get("update", "")))
    return found[1] if found else ""
