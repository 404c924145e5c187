"""A collector run on a pretended host, and the figures that it wrote."""

import os
import subprocess
from pathlib import Path

from tests.scripts.machine import Machine

_COLLECTORS = Path(__file__).parents[2] / "monitoring" / "collectors"
_FIGURES = "/var/lib/prometheus/node-exporter/mailstead_{}.prom"


def collect(host: Machine, name: str, *, root: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a collector as its timer does.

    Args:
        host: Where.
        name: Which: queue, release, containers …
        root: Where mailcow is; by default in ``/mailcow`` of the host.
        settings: More of ``/etc/mailstead/metrics.env``.
    """
    stubs = host.root.parent / "stubs"
    env = {"PATH": f"{stubs}:{os.environ['PATH']}", "MAILSTEAD_ROOT": str(host.root)}
    return subprocess.run(
        ["bash", str(_COLLECTORS / f"{name}.sh")],
        env={**env, "METRICS_MAILCOW_ROOT": root or f"{host.root}/mailcow", **settings},
        capture_output=True,
        text=True,
        check=False,
    )


def written(host: Machine, name: str) -> str:
    """Give the file of figures."""
    return host.read(_FIGURES.format(name))


def is_there(host: Machine, name: str) -> bool:
    """Say whether there is one."""
    return host.exists(_FIGURES.format(name))


def figures(host: Machine, name: str) -> dict[str, float]:
    """Give the figures by series."""
    lines = [line for line in written(host, name).splitlines() if not line.startswith("#")]
    return {series: float(value) for series, _, value in (line.rpartition(" ") for line in lines)}


def assert_prometheus_takes(host: Machine, name: str) -> None:
    """Have Prometheus' own tool judge the file."""
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=written(host, name), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
