"""What foundation/deployments has Pulumi Cloud do with each production stack."""

import json
import runpy
from pathlib import Path
from typing import Any

from tests.engine import Engine

FOLDER = Path(__file__).parents[2] / "foundation" / "deployments"
SECRETS = {"ssh_key": "the-ssh-key", "vault_token": "the-token"}
# The stand-in for the engine calls every project mailstead; the real one calls this one mailstead-deployments.
CONFIG = {
    "mailstead:organization": "example",
    "mailstead:repository": "example/mail",
    "mailstead:vault_addr": "https://vault.example.com",
    "mailstead:production_stacks": json.dumps(["eu", "us"]),
    **{f"mailstead:{name}": text for name, text in SECRETS.items()},
}


def made() -> Engine:
    engine = Engine()
    engine.run(lambda: runpy.run_path(str(FOLDER / "__main__.py")), config=CONFIG)
    return engine


def of(engine: Engine, stack: str) -> dict[str, Any]:
    return engine.one("DeploymentSettings", stack).inputs


def test_each_production_stack_is_previewed_in_pull_requests_and_updated_on_merge() -> None:
    engine = made()

    assert engine.names("DeploymentSettings") == ["eu", "us"]
    for stack in ("eu", "us"):
        inputs = of(engine, stack)
        assert (inputs["project"], inputs["stack"]) == ("mailstead", stack)
        assert inputs["github"]["previewPullRequests"] is True
        assert inputs["github"]["deployCommits"] is True
        assert inputs["sourceContext"]["git"]["branch"] == "refs/heads/main"


def test_no_merged_change_is_left_out_because_a_newer_one_waits() -> None:
    assert of(made(), "eu")["operationContext"]["options"]["skipIntermediateDeployments"] is False


def test_drift_is_looked_for_every_night_and_never_undone_by_itself() -> None:
    engine = made()

    for stack in ("eu", "us"):
        inputs = engine.one("DriftSchedule", f"{stack}-drift").inputs
        assert inputs["autoRemediate"] is False
        assert inputs["scheduleCron"].split()[2:] == ["*", "*", "*"]
        assert stack in engine.one("DriftSchedule", f"{stack}-drift").after


def test_the_ssh_key_goes_into_an_agent_and_no_command_or_file_of_ours_holds_a_key() -> None:
    context = of(made(), "eu")["operationContext"]

    assert context["preRunCommands"] == ['ssh-agent -a /tmp/mailstead-agent.sock && ssh-add -q - <<<"$SSH_KEY"']
    variables = context["environmentVariables"]
    assert variables["SSH_AUTH_SOCK"] == "/tmp/mailstead-agent.sock"
    assert variables["SSH_KEY"] == SECRETS["ssh_key"]
    assert variables["VAULT_TOKEN"] == SECRETS["vault_token"]
    assert not [text for text in SECRETS.values() if text in json.dumps(context["preRunCommands"])]
    assert not [text for text in SECRETS.values() if text in (FOLDER / "Pulumi.prod.yaml").read_text()]
