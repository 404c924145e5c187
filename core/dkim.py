"""What a domain's DKIM record says and is called, and how one key follows another."""

import re
from typing import Final

_TAGS: Final = "v=DKIM1;k=rsa;t=s;s=email"
_NUMBERED: Final = re.compile(r"(?P<word>.*?)(?P<number>[0-9]*)")
KEPT_DAYS: Final = 7
"""How long a key stays published after it signed last: other servers try for five days, ours too (Postfix's
``maximal_queue_lifetime``, 5 days; RFC 5321, 4.5.4.1: at least 4 to 5), and two more for what they look at later."""


def record_text(public_key: str) -> str:
    """Write the TXT record of an RSA key (RFC 6376, 3.6.1), tag by tag as mailcow writes it, so that both compare.

    Args:
        public_key: SubjectPublicKeyInfo in base64, without PEM lines.
    """
    return f"{_TAGS};p={public_key}"


def record_name(selector: str, domain: str) -> str:
    """Name the record that a selector's key stands in (RFC 6376, 3.6.2.1): ``s1._domainkey.example.com``."""
    return f"{selector}._domainkey.{domain}"


def following(selector: str) -> str:
    """Name the selector after this one: ``s2`` after ``s1``, ``mail2`` after ``mail``."""
    found = _NUMBERED.fullmatch(selector)
    word, number = (found["word"], found["number"]) if found else (selector, "")
    return f"{word}{int(number) + 1 if number else 2}"
