"""Names of folders: what the servers list, and what a folder of theirs is called on our side."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

_LISTED = re.compile(rb'\((?P<flags>[^)]*)\) (?:"(?P<separator>\\?.)"|NIL) (?P<name>.*)', re.DOTALL)
_SPECIAL = ("\\drafts", "\\junk", "\\sent", "\\trash", "\\archive")
_USUAL_NAMES = {
    "sent items": "\\sent",
    "sent messages": "\\sent",
    "sent mail": "\\sent",
    "deleted items": "\\trash",
    "deleted messages": "\\trash",
    "bin": "\\trash",
    "spam": "\\junk",
    "junk e-mail": "\\junk",
    "draft": "\\drafts",
}


@dataclass(frozen=True)
class Folder:
    """One folder; its name is as on the wire, in modified UTF-7."""

    name: str
    separator: str
    flags: tuple[str, ...]

    @property
    def quoted(self) -> str:
        """Give the name as an argument of a command."""
        return quoted(self.name)

    @property
    def use(self) -> str:
        """Give the flag that says what the folder is for, or an empty text."""
        named = next((flag for flag in self.flags if flag in _SPECIAL), "")
        return named or _USUAL_NAMES.get(self.name.rpartition(self.separator)[2].lower(), "")


def listed(answer: Iterable[Any]) -> list[Folder]:
    """Read the answer to LIST; folders that only hold others are left out."""
    found: list[Folder] = []
    for line in answer:
        # A name may come as a literal: then the line is in two parts.
        head, literal = (line[0], line[1]) if isinstance(line, tuple) else (line, None)
        match = _LISTED.match(head or b"")
        if match is None:
            continue
        flags = tuple(match["flags"].decode("ascii").lower().split())
        name = literal if literal is not None else _unquoted(match["name"].strip())
        if "\\noselect" not in flags and "\\nonexistent" not in flags:
            separator = (match["separator"] or b"/").decode("ascii")[-1]
            found.append(Folder(name.decode("ascii", "surrogateescape"), separator, flags))
    return found


def wanted(folders: Iterable[Folder], exclude: str) -> list[Folder]:
    """Leave out what the pattern of the job excludes."""
    if not exclude:
        return list(folders)
    # A switch in the midst of a pattern is nothing to Python: all of it then ignores case.
    flags = re.IGNORECASE if "(?i)" in exclude else 0
    pattern = re.compile(exclude.replace("(?i)", ""), flags)
    return [folder for folder in folders if not pattern.search(folder.name)]


def name_here(folder: Folder, ours: Iterable[Folder], *, subfolder: str, automap: bool) -> str:
    """Give the name on our side."""
    here = list(ours)
    separator = next((one.separator for one in here), "/")
    if automap and folder.use and not subfolder:
        same_use = next((one.name for one in here if one.use == folder.use), None)
        if same_use is not None:
            return same_use
    name = folder.name.replace(folder.separator, separator)
    parent = subfolder.strip().strip("/")
    return f"{parent}{separator}{name}" if parent else name


def quoted(name: str) -> str:
    """Quote a name for a command."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _unquoted(name: bytes) -> bytes:
    if name.startswith(b'"') and name.endswith(b'"'):
        return re.sub(rb"\\(.)", rb"\1", name[1:-1])
    return name
