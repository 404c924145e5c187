"""Records of labs and a machine that answers from a table, for tests of what is dead."""

from collections.abc import Collection
from pathlib import Path

from lab.debris import Witness
from lab.processes import Process
from lab.register import DAEMON, Entry, Record

THIS_BOOT = "this boot"


def record(clone: str, name: str = "demo", *processes: Process, boot_id: str = THIS_BOOT) -> Record:
    """A record as a lab of that clone writes it."""
    return Record(
        clone=Path(clone),
        clone_id=Path(clone).name,
        name=name,
        boot_id=boot_id,
        bridge="" if name == DAEMON else f"ms{Path(clone).name}",
        subnet="" if name == DAEMON else "10.77.9.0/24",
        processes={str(process.pid): Entry(process, "") for process in processes},
    )


def machine(alive: Collection[Process] = (), *, removed_for: Collection[Process] = ()) -> Witness:
    """A machine on which just these processes run, some of which no longer see their clone."""
    return Witness(
        boot_id=THIS_BOOT,
        is_alive=lambda process: process in alive,
        sees=lambda process, _path: process not in removed_for,
    )
