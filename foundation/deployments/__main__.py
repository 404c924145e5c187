"""What Pulumi Deployments does with each production stack: preview pull requests, update on merge, look for drift.

Settings of Pulumi Cloud cannot lie in a file of the stack any more (pulumi 3.251.0 took that out), so they are a
program of their own.
"""

import pulumi
import pulumi_pulumiservice as cloud

PROJECT = "mailstead"
AGENT = "/tmp/mailstead-agent.sock"  # noqa: S108 — in a container that lives for one run
NIGHTLY = "41 4 * * *"

config = pulumi.Config()
organization = config.require("organization")
repository = config.require("repository")
stacks: list[str] = config.require_object("production_stacks")


def cloud_access() -> dict[str, pulumi.Input[str]]:
    """Give what the provider of Oracle's cloud reads, whose key a run's container has in no file: all of it or nothing.

    A stack of servers that were there before (`host: existing`) needs none.
    """
    owner = ("tenancy_ocid", "user_ocid", "fingerprint")
    if config.get_secret("oci_private_key") is None and not any(config.get(name) for name in owner):
        return {}
    return {
        **{f"TF_VAR_{name}": config.require(name) for name in owner},
        "TF_VAR_private_key": config.require_secret("oci_private_key"),
    }


# SSH wants an agent, and a run has none; the key goes from the run's environment into it and into no file.
START_AGENT = f'ssh-agent -a {AGENT} && ssh-add -q - <<<"$SSH_KEY"'


def deploy(stack: str) -> None:
    """Say what happens to one stack, and when."""
    settings = cloud.DeploymentSettings(
        stack,
        organization=organization,
        project=PROJECT,
        stack=stack,
        agent_pool_id=config.get("runner_pool"),  # without one, machines of Pulumi's, wherever they are
        source_context=cloud.DeploymentSettingsSourceContextArgs(
            git=cloud.DeploymentSettingsGitSourceArgs(branch="refs/heads/main")
        ),
        github=cloud.DeploymentSettingsGithubArgs(
            repository=repository,
            preview_pull_requests=True,
            deploy_commits=True,
            pull_request_template=False,
            paths=["!docs/**", "!**/*.md"],
        ),
        operation_context=cloud.DeploymentSettingsOperationContextArgs(
            pre_run_commands=[START_AGENT],
            environment_variables={
                "SSH_AUTH_SOCK": AGENT,
                "SSH_KEY": config.require_secret("ssh_key"),
                "VAULT_ADDR": config.require("vault_addr"),
                "VAULT_TOKEN": config.require_secret("vault_token"),
                **cloud_access(),
            },
            # each update is somebody's pull request: none is left out because a newer one waits
            options=cloud.OperationContextOptionsArgs(  # noqa: S604 — the shell of Pulumi's runner; nothing is called
                shell="/bin/bash",
                skip_intermediate_deployments=False,
            ),
        ),
    )
    cloud.DriftSchedule(
        f"{stack}-drift",
        organization=organization,
        project=PROJECT,
        stack=stack,
        schedule_cron=NIGHTLY,
        auto_remediate=False,  # somebody made it so by hand; somebody decides
        opts=pulumi.ResourceOptions(depends_on=[settings]),
    )


for name in stacks:
    deploy(name)
