"""What the values of a relay have to look like, in the list and in the stack's configuration alike."""

from typing import Final, Literal

Tls = Literal["verify", "encrypt"]

DEFAULT_PORT: Final = 587
DEFAULT_TLS: Final[Tls] = "verify"
"""A password is sent: to the server whose certificate says the name, and in clear to nobody."""
TLS_LEVELS: Final[tuple[Tls, ...]] = ("verify", "encrypt")
"""Postfix's words (TLS_README): the certificate is checked, or the line is only encrypted."""
FOLDER_SIGNS: Final = r"[A-Za-z0-9][A-Za-z0-9._@+/-]*"
SPF_TERM: Final = r"(?:include:[a-z0-9._-]+|ip[46]:[0-9a-f.:/]+)"
SPF_PATTERN: Final = rf"{SPF_TERM}(?: {SPF_TERM})*"
NOT_SPF: Final = "is no part of an SPF record; write what the relay's owner says, such as include:spf.example.net"
_WRAPPED: Final = 465
_LONGEST_PASSWORD: Final = 255


def port_problem(port: int) -> str | None:
    """Say why mailcow cannot use a port, or None.

    mailcow hands a relay to Postfix as a next hop of its client for STARTTLS; its own web page says so beside the
    test of a relay (``data/web/inc/ajax/relay_check.php``, read 2026-11): TLS from the first byte is not supported.
    """
    if port == _WRAPPED:
        return f"{port} speaks TLS from the first byte, which mailcow's relays cannot; write {DEFAULT_PORT}"
    return None


def tls_level(written: str | None) -> Tls:
    """Read a level that was checked; nothing is the default."""
    for level in TLS_LEVELS:
        if level == written:
            return level
    return DEFAULT_TLS


def password_problem(password: str) -> str | None:
    """Say why mailcow cannot keep a relay's password, or None; the password is no part of what is said.

    ``add/relayhost`` puts two backslashes before each colon, takes blanks off both ends and has room for 255
    characters (``functions.transports.inc.php``; recorded with a colon, mailcow 2026-07a).
    """
    if ":" in password:
        return "has a colon, before which mailcow would put backslashes; have another made"
    if password != password.strip() or len(password) > _LONGEST_PASSWORD:
        return f"begins or ends with a blank, or is longer than {_LONGEST_PASSWORD} characters; have another made"
    return None
