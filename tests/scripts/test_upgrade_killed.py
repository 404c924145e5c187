"""upgrade-mailcow.sh killed at its calls, one after the other: the next run finishes it, and no data is lost."""

from pathlib import Path

import pytest

from tests.scripts.machine import Machine
from tests.scripts.upgrading import BROKEN, DATA, NEW, OLD, TABLE, Upgraded, make_versions

_CHANGING = ("docker", "cp", "mv", "find", "git -c", "rm -f -- ", "rm -rf -- ")


@pytest.fixture(scope="session")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("versions") / "mailcow"
    make_versions(folder)
    return folder


def host_in(folder: Path, versions: Path) -> Upgraded:
    folder.mkdir()
    return Upgraded(Machine(folder), versions)


def places_to_kill(host: Upgraded, version: str, *, after: str) -> list[int]:
    """The numbers of the calls that change something, in a run that nobody kills."""
    host.up(version)
    calls = host.machine.calls
    begin = next(number for number, call in enumerate(calls) if call.startswith(after))
    return [number for number, call in enumerate(calls, start=1) if number > begin and call.startswith(_CHANGING)]


def test_the_next_run_finishes_what_was_killed(tmp_path: Path, versions: Path) -> None:
    places = places_to_kill(host_in(tmp_path / "whole", versions), NEW, after="docker compose config")
    assert len(places) > 15
    for call in places:
        host = host_in(tmp_path / str(call), versions)
        host.killed_at(call, NEW)

        done = host.up(NEW)

        assert done.status == 0, (call, done.stderr)
        assert host.version == NEW, call
        assert host.data == {**DATA, TABLE: "people\nmade newer by 2026-09\n"}, call
        assert host.is_open, call
        assert host.is_tidy, call


def test_a_way_back_that_was_killed_is_finished_by_the_next_run(tmp_path: Path, versions: Path) -> None:
    places = places_to_kill(host_in(tmp_path / "whole", versions), BROKEN, after="git -c advice")
    assert len(places) > 15
    for call in places:
        host = host_in(tmp_path / str(call), versions)
        host.killed_at(call, BROKEN)

        done = host.up(BROKEN)

        assert done.status == 1, call
        assert f"mailcow {BROKEN} did not pass" in done.stderr, (call, done.stderr)
        assert host.version == OLD, call
        assert host.data == DATA, call
        assert host.is_open, call
        assert host.is_tidy, call
        assert f"{BROKEN} for all" not in host.lines("/world"), call


def test_who_wants_the_old_version_again_after_a_kill_gets_it_with_its_data(tmp_path: Path, versions: Path) -> None:
    for call in places_to_kill(host_in(tmp_path / "whole", versions), BROKEN, after="docker stop")[::4]:
        host = host_in(tmp_path / str(call), versions)
        host.killed_at(call, BROKEN)

        done = host.up(OLD)

        assert (done.status, done.stdout) == (0, f"mailcow {OLD}\n"), (call, done.stderr)
        assert (host.version, host.data, host.is_open, host.is_tidy) == (OLD, DATA, True, True), call
