"""What every test gets: sockets only where the lab is."""

import pytest
import pytest_socket


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the fast ring first: a mistake it finds costs seconds, not minutes."""
    items.sort(key=lambda item: item.get_closest_marker("lab") is not None)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let the lab ring use the network; everywhere else a socket is an error."""
    if item.get_closest_marker("lab") is not None:
        pytest_socket.enable_socket()
