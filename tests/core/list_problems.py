"""What is said of a list that is wrong."""

from textwrap import dedent

import pytest

from core.errors import InputError
from core.mail_list import parse_mail_list


def problems(text: str) -> list[str]:
    """Read a list that is wrong and give what is said, one problem an item."""
    with pytest.raises(InputError) as caught:
        parse_mail_list(dedent(text), "mail_list.yml")
    return [str(problem) for problem in caught.value.problems]


def only_problem(text: str) -> str:
    """Read a list that is wrong in one way and give what is said."""
    found = problems(text)
    assert len(found) == 1, found
    return found[0]
