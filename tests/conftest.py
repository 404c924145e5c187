"""What every test gets: sockets only where the lab is, and the fast ring first."""

import pytest

LAB_TIMEOUT_S = 2400
"""The first test of the lab ring waits until the lab is there, which builds the engine where there is none."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the lab ring use the network, and run it last: what the fast ring finds costs seconds, not minutes."""
    for item in items:
        if item.get_closest_marker("lab") is not None:
            item.add_marker(pytest.mark.enable_socket)
            item.add_marker(pytest.mark.timeout(LAB_TIMEOUT_S))
    items.sort(key=lambda item: item.get_closest_marker("lab") is not None)
