"""Fixtures of this folder."""

from tests.clients.ssh_fixtures import agent, reach

__all__ = ["agent", "reach"]
