"""The pages on OpenBao and Vault, run from their first command to their last on a real server on this machine."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.openbao import TOKEN, running
from tests.docs.command_book import left_out_of_whole_pages, typed, whole_pages
from tests.docs.page_run import PASSWORD, PageRun
from tests.docs.pages import ROOT

pytestmark = pytest.mark.lab

OPENBAO, VAULT = "docs/how-to/openbao.md", "docs/how-to/vault.md"
SNAPSHOT = 'bao operator raft snapshot restore "/var/backups/openbao/$(date +%F).snap"'
UNSEALED_AGAIN = "bao operator raft list-peers"

# What should be so behind some commands; the page tells a reader, this tells the test.
CHECKS = {
    "bao token revoke -self": "must_fail bao token lookup",
    "sudo systemctl start openbao-snapshot": """
ls -l "$STAND_IN_ROOT"/var/backups/openbao/*.snap
[[ $(stat -c %a "$STAND_IN_ROOT"/etc/openbao/snapshot.token) == 600 ]]
VAULT_TOKEN=$(cat "$STAND_IN_ROOT/etc/openbao/snapshot.token") must_fail bao policy list
bao auth enable -path=planted userpass
""",
    # Undone by the snapshot; the administrator's log-in is older and stays.
    SNAPSHOT: """
bao auth list >"$STAND_IN_ROOT/auths"
must_fail grep planted "$STAND_IN_ROOT/auths"
sudo systemctl stop openbao
rm -rf "$STAND_IN_ROOT"/opt/openbao/data && mkdir -p "$STAND_IN_ROOT"/opt/openbao/data
sudo systemctl start openbao
""",
    UNSEALED_AGAIN: "bao policy read snapshot >/dev/null",
    # That was the machine's shell; the rest of the page is the administrator's.
    "vault token lookup": """
vault token lookup -format=json | jq -e '.data.policies == ["default", "mailstead-provisioner"]' >/dev/null
must_fail vault policy list
VAULT_TOKEN=$(bao login -method=userpass -token-only username=anna)
""",
    "for accessor in $(vault list -format=json auth/approle/role/mailstead/secret-id | jq -r '.[]'); do": """
must_fail vault list auth/approle/role/mailstead/secret-id
""",
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[PageRun]:
    """A folder that stands for the machine of the page."""
    run = PageRun(
        root=tmp_path, port=free_port(), cluster_port=free_port(), left_out=left_out_of_whole_pages(), checks=CHECKS
    )
    yield run
    run.end()


def test_the_pages_on_openbao_and_vault_run_from_the_first_command_to_the_last(machine: PageRun) -> None:
    script = machine.script(OPENBAO, VAULT)

    ended = machine.run(script)

    assert ended.returncode == 0, f"{ended.stdout[-3000:]}\n{ended.stderr[-3000:]}"
    audit = (machine.root / "var/log/openbao/audit.log").read_text(encoding="utf-8")
    assert "auth/userpass/login/anna" in audit
    assert PASSWORD not in audit
    assert all(first in script for first in CHECKS), "a check stands behind no command of the page any more"


def test_a_command_that_fails_fails_the_page(machine: PageRun) -> None:
    ended = machine.run("set -euo pipefail\nsudo false\necho reached\n")

    assert ended.returncode != 0
    assert "reached" not in ended.stdout


def test_vault_commands_of_the_other_pages_run_with_the_policies_of_the_foundation(tmp_path: Path) -> None:
    """Passwords of people and the exporters' token are there, as a stack that is up has put them."""
    wanted = [one.text for one in typed() if re.search(r"\bvault |^read ", one.text) and one.page not in whole_pages()]
    ready = """
for policy in provisioner operator handover; do
  vault policy write "mailstead-$policy" "foundation/vault/$policy.hcl"
done
vault auth enable approle
vault write auth/approle/role/mailstead token_policies=mailstead-provisioner
role_id=$(vault read -field=role_id auth/approle/role/mailstead/role-id)
"""
    people = sorted(set(re.findall(r"\bmail/users/[\w./-]+", "\n".join(wanted))))
    ready += "".join(f"vault kv put -mount=secret {path} password=first\n" for path in people)
    ready += "vault kv put -mount=secret mail/monitoring/exporter_token token=first\n"
    as_root = "\n".join(f"export VAULT_TOKEN={TOKEN}\n{command}" for command in wanted)
    run = PageRun(root=tmp_path, port=0, cluster_port=0, left_out=frozenset())
    with running(tmp_path) as address:
        ended = run.run(
            f"{run.script()}\nexport VAULT_ADDR={address} VAULT_TOKEN={TOKEN}\ncd {ROOT}\n{ready}\n{as_root}\n"
        )

    assert ended.returncode == 0, f"{ended.stdout[-3000:]}\n{ended.stderr[-3000:]}"
    assert len(wanted) >= 5
