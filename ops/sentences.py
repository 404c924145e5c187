"""What the engine says of an error, reduced to the sentence that helps."""

import re

from ops.event_log import events, message

_NOISE = (
    "update failed",
    "preview failed",
    "update canceled",
    "resource creation failed",
    "an unhandled error occurred: program failed:",
    "an unhandled error occurred: program exited with non-zero exit code: 1",
)
_PROPERTY_PROBLEM = " has a problem: "
_ERROR = "error: "
_NO_STACK = re.compile(r"no stack named '([^']+)' found")


def clear_sentence(message: str) -> str:
    """Reduce what the engine says of an error to the sentence that helps; empty when it says nothing.

    A provider's error arrives with the words of gRPC before it, and in newer engines with a traceback,
    whose last line holds the exception.
    """
    lines = [line.strip() for line in message.strip().splitlines() if line.strip()]
    if not lines:
        return ""
    text = lines[-1] if any(line.startswith("Traceback") for line in lines) else " ".join(lines)
    text = text.removeprefix(_ERROR).removeprefix("Exception calling application: ")
    # A refusal of ours arrives behind the name and value of the property that carries it.
    text = text.rpartition(_PROPERTY_PROBLEM)[2]
    head, separator, rest = text.partition(": ")
    if separator and head.replace(".", "").isidentifier() and head.endswith(("Error", "Exception")):
        text = rest
    if found := _NO_STACK.search(text):
        text += f"; make it: pulumi stack init {found[1]} --no-select (its state is elsewhere? set PULUMI_BACKEND_URL)"
    return "" if text in _NOISE else text


def errors_of_events(log: str) -> list[str]:
    """Read the errors of an engine's event log, each once, in the order they happened."""
    diagnostics = [event["diagnosticEvent"] for event in events(log) if "diagnosticEvent" in event]
    sentences = [clear_sentence(message(one)) for one in diagnostics if one.get("severity") == "error"]
    return list(dict.fromkeys(filter(None, sentences)))


def errors_of_output(text: str) -> list[str]:
    """Read the errors of what the engine printed on its error output.

    Lines that belong to an error are kept with it; warnings before it are not errors. Output without
    an error that is marked as one is taken line by line: a crash has no mark.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    messages: list[str] = []
    for line in lines:
        if line.startswith(_ERROR):
            messages.append(line)
        elif messages and not line.startswith(("warning: ", "info: ")):
            messages[-1] += f"\n{line}"
    return [sentence for message in messages or lines if (sentence := clear_sentence(message))]
