"""Steps of tests that have the API beside the mail servers."""

import time
from collections.abc import Callable

from tests.lab.mailcow.api.service import ApiService
from tests.lab.mailcow.mail_servers import PASSWORD, MailServers

DOMAIN = "m.example"
_WITHIN_S = 30


def added(api: ApiService, local_part: str) -> str:
    """Add a mailbox; gives its address."""
    body = {"local_part": local_part, "domain": DOMAIN, "quota": "10", "password": PASSWORD, "password2": PASSWORD}
    assert api.post("add/mailbox", body)[-1]["type"] == "success"
    return f"{local_part}@{DOMAIN}"


def edit(api: ApiService, person: str, **attributes: str) -> None:
    """Edit a mailbox."""
    answer = api.post("edit/mailbox", {"items": [person], "attr": attributes})
    assert answer[-1]["type"] == "success"


def doveadm(servers: MailServers, command: str) -> None:
    """Run a command of Dovecot's, as the product does on a host."""
    servers.inside("dovecot", f"doveadm {command}")


def sooner_or_later(is_so: Callable[[], bool], within_s: float = _WITHIN_S) -> bool:
    """Wait until something is so."""
    deadline = time.monotonic() + within_s
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.3)
    return True
