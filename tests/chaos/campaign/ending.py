"""How a world ends: what is on the servers, and how that differs from what the list asks for."""

from collections.abc import Iterator
from typing import Any

from core.desired import DesiredAlias, DesiredDomain, DesiredMailbox, DesiredState
from core.names import DKIM_KEY_BITS, ownership_tag, user_secret
from tests.chaos.mailcow.passwords import stored
from tests.chaos.mailcow.tables import MIB, Row, Tables
from tests.chaos.vault import VaultServer

_NOTES = ("state", "address", "stack")
_ACCESS = ("imap_access", "pop3_access", "smtp_access", "sieve_access", "eas_access", "dav_access")


def ending(tables: Tables, vault: VaultServer) -> dict[str, Any]:
    """Give all that counts, without times, numbers of rows and what was drawn by dice."""
    return {
        "domains": {name: _domain(tables, row) for name, row in sorted(tables.domains.items())},
        "mailboxes": {name: _mailbox(tables, vault, row) for name, row in sorted(tables.mailboxes.items())},
        "aliases": {
            row["address"]: _alias(row) for row in sorted(tables.aliases.values(), key=lambda row: row["address"])
        },
        "keys": {name: [row["selector"], row["bits"]] for name, row in sorted(tables.dkim.items())},
        "secrets": {
            path: [len(secret.versions), {key: (secret.notes or {}).get(key) for key in _NOTES}]
            for path, secret in sorted(vault.secrets.items())
        },
    }


def differences(tables: Tables, state: DesiredState) -> list[str]:
    """Say what is not as the list asks for."""
    tag = ownership_tag(state.stack)
    found: list[str] = []
    for domain in state.domains:
        found += _compared(f"domain {domain.name}", _wanted_domain(domain), tables.domains.get(domain.name))
        key = tables.dkim.get(domain.name)
        wanted = {"selector": domain.dkim_selector, "bits": DKIM_KEY_BITS}
        found += _compared(f"DKIM key of {domain.name}", wanted, key)
    for mailbox in state.mailboxes:
        row = tables.whole_mailbox(mailbox.address)
        found += _compared(f"mailbox {mailbox.address}", _wanted_mailbox(mailbox), row)
        if row is not None:
            missing = {tag, *mailbox.tags} - set(row["tags"])
            found += [f"mailbox {mailbox.address}: without tag {name}" for name in sorted(missing)]
            found += [f"mailbox {mailbox.address}: {what}" for what in _around(tables, mailbox, row, tag)]
    for alias in state.aliases:
        row = tables.alias_at(alias.address)
        found += _compared(f"alias {alias.address}", _wanted_alias(alias, tag), row and _alias(row))
    return [*found, *_left_over(tables, state, tag)]


def disagreements(tables: Tables, vault: VaultServer, state: DesiredState, own_passwords: set[str]) -> list[str]:
    """Say where Vault and mailcow do not agree about a person."""
    found: list[str] = []
    for mailbox in state.mailboxes:
        path = user_secret(mailbox.domain, mailbox.local_part)
        secret, row = vault.secrets.get(path), tables.whole_mailbox(mailbox.address)
        if secret is None or not secret.versions:
            found.append(f"{mailbox.address} has no secret at {path}")
            continue
        notes = secret.notes or {}
        if (notes.get("address"), notes.get("stack")) != (mailbox.address, state.stack):
            found.append(f"{path} has notes {notes}")
        password = secret.versions[-1]["data"]["password"]
        if row is not None and mailbox.address not in own_passwords and row["password"] != stored(password):
            found.append(f"{mailbox.address} has another password than {path}")
    paths = {user_secret(mailbox.domain, mailbox.local_part) for mailbox in state.mailboxes}
    ours = {path for path, of in vault.secrets.items() if (of.notes or {}).get("stack") == state.stack}
    return found + [f"{path} is of nobody" for path in sorted(ours - paths)]


def _around(tables: Tables, mailbox: DesiredMailbox, row: Row, tag: str) -> Iterator[str]:
    """Say what around a mailbox is not as the list asks for: protocols, limit, forwards and replies, ways in."""
    open_ways = {name.removesuffix("_access") for name in _ACCESS if row["attributes"].get(name) == "1"}
    if open_ways != set(mailbox.protocols):
        yield f"open are {sorted(open_ways)} and not {sorted(mailbox.protocols)}"
    value, _, frame = mailbox.sending_limit.partition("/")
    if tables.limits.get(mailbox.address, ()) != ((value, frame) if value else ()):
        yield f"sending limit {tables.limits.get(mailbox.address)} and not {mailbox.sending_limit!r}"
    if not mailbox.active and any(one["mailbox"] == mailbox.address for one in tables.app_passwords.values()):
        yield "closed, with an app password"
    ours = [one for one in tables.filters.values() if (one["username"], one["script_desc"]) == (mailbox.address, tag)]
    receives = mailbox.active or mailbox.mail != "refuse"
    wanted = [*mailbox.forward_to, *filter(None, [mailbox.auto_reply])] if receives else []
    if len(ours) != bool(wanted) or not all(one["active"] for one in ours):
        yield f"{len(ours)} filters of ours"
    for text in wanted:
        if not any(text in one["script_data"] for one in ours):
            yield f"no filter of ours says {text!r}"
    if mailbox.forward_to and any((":copy" in one["script_data"]) != mailbox.keep_copy for one in ours):
        yield "a copy is kept, or not, against the list"


def _left_over(tables: Tables, state: DesiredState, tag: str) -> list[str]:
    mailboxes = {mailbox.address for mailbox in state.mailboxes}
    aliases = {alias.address for alias in state.aliases}
    domains = {domain.name for domain in state.domains}
    ours = [name for name, row in tables.mailboxes.items() if tag in row["tags"] and name not in mailboxes]
    ours += [
        row["address"]
        for row in tables.aliases.values()
        if row["private_comment"] == tag and row["address"] not in aliases
    ]
    ours += [name for name, row in tables.domains.items() if tag in row["tags"] and name not in domains]
    ours += [f"DKIM key of {name}" for name in tables.dkim if name not in domains and name not in tables.domains]
    ours += [name for name, row in tables.mailboxes.items() if not row["whole"]]
    return [f"{name} is left over" for name in ours]


def _compared(what: str, wanted: dict[str, Any], row: Row | None) -> list[str]:
    if row is None:
        return [f"{what} is not there"]
    return [
        f"{what}: {key} is {row.get(key)!r} and not {value!r}" for key, value in wanted.items() if row.get(key) != value
    ]


def _wanted_domain(domain: DesiredDomain) -> dict[str, Any]:
    return {
        "aliases": domain.max_aliases,
        "mailboxes": domain.max_mailboxes,
        "defquota": domain.default_quota_mib * MIB,
        "maxquota": domain.max_quota_mib * MIB,
        "quota": domain.quota_mib * MIB,
        "active": 1,
    }


def _wanted_mailbox(mailbox: DesiredMailbox) -> dict[str, Any]:
    closed = 0 if mailbox.mail == "refuse" else 2
    return {
        "name": mailbox.full_name,
        "quota": mailbox.quota_mib * MIB,
        "active": 1 if mailbox.active else closed,
    }


def _wanted_alias(alias: DesiredAlias, tag: str) -> dict[str, Any]:
    return {"goto": sorted(alias.goto), "active": 1, "private_comment": tag}


def _domain(tables: Tables, row: Row) -> Row:
    columns = ("aliases", "mailboxes", "defquota", "maxquota", "quota", "active", "description")
    return {**{column: row[column] for column in columns}, "tags": sorted(row["tags"])}


def _mailbox(tables: Tables, vault: VaultServer, row: Row) -> Row:
    if not row["whole"]:
        return {"whole": False}
    secret = vault.secrets.get(user_secret(row["domain"], row["local_part"]))
    first = stored(secret.versions[-1]["data"].get("password", "")) if secret and secret.versions else ""
    address = row["username"]
    filters = [one for one in tables.filters.values() if one["username"] == address]
    return {
        **{column: row[column] for column in ("name", "quota", "active", "messages")},
        "tags": sorted(row["tags"]),
        "access": {flag: row["attributes"].get(flag) for flag in (*_ACCESS, "force_pw_update")},
        "limit": list(tables.limits.get(address, ())),
        "filters": sorted(
            [one["filter_type"], one["script_desc"], one["script_data"], one["active"]] for one in filters
        ),
        "password": "first" if row["password"] == first else "own",
    }


def _alias(row: Row) -> Row:
    columns = ("active", "private_comment", "sogo_visible", "sender_allowed", "internal")
    return {**{column: row[column] for column in columns}, "goto": sorted(row["goto"].split(","))}
