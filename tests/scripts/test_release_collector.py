"""release.sh: whether a newer mailcow is out, and never yesterday's answer when nobody could be asked today."""

import pytest

from tests.scripts.collecting import assert_prometheus_takes, collect, figures
from tests.scripts.machine import Machine


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


def ask(host: Machine) -> tuple[int, str]:
    done = collect(host, "release")
    return done.returncode, done.stderr


def test_the_newest_release_is_installed(host: Machine) -> None:
    assert ask(host)[0] == 0

    assert figures(host, "release")["mail_mailcow_update_available"] == 0


@pytest.mark.parametrize("newer", ["2026-07a", "2026-10", "2027-01"])
def test_a_newer_release_is_told_with_both_names(host: Machine, newer: str) -> None:
    published(host, newer, "2026-07", "2026-05b")
    assert ask(host)[0] == 0

    found = figures(host, "release")
    assert found["mail_mailcow_update_available"] == 1
    assert found[f'mail_mailcow_version_info{{version="2026-07",newest="{newer}"}}'] == 1


def test_prometheus_finds_nothing_wrong_with_the_figures(host: Machine) -> None:
    ask(host)

    assert_prometheus_takes(host, "release")


@pytest.mark.parametrize(
    "git",
    ["exit 128", "case $* in *describe*) exit 128 ;; *) cat $root/tags ;; esac", "echo 2026-07"],
    ids=["git fails", "nothing is installed", "no release is listed"],
)
def test_an_answer_of_before_does_not_stay_when_nobody_could_be_asked(host: Machine, git: str) -> None:
    ask(host)
    host.stub("git", git)
    status, said = ask(host)

    assert status == 1
    assert "error: no release of mailcow is known" in said
    assert figures(host, "release") == {
        'mail_collector_last_run_timestamp_seconds{collector="release"}': 2_000,
        'mail_collector_last_run_success{collector="release"}': 0,
    }
