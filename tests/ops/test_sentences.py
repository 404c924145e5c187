"""What the command line makes of the engine's words."""

import pytest

from ops.sentences import clear_sentence, errors_of_events, errors_of_output

NO_STACK = "no stack named 'prod' found"


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ("error: update failed", ""),
        ("error: an unhandled error occurred: program exited with non-zero exit code: 1", ""),
        (
            "Exception calling application: bob@example.com is another stack's",
            "bob@example.com is another stack's",
        ),
        (
            "error: Roster resource 'roster': property bob value {<nil>} has a problem: bob@example.com vanished",
            "bob@example.com vanished",
        ),
        (
            'Traceback (most recent call last):\n  File "x.py"\ncore.errors.VaultSealedError: Vault is sealed; unseal',
            "Vault is sealed; unseal",
        ),
        (
            f"error: {NO_STACK}",
            f"{NO_STACK}; make it: pulumi stack init prod --no-select (its state is elsewhere? set PULUMI_BACKEND_URL)",
        ),
    ],
)
def test_an_error_of_the_engine_becomes_the_one_sentence_that_helps(message: str, sentence: str) -> None:
    assert clear_sentence(message) == sentence


def test_an_error_of_several_lines_stays_whole_and_warnings_are_not_errors() -> None:
    printed = "warning: old\nerror: the stack is locked.\n  by root@vm\nwarning: older\nerror: no stack\n"

    assert errors_of_output(printed) == ["the stack is locked. by root@vm", "no stack"]


def test_a_crash_that_marks_nothing_as_an_error_is_told_as_it_is() -> None:
    assert errors_of_output("panic: oh no\n") == ["panic: oh no"]


def test_a_log_that_a_killed_engine_left_torn_is_read_as_far_as_it_goes() -> None:
    whole = '{"diagnosticEvent": {"severity": "error", "message": "Vault is sealed"}}'

    assert errors_of_events(f'{whole}\n{{"diagnosticEvent": {{"sev') == ["Vault is sealed"]
