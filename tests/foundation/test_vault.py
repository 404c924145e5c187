"""What foundation/vault makes, and what it lets a provisioner, an operator, a help desk and a drill do."""

import re
import runpy
from pathlib import Path

import pytest

from core.handover import LONGEST_TTL_S, SHORTEST_TTL_S
from core.names import VAULT_DKIM, VAULT_HOSTS, VAULT_MONITORING, VAULT_MOUNT, VAULT_MOVE_INS, VAULT_RELAYS, VAULT_USERS
from tests.engine import Engine

FOLDER = Path(__file__).parents[2] / "foundation" / "vault"
# The stand-in for the engine calls every project so; the real one calls this one mailstead-vault.
MAKE_MOUNT = "mailstead:make_mount"
MAKE_LOGIN = "mailstead:make_login"
MAKE_DRILL_LOGIN = "mailstead:make_drill_login"
POLICIES = ("provisioner", "operator", "handover", "drill")


def made(**config: str) -> Engine:
    engine = Engine()
    engine.run(lambda: runpy.run_path(str(FOLDER / "__main__.py")), config=config)
    return engine


def allowed(policy: str = "provisioner") -> dict[str, set[str]]:
    """Read a policy: each path with what may be done there."""
    return {path: set(re.findall(r'"(\w+)"', body.partition("]")[0])) for path, body in rules(policy).items()}


def rules(policy: str) -> dict[str, str]:
    """Read a policy: each path with what stands between its braces."""
    text = re.sub(r"#.*", "", (FOLDER / f"{policy}.hcl").read_text())
    found = re.findall(r'path "([^"]+)" \{\s*(capabilities\s*= \[[^\]]*\][^}]*)\}', text)
    assert len(found) == text.count("path "), "a rule is written in a way that this test does not read"
    return dict(found)


def test_a_provisioner_may_do_exactly_this() -> None:
    assert allowed() == {
        "secret/data/mail/users/+/+": {"create", "read"},
        "secret/metadata/mail/users/*": {"create", "update", "read", "list", "delete"},
        "secret/data/mail/hosts/*": {"create", "read", "update", "delete"},
        "secret/metadata/mail/hosts/*": {"create", "read", "update", "delete"},
        "secret/data/mail/hosts/+/backup_key": {"create"},
        "secret/metadata/mail/hosts/+/backup_key": {"read"},
        "secret/data/mail/move-in/*": {"read"},
        "secret/metadata/mail/move-in/*": {"read"},
        "secret/data/mail/relays/*": {"read"},
        "secret/metadata/mail/relays/*": {"read"},
        "secret/data/mail/monitoring/*": {"create", "read"},
        "secret/metadata/mail/monitoring/*": {"read"},
        "secret/data/mail/dkim/+/+": {"create", "read"},
        "secret/metadata/mail/dkim/*": {"create", "update", "read", "list", "delete"},
    }


def test_a_provisioner_cannot_overwrite_a_password_that_is_there() -> None:
    """KV version 2 asks for "update" where data is, whatever check-and-set number is sent."""
    users_data = [can for path, can in allowed().items() if path.startswith(f"{VAULT_MOUNT}/data/{VAULT_USERS}/")]

    assert users_data
    assert not any(can & {"update", "patch", "sudo"} for can in users_data)


def test_an_operator_may_do_exactly_this() -> None:
    """She rotates passwords, which overwrites them, and follows moves; she deletes nobody and changes no host."""
    assert allowed("operator") == {
        "secret/data/mail/users/+/+": {"create", "read", "update"},
        "secret/metadata/mail/users/*": {"create", "update", "read", "list"},
        "secret/data/mail/hosts/*": {"read"},
        "secret/data/mail/hosts/+/backup_key": {"create", "read"},
        "secret/metadata/mail/hosts/+/backup_key": {"create", "update", "read"},
        "secret/data/mail/move-in/*": {"read"},
        "secret/data/mail/relays/*": {"read"},
        "auth/token/lookup-accessor": {"update"},
        "auth/token/revoke-accessor": {"update"},
    }


def test_a_help_desk_may_do_exactly_this() -> None:
    assert allowed("handover") == {
        "secret/data/mail/users/+/+": {"read"},
        "secret/metadata/mail/users/*": {"create", "update", "read", "list"},
        "auth/token/lookup-accessor": {"update"},
        "auth/token/revoke-accessor": {"update"},
    }


def test_a_drill_reads_the_key_of_the_backups_and_nothing_else() -> None:
    assert allowed("drill") == {"secret/data/mail/hosts/+/backup_key": {"read"}}


def test_a_machine_may_log_in_to_drill_only_where_somebody_has_asked_for_it() -> None:
    assert made().names("AuthBackendRole") == ["provisioner"]

    engine = made(**{MAKE_DRILL_LOGIN: "true"})

    role = engine.one("AuthBackendRole", "drill").inputs
    assert (role["roleName"], role["tokenPolicies"]) == ("mailstead-drill", ["mailstead-drill"])
    assert role["tokenMaxTtl"] == 3600
    assert "drill_role_id" in engine.outputs


def test_a_help_desk_reads_passwords_only_wrapped_for_as_long_as_the_command_takes() -> None:
    limits = dict(re.findall(r'(\w+_wrapping_ttl)\s*= "(\w+)"', rules("handover")["secret/data/mail/users/+/+"]))

    assert limits == {"min_wrapping_ttl": f"{SHORTEST_TTL_S}s", "max_wrapping_ttl": f"{LONGEST_TTL_S // 3600}h"}


@pytest.mark.parametrize("policy", POLICIES)
def test_the_policies_paths_are_those_that_the_program_uses(policy: str) -> None:
    for path in allowed(policy):
        assert re.match(
            rf"{VAULT_MOUNT}/(data|metadata)"
            rf"/({VAULT_USERS}|{VAULT_HOSTS}|{VAULT_MOVE_INS}|{VAULT_RELAYS}|{VAULT_MONITORING}|{VAULT_DKIM})/"
            r"|auth/token/(lookup|revoke)-accessor$",
            path,
        )


def test_the_mount_is_a_key_value_store_of_version_2_and_protected() -> None:
    mount = made().one("Mount", "secret")

    assert (mount.inputs["path"], mount.inputs["type"], mount.inputs["options"]) == ("secret", "kv", {"version": "2"})
    assert mount.options.protect


def test_a_mount_that_is_there_already_is_left_alone() -> None:
    engine = made(**{MAKE_MOUNT: "false"})

    assert engine.names("Mount") == []
    assert engine.outputs["mount"] == "secret"


def test_a_login_that_others_use_already_is_left_alone_and_gets_our_role() -> None:
    """Vault refuses to enable AppRole twice at one path, and taking it away would shut others out."""
    engine = made(**{MAKE_LOGIN: "false"})

    assert engine.names("AuthBackend") == []
    assert engine.one("AuthBackendRole", "provisioner").inputs["backend"] == "approle"
    assert engine.outputs["login_path"] == "approle"


def test_without_a_word_the_login_is_made() -> None:
    engine = made()

    assert engine.one("AuthBackend", "approle").inputs["path"] == "approle"
    assert engine.one("AuthBackendRole", "provisioner").inputs["backend"] == "approle"


def test_the_login_gives_the_policy_and_nothing_more_for_an_hour_at_most() -> None:
    engine = made()
    role = engine.one("AuthBackendRole", "provisioner")

    assert role.inputs["tokenPolicies"] == ["mailstead-provisioner"]
    assert role.inputs["tokenMaxTtl"] == 3600


@pytest.mark.parametrize("policy", POLICIES)
def test_each_policy_is_made_as_its_file_says(policy: str) -> None:
    inputs = made().one("Policy", policy).inputs

    assert inputs["name"] == f"mailstead-{policy}"
    assert inputs["policy"] == (FOLDER / f"{policy}.hcl").read_text()


@pytest.mark.parametrize(
    "name", ["mount", "policy", "operator_policy", "handover_policy", "drill_policy", "login_path"]
)
def test_the_outputs_that_the_how_tos_name_are_there(name: str) -> None:
    assert name in made().outputs
