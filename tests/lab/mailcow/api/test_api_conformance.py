"""The lab's mailcow API answers as a real mailcow was recorded to answer."""

import pytest

from tests.lab.mailcow.api.concurrency import ConcurrencyPlayer
from tests.lab.mailcow.api.player import AS_RECORDED, RENAMED, Names, Player
from tests.lab.mailcow.api.recorded import CONFORMANCE_FILES, RUNS_FILE, left_out
from tests.lab.mailcow.api.service import ApiService

pytestmark = pytest.mark.lab


@pytest.mark.parametrize("names", [AS_RECORDED, RENAMED], ids=["as-recorded", "renamed"])
@pytest.mark.parametrize("file", CONFORMANCE_FILES)
def test_every_recorded_exchange_is_answered_as_recorded(api: ApiService, file: str, names: Names) -> None:
    exempt = {line.name for line in left_out() if line.file == file}
    results = Player(api, names).play(file)
    wrong = {
        exchange: differences
        for exchange, differences in results.items()
        if differences and exchange.partition("] ")[2] not in exempt
    }
    right_after_all = [
        exchange
        for exchange, differences in results.items()
        if not differences and exchange.partition("] ")[2] in exempt
    ]

    assert not wrong, "\n".join(f"{exchange}\n    " + "\n    ".join(lines) for exchange, lines in wrong.items())
    assert not right_after_all, f"on the list of left-out exchanges, but right: {right_after_all}"


@pytest.mark.parametrize("names", [AS_RECORDED, RENAMED], ids=["as-recorded", "renamed"])
def test_callers_at_one_moment_are_answered_as_recorded(api: ApiService, names: Names) -> None:
    exempt = {line.name for line in left_out() if line.file == RUNS_FILE}
    results = ConcurrencyPlayer(api, names).play()
    wrong = {run: differences for run, differences in results.items() if differences and run not in exempt}

    assert not wrong, "\n".join(f"{run}\n    " + "\n    ".join(lines) for run, lines in wrong.items())
