"""Which labs the next start clears: only dead ones, and never by a pid alone."""

from pathlib import Path

from lab import debris, register
from lab.processes import Process
from lab.register import DAEMON
from tests.lab.bootstrap.records import machine, record

DOCKERD, VAULT = Process(100, 5_000), Process(200, 6_000)


def dead(
    *records: register.Record, alive: tuple[Process, ...] = (), removed_for: tuple[Process, ...] = ()
) -> list[str]:
    """The clones that are judged dead when these processes run and every clone's folder is there."""
    witness = machine(alive, removed_for=removed_for)
    return list(debris.dead_clones(records, own="own", witness=witness, exists=lambda _path: True))


def test_a_lab_of_which_nothing_runs_any_more_is_dead() -> None:
    assert dead(record("/a", DAEMON, DOCKERD), record("/a", "demo", VAULT)) == ["a"]


def test_one_living_process_saves_a_lab() -> None:
    assert dead(record("/a", DAEMON, DOCKERD), record("/a", "demo", VAULT), alive=(VAULT,)) == []


def test_a_pid_that_was_given_to_another_process_saves_nobody() -> None:
    somebody_else = Process(DOCKERD.pid, DOCKERD.started + 1)

    assert dead(record("/a", DAEMON, DOCKERD), alive=(somebody_else,)) == ["a"]


def test_processes_of_before_a_reboot_count_for_nothing() -> None:
    assert dead(record("/a", DAEMON, DOCKERD, boot_id="an earlier boot"), alive=(DOCKERD,)) == ["a"]


def test_our_own_clone_is_mended_and_not_cleared() -> None:
    assert dead(record("/own", DAEMON, DOCKERD)) == []


def test_the_dead_is_told_from_the_living() -> None:
    assert dead(record("/a", DAEMON, DOCKERD), record("/b", DAEMON, VAULT), alive=(VAULT,)) == ["a"]


def test_a_lab_whose_clone_was_removed_under_it_is_dead_though_it_runs() -> None:
    assert dead(record("/a", DAEMON, DOCKERD), alive=(DOCKERD,), removed_for=(DOCKERD,)) == ["a"]


def test_a_lab_in_a_chroot_is_judged_by_the_files_it_sees_itself() -> None:
    witness = machine((DOCKERD,))

    assert debris.dead_clones([record("/a", DAEMON, DOCKERD)], own="own", witness=witness, exists=lambda _: False) == ()


def test_a_lab_in_a_daemon_of_the_machine_is_left_alone_while_its_clone_is_there() -> None:
    assert dead(record("/a", "demo", VAULT)) == []


def test_a_lab_in_a_daemon_of_the_machine_is_dead_when_its_clone_is_gone() -> None:
    gone = debris.dead_clones([record("/a", "demo", VAULT)], own="own", witness=machine(), exists=lambda _: False)

    assert gone == ("a",)


def test_containers_are_known_by_what_runc_wrote_down(tmp_path: Path) -> None:
    state = tmp_path / "runtime-runc" / "moby" / "c0ffee" / "state.json"
    state.parent.mkdir(parents=True)
    state.write_text('{"id": "c0ffee", "init_process_pid": 4711, "init_process_start": 123456}')
    half = tmp_path / "runtime-runc" / "moby" / "dead" / "state.json"
    half.parent.mkdir()
    half.write_text('{"id": "de')

    assert debris.container_processes(tmp_path) == (Process(4711, 123456),)


def test_a_record_survives_being_written_and_read(tmp_path: Path) -> None:
    written = record("/a", "demo", DOCKERD, VAULT)

    register.write(written, tmp_path)

    assert register.read_all(tmp_path) == (written,)
    assert register.read("a", "demo", tmp_path) == written


def test_a_record_of_another_version_is_nobody_to_judge(tmp_path: Path) -> None:
    (tmp_path / "b-demo.json").write_text('{"format": 7}')

    assert register.read_all(tmp_path) == ()


def test_a_moved_clone_is_found_by_its_own_world_file_and_nobody_elses(tmp_path: Path) -> None:
    for clone, identity in (("mine", "a"), ("other", "b"), ("unreadable", "")):
        (tmp_path / clone / ".lab" / "demo").mkdir(parents=True)
        text = f'{{"clone_id": "{identity}"}}' if identity else "half"
        (tmp_path / clone / ".lab" / "demo" / "world.json").write_text(text)
    in_use = [tmp_path / clone / ".lab" / "docker" / "data" for clone in ("mine", "other", "unreadable")]

    assert debris.moved_to("a", [*in_use, Path("/proc")]) == {tmp_path / "mine" / ".lab"}
