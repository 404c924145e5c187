"""What the workflows give their jobs, what they look for first, and that the page and the cron line say the same."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docs.pages import ROOT
from tests.scripts.test_pipeline import ACCESS, TOKEN, Pipeline

OURS = ("preview", "deploy", "drift", "drill")
PAGE = ROOT / "docs/how-to/pipelines.md"


def jobs(workflow: str) -> dict[str, Any]:
    return yaml.safe_load((ROOT / f".github/workflows/{workflow}.yml").read_text(encoding="utf-8"))["jobs"]


JOBS = [(workflow, job) for workflow in OURS for job in jobs(workflow)]


def runs(job: dict[str, Any]) -> list[str]:
    return [step["run"] for step in job["steps"] if "run" in step]


def test_one_workflow_alone_rests_where_pulumi_deploys() -> None:
    """The others say what Pulumi does not: who is concerned, what nobody knows, whether backups are good."""
    gates = {name: jobs(name)["stacks"]["if"] for name in OURS}

    assert [name for name, gate in gates.items() if "DEPLOY_BY" in gate] == ["deploy"]
    assert all("vars.VAULT_ADDR != ''" in gate for gate in gates.values())


@pytest.mark.parametrize("name", OURS)
def test_a_stack_whose_state_lies_in_pulumi_cloud_can_be_read(name: str) -> None:
    """Who has Pulumi deploy has the state there, and the other three workflows read it."""
    (job,) = [job for title, job in jobs(name).items() if title != "stacks"]
    (step,) = [step for step in job["steps"] if "env" in step]

    assert step["env"]["PULUMI_ACCESS_TOKEN"] == "${{ secrets.PULUMI_ACCESS_TOKEN }}"
    assert job["env"]["PULUMI_DEFAULT_ORGANIZATION"] == "${{ vars.PULUMI_DEFAULT_ORGANIZATION }}"


def called(command: str) -> set[str]:
    """Name the programs that a step and the scripts it calls need."""
    text = command + "".join((ROOT / script).read_text() for script in re.findall(r"CI/[a-z-]+\.sh", command))
    found = {program for program in ("gh", "jq", "curl") if re.search(rf"(^|[ |(]){program} ", text, re.MULTILINE)}
    if "mailstead" in text and "mailstead stacks" not in text:
        found |= {"pulumi", "ssh-agent"}
    return found | ({"gpg"} if "mailstead drill" in text else set())


@pytest.mark.parametrize(("workflow", "name"), JOBS)
def test_a_job_looks_first_for_the_programs_that_it_calls(workflow: str, name: str) -> None:
    """Before it makes anything, and before it has a key."""
    steps = jobs(workflow)[name]["steps"]
    first = next(step for step in steps if "run" in step)

    assert first["run"].startswith("CI/needs.sh ")
    assert "env" not in first
    looked_for = set(first["run"].split()[1:])
    assert looked_for >= {"python3", "make", "sudo", *called(runs(jobs(workflow)[name])[-1])}


def test_the_page_on_pipelines_names_all_that_a_runner_is_asked_for() -> None:
    page = PAGE.read_text(encoding="utf-8")
    asked = {word for workflow, name in JOBS for word in runs(jobs(workflow)[name])[0].split()[1:]}

    assert sorted(word for word in asked if f"`{word}`" not in page) == []


def test_the_page_on_pipelines_names_every_variable_and_secret() -> None:
    page = PAGE.read_text(encoding="utf-8")
    text = "".join((ROOT / f".github/workflows/{name}.yml").read_text(encoding="utf-8") for name in OURS)
    table = "\n".join(line for line in page.splitlines() if re.match(r"\| (variable|secret)", line))

    assert sorted(name for name in re.findall(r"(?:vars|secrets)\.(\w+)", text) if f"`{name}`" not in table) == []


def test_whether_each_domain_has_its_stack_is_asked_without_any_key_too() -> None:
    """A pull request of a fork, or of who has set nothing up yet, is told the same."""
    job = jobs("check")["stacks"]

    assert runs(job)[-1] == "./mailstead stacks --production"
    assert "if" not in job
    assert "secrets." not in str(job)


@pytest.fixture
def pipeline(tmp_path: Path) -> Pipeline:
    return Pipeline(tmp_path)


def test_the_cron_line_of_a_drill_has_all_it_needs(pipeline: Pipeline) -> None:
    """As the page has it, by the shell and with the little that cron gives; only the folders are others."""
    page = (ROOT / "docs/how-to/restore.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"^30 5 2 \* \*  (.* drill .*)$", page, re.MULTILINE)
    pipeline.mailstead("", 0)
    mailstead = pipeline.folder / "mailstead"
    look = 'env >"$PLAY/env"; cat "$MAILSTEAD_SSH_KEY" >"$PLAY/key"\nexit '
    mailstead.write_text(mailstead.read_text().replace("exit ", look))
    told = {name: text for name, text in ACCESS.items() if name.startswith("VAULT_")}
    told |= {"PATH": f"{pipeline.folder}/programs:/usr/bin:/bin", "PLAY": str(pipeline.play)}
    told |= {"PULUMI_CONFIG_PASSPHRASE": "'a $pass phrase'"}
    (pipeline.folder / "drill.env").write_text("".join(f"{name}={text}\n" for name, text in told.items()))
    (pipeline.folder / "drill-key").write_text("the-ssh-key\n")
    line = line.replace("/srv/mailstead", str(pipeline.folder)).replace("/etc/mailstead", str(pipeline.folder))

    done = subprocess.run(["/bin/sh", "-c", line], env={"PATH": "/usr/bin:/bin"}, capture_output=True, check=False)

    assert (done.returncode, done.stderr) == (0, b"")
    assert pipeline.asked("mailstead") == ["drill --stack prod"]
    assert (pipeline.play / "key").read_text() == "the-ssh-key\n"
    given = (pipeline.play / "env").read_text().splitlines()
    assert {f"VAULT_TOKEN={TOKEN}", "PULUMI_CONFIG_PASSPHRASE=a $pass phrase"} <= set(given)
    assert not [text for text in given if text.startswith(("SSH_KEY=", "VAULT_SECRET_ID="))]
