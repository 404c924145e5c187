"""Config and list are read together, and every problem is said at once."""

from typing import Any

import pytest

from components.inputs import Inputs, check_inputs
from core.errors import InputError
from tests.components.wishes import TWO_DOMAINS, config


def checked(files: dict[str, str | Exception] | None = None, **changes: Any) -> Inputs:
    there = {"mail_list.yml": TWO_DOMAINS} if files is None else files

    def read_file(name: str) -> str:
        content = there.get(name, FileNotFoundError(2, "No such file or directory"))
        if isinstance(content, Exception):
            raise content
        return content

    return check_inputs(config(**changes), stack="test", stack_file="Pulumi.test.yaml", text="", read_file=read_file)


def problems(files: dict[str, str | Exception] | None = None, **changes: Any) -> str:
    with pytest.raises(InputError) as caught:
        checked(files, **changes)
    return str(caught.value)


def test_the_sample_is_what_it_seems() -> None:
    assert [domain.name for domain in checked().state.domains] == ["example.com", "startup.io"]


def test_problems_of_both_files_are_said_in_one_run() -> None:
    said = problems({"mail_list.yml": "domains:\n  - name: EXAMPLE.com\n    users: [alice]\n"}, region=None)

    assert "region" in said
    assert "mail_list.yml" in said


def test_a_list_that_is_not_there_is_named_with_what_to_do() -> None:
    assert "people.yml: cannot be read: No such file or directory; write it" in problems(mail_list="people.yml")


def test_a_list_in_another_encoding_is_named() -> None:
    broken = UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")

    assert "mail_list.yml: is not UTF-8 text; save it as UTF-8" in problems({"mail_list.yml": broken})


def test_a_plan_beyond_the_free_share_is_refused_with_the_file_that_can_allow_it() -> None:
    said = problems(instance_ocpus=4)

    assert said.startswith("Pulumi.test.yaml")
    assert "allow_paid" in said


def test_a_plan_beyond_the_free_share_is_taken_when_it_is_allowed() -> None:
    assert checked(instance_ocpus=4, allow_paid=True).settings.instance_ocpus == 4
