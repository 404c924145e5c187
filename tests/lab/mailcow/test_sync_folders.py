"""What stands for imapsync in the lab finds the folders of both sides."""

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest

_IMAGE = Path(__file__).parents[3] / "lab/mailcow/images/dovecot"
_THERE = [
    rb'(\HasNoChildren) "." INBOX',
    rb'(\HasNoChildren \Sent) "." "Sent Items"',
    rb'(\Noselect \HasChildren) "." Projects',
    rb'(\HasNoChildren) "." "Projects.M&APw-ller"',
    (rb'(\HasNoChildren) "." {4}', b'a"b\\'),
    b"",
    rb'(\HasNoChildren) "." spam',
]
_HERE = [rb'(\HasNoChildren) "/" INBOX', rb'(\HasNoChildren \Sent) "/" Sent', rb'(\HasNoChildren \Junk) "/" Junk']


@pytest.fixture
def folders(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Give the module of the image; its package is not on the project's path."""
    monkeypatch.syspath_prepend(str(_IMAGE))
    for name in ("sync_jobs", "sync_jobs.folders"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return importlib.import_module("sync_jobs.folders")


def test_folders_that_only_hold_others_are_left_out(folders: ModuleType) -> None:
    names = [folder.name for folder in folders.listed(_THERE)]

    assert names == ["INBOX", "Sent Items", "Projects.M&APw-ller", 'a"b\\', "spam"]


def test_a_pattern_leaves_folders_out_whatever_their_case(folders: ModuleType) -> None:
    wanted = folders.wanted(folders.listed(_THERE), "(?i)SPAM|(?i)projects")

    assert [folder.name for folder in wanted] == ["INBOX", "Sent Items", 'a"b\\']


@pytest.mark.parametrize(
    ("automap", "subfolder", "names"),
    [
        (True, "", ["INBOX", "Sent", "Projects/M&APw-ller", 'a"b\\', "Junk"]),
        (False, "", ["INBOX", "Sent Items", "Projects/M&APw-ller", 'a"b\\', "spam"]),
        (
            True,
            "/Old/",
            ["Old/INBOX", "Old/Sent Items", "Old/Projects/M&APw-ller", 'Old/a"b\\', "Old/spam"],
        ),
    ],
)
def test_a_folder_finds_its_name_on_our_side(
    folders: ModuleType, *, automap: bool, subfolder: str, names: list[str]
) -> None:
    here = folders.listed(_HERE)
    found = [folders.name_here(folder, here, subfolder=subfolder, automap=automap) for folder in folders.listed(_THERE)]

    assert found == names


def test_a_name_is_quoted_for_a_command(folders: ModuleType) -> None:
    assert folders.quoted('a"b\\') == r'"a\"b\\"'
