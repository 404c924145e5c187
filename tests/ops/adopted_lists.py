"""The list that is made of a server's rows, and what `up` would want by it."""

from datetime import date
from typing import Any

from core.desired import DesiredState
from core.desired_state import desired_state
from core.mail_list import parse_mail_list
from core.settings import Settings
from ops.adopted_list import AdoptedList, adopted_list, why_domain_stays
from ops.server_survey import survey
from tests.ops.existing_server import HOSTNAME, ExistingServer

STACK = "prod"
UNTIL = date(2027, 11, 22)
SETTINGS = Settings(host="existing", host_address="203.0.113.20", mail_hostname="mx.provider.example", adopt=True)


def adopted(server: ExistingServer, *domain_names: str) -> AdoptedList:
    found = survey(
        server,
        hostname=HOSTNAME,
        looks_into=lambda row: why_domain_stays(row, stack=STACK, domain_names=domain_names) is None,
    )
    return adopted_list(found, stack=STACK, domain_names=domain_names, until=lambda _: UNTIL)


def wanted(people: AdoptedList) -> DesiredState:
    """Work out what `up` would want by the file."""
    read = parse_mail_list(people.text(HOSTNAME), "mail_list.yml")
    assert read == people.mail_list
    return desired_state(SETTINGS, read, stack=STACK, mail_list_file="mail_list.yml")


def left_out(server: ExistingServer) -> dict[str, str]:
    return {found.what: found.why for found in adopted(server).left_out}


def server_of(**mailboxes: dict[str, Any]) -> ExistingServer:
    """A domain with alice, who is as usual, and others."""
    server = ExistingServer()
    server.has_domain("example.com")
    server.has_mailbox("alice@example.com")
    for name, columns in mailboxes.items():
        server.has_mailbox(f"{name}@example.com", **columns)
    return server
