"""What a stack's two files ask for together: config and list of people, with every problem of both at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from core.backup_key import read_backup_key
from core.backup_rules import no_backups
from core.desired import DesiredState
from core.desired_state import desired_state
from core.errors import InputError, Problem
from core.free_tier import check_free_tier
from core.mail_list import parse_mail_list
from core.monitoring_rules import rehearsing
from core.people import MailList
from core.settings import Settings, parse_settings

_DEFAULT_LIST = "mail_list.yml"

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """A stack's wishes, complete and without contradiction.

    Attributes:
        settings: The stack's config.
        state: What config and list together ask for.
        backup_key: The public key that backups are encrypted to, as text; empty where there are none.
    """

    settings: Settings
    state: DesiredState
    backup_key: str = ""

    @property
    def notices(self) -> tuple[str, ...]:
        """What was decided for the operator, and what is missing that nobody should miss."""
        warnings = (no_backups(self.settings), rehearsing(self.settings))
        return (*self.state.notices, *filter(None, warnings))


def check_inputs(
    values: Mapping[str, str],
    *,
    stack: str,
    stack_file: str,
    text: str,
    read_file: Callable[[str], str],
    with_key: bool = True,
) -> Inputs:
    """Turn config and list into what they ask for.

    Args:
        values: Config as the engine gives it, without the project's prefix.
        stack: The stack's name.
        stack_file: Name of the file that ``values`` come from, for messages.
        text: Text of that file, for the lines in messages.
        read_file: Reads a file of the project by name; an ``OSError`` or ``UnicodeError`` becomes a problem.
        with_key: Whether the backups' public key is read, too; it may be about to be made.

    Raises:
        InputError: With every problem of both files at once.
    """
    problems: list[Problem] = []
    list_name = values.get("mail_list", _DEFAULT_LIST)
    settings = _collect(problems, lambda: parse_settings(values, stack_file=stack_file, text=text))
    mail_list = _collect(problems, lambda: _read_list(list_name, read_file))
    if settings is not None:
        _collect(problems, lambda: check_free_tier(settings, stack_file=stack_file))
    state = (
        None
        if settings is None or mail_list is None
        else _collect(problems, lambda: desired_state(settings, mail_list, stack=stack, mail_list_file=list_name))
    )
    key_file = settings.backup_public_key if settings is not None and with_key else ""
    key = _collect(problems, lambda: _read_key(key_file, read_file))
    if problems or settings is None or state is None:
        raise InputError(tuple(problems))
    return Inputs(settings=settings, state=state, backup_key=key or "")


def _read_key(name: str, read_file: Callable[[str], str]) -> str:
    if not name:
        return ""
    try:
        return read_backup_key(read_file(name))
    except FileNotFoundError:
        wrong = "is not there; have it made by: mailstead backup key"
    except OSError as error:
        wrong = f"cannot be read: {error.strerror or error}; name another in backup_public_key"
    except UnicodeError:
        wrong = "is no public key of OpenPGP in text form; have one made by: mailstead backup key"
    except ValueError as problem:
        wrong = str(problem)
    raise InputError((Problem(name, None, wrong),))


def _read_list(name: str, read_file: Callable[[str], str]) -> MailList:
    try:
        text = read_file(name)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(
            (Problem(name, None, f"cannot be read: {reason}; write it, or name another in mail_list"),)
        ) from error
    except UnicodeError as error:
        raise InputError((Problem(name, None, "is not UTF-8 text; save it as UTF-8"),)) from error
    return parse_mail_list(text, name)


def _collect(problems: list[Problem], step: Callable[[], T]) -> T | None:
    """Do one step; its problems join the others, so that an operator sees all of them in one run."""
    try:
        return step()
    except InputError as error:
        problems.extend(error.problems)
        return None
