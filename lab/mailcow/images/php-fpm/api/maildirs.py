"""The move of a deleted mailbox's folder, which mailcow does through its dockerapi and dovecot containers."""

import re
import shutil
import time
from pathlib import Path

_UNSAFE = re.compile(r"[^A-Za-z0-9]")


class MoveError(Exception):
    """The folder could not be moved; the mailbox is deleted all the same."""


def move_to_garbage(mail_folder: Path, domain: str, local_part: str) -> None:
    """Move <mail_folder>/<domain>/<local_part> to _garbage, where a job deletes it five days later.

    Raises:
        MoveError: it is there and could not be moved.
    """
    source = mail_folder / domain / local_part
    if "/" in local_part or not source.is_dir():
        return
    garbage = mail_folder / "_garbage"
    try:
        garbage.mkdir(exist_ok=True)
        shutil.move(source, garbage / f"{int(time.time())}_{_UNSAFE.sub('', domain + local_part)}")
    except OSError as error:
        raise MoveError(str(error.strerror)) from error
