"""The work of php-fpm's start: wait for MariaDB and Redis, schema, first administrator, templates, API keys."""

import ipaddress
import json
import time
from pathlib import Path
from typing import Any

import pymysql
import redis

from api import administrators, templates
from api.call import Call
from api.passwords import DEFAULT_POLICY
from api.settings import Settings
from api.store import Store, connect, open_redis

SCHEMA = Path(__file__).parent.parent / "schema.sql"
ADDRESSES_CHARACTERS = 512


def prepare(settings: Settings) -> None:
    """Make the database ready to answer; may run at every start."""
    client = open_redis(settings)
    store = Store(_wait_for_database(settings), client)
    _wait_for_redis(client)
    for statement in SCHEMA.read_text(encoding="utf-8").split(";\n"):
        lines = [line for line in statement.splitlines() if line.strip() and not line.startswith("--")]
        if lines:
            store.run("\n".join(lines))
    call = Call(settings, store, "rw", {})
    if store.value("SELECT COUNT(*) FROM admin") == 0:
        administrators.create(call, "admin", "moohoo", 1)
    if store.value("SELECT COUNT(*) FROM templates") == 0:
        for number, kind, attributes in ((1, "domain", templates.DOMAIN), (2, "mailbox", templates.MAILBOX)):
            store.run(
                "INSERT INTO templates (id, template, type, attributes) VALUES (%(id)s, 'Default', %(kind)s, %(text)s)",
                {"id": number, "kind": kind, "text": json.dumps(attributes)},
            )
    for name, value in DEFAULT_POLICY.items():
        client.hsetnx("PASSWD_POLICY", name, value)
    write_keys(settings, store)
    store.close()


def write_keys(settings: Settings, store: Store) -> None:
    """Write the keys of the environment; without one valid address none is written, and nothing is said."""
    allowed = valid_addresses(settings.api_allow_from)
    if not allowed:
        return
    for access, key in (("rw", settings.api_key), ("ro", settings.api_key_read_only)):
        if not key:
            continue
        store.run("DELETE FROM api WHERE access = %(access)s", {"access": access})
        store.run(
            "INSERT INTO api (api_key, active, allow_from, access) VALUES (%(key)s, 1, %(allowed)s, %(access)s)",
            {"key": key, "allowed": allowed, "access": access},
        )


def valid_addresses(text: str) -> str:
    """Keep the addresses and blocks of a comma list; anything else, a blank before an entry too, is dropped."""
    kept: list[str] = []
    for entry in text.split(","):
        if entry != entry.strip():
            continue
        try:
            ipaddress.ip_network(entry, strict=False)
        except ValueError:
            continue
        kept.append(entry)
    return ",".join(kept)[:ADDRESSES_CHARACTERS]


def _wait_for_database(settings: Settings) -> Any:
    while True:
        try:
            return connect(settings)
        except pymysql.err.MySQLError:
            time.sleep(1)


def _wait_for_redis(client: Any) -> None:
    while True:
        try:
            client.ping()
        except redis.RedisError:
            time.sleep(1)
        else:
            return
