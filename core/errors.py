"""Every error raised on purpose.

The tree::

    MailsteadError
    ├── InputError                something in an input file; holds every problem found
    ├── RefusedError              the input is readable, and doing it would do harm
    ├── VaultError
    │   ├── VaultUnreachableError
    │   ├── VaultSealedError
    │   └── VaultDeniedError
    ├── MailcowError
    │   ├── MailcowUnavailableError
    │   ├── MailcowRefusedError
    │   └── MailcowUnclearError
    └── SshError
        ├── HostUnreachableError
        ├── HostKeyChangedError
        ├── LoginRefusedError
        └── RemoteCommandError
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in an input file."""

    file: str
    """The file's name as the reader knows it, such as ``mail_list.yml``."""
    line: int | None
    """Line in the file, from 1; None when no line can be named."""
    message: str
    """``<what> <value> <why not>; <what to do>``."""

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{where}: {self.message}"


class MailsteadError(Exception):
    """Base of the tree; its text is one clear sentence for an operator and never holds a secret."""


class InputError(MailsteadError):
    """An input file is wrong. Carries every problem of the file, so that it is corrected in one go."""

    problems: tuple[Problem, ...]

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keep the problems, first line first; those without a line come before."""
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.file, problem.line or 0)))
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type["InputError"], tuple[tuple[Problem, ...]]]:
        # The default would call InputError(text) when a process pool hands it over.
        return InputError, (self.problems,)


class RefusedError(MailsteadError):
    """What is asked for is understood and not done, because it would do harm."""


class VaultError(MailsteadError):
    """Vault answered in a way that the work cannot go on with."""


class VaultUnreachableError(VaultError):
    """No answer from Vault."""


class VaultSealedError(VaultError):
    """Vault is sealed or not initialised."""


class VaultDeniedError(VaultError):
    """The token is missing, wrong, expired or not allowed to do this."""


class MailcowError(MailsteadError):
    """Mailcow's API answered in a way that the work cannot go on with."""


class MailcowUnavailableError(MailcowError):
    """No answer from mailcow's API, or one that says that a part of mailcow is down."""


class MailcowRefusedError(MailcowError):
    """Mailcow refused the change and said why."""


class MailcowUnclearError(MailcowError):
    """Mailcow answered with nothing, and reading back did not settle whether the change was made."""


class SshError(MailsteadError):
    """A host could not be worked on over SSH."""


class HostUnreachableError(SshError):
    """Nothing answers at the host's address."""


class HostKeyChangedError(SshError):
    """Another machine answers at the host's address, or the host has a new key."""


class LoginRefusedError(SshError):
    """The host answers and takes no key that the agent offers."""


class RemoteCommandError(SshError):
    """A command on the host ended with an error."""
