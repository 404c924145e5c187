#!/usr/bin/env python3
"""Read every message of a mailbox by IMAP and print what it is known by and its checksum.

Usage:  read_mail.py COMMAND [ARGUMENT...]
  COMMAND  starts an IMAP server that speaks on its standard input and output and is logged in already
Output: a line a message: its GUID, a tab, the SHA-256 of its bytes; sorted
Exit:   0 all were read, 1 one was not (standard error says which)
Again:  reads only, and marks nothing as read.

X-GUID is Dovecot's own name of a message, which a copy of its file keeps (Dovecot: "IMAP extensions").
Runs with the host's Python, 3.10 or newer, and nothing else.
"""

from __future__ import annotations

import hashlib
import imaplib
import re
import shlex
import sys

AT_ONCE = 50
_GUID = re.compile(rb'X-GUID ("[^"]*"|[^ ()]+)')
_FOLDER = re.compile(rb'\((?P<flags>[^)]*)\) (?:"[^"]*"|NIL) (?P<name>.*)')


class UnreadableError(Exception):
    """A folder or message that the server did not give."""


def folders(imap: imaplib.IMAP4) -> list[bytes]:
    """List the folders that hold messages, as the server writes their names."""
    found: list[bytes] = []
    for row in imap.list()[1]:
        line = row if isinstance(row, bytes) else b"".join(row or ())
        parts = _FOLDER.fullmatch(line)
        if parts is None:
            raise UnreadableError(f"cannot read the list of folders: {line!r}")
        if b"\\Noselect" not in parts["flags"] and b"\\NonExistent" not in parts["flags"]:
            found.append(parts["name"])
    return found


def messages(imap: imaplib.IMAP4, folder: bytes) -> list[tuple[str, str]]:
    """Read a folder: GUID and checksum of each message.

    Raises:
        UnreadableError: The server refused the folder, or gave fewer messages than it has.
    """
    status, said = imap.select(folder.decode("latin-1"), readonly=True)
    if status != "OK":
        raise UnreadableError(f"folder {folder!r} is not opened: {said!r}")
    count = int(said[0] or b"0")
    found: list[tuple[str, str]] = []
    for first in range(1, count + 1, AT_ONCE):
        last = min(first + AT_ONCE - 1, count)
        status, rows = imap.fetch(f"{first}:{last}", "(X-GUID BODY.PEEK[])")
        if status != "OK":
            raise UnreadableError(f"messages {first} to {last} of {folder!r} are not given: {rows!r}")
        for row in rows:
            if isinstance(row, tuple):
                guid = _GUID.search(row[0])
                found.append(((guid[1] if guid else b"").strip(b'"').decode(), hashlib.sha256(row[1]).hexdigest()))
    if len(found) != count:
        raise UnreadableError(f"folder {folder!r} has {count} messages, {len(found)} could be read")
    return found


def read_all(imap: imaplib.IMAP4) -> list[str]:
    """Read every folder, and end the session.

    Raises:
        UnreadableError: Something was not given, or the session is not logged in.
    """
    if imap.state != "AUTH":
        raise UnreadableError("the server is not logged in")
    lines = sorted(f"{guid}\t{digest}" for folder in folders(imap) for guid, digest in messages(imap, folder))
    imap.logout()
    return lines


def main() -> int:
    """Read what the command serves."""
    try:
        lines = read_all(imaplib.IMAP4_stream(shlex.join(sys.argv[1:])))
    except (UnreadableError, imaplib.IMAP4.error, OSError) as problem:
        sys.stderr.write(f"error: {problem}\n")
        return 1
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())
