"""What can go wrong while a lab is brought up or taken down, with the exit code each kind has."""

from pathlib import Path


class LabError(Exception):
    """The lab cannot do what it was asked; the text is one clear sentence."""

    exit_code = 1


class PrerequisiteError(LabError):
    """Something is missing on this machine that the lab may not or cannot install itself."""

    exit_code = 3


class StepFailedError(LabError):
    """One step of bringing a lab up failed."""

    def __init__(self, step: str, reason: str, log: Path) -> None:
        """Remember the step.

        Args:
            step: the step's title, as it stood on the screen.
            reason: why, in one sentence or the last lines of the failed program.
            log: the file that holds everything the step printed.
        """
        super().__init__(f"{step} failed: {reason}\n  log: {log}")
        self.step = step
        self.reason = reason
        self.log = log


class StepCancelledError(LabError):
    """A step was stopped because another one failed; never the reason to report."""
