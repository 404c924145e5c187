"""How a change is brought to an end whatever mailcow says: done, there, gone, refused, or open and then read back."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

import tenacity

from core.errors import MailcowUnclearError
from mailcow.answers import Caller, RefusalError

Exclusive = Callable[[], AbstractContextManager[object]]
"""Makes what is held while something is done that mailcow cannot do beside other things."""

_TRIES = 3  # a delete that died half-way is repaired by the next; a deadlock is over by then

# Deletes and edits of domains rebuild a view over all mailboxes; side by side they deadlock in mailcow's
# database and leave half-deleted mailboxes. So one at a time, in the whole process.
_one_at_a_time = threading.Lock()

_Found = TypeVar("_Found")


def one_at_a_time() -> AbstractContextManager[object]:
    """Hold off everything else of this process that mailcow cannot do side by side."""
    return _one_at_a_time


class Changing:
    """What the calls of every kind are made with."""

    def __init__(self, caller: Caller, exclusive: Exclusive) -> None:
        self._caller = caller
        self._exclusive = exclusive

    def _add(self, kind: str, body: object, *, doing: str, said: str, read: Callable[[], object | None]) -> bool:
        """Add, and where mailcow says "exists" or nothing, look.

        Args:
            kind: Category of the route: ``mailbox``.
            body: What is sent.
            doing: What this is, for errors.
            said: mailcow's key for "done": ``mailbox_added``.
            read: Reads the object; None when it is not there.

        Returns:
            True when this call made it, False when it is there all the same.
        """

        def add() -> bool:
            refusal: RefusalError | None = None
            answered = True
            try:
                messages = self._caller.change(f"add/{kind}", body, doing=doing)
                if messages is not None and any(message.key == said for message in messages):
                    return True
                answered = messages is not None
            except RefusalError as error:
                if error.keys.isdisjoint(_EXISTS):
                    raise
                refusal = error
            if read() is not None:
                return False
            # "Exists", and it is not one of its kind: a mailbox where an alias should be, or a bad name.
            raise refusal or unclear(f"{doing}, and it is not there", again=answered)

        return self._until_it_is_clear(add)

    def _edit(self, route: str, body: object, *, doing: str, said: str, is_met: Callable[[], bool]) -> None:
        """Change something, and where mailcow does not say ``said``, read back whether it is met."""

        def edit() -> None:
            messages = self._caller.change(route, body, doing=doing)
            if messages is not None and any(message.key == said for message in messages):
                return
            if not is_met():
                raise unclear(f"{doing}, and it is not as asked", again=messages is not None)

        self._until_it_is_clear(edit)

    def _delete(
        self, route: str, name: object, *, doing: str, said: str, read: Callable[[], object | None], missing: str = ""
    ) -> None:
        """Delete until it is gone: absence is done, and what was left half-way is deleted again.

        Args:
            route: Action and category: ``delete/mailbox``.
            name: What is deleted.
            doing: What this is, for errors.
            said: mailcow's key for "done".
            read: Reads the object; None when it is not there.
            missing: mailcow's key for "there is none", which it may also say of other things.
        """

        def delete() -> None:
            refusal: RefusalError | None = None
            try:
                messages = self._caller.change(route, [name], doing=doing)
                if messages is not None and any(message.key == said for message in messages):
                    return
            except RefusalError as error:
                if not error.keys <= {missing}:
                    raise
                refusal = error
            if read() is not None:
                raise refusal or unclear(f"{doing}, and it is still there", again=True)
            if refusal is None:
                # Nothing was said, and nothing is shown: it is gone only when the server answers otherwise.
                self._caller.read("status", "version", doing="read its version")

        self._until_it_is_clear(delete)

    def _until_it_is_clear(self, step: Callable[[], _Found]) -> _Found:
        """Take a step again while mailcow answers nothing and what was asked for is not there."""
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(NothingSaidError),
            stop=tenacity.stop_after_attempt(_TRIES),
            wait=self._caller.pause,
            reraise=True,
        )
        return retrying(step)


class NothingSaidError(MailcowUnclearError):
    """mailcow answered nothing, and reading back shows that nothing was done: it may be tried again."""


def unclear(what: str, *, again: bool) -> MailcowUnclearError:
    """Make the error of a change that nothing was said to.

    Args:
        what: What was to be done, and what reading back shows.
        again: Whether it may be tried again at once; not while mailcow may be at it still.
    """
    kind = NothingSaidError if again else MailcowUnclearError
    return kind(f"mailcow answered nothing to {what}; look at its php-fpm log, then run again")


def flag(on: bool) -> str:  # noqa: FBT001 — its only meaning
    """Write a switch as mailcow reads it."""
    return "1" if on else "0"


_EXISTS = frozenset(
    {
        "object_exists",
        "domain_exists",
        "is_alias_or_mailbox",
        "dkim_domain_or_sel_invalid",
        "tls_policy_map_entry_exists",
    }
)
"""Refusals that say, or may mean, that the object is there already."""
