"""An operator who takes a server over with `mailstead adopt`, and what she has afterwards."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ops.adoption import Adopted, Adoption, Wishes
from ops.project import Project
from tests.fakes import FakeVault
from tests.ops.existing_server import API_KEY, HOSTNAME, ExistingServer, small_company
from users.host_inputs import HostInputs

KEY_PATH = f"mail/hosts/{HOSTNAME}/api_key"
STACK_FILE = f"""\
config:
  mailstead:host: existing
  mailstead:host_address: 203.0.113.20
  mailstead:mail_hostname: {HOSTNAME}
  mailstead:api_access: https
  mailstead:adopt: true
"""


@dataclass
class Desk:
    """An operator who takes a server over."""

    folder: Path
    server: ExistingServer = field(default_factory=small_company)
    vault: FakeVault = field(default_factory=FakeVault)
    now: datetime = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
    reached: list[HostInputs] = field(default_factory=list[HostInputs])
    said: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        self.stack_file(STACK_FILE)

    def stack_file(self, text: str) -> None:
        (self.folder / "Pulumi.prod.yaml").write_text(text)

    def adopt(self, wishes: Wishes | None = None) -> Adopted:
        """Run the command, by default with the key that the server takes."""

        def reach(inputs: HostInputs, key: str) -> ExistingServer:
            self.reached.append(inputs)
            self.server.key = key
            return self.server

        adoption = Adoption(
            project=Project(folder=self.folder, stack="prod"),
            env={"PATH": ""},
            vault=self.vault,
            now=lambda: self.now,
            say=self.said.append,
            reach=reach,
        )
        return adoption.run(wishes or Wishes(api_key=API_KEY))

    def text(self, name: str = "mail_list.yml") -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    def notes(self, address: str) -> dict[str, str]:
        local_part, _, domain = address.partition("@")
        return self.vault.secrets[f"mail/users/{domain}/{local_part}"].custom


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def kept_key(desk: Desk) -> list[str]:
    found = desk.vault.secrets.get(KEY_PATH)
    return [version["key"] for version in found.versions] if found else []
