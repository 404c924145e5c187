"""What the providers of everything that lies on a mail host have in common."""

from collections.abc import Callable
from typing import Final, TypeVar

from pulumi.dynamic import ConfigureRequest, ReadResult, ResourceProvider

from core.errors import MailcowUnclearError
from users.host_provider import MailHost, mail_host

ADOPTED: Final = "adopted"
"""Output that says: it was there before us, carries no mark of ours and is ours all the same."""
_TRIES: Final = 3

_Row = TypeVar("_Row")


class OnMailHost(ResourceProvider):
    """A provider that knows its mail host; holds no attribute when the state refers to it."""

    serialize_as_secret_always = False  # a reference captures nothing secret

    host: MailHost

    def configure(self, req: ConfigureRequest) -> None:
        """Learn the host from its provider; connects to nothing."""
        self.host = mail_host(req)

    def gone(self) -> ReadResult:
        """Report that there is no such object any more, when the server answers otherwise.

        Raises:
            MailcowError: It does not answer, so nothing can be said.
        """
        self.host.prove_it_answers()
        return ReadResult(None, {})


def find_or_make(what: str, find: Callable[[], _Row | None], make: Callable[[], bool]) -> _Row | None:
    """Return the object that is there already; None when this call made it.

    Args:
        what: What it is, for the error.
        find: Reads it.
        make: Makes it; False when it turns out to be there.

    Raises:
        MailcowUnclearError: mailcow says that it is there, and that it is not.
    """
    for _ in range(_TRIES):
        found = find()
        if found is not None:
            return found
        if make():
            return None
    raise MailcowUnclearError(f"mailcow says that {what} is there and that it is not; run the command again")
