"""A server that is there already is taken over with its people, and nothing on it changes."""

import os
import uuid
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.mail_user import MailUser
from lab.stack import LabStack
from tests.lab.service import Service

pytestmark = pytest.mark.lab

DOMAIN = "by-hand.example"
PEOPLE = ("ida", "olaf")
PASSWORD = f"By-hand-{uuid.uuid4()}"


@dataclass(frozen=True, kw_only=True)
class SecondStack(LabStack):
    """A stack that makes no server: it names one that another stack of the lab has made."""

    @property
    def mail_list(self) -> Path:
        return self.world.folder / "adopted_list.yml"

    def write_server(self, address: str, *, user: str) -> None:
        """Write the stack file as somebody would who knows no more than where the server is."""
        values = {
            "host": "existing",
            "host_address": address,
            "mail_hostname": "mail.example.com",
            "ssh_user": user,
            "mail_list": os.path.relpath(self.mail_list, self.project),
            "adopt": True,
        }
        kept: dict[str, Any] = yaml.safe_load(self.file.read_text()) or {} if self.file.exists() else {}
        kept["config"] = {f"mailstead:{key}": value for key, value in values.items()}
        self.file.write_text(yaml.safe_dump(kept, sort_keys=False), encoding="utf-8")


@pytest.fixture(scope="module")
def people_by_hand(service: Service) -> Generator[None]:
    """A domain with people, an alias and a closed mailbox, all made as in mailcow's web page."""
    service.mailcow("add/domain", {"domain": DOMAIN})
    for name in (*PEOPLE, "gone"):
        body = {"local_part": name, "domain": DOMAIN, "name": name.title(), "quota": "1024", "active": "1"}
        service.mailcow("add/mailbox", {**body, "password": PASSWORD, "password2": PASSWORD})
    service.mailcow("edit/mailbox", {"items": [f"gone@{DOMAIN}"], "attr": {"active": "0"}})
    targets = ",".join(f"{name}@{DOMAIN}" for name in PEOPLE)
    service.mailcow("add/alias", {"address": f"team@{DOMAIN}", "goto": targets, "active": "1"})
    yield
    service.mailcow("delete/alias", [row["id"] for row in service.mailcow("get/alias/all") if row["domain"] == DOMAIN])
    service.mailcow("delete/mailbox", [f"{name}@{DOMAIN}" for name in (*PEOPLE, "gone")])
    service.mailcow("delete/domain", [DOMAIN])
    for name in (*PEOPLE, "gone"):
        service.vault("DELETE", f"secret/metadata/mail/users/{DOMAIN}/{name}")


@pytest.fixture(scope="module")
def second(service: Service, people_by_hand: None) -> Generator[SecondStack]:
    first = service.stack
    second = SecondStack(world=first.world, project=first.project, name=f"{first.name}-adopted")
    (user,) = {command.rpartition(" ")[2].partition("@")[0] for command in first.ssh_commands()}
    second.initialise()
    second.write_server(service.address, user=user)
    yield second
    second.pulumi("stack", "rm", second.name, "--force", "--yes")
    second.file.unlink(missing_ok=True)
    second.mail_list.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def before(service: Service, second: SecondStack) -> dict[str, Any]:
    """All that the server has before anybody takes it over."""
    return everything(service)


def everything(service: Service) -> dict[str, Any]:
    """The API's full listing: domains, people, aliases, filters, and the domain's key."""
    return {
        "domains": by(service.mailcow("get/domain/all"), "domain_name"),
        "mailboxes": by(service.mailcow("get/mailbox/all"), "username"),
        "aliases": by(service.mailcow("get/alias/all"), "address"),
        "key": service.mailcow(f"get/dkim/{DOMAIN}"),
        "filters": service.mailcow("get/filters/all"),
    }


def by(rows: list[dict[str, Any]], name: str) -> dict[str, dict[str, Any]]:
    return {str(row[name]): row for row in rows}


def test_the_list_is_written_from_the_server_and_leaves_out_what_is_anothers(
    service: Service, second: SecondStack, before: dict[str, Any]
) -> None:
    run = second.mailstead("adopt", "--api-key-stdin", "--stack", second.name, typed=service.api_key())

    (domain,) = yaml.safe_load(second.mail_list.read_text())["domains"]
    names = {user if isinstance(user, str) else user["name"] for user in domain["users"]}
    assert domain["name"] == DOMAIN
    assert names == set(PEOPLE)
    assert [leaver["name"] for leaver in domain["offboarded"]] == ["gone"]
    assert [group["name"] for group in domain["lists"]] == ["team"]
    assert all(f"domain {name} " in run.output for name in ("example.com", "startup.io"))  # the other stack's
    assert service.api_key() not in run.output
    assert everything(service) == before


def test_the_up_that_follows_takes_everything_and_changes_nothing_on_the_server(
    service: Service, second: SecondStack, before: dict[str, Any]
) -> None:
    second.mailstead("up", "--yes", "--stack", second.name)

    assert everything(service) == before
    recorded = {str(resource["id"]) for resource in second.export()["deployment"]["resources"] if resource.get("id")}
    assert {f"{name}@{DOMAIN}" for name in (*PEOPLE, "gone")} <= recorded
    MailUser(address=f"ida@{DOMAIN}", password=PASSWORD, host=service.address).log_in()
    assert second.mailstead("preview", "--stack", second.name).status == 0
