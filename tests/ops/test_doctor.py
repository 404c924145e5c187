"""`mailstead doctor`: one finding for each thing an update needs, and what mends it."""

import pytest
import requests

from ops.doctor import Finding, examine
from tests.clients.vault_server import VaultServer
from tests.ops.workplace import Operator, state
from vault.api import VaultApi

TOKEN = "s.planted-token-22"


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch, operator: Operator) -> VaultServer:
    """A Vault that answers, and an environment that leads to it."""
    server = VaultServer()
    monkeypatch.setattr(VaultApi, "from_environment", server.client)
    operator.env |= {"VAULT_ADDR": "http://vault:8200", "VAULT_TOKEN": TOKEN}
    return server


def look(operator: Operator, name: str) -> Finding:
    (found,) = [finding for finding in examine(operator.project, operator.env) if finding.name == name]
    return found


def test_a_machine_with_everything_has_nothing_to_mend(operator: Operator, vault: VaultServer) -> None:
    python = operator.project_folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    oci = operator.folder / ".oci" / "config"
    oci.parent.mkdir()
    oci.touch()

    assert [finding for finding in examine(operator.project, operator.env) if not finding.ok] == []


def test_a_stack_without_backups_is_told_so_and_can_be_updated(operator: Operator, vault: VaultServer) -> None:
    finding = look(operator, "backups")

    assert finding.ok
    assert finding.found.startswith("NOTHING is backed up")


@pytest.mark.parametrize(
    ("failure", "found", "mend"),
    [
        (requests.exceptions.ConnectionError(), "does not answer", "curl $VAULT_ADDR/v1/sys/health"),
        ((503, ["Vault is sealed"]), "is sealed", "operator unseal"),
        ((403, ["permission denied"]), "refuses", "export a new VAULT_TOKEN"),
        ((404, ['no handler for route "secret/"']), "no key-value store at secret/", "cd foundation/vault"),
    ],
    ids=["not reachable", "sealed", "wrong token", "no mount"],
)
def test_what_is_wrong_with_vault_is_told_apart(
    operator: Operator, vault: VaultServer, failure: Exception | tuple[int, list[str]], found: str, mend: str
) -> None:
    vault.failures = [failure] * 9  # what may pass is tried again

    finding = look(operator, "Vault")

    assert not finding.ok
    assert found in finding.found
    assert mend in finding.mend
    assert TOKEN not in finding.found + finding.mend


def test_without_address_and_token_both_are_asked_for(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VAULT_ADDR", raising=False)
    monkeypatch.delenv("VAULT_TOKEN", raising=False)

    assert look(operator, "Vault").mend == "export VAULT_ADDR=… VAULT_TOKEN=…"


def test_without_an_engine_the_backend_is_not_blamed(operator: Operator) -> None:
    (operator.folder / "bin" / "pulumi").unlink()
    operator.env["PATH"] = str(operator.folder / "bin")

    assert "pulumi is not on PATH" in look(operator, "engine").found
    assert look(operator, "state backend").found == "not looked at: there is no engine"


def test_a_stack_that_is_not_there_is_made_by_the_command_that_is_offered(operator: Operator) -> None:
    operator.scenario(export={"status": 1, "stderr": "error: no stack named 'dev' found\n"})

    finding = look(operator, "state backend")

    assert "no stack named 'dev' found" in finding.found
    assert "pulumi stack init dev" in finding.mend


def test_a_shell_that_does_not_know_the_backend_is_told_what_to_export(operator: Operator) -> None:
    operator.scenario(export={"status": 1, "stderr": "error: no stack named 'dev' found\n"})
    assert "export" not in look(operator, "state backend").mend

    del operator.env["PULUMI_BACKEND_URL"]

    assert "export PULUMI_BACKEND_URL=… and PULUMI_CONFIG_PASSPHRASE_FILE=…" in look(operator, "state backend").mend


def test_a_passphrase_that_is_wanted_and_not_set_is_asked_for(operator: Operator) -> None:
    encrypted = state()
    encrypted["deployment"]["secrets_providers"] = {"type": "passphrase"}
    operator.scenario(state=encrypted)

    assert "PULUMI_CONFIG_PASSPHRASE_FILE" in look(operator, "state backend").mend
    operator.env["PULUMI_CONFIG_PASSPHRASE"] = ""  # an empty one is one
    assert look(operator, "state backend").ok


def test_a_key_file_of_another_key_than_the_stack_names_is_found(operator: Operator) -> None:
    (operator.folder / "id_ed25519.pub").write_text("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOther\n")

    assert "is not the key that ssh_public_key names" in look(operator, "SSH key").found


def test_a_list_that_is_wrong_is_told_with_its_line_and_the_rest_is_looked_at_all_the_same(operator: Operator) -> None:
    (operator.project_folder / "mail_list.yml").write_text("domains:\n  - name: example.com\n    user: [alice]\n")

    assert "mail_list.yml:3" in look(operator, "stack file and list").found
    assert look(operator, "SSH key").ok
