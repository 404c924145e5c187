"""The program behind `pulumi-resource-command` in a world of the lab."""

from __future__ import annotations

from lab.plugins.command.provider import CommandProvider
from lab.plugins.server import EchoingServicer, EngineLog, serve

if __name__ == "__main__":
    engine_log = EngineLog()
    serve("1.2.1", CommandProvider(engine_log), log=engine_log, servicer=EchoingServicer)
