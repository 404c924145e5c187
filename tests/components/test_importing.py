"""After the loss of a state, what the file names is imported, and nothing else."""

from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.importing import ENV_IMPORT, import_what_is_there


def test_a_run_without_the_file_imports_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ENV_IMPORT, raising=False)
    monkeypatch.setattr(pulumi.runtime, "register_stack_transformation", pytest.fail)

    import_what_is_there()


def test_only_things_of_the_cloud_that_are_named_are_imported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "cloud.json"
    file.write_text('{"mail-vcn": "ocid1.vcn.x", "alice@example.com": "x"}', encoding="utf-8")
    monkeypatch.setenv(ENV_IMPORT, str(file))
    registered: list[pulumi.ResourceTransformation] = []
    monkeypatch.setattr(pulumi.runtime, "register_stack_transformation", registered.append)

    import_what_is_there()

    def imported(type_: str, name: str) -> object:
        nothing: Any = None
        opts = pulumi.ResourceOptions(protect=True)
        args = pulumi.ResourceTransformationArgs(resource=nothing, type_=type_, name=name, props={}, opts=opts)
        done = registered[0](args)
        assert done is None or done.opts.protect
        return done and done.opts.import_

    assert imported("oci:Core/vcn:Vcn", "mail-vcn") == "ocid1.vcn.x"
    assert imported("oci:Core/subnet:Subnet", "mail-subnet") is None
    assert imported("pulumi-python:dynamic/mailstead:Mailbox", "alice@example.com") is None


@pytest.mark.parametrize("text", ["", "[]", '{"mail-vcn": 1}'])
def test_a_file_that_holds_something_else_ends_the_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "cloud.json"
    file.write_text(text, encoding="utf-8")
    monkeypatch.setenv(ENV_IMPORT, str(file))

    with pytest.raises(pulumi.RunError, match=r"cloud\.json"):
        import_what_is_there()
