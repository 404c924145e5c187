"""What every stack needs of Vault, made once: the KV mount, the policies, the machine login of the provisioner."""

from pathlib import Path

import pulumi
import pulumi_vault as vault

MOUNT = "secret"
LOGIN = "approle"
ROLE = "mailstead"
DRILL_ROLE = "mailstead-drill"
# A run of `pulumi up` with a thousand people takes minutes; an hour leaves room and no more.
TOKEN_TTL_S = 3600


def make_mount() -> None:
    """Make the KV version 2 mount; protected, because every first password lies in it."""
    vault.Mount(
        "secret",
        path=MOUNT,
        type="kv",
        options={"version": "2"},
        description="Mailstead: first passwords of people and keys of mail hosts",
        opts=pulumi.ResourceOptions(protect=True),
    )


def make_policy(name: str) -> vault.Policy:
    """Make the policy that the file of this name says."""
    text = Path(__file__).with_name(f"{name}.hcl").read_text(encoding="utf-8")
    return vault.Policy(name, name=f"mailstead-{name}", policy=text)


def login_path(*, make: bool) -> pulumi.Input[str]:
    """Enable log-in of machines, unless somebody has it already; give where it is."""
    return vault.AuthBackend("approle", type="approle", path=LOGIN).path if make else LOGIN


def make_role(name: str, role_name: str, policy: vault.Policy, *, login: pulumi.Input[str]) -> pulumi.Output[str]:
    """Let a machine log in for an hour with this policy alone; give its role id."""
    role = vault.approle.AuthBackendRole(
        name,
        backend=login,
        role_name=role_name,
        token_policies=[policy.name],
        token_ttl=TOKEN_TTL_S,
        token_max_ttl=TOKEN_TTL_S,
    )
    return role.role_id


config = pulumi.Config()
if config.get_bool("make_mount", default=True):
    make_mount()

provisioner = make_policy("provisioner")
operator = make_policy("operator")
handover = make_policy("handover")
drill = make_policy("drill")
login = login_path(make=config.get_bool("make_login") is not False)
role_id = make_role("provisioner", ROLE, provisioner, login=login)
# A login that reads the key of all backups is there only for who has asked for it.
if config.get_bool("make_drill_login"):
    pulumi.export("drill_role_id", make_role("drill", DRILL_ROLE, drill, login=login))

pulumi.export("mount", MOUNT)
pulumi.export("policy", provisioner.name)
pulumi.export("operator_policy", operator.name)
pulumi.export("handover_policy", handover.name)
pulumi.export("drill_policy", drill.name)
pulumi.export("role_id", role_id)
pulumi.export("login_path", login)
