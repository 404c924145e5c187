"""`python -m bench.backup`: the daily job and an idle day of it, beside `tar | gzip -1 | gpg` alone in the same run."""
# ruff: noqa: T201 — it talks to a terminal

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from bench.backup.measure import measure


def main(arguments: list[str]) -> int:
    """Measure, print, and say the ratios."""
    parser = argparse.ArgumentParser(prog="python -m bench.backup", description=__doc__)
    parser.add_argument("--mailboxes", type=int, default=20, metavar="N", help="how many (20)")
    parser.add_argument("--mib", type=int, default=20, metavar="MIB", help="mail in each (20)")
    parser.add_argument("--json", action="store_true", help="print JSON for machines")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="mailstead-bench-") as folder:
        found = measure(Path(folder), mailboxes=asked.mailboxes, mib_each=asked.mib)
    if asked.json:
        print(json.dumps({**asdict(found), "ratio": found.ratio, "idle_ratio": found.idle_ratio}, indent=2))
        return 0
    print(f"{asked.mailboxes} mailboxes of {asked.mib} MiB, {found.messages} messages")
    for what, took_s, ratio in (
        ("floor, tar | gzip -1 | gpg", found.floor_s, 1.0),
        ("first backup", found.first_s, found.ratio),
        ("idle day, nothing changed", found.idle_s, found.idle_ratio),
    ):
        print(f"{what:30} {took_s:7.1f} s {found.mib / took_s:7.1f} MiB/s {ratio:6.2f} x")
    print(f"most memory of one program {found.memory_mib:11.1f} MiB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
