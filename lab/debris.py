"""Labs whose processes were killed from outside: which of them are dead, and what of theirs is cleared."""

import json
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from lab import kernel, processes, register, topology
from lab.processes import Process
from lab.register import Record


@dataclass(frozen=True)
class Witness:
    """What can be asked about processes; the tests ask a table of their own."""

    boot_id: str
    is_alive: Callable[[Process], bool]
    sees: Callable[[Process, Path], bool]
    """Whether a path exists for a process."""


def real_witness() -> Witness:
    """Ask this machine."""
    return Witness(boot_id=processes.boot_id(), is_alive=processes.is_alive, sees=processes.sees)


def living(record: Record, witness: Witness) -> tuple[Process, ...]:
    """Give those processes of a lab that still run: the very ones, not others that got their pids."""
    if record.boot_id != witness.boot_id:
        return ()
    return tuple(entry.process for entry in record.processes.values() if witness.is_alive(entry.process))


def dead_clones(
    records: Sequence[Record], *, own: str, witness: Witness, exists: Callable[[Path], bool] = Path.exists
) -> tuple[str, ...]:
    """Say which clones' labs are dead, our own excepted.

    A clone's labs are dead when none of their processes runs any more, or when the clone was removed under them.
    One living process is enough to be left alone: a lab that is half dead is mended by its own next start.
    So is a lab in a Docker daemon that is not a lab's: its hosts may run though its services were killed.
    """
    dead: list[str] = []
    for clone_id in dict.fromkeys(record.clone_id for record in records):
        if clone_id == own:
            continue
        of_clone = [record for record in records if record.clone_id == clone_id]
        alive = [(record, process) for record in of_clone for process in living(record, witness)]
        if alive:
            is_dead = not any(witness.sees(process, record.clone / ".lab") for record, process in alive)
        else:
            is_dead = _has_private_daemon(of_clone) or not exists(of_clone[0].clone / ".lab")
        if is_dead:
            dead.append(clone_id)
    return tuple(dead)


def clear_others(own: str, say: Callable[[str], None]) -> None:
    """Clear what dead labs of other clones left on this machine; their files stay, and a living lab is not touched.

    Must be called with the register locked.
    """
    records = register.read_all()
    for clone_id in dead_clones(records, own=own, witness=real_witness()):
        of_clone = [record for record in records if record.clone_id == clone_id]
        say(f"clearing what the dead labs of {of_clone[0].clone} left")
        clear_clone(of_clone)


def clear_clone(records: Sequence[Record]) -> None:
    """Clear everything of one clone's labs that lives outside its folder."""
    clone, clone_id = records[0].clone, records[0].clone_id
    end_daemon(clone, clone_id)
    processes.kill(processes.marked(lambda mark: mark.startswith(f"{clone_id}:")))
    in_use = [*kernel.mounts_below(Path("/")), *(loop.file for loop in kernel.loop_devices())]
    for place in {clone / ".lab", *moved_to(clone_id, in_use)}:
        kernel.unmount_below(place)
        kernel.detach_loops_of(place)
    for record in records:
        if record.bridge and _has_private_daemon(records):  # else it is for that daemon to remove
            kernel.remove_bridge(record.bridge)
        register.remove(record)
    run_folder = topology.RUN_ROOT / clone_id
    if run_folder.exists() and not kernel.mounts_below(run_folder):
        shutil.rmtree(run_folder)


def moved_to(clone_id: str, in_use: Iterable[Path]) -> frozenset[Path]:
    """Find where a clone's .lab lies by now: a clone that was moved under its lab takes mounts and loop devices along.

    Args:
        clone_id: whose; a world.json below the folder has to say so.
        in_use: what is mounted or behind a loop device on this machine.
    """
    labs = {parent for path in in_use for parent in path.parents if parent.name == ".lab"}
    return frozenset(lab for lab in labs if any(_is_of(file, clone_id) for file in lab.glob("*/world.json")))


def _is_of(world_file: Path, clone_id: str) -> bool:
    try:
        return cast("dict[str, Any]", json.loads(world_file.read_text(encoding="utf-8")))["clone_id"] == clone_id
    except (OSError, ValueError, KeyError, TypeError):  # nothing that proves whose it is
        return False


def end_daemon(clone: Path, clone_id: str) -> None:
    """End what is left of a clone's Docker daemon: its processes, its containers' processes, its mounts.

    Containers outlive a daemon that was killed, so their first processes are looked up where runc wrote them down.
    """
    run_folder = topology.RUN_ROOT / clone_id
    processes.kill(processes.marked(lambda mark: mark == f"{clone_id}:{register.DAEMON}"))
    processes.kill(container_processes(run_folder / "exec"))
    kernel.unmount_below(run_folder)
    kernel.unmount_below(clone / ".lab" / register.DAEMON)
    for name in ("exec", "containerd"):
        folder = run_folder / name
        if folder.exists() and not kernel.mounts_below(folder):
            shutil.rmtree(folder)


def container_processes(exec_root: Path) -> tuple[Process, ...]:
    """Read from runc's own records the first process of every container of a daemon.

    runc writes the start time beside the pid, in the same clock ticks as we do.
    """
    found: list[Process] = []
    for file in sorted(exec_root.glob("runtime-*/*/*/state.json")):
        try:
            state = cast("dict[str, Any]", json.loads(file.read_text(encoding="utf-8")))
            found.append(Process(int(state["init_process_pid"]), int(state["init_process_start"])))
        except (OSError, ValueError, KeyError):  # half written by a runc that was killed: there was no process yet
            continue
    return tuple(found)


def _has_private_daemon(records: Sequence[Record]) -> bool:
    return any(record.name == register.DAEMON for record in records)
