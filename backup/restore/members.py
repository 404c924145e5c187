#!/usr/bin/env python3
"""Say whether an archive may be unpacked, and what mail it would give.

Usage:  members.py [TOP] < ARCHIVE.tar.gz
  TOP   the one folder that everything has to lie in; without it any relative name will do
Output: {"members": …, "messages": …, "mail_bytes": …}; messages are the files in folders cur and new
Exit:   0 it may, 1 it may not (standard error says why, with the member's name)
Again:  reads only.

GNU tar has its own guards against names that lead out, but it warns and goes on; here the first such name refuses the
archive. Runs with the host's Python, 3.10 or newer, and nothing else.
"""

from __future__ import annotations

import json
import os
import posixpath
import sys
import tarfile
import zlib


class UnsafeError(Exception):
    """A member that must not be unpacked."""


def refuse(member: tarfile.TarInfo, why: str) -> UnsafeError:
    """Make the error of a member."""
    return UnsafeError(f"{member.name!a} {why}")


def inside(path: str, top: str | None) -> bool:
    """Whether a relative path stays where it is unpacked, below the top folder where there is one."""
    parts = path.split("/")
    return not path.startswith("/") and all(part not in {"", ".", ".."} for part in parts) and top in {None, parts[0]}


def leads_out(member: tarfile.TarInfo, top: str | None) -> bool:
    """Whether a link leads to something that is not of this archive."""
    if member.islnk():
        return not inside(member.linkname, top)
    # A symbolic link is relative to its own folder.
    target = posixpath.normpath(posixpath.join(posixpath.dirname(member.name), member.linkname))
    return member.linkname.startswith("/") or not inside(target, top)


class Examination:
    """Looks at member after member, and counts the mail."""

    def __init__(self, top: str | None) -> None:
        self._top = top
        self._seen: set[str] = set()
        self._links: set[str] = set()
        self.counts = {"members": 0, "messages": 0, "mail_bytes": 0}

    def look(self, member: tarfile.TarInfo) -> None:
        """Look at one.

        Raises:
            UnsafeError: It is no file, folder or link of this archive.
        """
        parts = member.name.split("/")
        if not inside(member.name, self._top):
            raise refuse(member, f"lies outside of {self._top or 'the archive'}")
        if member.name in self._seen:
            raise refuse(member, "is there twice")
        if any("/".join(parts[:depth]) in self._links for depth in range(1, len(parts))):
            raise refuse(member, "lies behind a link")
        self._seen.add(member.name)
        self._look_at_kind(member)
        self.counts["members"] += 1
        # The first is the mailbox, which may have such a name itself.
        if member.isreg() and len(parts) > 2 and parts[-2] in {"cur", "new"}:
            self.counts["messages"] += 1
            self.counts["mail_bytes"] += member.size

    def _look_at_kind(self, member: tarfile.TarInfo) -> None:
        if member.issym() or member.islnk():
            if leads_out(member, self._top):
                raise refuse(member, f"is a link that leads out, to {member.linkname!a}")
            self._links.update({member.name} if member.issym() else ())
        elif not (member.isreg() or member.isdir()):
            raise refuse(member, "is neither file nor folder nor link")
        elif member.isreg() and member.mode & 0o6000:
            raise refuse(member, "would run as somebody else (setuid)")


def examine(archive: tarfile.TarFile, top: str | None) -> dict[str, int]:
    """Look at every member; give the counts.

    Raises:
        UnsafeError: One must not be unpacked, or there is none.
    """
    examination = Examination(top)
    for member in archive:
        examination.look(member)
    if not examination.counts["members"]:
        raise UnsafeError("it is empty")
    return examination.counts


def main() -> int:
    """Examine what comes on standard input."""
    # The bytes as they are on disk, whatever the host's locale makes of them.
    top = os.fsencode(sys.argv[1]).decode("utf-8", "surrogateescape") if len(sys.argv) > 1 else None
    try:
        with tarfile.open(fileobj=sys.stdin.buffer, mode="r|gz", encoding="utf-8", errors="surrogateescape") as archive:
            counts = examine(archive, top)
    except (UnsafeError, tarfile.TarError, EOFError, OSError, zlib.error) as problem:
        sys.stderr.write(f"error: the archive is not unpacked: {problem}\n")
        return 1
    sys.stdout.write(json.dumps(counts) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
