"""Tries many corruptions of backups on the real restore.sh: each has to be refused as a whole.

Usage:  python -m tests.restore.campaign [COUNT] [FIRST_SEED]
Exit:   0 all were refused and nothing of them was put anywhere, 1 one was not (its seed and kind are printed)
"""

import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.restore.conftest import backup_of
from tests.restore.corruption import Bad, corrupt
from tests.restore.mail_host import MailHost
from tests.restore.snapshot import KeyPair, Tree, make_key
from tests.scripts.machine import Machine


def main() -> int:
    """Try as many corruptions as asked for, each on a fresh copy of a good backup."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    refused: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="ms-") as name:
        folder = Path(name)
        key, other = make_key(folder / "k", folder, "backup"), make_key(folder / "k", folder, "other")
        tree = backup_of(folder / "good", key)
        for seed in range(first, first + count):
            bad = try_one(folder / str(seed), tree, key, other, seed)
            if bad is None:
                return 1
            refused[bad.kind] += 1
    print(f"{sum(refused.values())} corruptions, all refused:", ", ".join(f"{n} {k}" for k, n in refused.items()))  # noqa: T201
    return 0


def try_one(folder: Path, tree: Tree, key: KeyPair, other: KeyPair, seed: int) -> Bad | None:
    """Try one; None when it was not refused, after saying so."""
    folder.mkdir()
    host = MailHost(Machine(folder), tree, key)
    bad = corrupt(host, seed)
    problem = accepted(host, bad, other)
    if problem:
        print(f"seed {seed}, {bad.kind} ({bad.what}): {problem}", file=sys.stderr)  # noqa: T201
        return None
    return bad


def accepted(host: MailHost, bad: Bad, other: KeyPair) -> str:
    """Restore from a bad backup; say what of it got through, nothing when it was refused as a whole."""
    done = host.restore("mailbox", "alice@example.com", key=other.private if bad.wrong_key else None)
    there = [str(file) for file in host.vmail.parent.rglob("*") if file.is_file()]
    if done.status == 0:
        return f"restored; {done.stdout}"
    if there:
        return f"refused, but this is there: {there}"
    opened = [name for name in host.leftovers() if Path(name).is_file() and "journal" not in name]
    if opened:
        return f"refused, but this was left: {opened}"
    if "error: " not in done.stderr:
        return f"refused without a word: {done.stderr}"
    return ""


if __name__ == "__main__":
    sys.exit(main())
