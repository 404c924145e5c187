"""What an interrupted run left, and what may be cleared without asking."""

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from ops.backend import Lock, locks, pending_operations, remove, without_pending

GONE = 2**22 + 1  # above the kernel's highest process id


def write_lock(state: Path, *, pid: int, hostname: str) -> Path:
    path = state / ".pulumi" / "locks" / "organization" / "mailstead" / "dev" / "one.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"pid": pid, "username": "root", "hostname": hostname, "timestamp": "now"}))
    return path


def read_locks(state: Path) -> list[Lock]:
    return locks({"PULUMI_BACKEND_URL": f"file://{state}"}, project="mailstead", stack="dev")


@pytest.mark.parametrize(
    ("pid", "hostname", "dead"),
    [
        (GONE, socket.gethostname(), True),
        (os.getpid(), socket.gethostname(), False),
        (GONE, "somewhere-else", False),
    ],
    ids=["a dead process of this host", "a living one", "one of another host"],
)
def test_a_lock_is_dead_only_when_it_is_certain(tmp_path: Path, pid: int, hostname: str, *, dead: bool) -> None:
    write_lock(tmp_path, pid=pid, hostname=hostname)

    assert [(lock.dead, lock.owner) for lock in read_locks(tmp_path)] == [(dead, f"root@{hostname} (pid {pid})")]


def test_a_backend_that_was_chosen_by_pulumi_login_is_found(tmp_path: Path) -> None:
    write_lock(tmp_path / "state", pid=GONE, hostname="somewhere-else")
    credentials = tmp_path / "home" / "credentials.json"
    credentials.parent.mkdir()
    credentials.write_text(json.dumps({"current": f"file://{tmp_path / 'state'}", "accessTokens": {}}))

    found = locks({"PULUMI_HOME": str(tmp_path / "home")}, project="mailstead", stack="dev")

    assert [lock.owner for lock in found] == [f"root@somewhere-else (pid {GONE})"]


def test_a_lock_goes_with_the_buckets_own_notes_on_it(tmp_path: Path) -> None:
    path = write_lock(tmp_path, pid=GONE, hostname=socket.gethostname())
    notes = path.with_name("one.json.attrs")
    notes.touch()

    for lock in read_locks(tmp_path):
        remove(lock)

    assert not path.exists()
    assert not notes.exists()


def test_a_lock_as_we_do_not_know_it_is_left_to_the_engine(tmp_path: Path) -> None:
    write_lock(tmp_path, pid=GONE, hostname="x").write_text("{}")

    assert read_locks(tmp_path) == []


@pytest.mark.parametrize("url", ["", "s3://bucket", "https://api.example.com"])
def test_locks_of_other_backends_are_left_to_the_engine(tmp_path: Path, url: str) -> None:
    assert locks({"PULUMI_BACKEND_URL": url, "HOME": str(tmp_path)}, project="mailstead", stack="dev") == []


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
