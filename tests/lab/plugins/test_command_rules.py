"""When the command plugin runs something and when it refuses, without any network (sockets are blocked here)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import asyncssh
import pulumi
import pytest
from pulumi.provider.experimental import provider as engine

from lab.plugins.command import copying
from lab.plugins.command.provider import CommandProvider
from lab.plugins.server import EngineLog, PluginError
from lab.plugins.values import UNKNOWN, plain, properties

COMMAND = "urn:pulumi:dev::test::mailstead:mailcow:MailServer$command:remote:Command::prepare"
COPY = "urn:pulumi:dev::test::mailstead:mailcow:MailServer$command:remote:CopyToRemote::scripts"
CONNECTION = {"host": "10.77.9.120", "user": "ubuntu", "port": 22, "hostKey": "ssh-ed25519 AAAA"}
RUN = {"connection": CONNECTION, "create": "true"}
NOWHERE = {"host": "127.0.0.1", "port": 1, "dialErrorLimit": 0}


@pytest.fixture
def provider() -> CommandProvider:
    return CommandProvider(EngineLog())


def check(provider: CommandProvider, urn: str, inputs: dict[str, Any]) -> list[str]:
    answer = asyncio.run(provider.check(engine.CheckRequest(urn, {}, properties(inputs), b"")))
    return [f"{failure.property}: {failure.reason}" for failure in answer.failures or []]


def diff(provider: CommandProvider, urn: str, old: dict[str, Any], new: dict[str, Any]) -> engine.DiffResponse:
    return asyncio.run(provider.diff(engine.DiffRequest(urn, "id", properties(old), properties(new), [])))


def preview(provider: CommandProvider, urn: str, inputs: dict[str, Any]) -> dict[str, Any]:
    request = engine.CreateRequest(urn, properties(inputs), 0, preview=True)
    return plain(asyncio.run(provider.create(request)).properties)


def test_triggers_replace_even_where_there_is_an_update(provider: CommandProvider) -> None:
    old = {**RUN, "update": "true", "triggers": ["1"], "stdout": ""}
    answer = diff(provider, COMMAND, old, {**RUN, "update": "true", "triggers": ["2"]})
    assert answer.replaces == ["triggers[0]"]
    # The new one is created first, then the old one deleted.
    assert not answer.delete_before_replace


@pytest.mark.parametrize(
    "change", [{"create": "false"}, {"stdin": "x"}, {"connection": {**CONNECTION, "host": "10.77.9.121"}}]
)
def test_any_other_change_is_an_update(provider: CommandProvider, change: dict[str, Any]) -> None:
    answer = diff(provider, COMMAND, {**RUN, "stdout": "", "stderr": ""}, {**RUN, **change})
    assert answer.changes
    assert answer.replaces == []


def test_the_same_inputs_are_no_change(provider: CommandProvider) -> None:
    assert not diff(provider, COMMAND, {**RUN, "stdout": "a", "stderr": ""}, RUN).changes


def test_a_preview_runs_nothing_and_leaves_the_output_open(provider: CommandProvider) -> None:
    shown = preview(provider, COMMAND, RUN)
    assert shown["stdout"] == UNKNOWN


def test_an_unknown_argument_is_refused(provider: CommandProvider) -> None:
    assert check(provider, COMMAND, {**RUN, "timeout": 5})[0].startswith('timeout: argument "timeout" is not known')


def test_a_source_that_a_preview_cannot_know_fails_the_check_as_in_1_2_1(provider: CommandProvider) -> None:
    inputs = {"connection": CONNECTION, "remotePath": "/home/ubuntu/x", "source": UNKNOWN}
    assert "asset: either asset or archive must be set" in check(provider, COPY, inputs)


@pytest.mark.parametrize(
    "source",
    [
        pulumi.AssetArchive({"a": pulumi.StringAsset("a")}),
        pulumi.RemoteArchive("file:///x"),
        pulumi.RemoteAsset("file:///x"),
    ],
)
def test_sources_that_1_2_1_cannot_copy_are_refused(provider: CommandProvider, source: object) -> None:
    assert check(provider, COPY, {"connection": CONNECTION, "remotePath": "/x", "source": source}) != []


def test_a_changed_file_is_an_update_of_the_copy(provider: CommandProvider, tmp_path: Path) -> None:
    (tmp_path / "a.sh").write_text("1")
    inputs = {"connection": CONNECTION, "remotePath": "/x", "source": pulumi.FileArchive(str(tmp_path))}
    old = {**inputs, "source": copying.read(inputs["source"]).digest}  # as the engine sends a recorded one
    assert not diff(provider, COPY, old, inputs).changes
    (tmp_path / "a.sh").write_text("2")
    answer = diff(provider, COPY, old, inputs)
    assert answer.diffs == ["source"]
    assert answer.replaces == []


def test_a_file_s_name_is_part_of_what_a_folder_holds(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    before = copying.read(pulumi.FileArchive(str(tmp_path))).digest
    (tmp_path / "a").rename(tmp_path / "b")
    assert copying.read(pulumi.FileArchive(str(tmp_path))).digest != before


def test_an_update_that_changes_the_connection_alone_copies_nothing(provider: CommandProvider, tmp_path: Path) -> None:
    (tmp_path / "a.sh").write_text("1")
    inputs = {"connection": CONNECTION, "remotePath": "/x", "source": pulumi.FileArchive(str(tmp_path))}
    old = {**inputs, "source": "digest", "__sourceDigest": copying.read(inputs["source"]).digest}
    new = {**inputs, "connection": NOWHERE}
    request = engine.UpdateRequest(COPY, "id", properties(old), properties(new), 0, [], preview=False)
    asyncio.run(provider.update(request))  # a copy would have dialled


def test_a_host_that_does_not_answer_is_dialled_as_often_as_was_said(
    provider: CommandProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialled: list[object] = []

    async def refuse(**options: object) -> None:
        dialled.append(options["host"])
        raise ConnectionRefusedError(111, "connection refused")

    monkeypatch.setattr(asyncssh, "connect", refuse)
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    inputs = {**RUN, "connection": {**NOWHERE, "dialErrorLimit": 2}}
    request = engine.CreateRequest(COMMAND, properties(inputs), 0, preview=False)
    with pytest.raises(PluginError, match=r"after 2 failed attempts: dial tcp 127\.0\.0\.1:1: .*connection refused"):
        asyncio.run(provider.create(request))
    assert len(dialled) == 3


def test_a_broken_agent_is_an_error(provider: CommandProvider, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent"))
    request = engine.CreateRequest(COMMAND, properties(RUN), 0, preview=False)
    with pytest.raises(PluginError, match=r"dial unix .*/agent: connect"):
        asyncio.run(provider.create(request))


def test_a_deletion_without_a_command_connects_to_nothing(provider: CommandProvider) -> None:
    asyncio.run(provider.delete(engine.DeleteRequest(COMMAND, "id", properties(RUN), 0)))
