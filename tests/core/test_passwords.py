"""What a first password looks like."""

import pytest

from core.passwords import ALPHABET, CLASSES, LENGTH, is_acceptable

GOOD = "abcDEF234-_.+=xy"


def test_sixteen_characters_with_one_of_each_class_are_acceptable() -> None:
    assert len(GOOD) == LENGTH
    assert is_acceptable(GOOD)


@pytest.mark.parametrize(
    "password",
    [
        "",
        GOOD[:-1],
        GOOD + "z",
        GOOD.swapcase().lower(),
        "abcdef234-_.+=xy",
        "ABCDEF234-_.+=XY",
        "abcDEFghi-_.+=xy",
        "abcDEF234567ghxy",
        GOOD.replace("a", "l"),
        GOOD.replace("D", "I"),
        GOOD.replace("D", "O"),
        GOOD.replace("2", "0"),
        GOOD.replace("2", "1"),
        GOOD.replace("-", " "),
        GOOD.replace("-", "'"),
        GOOD.replace("a", "ä"),
    ],
)
def test_anything_else_is_not(password: str) -> None:
    assert not is_acceptable(password)


def test_the_alphabet_is_what_was_promised() -> None:
    assert "".join(sorted(ALPHABET)) == "".join(
        sorted("abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789-_.+=")
    )
    assert [len(kind) for kind in CLASSES] == [25, 24, 8, 5]
