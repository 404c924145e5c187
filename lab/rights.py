"""Asking for root before anything is installed: `python3 -m lab.rights`.

Needs nothing but Python's own library, because it runs before there is an environment.
Exit: 0 we are root, 3 we are not; then what is missing and what to do stands on standard error.
"""

import subprocess
import sys

from lab import machine
from lab.errors import PrerequisiteError


def check_root() -> None:
    """Make sure that we are root.

    Raises:
        PrerequisiteError: we are not; the text says what is to do, missing packages included.
    """
    if not machine.is_root():
        machine.refuse_without_root(machine.missing(), is_known)


def is_known(package: str) -> bool:
    """Say whether apt could install a package of that name."""
    try:
        shown = subprocess.run(["apt-cache", "policy", package], capture_output=True, text=True, check=False).stdout
    except FileNotFoundError:  # no Debian: nothing is known
        return False
    return "Candidate:" in shown and "Candidate: (none)" not in shown


def main() -> int:
    """Check, and say in one text what is wrong."""
    try:
        check_root()
    except PrerequisiteError as problem:
        sys.stderr.write(f"{problem}\n")
        return problem.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
