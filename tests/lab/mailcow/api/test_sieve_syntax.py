"""The lab's API tells a Sieve script from other texts, so that a mistake in one is found when it is stored."""

import importlib
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

_IMAGE = Path(__file__).parents[4] / "lab/mailcow/images/php-fpm"


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Give the check of the image; its package is not on the project's path."""
    monkeypatch.syspath_prepend(str(_IMAGE))
    for name in ("api", "api.sieve_syntax"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return importlib.import_module("api.sieve_syntax").check


@pytest.mark.parametrize(
    "script",
    [
        "",
        "keep;",
        '# a comment\nrequire ["copy", "vacation"];\nredirect :copy "bob@other.example";\nkeep;\n',
        'require "vacation";\r\nvacation :days 1 :subject "Away" text:\r\nDave left; write to "Alice" \\.\r\n.\r\n;',
        'require ["fileinto"];\nif header :contains "subject" "[x]" { fileinto "X"; } else { keep; }',
        'if allof (size :over 1M, not exists ["a", "b"]) { discard; stop; }',
        'require "vacation"; vacation "with \\" and \\\\";',
    ],
)
def test_a_script_is_taken(check: Callable[[str], None], script: str) -> None:
    check(script)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("keep", "at the end: ; expected"),
        ('redirect "a@b.example', "unexpected character"),
        ('vacation "x";', 'needs require "vacation"'),
        ('redirect :copy "a@b.example";', 'needs require "copy"'),
        ("if true { keep;", "a command expected"),
        ("forward everything;", "unknown command forward"),
        ("if sunday { keep; }", "unknown test sunday"),
        ('require ["copy" "vacation"];', "] expected"),
        ("keep; }", "a command expected"),
    ],
)
def test_a_text_that_is_no_script_is_refused_with_its_place(
    check: Callable[[str], None], script: str, said: str
) -> None:
    with pytest.raises(Exception, match=re.escape(said)):
        check(script)
