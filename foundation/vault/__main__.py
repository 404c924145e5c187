"""What every stack needs of Vault, made once: the KV mount, the provisioner's policy, its machine login."""

from pathlib import Path

import pulumi
import pulumi_vault as vault

MOUNT = "secret"
POLICY = "mailstead-provisioner"
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


if pulumi.Config().get_bool("make_mount", default=True):
    make_mount()

policy = vault.Policy(
    "provisioner", name=POLICY, policy=Path(__file__).with_name("provisioner.hcl").read_text(encoding="utf-8")
)
login = vault.AuthBackend("approle", type="approle", path="approle")
role = vault.approle.AuthBackendRole(
    "provisioner",
    backend=login.path,
    role_name=ROLE,
    token_policies=[policy.name],
    token_ttl=TOKEN_TTL_S,
    token_max_ttl=TOKEN_TTL_S,
)

pulumi.export("mount", MOUNT)
pulumi.export("policy", policy.name)
pulumi.export("role_id", role.role_id)
pulumi.export("login_path", login.path)
