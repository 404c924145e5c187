"""What foundation/deployments has Pulumi Cloud do with each production stack."""

import json
import runpy
from pathlib import Path
from typing import Any

import pulumi
import pytest

from tests.engine import Engine

FOLDER = Path(__file__).parents[2] / "foundation" / "deployments"
SECRETS = {"ssh_key": "the-ssh-key", "vault_token": "the-token", "oci_private_key": "the-api-key"}
CLOUD = {"tenancy_ocid": "ocid1.tenancy.oc1..a", "user_ocid": "ocid1.user.oc1..b", "fingerprint": "00:11"}
# The stand-in for the engine calls every project mailstead; the real one calls this one mailstead-deployments.
CONFIG = {
    "mailstead:organization": "example",
    "mailstead:repository": "example/mail",
    "mailstead:vault_addr": "https://vault.example.com",
    "mailstead:production_stacks": json.dumps(["eu", "us"]),
    **{f"mailstead:{name}": text for name, text in (CLOUD | SECRETS).items()},
}


def made(*without: str, **more: str) -> Engine:
    engine = Engine()
    left_out = {f"mailstead:{name}" for name in without}
    config = {name: text for name, text in CONFIG.items() if name not in left_out}
    config |= {f"mailstead:{name}": text for name, text in more.items()}
    engine.run(lambda: runpy.run_path(str(FOLDER / "__main__.py")), config=config)
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


def test_a_run_has_the_key_that_the_provider_of_the_cloud_asks_for() -> None:
    """Its container has no configuration file of Oracle's."""
    variables = of(made(), "eu")["operationContext"]["environmentVariables"]

    cloud = {name: text for name, text in variables.items() if name.startswith("TF_VAR_")}
    assert cloud == {
        "TF_VAR_tenancy_ocid": CLOUD["tenancy_ocid"],
        "TF_VAR_user_ocid": CLOUD["user_ocid"],
        "TF_VAR_fingerprint": CLOUD["fingerprint"],
        "TF_VAR_private_key": SECRETS["oci_private_key"],
    }


@pytest.mark.parametrize("name", ["SSH_KEY", "VAULT_TOKEN", "TF_VAR_private_key"])
def test_every_key_is_a_secret_on_its_way_into_the_state(name: str) -> None:
    sent = made().one("DeploymentSettings", "eu").options.object
    variables = sent["operationContext"]["environmentVariables"]

    assert pulumi.runtime.rpc.is_rpc_secret(dict(variables[name]))


def test_stacks_of_servers_that_were_there_before_need_no_key_of_a_cloud() -> None:
    variables = of(made(*CLOUD, "oci_private_key"), "eu")["operationContext"]["environmentVariables"]

    assert not [name for name in variables if name.startswith("TF_VAR_")]


@pytest.mark.parametrize("missing", [*CLOUD, "oci_private_key"])
def test_half_of_what_the_cloud_asks_for_is_refused(missing: str) -> None:
    with pytest.raises(pulumi.ConfigMissingError, match=missing):
        made(missing)


def test_runs_are_made_on_machines_of_ours_where_somebody_has_them() -> None:
    """Pulumi's own machines come from addresses that nobody has put into ssh_from."""
    assert of(made(runner_pool="the-pool"), "eu")["agentPoolId"] == "the-pool"
    assert "agentPoolId" not in of(made(), "eu")
