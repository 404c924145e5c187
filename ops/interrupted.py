"""What a run that was killed left behind: found, said, and cleared where nothing can be lost."""

from collections.abc import Sequence

from rich.console import Console

from core.errors import RefusedError
from core.names import PROJECT
from ops.backend import Lock, Pending, locks, pending_operations, remove, without_pending
from ops.engine import Engine
from ops.processes import end_leftovers, run_name
from ops.project import Project


def clear_what_is_left(engine: Engine, project: Project, console: Console) -> None:
    """End processes of a dead run, remove its lock, and forget what it had under way with people.

    Raises:
        RefusedError: Another run is under way, or the dead one was making something in the cloud, which may
            exist without the state knowing it.
    """
    for ended in end_leftovers(run_name(project.folder, project.stack)):
        console.print(f"note: ended {ended}, left over from a run that was killed")
    for lock in locks(engine.env, project=PROJECT, stack=project.stack):
        if not lock.dead:
            raise RefusedError(_somebody_else(lock, project.stack))
        remove(lock)
        console.print(f"note: removed the lock of pid {lock.pid}, which is gone")
    state = engine.export()
    pending = pending_operations(state)
    if not pending:
        return
    unknown = [operation for operation in pending if operation.made_in_the_cloud]
    if unknown:
        raise RefusedError(_how_to_settle(unknown, project.stack))
    engine.import_state(without_pending(state))
    names = ", ".join(sorted({operation.name for operation in pending}))
    console.print(f"note: an earlier run was interrupted at {names}; this one takes up what is there")


def _somebody_else(lock: Lock, stack: str) -> str:
    return (
        f"stack {stack} is locked by {lock.owner} since {lock.since}; wait until that run has ended, "
        f"or, if you know that it is dead, run: pulumi cancel --stack {stack}"
    )


def _how_to_settle(unknown: Sequence[Pending], stack: str) -> str:
    named = ", ".join(f"{operation.name} ({operation.type})" for operation in unknown)
    # The engine takes URN and id as two values of one option that is given twice.
    found = " ".join(
        f"--import-pending-creates '{operation.urn}' --import-pending-creates OCID" for operation in unknown
    )
    return (
        f"an earlier run was killed while it made {named}, which may exist in the cloud without "
        f"the state knowing it; look for it in the cloud's console, then run: "
        f"pulumi refresh --stack {stack} {found} (with its OCID) if it is there, "
        f"or: pulumi refresh --stack {stack} --clear-pending-creates if it is not; then run this again"
    )
