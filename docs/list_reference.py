"""The reference of the list of people, and its JSON Schema: both made from the table that the reader uses."""

import json
from typing import Any, Final

from core import list_keys as key
from core.list_schema import mail_list_schema
from core.list_shapes import Key, Shape
from docs.tables import table

SHAPES: Final = (
    key.LIST_OF_PEOPLE,
    key.DOMAIN,
    key.DEFAULTS,
    key.USER,
    key.FORWARD,
    key.MOVE_IN,
    key.LEAVER,
    key.LEAVER_FORWARDS,
    key.ALIAS,
    key.LIST,
    key.SUBDOMAIN,
    key.RELAY,
)
"""In the order of the page."""
SHORT: Final = """\
domains:
  - name: example.com
    users: [alice, bob]
"""
LONG: Final = """\
# yaml-language-server: $schema=docs/reference/mail_list.schema.json
domains:
  - name: example.com
    defaults: {quota_mib: 4096, sending_limit: 100/h}
    postmaster: alice
    catch_all: alice
    users:
      - alice
      - name: bob
        full_name: Bob Builder
        quota_mib: 8192
        aliases: [robert]
        protocols: [imap, smtp]
        forward: {to: bob@other.example, keep: true}
        tags: [sales]
      - name: frank
        change_password: true
        move_in: {server: imap.old.example, user: frank@old.example, password_in: mail/move-in/example.com/frank}
    aliases: [{name: info, to: alice}]
    lists: [{name: team, to: [alice, bob, zoe@müller.example]}]
    subdomains: [{name: shop, cname: shops.example.net}, {name: vpn, address: 203.0.113.9}]
    offboarded:
      - {name: carol, until: 2027-01-31}
      - name: dave
        until: 2027-01-31
        mail: {forward: alice}
        auto_reply: Dave has left; write to alice@example.com.
      - {name: erin, until: 2027-01-31, mail: keep}
  - name: müller.example
    server: 1
    dkim_selector: s1
    relay: {host: smtp.relay.example, port: 587, user: us, password_in: mail/relays/us}
    users: [zoe]
"""


_READING: Final = """\
A name without `@` is one of the domain that it stands under.
A key that a user has stands instead of the domain's default.
Every problem of the file is told at once, with its line and what to write instead.
The first line names `docs/reference/mail_list.schema.json`, with which an editor completes and checks the file."""


def mail_list() -> str:
    """Write the reference of the list."""
    parts = [
        "# The list of people",
        "<!-- Made from `core/list_keys.py` by `make docs`; a change goes there. -->",
        "Who has a mailbox stands in `mail_list.yml`, and nowhere else.\nThis is a whole list:",
        f"```yaml\n{SHORT}```",
        "And this one uses nearly every key:",
        f"```yaml\n{LONG}```",
        _READING,
        *(_section(shape) for shape in SHAPES),
    ]
    return "\n\n".join(parts) + "\n"


def _section(shape: Shape) -> str:
    rows = ((f"`{one.name}`", one.kind.words, _default(one), one.meaning) for one in shape.keys)
    return f"## {shape.title}\n\n{table(('key', 'value', 'default', 'meaning'), rows).rstrip()}"


def _default(one: Key[Any]) -> str:
    return "required" if one.missing else one.default


def schema() -> str:
    """Write the JSON Schema of the list."""
    return json.dumps(mail_list_schema(), indent=2, ensure_ascii=False) + "\n"
