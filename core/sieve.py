"""One Sieve script out of what the list says of a mailbox: mail that goes on to others, an automatic reply. Pure.

RFC 5228 (the language), RFC 3894 (``redirect :copy``), RFC 5230 (``vacation``).
"""

from collections.abc import Iterable
from typing import Final

_LINE_END: Final = "\r\n"
_REPLY_DAYS: Final = 1
"""A sender who writes again gets the reply at most once in so many days."""


def mail_rules(*, forward_to: Iterable[str] = (), keep_copy: bool = True, auto_reply: str = "") -> str:
    """Write the script that forwards and replies.

    The reply comes before anything is sent on, and stands however many addresses follow. Mail that is forwarded
    without a copy here leaves no trace here; a forward that would keep nothing and go nowhere is no script at all.

    Args:
        forward_to: Whole addresses; order and repeats do not matter.
        keep_copy: Whether forwarded mail also stays, and then passes the person's own rules.
        auto_reply: Text that senders get back; empty for none.

    Returns:
        The script with CRLF line ends, or empty text when there is nothing to do.
    """
    targets = sorted(set(forward_to))
    needed = [name for name, used in (("copy", targets and keep_copy), ("vacation", auto_reply.strip())) if used]
    lines = [f"require [{', '.join(quoted(name) for name in needed)}];"] if needed else []
    if auto_reply.strip():
        lines.append(f"vacation :days {_REPLY_DAYS} {quoted(auto_reply.strip())};")
    redirect = "redirect :copy" if keep_copy else "redirect"
    lines += [f"{redirect} {quoted(target)};" for target in targets]
    return "".join(f"{line}{_LINE_END}" for line in lines)


def same_script(one: str, other: str) -> bool:
    """Tell whether two scripts say the same; what ends their lines may have been changed on the way."""
    return one.splitlines() == other.splitlines()


def quoted(text: str) -> str:
    """Write text as a Sieve string (RFC 5228 2.4.2): backslash and quote escaped, CRLF between lines.

    A NUL, which no Sieve string can hold, is left out.
    """
    lines = text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    escaped = _LINE_END.join(lines).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
