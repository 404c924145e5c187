"""The same seeds on the real engine end as in the model."""

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from lab.engine import ensure
from lab.steps import Steps
from tests.chaos.real.openbao import OpenBao
from tests.chaos.real.seeds import run_real_seed, vault
from tests.chaos.real.warm import warm_python

pytestmark = pytest.mark.lab

STARTED, FORKED = 2, 5
"""Seeds whose Pythons are started as ever, and forked from a warm one as in the long campaign."""


@pytest.fixture(scope="module")
def bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenBao]:
    """A real OpenBao, and an engine, which is built where there is none."""
    steps = Steps(tmp_path_factory.mktemp("logs"), Console(stderr=True, force_terminal=False))
    with steps.step("engine", "engine") as step:
        ensure(step)
    with vault() as bao:
        yield bao


def test_a_seed_ends_on_the_real_engine_as_in_the_model(bao: OpenBao, tmp_path: Path) -> None:
    assert run_real_seed(STARTED, bao, tmp_path)["violations"] == []


def test_a_seed_ends_with_warm_pythons_as_in_the_model(bao: OpenBao, tmp_path: Path) -> None:
    with warm_python() as warm:
        assert run_real_seed(FORKED, bao, tmp_path, warm)["violations"] == []


@pytest.mark.usefixtures("bao")
def test_no_fork_outlives_its_killed_client() -> None:
    with warm_python() as warm:
        plugin_client = [warm.engine / "pulumi-resource-pulumi-python", "unused"]
        with subprocess.Popen(plugin_client, stdout=subprocess.PIPE) as client:
            assert client.stdout is not None
            port = int(client.stdout.readline())
            client.kill()
        warm.end_all()
        with socket.socket() as plugin:
            assert plugin.connect_ex(("127.0.0.1", port)) != 0
