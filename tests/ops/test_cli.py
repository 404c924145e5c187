"""The command line as a program: exit codes, JSON, refusals, signals, colours."""

import json
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ops.cli import app
from tests.ops.workplace import MAILBOX, Operator, preview, state

PERSON = preview((MAILBOX, "alice@example.com"))
ESCAPE = "\x1b["


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Wait for a program: its exit code, what it said and what it complained about."""
    said, complained = process.communicate(timeout=60)
    return process.returncode, said, complained


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.stdout, result.stderr


def test_with_nobody_to_ask_an_update_is_refused_with_the_option_that_agrees(here: Operator) -> None:
    here.scenario(preview=PERSON)

    status, said, complained = run("up")

    assert status == 3
    assert "alice@example.com gets a mailbox" in said
    assert "this is no terminal; add --yes" in complained
    assert here.calls("up") == []


def test_yes_agrees_beforehand(here: Operator) -> None:
    here.scenario(preview=PERSON)

    status, said, _ = run("up", "--yes")

    assert status == 0
    assert "Done." in said
    assert len(here.calls("up")) == 1


def test_an_update_that_fails_says_why_and_that_it_may_be_run_again(here: Operator) -> None:
    here.scenario(change={"status": 255, "events": [{"severity": "error", "message": "Out of host capacity."}]})

    status, _, complained = run("up", "--yes")

    assert status == 1
    assert "mailstead: Out of host capacity." in complained
    assert "the same command finishes the job" in complained


def test_a_destruction_with_nobody_to_ask_is_refused_with_the_option_that_names_the_stack(here: Operator) -> None:
    here.scenario(state=state(resources=({"type": MAILBOX, "urn": "urn:a::b::c::alice@example.com"},)))

    status, _, complained = run("destroy")

    assert status == 3
    assert "add --name" in complained
    assert here.calls("destroy") == []
    assert run("destroy", "--name", "dev")[0] == 0


def test_a_wrong_file_is_exit_code_2_with_every_problem_and_its_line(here: Operator) -> None:
    (here.project_folder / "mail_list.yml").write_text("domains:\n  - name: example.com\n    users: [Al, Bo]\n")

    status, _, complained = run("up", "--yes")

    assert status == 2
    assert complained.count("mail_list.yml:3") == 2


def test_brackets_of_a_users_file_are_printed_as_they_are(here: Operator) -> None:
    (here.project_folder / "mail_list.yml").write_text("domains:\n  - name: example.com\n    users: []\n")

    assert "[alice]" in run("preview")[2]


def test_without_a_stack_file_the_sentence_says_how_to_make_one(here: Operator) -> None:
    status, _, complained = run("plan", "--stack", "prod")

    assert status == 2
    assert "Pulumi.prod.yaml does not exist; copy Pulumi.dev.yaml to it" in complained


def test_with_several_stack_files_the_stack_has_to_be_named(here: Operator) -> None:
    (here.project_folder / "Pulumi.prod.yaml").touch()

    status, _, complained = run("preview")

    assert status == 3
    assert "dev, prod); add --stack NAME" in complained


def test_outside_of_the_project_the_folder_is_named(
    here: Operator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)

    assert "holds no Pulumi.yaml" in run("preview")[2]


def test_a_preview_as_json_is_json_and_nothing_else(here: Operator) -> None:
    here.scenario(preview=PERSON)

    status, said, _ = run("preview", "--json")

    document = json.loads(said)
    assert status == 10
    assert document["counts"] == {"adds": 1}
    assert document["happenings"][0]["subject"] == "alice@example.com"


def test_a_preview_as_markdown_is_markdown_and_nothing_else(here: Operator) -> None:
    here.scenario(preview=PERSON)

    status, said, _ = run("preview", "--markdown")

    assert (status, said.splitlines()[0]) == (10, "<!-- mailstead preview of stack dev -->")
    assert run("preview", "--markdown", "--json")[0] == 3


def test_a_preview_of_nothing_is_exit_code_0(here: Operator) -> None:
    assert run("preview")[0] == 0
    assert run("preview", "--json")[0] == 0


def test_a_preview_that_fails_is_exit_code_3_with_its_reasons_and_what_the_list_tells(here: Operator) -> None:
    here.scenario(preview={"status": 1, "stderr": "error: passphrase must be set\n"})

    status, said, complained = run("preview")

    assert status == 3
    assert "The preview failed: passphrase must be set" in said
    assert "What the list alone tells" in said
    assert "alice@example.com gets a mailbox of 2,048 MiB" in said
    assert "Traceback" not in said + complained
    document = json.loads(run("preview", "--json")[1])
    assert (document["exit_code"], document["source"]) == (3, "list")


def test_the_engines_own_lines_are_shown_only_to_who_asks_for_them(operator: Operator) -> None:
    operator.scenario(preview=PERSON, change={"stdout": " +  pulumi:pulumi:Stack creating\n"})

    _, quiet, _ = ended(operator.command("up", "--yes"))
    _, verbose, _ = ended(operator.command("up", "--yes", "--verbose"))

    assert "pulumi:pulumi:Stack" not in quiet
    assert "pulumi:pulumi:Stack creating" in verbose


def test_an_engine_that_fails_before_it_writes_a_log_is_quoted(here: Operator) -> None:
    here.scenario(preview=PERSON, change={"status": 255, "stderr": "error: the stack is currently locked\n"})

    status, _, complained = run("up", "--yes")

    assert status == 1
    assert "mailstead: the stack is currently locked" in complained


def test_the_config_keys_are_listed_whole_on_any_width(here: Operator) -> None:
    _, said, _ = run("config")

    assert "instance_memory_gib  (whole number; default: 12)" in said
    assert {key["name"] for key in json.loads(run("config", "--json")[1])} == set(
        re.findall(r"^(\w+)  \(", said, flags=re.MULTILINE)
    )


def test_a_plan_within_the_free_share_is_exit_code_0(here: Operator) -> None:
    status, said, _ = run("plan")

    assert status == 0
    assert re.search(r"A1 processors +2 +2 +OCPU +ok", said)


def test_a_plan_beyond_the_free_share_is_shown_and_is_exit_code_2(here: Operator) -> None:
    stack_file = here.project_folder / "Pulumi.dev.yaml"
    stack_file.write_text(stack_file.read_text() + "  mailstead:instance_ocpus: 4\n")

    status, said, complained = run("plan", "--json")

    rows = {row["what"]: row["ok"] for row in json.loads(said)["rows"]}
    assert (status, rows["A1 processors"], rows["A1 memory"]) == (2, False, True)
    assert "allow_paid" in complained


def test_a_plan_that_will_be_paid_for_says_so(here: Operator) -> None:
    stack_file = here.project_folder / "Pulumi.dev.yaml"
    stack_file.write_text(stack_file.read_text() + "  mailstead:instance_ocpus: 4\n  mailstead:allow_paid: true\n")

    status, said, _ = run("plan")

    assert status == 0
    assert "will be paid for" in said


def test_doctor_is_exit_code_1_when_something_has_to_be_mended(here: Operator) -> None:
    status, said, _ = run("doctor", "--json")

    findings = {finding["name"]: finding for finding in json.loads(said)}
    assert status == 1
    assert findings["engine"]["ok"]
    assert findings["Vault"]["mend"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_reaches_the_engine_which_ends_what_it_began(operator: Operator, number: signal.Signals) -> None:
    operator.scenario(change={"waits_for_interrupt": True})
    process = operator.command("up", "--yes")
    wait_for(operator.folder / "waiting")

    process.send_signal(number)
    status, _, complained = ended(process)

    assert status == 130
    assert (operator.folder / "interrupted").exists()
    assert "the same command goes on from here" in complained
    assert operator.agent_record() == ["started", "ended 4242"]


def test_a_signal_during_the_preview_ends_before_anything_is_changed(operator: Operator) -> None:
    operator.scenario(preview={"waits_for_interrupt": True})
    process = operator.command("up", "--yes")
    wait_for(operator.folder / "waiting")

    process.send_signal(signal.SIGINT)
    status, _, complained = ended(process)

    assert status == 130
    assert "stopped before anything was changed" in complained
    assert operator.calls("up") == []


def test_colours_are_for_terminals(operator: Operator) -> None:
    operator.scenario(preview=PERSON)

    _, said, complained = ended(operator.command("preview"))

    assert ESCAPE not in said + complained


def test_no_token_is_ever_printed(here: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_TOKEN", "s.planted-token-22")
    monkeypatch.setenv("VAULT_ADDR", "not an address")

    for command in (("doctor",), ("doctor", "--json"), ("up", "--yes"), ("preview",), ("plan",)):
        assert "planted" not in "".join(map(str, run(*command)))


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < deadline, f"{path.name} did not appear"
        time.sleep(0.02)
