"""What an interrupted run left, and what may be cleared without asking."""

import json
import os
import socket
from pathlib import Path
from typing import Any

from ops.backend import pending_operations, remove_dead_lock, without_pending

GONE = 2**22 + 1  # above the kernel's highest process id


def lock(state: Path, *, pid: int, hostname: str) -> Path:
    path = state / ".pulumi" / "locks" / "organization" / "mailstead" / "dev" / "one.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"pid": pid, "hostname": hostname}))
    return path


def clear(state: Path) -> list[str]:
    return remove_dead_lock({"PULUMI_BACKEND_URL": f"file://{state}"}, project="mailstead", stack="dev")


def test_the_lock_of_a_dead_process_of_this_host_is_removed(tmp_path: Path) -> None:
    path = lock(tmp_path, pid=GONE, hostname=socket.gethostname())

    assert clear(tmp_path) == [f"the lock of pid {GONE}, which is gone"]
    assert not path.exists()


def test_the_lock_of_a_living_process_stays(tmp_path: Path) -> None:
    path = lock(tmp_path, pid=os.getpid(), hostname=socket.gethostname())

    assert clear(tmp_path) == []
    assert path.exists()


def test_the_lock_of_another_host_stays(tmp_path: Path) -> None:
    path = lock(tmp_path, pid=GONE, hostname="somewhere-else")

    assert clear(tmp_path) == []
    assert path.exists()


def state(*operations: tuple[str, str]) -> dict[str, Any]:
    pending = [
        {"type": kind, "resource": {"urn": f"urn:pulumi:dev::mailstead::{resource}::thing", "type": resource}}
        for kind, resource in operations
    ]
    return {"version": 3, "deployment": {"resources": [], "pending_operations": pending}}


def test_only_an_interrupted_creation_in_the_cloud_needs_a_person() -> None:
    listed = pending_operations(
        state(
            ("creating", "oci:Core/vcn:Vcn"),
            ("updating", "oci:Core/vcn:Vcn"),
            ("creating", "pulumi-python:dynamic/mailstead:Mailbox"),
        )
    )

    assert [operation.made_in_the_cloud for operation in listed] == [True, False, False]


def test_a_state_without_its_pending_operations_is_otherwise_the_same() -> None:
    before = state(("creating", "pulumi-python:dynamic/mailstead:Mailbox"))

    after = without_pending(before)

    assert after == {"version": 3, "deployment": {"resources": []}}
    assert pending_operations(before)
