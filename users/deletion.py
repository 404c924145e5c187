"""When something of a person may be deleted: closed before, and its date has come; or the whole stack is destroyed."""

import os
from datetime import UTC, date, datetime

from core.errors import RefusedError
from core.names import ENV_DESTROY


def today() -> date:
    """Return the date that decides, in UTC."""
    return datetime.now(tz=UTC).date()


def is_being_destroyed(stack: str) -> bool:
    """Tell whether ``mailstead destroy`` is destroying this very stack, which it says in the environment."""
    return bool(stack) and os.environ.get(ENV_DESTROY) == stack


def refuse_early_deletion(what: str, *, kept_until: str, stack: str) -> None:
    """Refuse to delete what is in use or kept; the third line behind the Roster and the engine's ``protect``.

    Args:
        what: What would be deleted, such as "the mailbox alice@example.com".
        kept_until: ISO date from which on it may go; empty while the person is active.
        stack: Name of the stack, which MAILSTEAD_DESTROY must hold to lift the date.

    Raises:
        RefusedError: The person is active, or the date has not come.
    """
    if is_being_destroyed(stack):
        return
    if not kept_until:
        raise RefusedError(
            f"{what} is in use and is not deleted; offboard the person first, with the date until which it is kept"
        )
    if today() < date.fromisoformat(kept_until):
        raise RefusedError(
            f"{what} is kept until {kept_until} and is not deleted; take it out of the list from that day on"
        )
