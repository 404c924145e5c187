"""The public key that backups are encrypted to, as a file has it."""

import base64
import binascii
import re
from typing import Final

_BEGIN: Final = "-----BEGIN PGP PUBLIC KEY BLOCK-----"
_END: Final = "-----END PGP PUBLIC KEY BLOCK-----"
_MOST_CHARACTERS: Final = 65_536
_CHECKSUM: Final = re.compile(r"=[A-Za-z0-9+/]{4}")
_PUBLIC_KEY_PACKET: Final = 6
"""RFC 9580, 5.5.1.1."""


def read_backup_key(text: str) -> str:
    """Check what a file says, and return the key in one form whatever the file's line ends are.

    Args:
        text: The file, in the ASCII form of OpenPGP (RFC 9580, section 6.2).

    Returns:
        Lines from the first to the last of the block, each ended by a line feed.

    Raises:
        ValueError: ``<why it is none>; <what to do>``. Never shows the text: it may be the private half by mistake.
    """
    if "PRIVATE KEY" in text:
        raise ValueError("holds a private key; make that worthless now, and write the public one here")
    lines = [line.rstrip() for line in text.strip().splitlines()]
    if len(text) > _MOST_CHARACTERS or not lines or (lines[0], lines[-1]) != (_BEGIN, _END):
        raise ValueError("is no public key of OpenPGP in text form; have one made by: mailstead backup key")
    if not _is_public_key(_body(lines)):
        raise ValueError("is damaged; have it made again by: mailstead backup key")
    return "".join(f"{line}\n" for line in lines)


def _body(lines: list[str]) -> str:
    """Take the data out: what follows the empty line behind the headers, without the checksum."""
    first = lines.index("") + 1 if "" in lines else 1
    return "".join(line for line in lines[first:-1] if not _CHECKSUM.fullmatch(line))


def _is_public_key(body: str) -> bool:
    try:
        packets = base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        return False
    # The first packet's kind: six bits of its first octet, or four in the old form (RFC 9580, 4.2).
    kind = packets[0] & 0x3F if packets[:1] >= b"\xc0" else (packets[:1] or b"\0")[0] >> 2 & 0x0F
    return kind == _PUBLIC_KEY_PACKET
