"""The backup's measurement in its short form: it measures what it says, whatever the machine is busy with."""

from pathlib import Path

from bench.backup.measure import measure


def test_floor_first_backup_and_idle_day_are_of_the_same_mail(tmp_path: Path) -> None:
    found = measure(tmp_path, mailboxes=2, mib_each=1)

    assert (found.mailboxes, found.messages) == (2, 50)
    assert found.mib == 50 * 40 / 1024
    assert min(found.floor_s, found.first_s, found.idle_s) > 0
    assert found.ratio == found.first_s / found.floor_s
    assert found.memory_mib > 1
