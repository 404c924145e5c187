"""Settings and desired state with defaults, so that a test shows only the values that matter."""

import json
from typing import Any

from core.desired import DesiredState
from core.desired_state import desired_state
from core.mail_list import parse_mail_list
from core.settings import Settings, parse_settings

PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHXwYTBOpCfvkpSUKYMBwd1WwDcGWy4BYBmlgBtHnJzR operator"
OFFICE = "198.51.100.0/24"
TWO_DOMAINS = """\
domains:
  - name: example.com
    users: [alice, bob]
  - name: startup.io
    users: [carol, dave]
"""

_REQUIRED: dict[str, Any] = {
    "region": "eu-frankfurt-1",
    "compartment_ocid": "ocid1.compartment.oc1..aaaaexample",
    "ssh_public_key": PUBLIC_KEY,
    "ssh_from": [OFFICE],
}


EXISTING: dict[str, Any] = {
    **dict.fromkeys(_REQUIRED),
    "host": "existing",
    "host_address": "203.0.113.20",
    "mail_hostname": "mail.example.com",
}
"""What a stack says instead, whose server is there already."""


def config(**changes: Any) -> dict[str, str]:
    """Give stack config as the engine hands it over: text, structures as JSON; None takes a key out."""
    values = {key: value for key, value in {**_REQUIRED, **changes}.items() if value is not None}
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}


def settings(**changes: Any) -> Settings:
    """Give checked settings."""
    return parse_settings(config(**changes), stack_file="Pulumi.test.yaml", text="")


def state(mail_list: str = TWO_DOMAINS, **changes: Any) -> DesiredState:
    """Give the desired state of a list under settings."""
    return desired_state(
        settings(**changes),
        parse_mail_list(mail_list, "mail_list.yml"),
        stack="test",
        mail_list_file="mail_list.yml",
    )
