"""What a first password looks like. The dice are elsewhere: this only judges."""

import string
from typing import Final

LENGTH: Final = 16

_LOWER: Final = "".join(letter for letter in string.ascii_lowercase if letter != "l")
_UPPER: Final = "".join(letter for letter in string.ascii_uppercase if letter not in "IO")
_DIGITS: Final = "23456789"
_SIGNS: Final = "-_.+="

CLASSES: Final[tuple[str, ...]] = (_LOWER, _UPPER, _DIGITS, _SIGNS)
"""Each password has at least one of each; letters and digits that look alike on paper are left out."""
ALPHABET: Final = "".join(CLASSES)


def is_acceptable(password: str) -> bool:
    """Say whether a password has the right length, only our characters, and one of each class."""
    return (
        len(password) == LENGTH
        and all(character in ALPHABET for character in password)
        and all(any(character in kind for character in password) for kind in CLASSES)
    )
