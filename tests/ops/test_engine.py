"""What the command line makes of the engine's words."""

import pytest

from ops.engine import clear_sentence


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ("error: update failed", ""),
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
    ],
)
def test_an_error_of_the_engine_becomes_the_one_sentence_that_helps(message: str, sentence: str) -> None:
    assert clear_sentence(message) == sentence
