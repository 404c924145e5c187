"""release.sh: whether a newer mailcow is out, and never yesterday's answer when nobody could be asked today."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.scripts.machine import Machine

SCRIPT = Path(__file__).parents[2] / "monitoring" / "collectors" / "release.sh"
FIGURES = "/var/lib/prometheus/node-exporter/mailstead_release.prom"


@pytest.fixture
def host(machine: Machine) -> Machine:
    """A mail host with release 2026-07, at second 2,000."""
    machine.stub("date", "echo 2000")
    machine.stub("timeout", 'shift; "$@"')
    published(machine, "2026-05", "2026-07", "nightly", "2.0-old")
    return machine


def published(host: Machine, *tags: str) -> None:
    lines = "\n".join(f"0a1b2c\trefs/tags/{tag}" for tag in tags)
    host.write("/tags", f"{lines}\n")
    host.stub("git", "case $* in *describe*) echo 2026-07 ;; *ls-remote*) cat $root/tags ;; esac")


def collect(host: Machine) -> subprocess.CompletedProcess[str]:
    stubs = host.root.parent / "stubs"
    env = {"PATH": f"{stubs}:{os.environ['PATH']}", "MAILSTEAD_ROOT": str(host.root)}
    return subprocess.run(
        ["bash", str(SCRIPT)],
        env={**env, "METRICS_MAILCOW_ROOT": "/srv/mailcow"},
        capture_output=True,
        text=True,
        check=False,
    )


def figures(host: Machine) -> list[str]:
    return [line for line in host.read(FIGURES).splitlines() if not line.startswith("#")]


def test_the_newest_release_is_installed(host: Machine) -> None:
    assert collect(host).returncode == 0

    assert "mail_mailcow_update_available 0" in figures(host)


@pytest.mark.parametrize("newer", ["2026-07a", "2026-10", "2027-01"])
def test_a_newer_release_is_told_with_both_names(host: Machine, newer: str) -> None:
    published(host, newer, "2026-07", "2026-05b")
    assert collect(host).returncode == 0

    assert "mail_mailcow_update_available 1" in figures(host)
    assert f'mail_mailcow_version_info{{version="2026-07",newest="{newer}"}} 1' in figures(host)


def test_prometheus_finds_nothing_wrong_with_the_figures(host: Machine) -> None:
    collect(host)

    done = subprocess.run(
        ["promtool", "check", "metrics"], input=host.read(FIGURES), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "git",
    ["exit 128", "case $* in *describe*) exit 128 ;; *) cat $root/tags ;; esac", "echo 2026-07"],
    ids=["git fails", "nothing is installed", "no release is listed"],
)
def test_an_answer_of_before_does_not_stay_when_nobody_could_be_asked(host: Machine, git: str) -> None:
    collect(host)
    host.stub("git", git)
    done = collect(host)

    assert done.returncode == 1
    assert "error: no release of mailcow is known" in done.stderr
    assert figures(host) == [
        'mail_collector_last_run_timestamp_seconds{collector="release"} 2000',
        'mail_collector_last_run_success{collector="release"} 0',
    ]
