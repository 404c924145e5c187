"""What every stack needs of Vault, made once: the KV mount, the policies, the machine login of the provisioner."""

from pathlib import Path

import pulumi
import pulumi_vault as vault

MOUNT = "secret"
LOGIN = "approle"
ROLE = "mailstead"
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


config = pulumi.Config()
if config.get_bool("make_mount", default=True):
    make_mount()

provisioner = make_policy("provisioner")
operator = make_policy("operator")
handover = make_policy("handover")
login = login_path(make=config.get_bool("make_login") is not False)
role = vault.approle.AuthBackendRole(
    "provisioner",
    backend=login,
    role_name=ROLE,
    token_policies=[provisioner.name],
    token_ttl=TOKEN_TTL_S,
    token_max_ttl=TOKEN_TTL_S,
)

pulumi.export("mount", MOUNT)
pulumi.export("policy", provisioner.name)
pulumi.export("operator_policy", operator.name)
pulumi.export("handover_policy", handover.name)
pulumi.export("role_id", role.role_id)
pulumi.export("login_path", login)
