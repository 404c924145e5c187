#!/usr/bin/env python3
"""Bring the mail of an unpacked mailbox into a live one; no file that is there is changed or removed.

Usage:  maildir.py [--dry-run] merge  UNPACKED LIVE
        maildir.py [--dry-run] beside UNPACKED LIVE NAME
        maildir.py missing UNPACKED LIVE
  merge    each message that the live mailbox does not have goes back to its folder; one that is there, in
           whatever folder, stays as it is; the same for scripts and other files of the person
  beside   all messages go below a folder NAME of the live mailbox, which IMAP shows
  missing  counts only: messages that LIVE has and UNPACKED has not
Output: {"added": …, "kept": …, "folders": […], "files_kept": […]}, or {"missing": …}
Exit:   0 done, 1 failed (standard error says why)
Again:  safe at any time: what a killed run has brought counts as kept.

A message is known by the name of its file up to the colon, which Dovecot never changes and makes unique; what comes
after it are flags (Maildir, and Dovecot's own documentation of it). Both folders must lie on one file system.
Runs with the host's Python, 3.10 or newer, and nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

KEYWORDS = "dovecot-keywords"
# What ties a folder's messages to their numbers and keywords. It can come along only where no message is yet.
WITH_AN_EMPTY_FOLDER = ("dovecot-uidlist", KEYWORDS)
MESSAGES = ("cur", "new")


def base(name: str) -> str:
    """Give what a message keeps its whole life of its file's name."""
    return name.partition(":")[0]


def maildirs(home: Path) -> list[Path]:
    """Find the mail folders below a person's folder, each relative to it."""
    return sorted(
        Path(folder).relative_to(home) for folder, inside, _ in os.walk(home) if not set(MESSAGES).isdisjoint(inside)
    )


def messages(folder: Path) -> list[Path]:
    """List the files of the messages in one mail folder."""
    return sorted(file for part in MESSAGES if (folder / part).is_dir() for file in (folder / part).iterdir())


def all_bases(home: Path) -> set[str]:
    """Collect what the messages below a person's folder are known by."""
    return {base(file.name) for folder in maildirs(home) for file in messages(home / folder)}


def flagged(name: str, *, same_keywords: bool) -> str:
    """Give a message's name with the flags that mean the same where it goes; keywords are numbered in each folder."""
    if same_keywords:
        return name
    start, mark, flags = name.partition(":")
    return start + mark + "".join(flag for flag in flags if not flag.islower())


class Bringing:
    """Moves files into the live mailbox, and counts."""

    def __init__(self, source: Path, live: Path, *, dry_run: bool) -> None:
        self.source = source
        self.live = live
        self.dry_run = dry_run
        self.added = 0
        self.kept = 0
        self.folders: list[str] = []
        self.files_kept: list[str] = []

    def merge(self) -> None:
        """Bring back what is missing."""
        there = all_bases(self.live)
        folders = maildirs(self.source)
        copies = Counter(base(file.name) for folder in folders for file in messages(self.source / folder))
        for folder in folders:
            # One that lies in several folders, as an earlier restore beside the mail leaves it, belongs in each.
            several = {name for name, count in copies.items() if count > 1}
            in_this = {base(file.name) for file in messages(self.live / folder)}
            self._folder(self.source / folder, self.live / folder, (there - several) | in_this)
        self._other_files(folders)

    def beside(self, name: str) -> None:
        """Bring everything below one folder; Maildir++ writes Restored/Sent as ``.Restored.Sent``."""
        for folder in maildirs(self.source):
            root = folder.parts[0]
            below = "".join(folder.parts[1:])  # "" is the inbox, ".Sent" a folder
            target = self.live / root / f".{name}{below}"
            there = {base(file.name) for file in messages(target)}
            self._folder(self.source / folder, target, there, numbers=False)
            if not self.dry_run:
                (target / "maildirfolder").touch()

    def _folder(self, source: Path, target: Path, there: set[str], *, numbers: bool = True) -> None:
        wanted = messages(source)
        new = [file for file in wanted if base(file.name) not in there]
        self.kept += len(wanted) - len(new)
        self.added += len(new)
        if not new and target.is_dir():
            return
        self.folders.append(str(target.relative_to(self.live)))
        if self.dry_run:
            return
        for part in (*MESSAGES, "tmp"):
            (target / part).mkdir(parents=True, exist_ok=True, mode=0o700)
        same = not messages(target) or text_of(source / KEYWORDS) == text_of(target / KEYWORDS)
        if not messages(target):
            for name in WITH_AN_EMPTY_FOLDER if numbers else (KEYWORDS,):
                if (source / name).is_file():
                    (source / name).replace(target / name)
        for file in new:
            place = target / file.parent.name / flagged(file.name, same_keywords=same)
            file.rename(place)

    def _other_files(self, folders: list[Path]) -> None:
        """Bring scripts, subscriptions and the like, each only where there is none of its name."""
        mail = {self.source / folder / part for folder in folders for part in (*MESSAGES, "tmp")}
        for place, inside, files in os.walk(self.source):
            folder = Path(place)
            links = [name for name in inside if (folder / name).is_symlink()]
            inside[:] = [name for name in inside if folder / name not in mail and name not in links]
            for name in sorted([*files, *links]):
                self._other_file(folder / name)

    def _other_file(self, file: Path) -> None:
        relative = file.relative_to(self.source)
        target = self.live / relative
        if target.exists() or target.is_symlink():
            if file.name not in {*WITH_AN_EMPTY_FOLDER, "maildirfolder"} and not file.name.startswith("dovecot"):
                self.files_kept.append(str(relative))
            return
        if not self.dry_run:
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            file.rename(target)


def text_of(file: Path) -> bytes:
    """Read a file that need not be there."""
    return file.read_bytes() if file.is_file() else b""


def main() -> int:
    """Do what the arguments say."""
    os.umask(0o077)
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--dry-run", action="store_true")
    parser.add_argument("how", choices=["merge", "beside", "missing"])
    parser.add_argument("unpacked", type=Path)
    parser.add_argument("live", type=Path)
    parser.add_argument("name", nargs="?", default="")
    asked = parser.parse_args()
    if asked.how == "missing":
        answer: dict[str, Any] = {"missing": len(all_bases(asked.live) - all_bases(asked.unpacked))}
    else:
        bringing = Bringing(asked.unpacked, asked.live, dry_run=asked.dry_run)
        try:
            if asked.how == "merge":
                bringing.merge()
            else:
                bringing.beside(asked.name)
        except OSError as problem:
            sys.stderr.write(f"error: {problem}; the same command goes on from here\n")
            return 1
        answer = {
            "added": bringing.added,
            "kept": bringing.kept,
            "folders": bringing.folders,
            "files_kept": bringing.files_kept,
        }
    sys.stdout.write(json.dumps(answer) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
