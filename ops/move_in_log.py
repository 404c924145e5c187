"""What imapsync says of one of its runs, in the words of its log and of its exit statuses."""

import re
from typing import Final

_LONGEST_SAYING: Final = 200
_DOUBLES: Final = re.compile(
    r"^Messages found (?:duplicate on host1|crossduplicate on host2)\s*:\s*(\d+)", re.MULTILINE
)
_TELLING: Final = tuple(
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        r"^Err \d+/\d+: *(.+)",
        r"^(Host[12] failure: *.+)",
        r"^(The sync looks good, .+)",
        r"^(There are \d+ identified messages in host1 that are not on host2.*)",
        r"^(Exiting with return value .+)",
    )
)
"""Lines that say how it went, the most telling first."""
_MEANINGS: Final = {
    "EXIT_CONNECTION_FAILURE": "the other server cannot be reached",
    "EXIT_CONNECTION_FAILURE_HOST1": "the other server cannot be reached",
    "EXIT_TLS_FAILURE": "no safe connection to the other server: its certificate is not trusted, or it offers none",
    "EXIT_AUTHENTICATION_FAILURE": "the other server refuses user or password",
    "EXIT_AUTHENTICATION_FAILURE_USER1": "the other server refuses user or password",
    "EXIT_OVERQUOTA": "the mailbox here is full",
    "EXIT_TRANSFER_EXCEEDED": "the other server lets no more through for now",
    "OAUTH_TOKEN_NOT_READY": "the other server wants a log-in by OAuth",
}
WRONG_PASSWORD: Final = frozenset({"EXIT_AUTHENTICATION_FAILURE", "EXIT_AUTHENTICATION_FAILURE_USER1"})
"""Exit statuses of a run whose password the other server did not take."""


def doubles(log: str) -> int:
    """Count the messages that were left there because the same message lies in another folder, or twice in one."""
    return sum(int(number) for number in _DOUBLES.findall(log))


def in_words(log: str, exit_status: str) -> str:
    """Say in one short sentence how a run ended; empty when nothing is known."""
    meaning = _MEANINGS.get(exit_status, "")
    quoted = next((match[1] for pattern in _TELLING if (match := pattern.search(log))), "")
    if not quoted and not meaning:
        lines = [line for line in log.splitlines() if line.strip()]
        quoted = lines[-1] if lines else exit_status
    return ": ".join(filter(None, (meaning, _short(quoted))))


def _short(text: str) -> str:
    plain = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return plain if len(plain) <= _LONGEST_SAYING else plain[: _LONGEST_SAYING - 1] + "…"
