"""What the demo does around the product: it never leaves a run of it behind, and says how to look around."""

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from lab import takedown, topology
from lab.demo.waiting import wait_patiently
from lab.stack import LabStack
from lab.world import Ports, World, plan

PRODUCT = """
import signal, sys, time
def end(*_):
    time.sleep(0.4)  # its engine writes the state
    print("ended properly", flush=True)
    sys.exit(130)
signal.signal(signal.SIGTERM, end)
print("at work", flush=True)
time.sleep(60)
"""


def test_sigterm_ends_the_run_of_the_product_properly_before_the_demo() -> None:
    """A supervisor sends SIGTERM to the demo alone; the engine must write its state all the same."""
    before = signal.getsignal(signal.SIGTERM)
    process = subprocess.Popen([sys.executable, "-c", PRODUCT], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"at work\n"
    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGTERM)).start()

    with process, pytest.raises(KeyboardInterrupt):
        wait_patiently(process)

    assert process.returncode == 130
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_run_of_the_product_that_nobody_ends_gives_its_exit_code() -> None:
    process = subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"])

    assert wait_patiently(process) == 3


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A world that is only a plan."""
    ports = Ports(apt_proxy=3142, registry=5000, git=9418, vault=8200)
    world = plan(tmp_path, "demo", docker_host="unix:///none", subnet="10.77.9.0/24", ports=ports, engine="")
    world.save()
    return world


def test_somebody_who_logs_in_at_the_mail_host_accepts_only_the_key_that_the_stack_pinned(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = {"address": "10.77.9.2", "user": "ubuntu", "host_key": "ssh-ed25519 AAAApinned"}
    resources: list[dict[str, Any]] = [
        {"type": "pulumi:pulumi:Stack"},
        {"type": "pulumi-python:dynamic/mailstead:HostKey", "outputs": key},
    ]
    monkeypatch.setattr(LabStack, "export", lambda _: {"deployment": {"resources": resources}})

    commands = LabStack(world=world, project=tmp_path, name="demo").ssh_commands()

    assert commands == (
        "ssh -o UserKnownHostsFile=.lab/demo/known_hosts -o StrictHostKeyChecking=yes ubuntu@10.77.9.2",
    )
    assert (tmp_path / ".lab/demo/known_hosts").read_text() == "10.77.9.2 ssh-ed25519 AAAApinned\n"


def test_taking_down_says_in_one_sentence_what_it_did() -> None:
    assert takedown.in_words(("demo", "test"), had_anything=True).startswith("ended demo and test: ")
    assert ".lab" in takedown.in_words((), had_anything=True)
    assert takedown.in_words((), had_anything=False) == "nothing to end: this clone has no lab"


def test_no_sentence_of_the_lab_names_a_program_that_debian_lacks() -> None:
    sources = {path: path.read_text(encoding="utf-8") for path in (topology.CLONE / "lab").rglob("*.py")}

    found = [f"{path}: {line}" for path, text in sources.items() for line in re.findall(r".*\bpython -m lab.*", text)]

    assert [line for line in found if ".venv/bin/python -m lab" not in line] == []
