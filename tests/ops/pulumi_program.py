"""Stands for the `pulumi` program: answers from a scenario, keeps a record of what it was asked.

Run as a program of its own, so it knows nothing of the tests; its folder comes by FAKE_PULUMI.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ["FAKE_PULUMI"])
SCENARIO = FOLDER / "scenario.json"
TOLD = (
    "PULUMI_SKIP_CHECKPOINTS",
    "MAILSTEAD_DESTROY",
    "SSH_AUTH_SOCK",
    "PULUMI_DEBUG_COMMANDS",
    "MAILSTEAD_RUN",
    "MAILSTEAD_ADDRESS_FIRST",
)


def main(arguments: list[str]) -> int:
    scenario = json.loads(SCENARIO.read_text())
    call: dict[str, Any] = {
        "arguments": arguments,
        "environment": {name: os.environ[name] for name in TOLD if name in os.environ},
        "reads_nothing": sys.stdin.read() == "",
    }
    with (FOLDER / "calls.jsonl").open("a") as record:
        record.write(json.dumps(call) + "\n")
    words = [argument for argument in arguments if not argument.startswith("-")]
    match words[:2]:
        case ["version", *_]:
            sys.stdout.write(scenario["version"] + "\n")
            return 0
        case ["stack", "export"]:
            return answer(scenario["export"] or {"stdout": json.dumps(scenario["state"])})
        case ["stack", "import"]:
            scenario["state"] = json.loads(Path(after("--file", arguments)).read_text())
            SCENARIO.write_text(json.dumps(scenario))
            return 0
        case ["preview", *_]:
            return answer(scenario["preview"])
        case _:
            log = [json.dumps({"diagnosticEvent": event}) for event in scenario["change"].get("events", [])]
            log += [json.dumps(event) for event in scenario["change"].get("log", [])]
            Path(after("--event-log", arguments)).write_text("\n".join([*log, scenario["change"].get("torn", "")]))
            return answer(scenario["change"])


def answer(told: dict[str, Any]) -> int:
    if told.get("waits_for_interrupt"):
        return wait_for_interrupt()
    sys.stdout.write(told.get("stdout", ""))
    sys.stderr.write(told.get("stderr", ""))
    return int(told.get("status", 0))


def wait_for_interrupt() -> int:
    (FOLDER / "waiting").touch()
    try:
        time.sleep(30)
    except KeyboardInterrupt:
        (FOLDER / "interrupted").touch()
        return 1
    return 0


def after(option: str, arguments: list[str]) -> str:
    return arguments[arguments.index(option) + 1]


signal.signal(signal.SIGINT, signal.default_int_handler)
sys.exit(main(sys.argv[1:]))
