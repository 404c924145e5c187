"""Whose is it? What tells our objects on a mail server from another stack's and from those made by hand."""

from collections.abc import Iterable

import pulumi

from core.errors import RefusedError
from core.names import ownership_tag
from users.deletion import is_being_destroyed

_PREFIX = ownership_tag("")


def owner_of(marks: Iterable[str], *, stack: str) -> str | None:
    """Return the stack that the marks name, ours before any other; None when none of them is a stack's."""
    owners = [mark.removeprefix(_PREFIX) for mark in marks if mark.startswith(_PREFIX) and mark != _PREFIX]
    if stack in owners:
        return stack
    return owners[0] if owners else None


def refuse_unless_ours(what: str, marks: Iterable[str], *, stack: str) -> None:
    """Let only our own through.

    Args:
        what: What was found on the server, such as "mailbox alice@example.com".
        marks: Its tags, or its private comment.
        stack: Name of our stack.

    Raises:
        RefusedError: It is another stack's, or nobody's.
    """
    owner = owner_of(marks, stack=stack)
    if owner is None:
        raise RefusedError(
            f"{what} was there already and was not made by Mailstead, so it is left alone;"
            " rename or delete it in mailcow, take it out of the list, or set adopt: true to take it over as it is"
        )
    if owner != stack:
        raise RefusedError(
            f"{what} belongs to stack {owner}, so stack {stack} leaves it alone; let one list alone name it"
        )


def is_taken_over(what: str, marks: Iterable[str], *, stack: str, adopt: bool) -> bool:
    """Tell whether what was found is nobody's and is taken over as it is; False for our own.

    Args:
        what: What was found on the server, such as "mailbox alice@example.com".
        marks: Its tags, or its private comment.
        stack: Name of our stack.
        adopt: Whether the operator has said that what nobody has marked is ours from now on.

    Raises:
        RefusedError: It is another stack's, or nobody's and not to be taken over.
    """
    found = tuple(marks)
    if adopt and owner_of(found, stack=stack) is None:
        return True
    refuse_unless_ours(what, found, stack=stack)
    return False


def may_be_deleted(what: str, marks: Iterable[str], *, stack: str, adopted: bool = False) -> bool:
    """Tell whether what is recorded as ours is ours still; what another stack has taken over stays, and this is said.

    Args:
        what: What would be deleted, such as "mailbox alice@example.com".
        marks: Its tags, or its private comment.
        stack: Name of our stack.
        adopted: The state says that it was taken over without a mark, which proves that it is ours.

    Raises:
        RefusedError: It has lost our mark, and the stack is not being destroyed as a whole.
    """
    owner = owner_of(marks, stack=stack)
    if owner is None and not adopted and not is_being_destroyed(stack):
        mark = ownership_tag(stack)
        raise RefusedError(
            f"{what} has lost the mark {mark}, so it may be somebody else's and is not deleted;"
            " mark it again, or delete it in mailcow"
        )
    if owner not in {None, stack}:
        pulumi.log.info(f"{what} belongs to stack {owner} by now, so it stays in mailcow")
        return False
    return True
