"""Good settings and lists to start from; each test changes what it is about."""

import base64
import json
import re
from datetime import date
from typing import Any

import yaml

from core.desired import DesiredState
from core.desired_state import desired_state
from core.list_form import as_plain
from core.people import Leaver, MailDomain, MailList, User
from core.settings import Settings

PUBLIC_KEY = (
    "ssh-ed25519 " + base64.b64encode(b"\x00\x00\x00\x0bssh-ed25519" + b"\x00\x00\x00\x20" + bytes(range(32))).decode()
)
REQUIRED: dict[str, Any] = {
    "region": "eu-frankfurt-1",
    "compartment_ocid": "ocid1.compartment.oc1..aaaa",
    "ssh_public_key": PUBLIC_KEY,
    "ssh_from": ("203.0.113.7/32",),
}


def settings(**changes: Any) -> Settings:
    """Good settings with some changes."""
    return Settings.model_validate({**REQUIRED, **changes})


def raw_values(**changes: str) -> dict[str, str]:
    """Good values as the engine gives them, with some changes."""
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in REQUIRED.items()}
    return {**texts, **changes}


def domain(
    name: str = "example.com",
    users: tuple[str | User, ...] = ("alice", "bob"),
    *,
    offboarded: dict[str, str] | None = None,
    leavers: tuple[Leaver, ...] = (),
    postmaster: str | None = None,
    server: int = 1,
    line: int = 2,
    **more: Any,
) -> MailDomain:
    """Make one domain of a list."""
    gone = tuple(Leaver(name=who, until=date.fromisoformat(until)) for who, until in (offboarded or {}).items())
    return MailDomain(
        name=name,
        users=tuple(User(name=user) if isinstance(user, str) else user for user in users),
        offboarded=(*gone, *leavers),
        postmaster=postmaster,
        server=server,
        line=line,
        **more,
    )


def state(*domains: MailDomain, **changes: Any) -> DesiredState:
    """Work out what good settings and a list ask for."""
    people = MailList(domains=domains or (domain(),))
    return desired_state(settings(**changes), people, stack="dev", mail_list_file="mail_list.yml")


class _LikeAnOperator(yaml.SafeDumper):
    """Quotes what an editor, which reads YAML 1.2, would mark as a number: ``0e+0``."""


_LikeAnOperator.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$"),
    list("-+.0123456789"),
)


def rendered(people: MailList) -> str:
    """Write a list as an operator would."""
    return yaml.dump(as_plain(people), Dumper=_LikeAnOperator, sort_keys=False)
