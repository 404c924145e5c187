"""What foundation/vault makes, and what it lets a provisioner do."""

import re
import runpy
from pathlib import Path

import pytest

from core.names import VAULT_HOSTS, VAULT_MOUNT, VAULT_USERS
from tests.engine import Engine

FOLDER = Path(__file__).parents[2] / "foundation" / "vault"
# The stand-in for the engine calls every project so; the real one calls this one mailstead-vault.
MAKE_MOUNT = "mailstead:make_mount"


def made(**config: str) -> Engine:
    engine = Engine()
    engine.run(lambda: runpy.run_path(str(FOLDER / "__main__.py")), config=config)
    return engine


def allowed() -> dict[str, set[str]]:
    """Read the policy: each path with what may be done there."""
    text = re.sub(r"#.*", "", (FOLDER / "provisioner.hcl").read_text())
    rules = re.findall(r'path "([^"]+)" \{\s*capabilities = \[([^\]]*)\]\s*\}', text)
    assert len(rules) == text.count("path "), "a rule is written in a way that this test does not read"
    return {path: set(re.findall(r'"(\w+)"', capabilities)) for path, capabilities in rules}


def test_a_provisioner_may_do_exactly_this() -> None:
    assert allowed() == {
        "secret/data/mail/users/+/+": {"create", "read"},
        "secret/metadata/mail/users/*": {"create", "update", "read", "list", "delete"},
        "secret/data/mail/hosts/*": {"create", "read", "update", "delete"},
        "secret/metadata/mail/hosts/*": {"create", "read", "update", "delete"},
    }


def test_a_provisioner_cannot_overwrite_a_password_that_is_there() -> None:
    """KV version 2 asks for "update" where data is, whatever check-and-set number is sent."""
    users_data = [can for path, can in allowed().items() if path.startswith(f"{VAULT_MOUNT}/data/{VAULT_USERS}/")]

    assert users_data
    assert not any(can & {"update", "patch", "sudo"} for can in users_data)


def test_the_policys_paths_are_those_that_the_program_uses() -> None:
    for path in allowed():
        assert re.match(rf"{VAULT_MOUNT}/(data|metadata)/({VAULT_USERS}|{VAULT_HOSTS})/", path)


def test_the_mount_is_a_key_value_store_of_version_2_and_protected() -> None:
    mount = made().one("Mount", "secret")

    assert (mount.inputs["path"], mount.inputs["type"], mount.inputs["options"]) == ("secret", "kv", {"version": "2"})
    assert mount.options.protect


def test_a_mount_that_is_there_already_is_left_alone() -> None:
    engine = made(**{MAKE_MOUNT: "false"})

    assert engine.names("Mount") == []
    assert engine.outputs["mount"] == "secret"


def test_the_login_gives_the_policy_and_nothing_more_for_an_hour_at_most() -> None:
    engine = made()
    role = engine.one("AuthBackendRole", "provisioner")

    assert role.inputs["tokenPolicies"] == ["mailstead-provisioner"]
    assert role.inputs["tokenMaxTtl"] == 3600
    assert engine.one("Policy", "provisioner").inputs["policy"] == (FOLDER / "provisioner.hcl").read_text()


@pytest.mark.parametrize("name", ["mount", "policy", "login_path"])
def test_the_outputs_that_the_how_to_names_are_there(name: str) -> None:
    assert name in made().outputs
