"""Mailboxes: add and delete."""

import json
import re
from typing import Any

from api import passwords, tags, templates
from api.call import Call, RefusedError, fields, log, mailbox_log
from api.domain_details import usage
from api.mailbox_rows import QUARANTINE_CATEGORIES, new_attributes
from api.maildirs import MoveError, move_to_garbage
from api.objects import domain_exists, mailbox_domain, whole_mailbox
from api.php import PhpError, empty, escape, folded, integer, is_address, is_domain, string
from api.rate_limits import store_limit
from api.store import DatabaseError

MIB = 1024 * 1024
_ANGLE = re.compile(r"^<+|>+$")
ACL = (
    "spam_alias",
    "tls_policy",
    "spam_score",
    "spam_policy",
    "delimiter_action",
    "syncjobs",
    "eas_reset",
    "sogo_profile_reset",
    "pushover",
    "quarantine",
    "quarantine_attachments",
    "quarantine_notification",
    "quarantine_category",
    "app_passwds",
)


def add(call: Call, request: Any) -> None:
    """Answer add/mailbox."""
    if not call.role:
        raise PhpError("no session")
    said = mailbox_log("add", "mailbox", request)
    given = {name: value for name, value in fields(request).items() if value is not None}
    template = templates.attributes_of(call, "mailbox", given.get("template"))
    local_part = string(given.get("local_part")).strip().lower()
    domain = folded(string(given.get("domain")))
    username = f"{local_part}@{domain}"
    quota = integer(given.get("quota", template.get("quota")))
    _check_names(call, said, given, local_part, domain)
    if not passwords.is_acceptable(call, given.get("password"), given.get("password2")):
        raise RefusedError
    _check_limits(call, said, domain, quota)
    call.dawdle()
    _insert(call, given, template, local_part, domain, quota_mib=quota)
    tags.add(call, "mailbox", username, given.get("tags", template.get("tags")), said)
    _store_acl(call, username, given, template)
    if not empty(given.get("tagged_mail_handler")):
        handler = given["tagged_mail_handler"]
        store_delimiter_action(call, username, {"username": username, "tagged_mail_handler": handler})
    limit = {
        "object": username,
        "rl_frame": given.get("rl_frame", template.get("rl_frame")),
        "rl_value": given.get("rl_value", template.get("rl_value")),
    }
    store_limit(call, username, limit, "mailbox")
    call.success(said, ["mailbox_added", escape(username)])


def delete(call: Call, items: list[Any]) -> None:
    """Answer delete/mailbox; a half-deleted mailbox is repaired by it."""
    said = mailbox_log("delete", "mailbox", {"username": items})
    for item in items:
        username = string(item)
        if not is_address(username) or mailbox_domain(call, username) is None:
            call.danger(said, "access_denied")
            continue
        row = whole_mailbox(call, username)
        try:
            if call.fault == "rubbish_dockerapi":
                raise MoveError("")  # noqa: TRY301 — one way to warn
            if row is None:
                raise MoveError("variables local_part and/or domain empty")  # noqa: TRY301 — one way to warn
            move_to_garbage(call.settings.mail_folder, row["domain"], row["local_part"])
        except MoveError as error:
            call.say("warning", said, f"Could not move maildir to garbage collector: {error}")
        values = {"name": username}
        for table, column in (("quota2", "username"), ("sender_acl", "logged_in_as"), ("user_acl", "username")):
            call.store.run(f"DELETE FROM {table} WHERE {column} = %(name)s", values)  # noqa: S608 — fixed words
        remove_from_aliases(call, username)
        if call.fault == "half_delete":
            raise DatabaseError("40001", 1213, "Deadlock found when trying to get lock; try restarting transaction")
        call.store.run("DELETE FROM app_passwd WHERE mailbox = %(name)s", values)
        call.store.run("DELETE FROM sasl_log WHERE username = %(name)s", values)
        call.store.run("DELETE FROM spamalias WHERE goto = %(name)s", values)
        call.store.run("DELETE FROM filterconf WHERE object = %(name)s", values)
        call.store.run("DELETE FROM imapsync WHERE user2 = %(name)s", values)
        call.store.run("DELETE FROM mailbox WHERE username = %(name)s", values)
        call.store.redis.hdel("RL_VALUE", username)
        call.success(said, ["mailbox_removed", escape(username)])


def remove_from_aliases(call: Call, username: str) -> None:
    """Delete the aliases that lead only to the mailbox, and take it out of the other goto lists."""
    rows = call.store.rows(
        "SELECT id, goto FROM alias WHERE FIND_IN_SET(%(name)s, goto) OR address = %(name)s", {"name": username}
    )
    for row in rows:
        rest = [goto for goto in row["goto"].split(",") if goto and goto.lower() != username.lower()]
        values = {"id": row["id"], "goto": ",".join(rest)}
        statement = (
            "UPDATE alias SET goto = %(goto)s WHERE id = %(id)s" if rest else "DELETE FROM alias WHERE id = %(id)s"
        )
        call.store.run(statement, values)


def store_delimiter_action(call: Call, username: str, request: dict[str, Any]) -> None:
    """Set what happens to mail for name+tag: subject, subfolder or nothing."""
    handler = string(request.get("tagged_mail_handler"))
    redis = call.store.redis
    for wanted, key in (("subject", "RCPT_WANTS_SUBJECT_TAG"), ("subfolder", "RCPT_WANTS_SUBFOLDER_TAG")):
        if handler == wanted:
            redis.hset(key, username, "1")
        else:
            redis.hdel(key, username)
    call.success(mailbox_log("edit", "delimiter_action", request), ["mailbox_modified", username])


def edit_acl(call: Call, items: list[Any], attributes: dict[str, Any]) -> None:
    """Answer edit/user-acl."""
    said = log("acl", "edit", "user", {"username": items, **attributes})
    for item in items:
        username = string(item)
        if mailbox_domain(call, username) is None:
            call.danger(said, "access_denied")
            continue
        wanted = attributes.get("user_acl")
        _write_acl(call, username, wanted if isinstance(wanted, list) else [])
        call.success(said, ["acl_saved", username])


def _check_names(call: Call, said: list[Any], given: dict[str, Any], local_part: str, domain: str) -> None:
    """Refuse what cannot be an address, or is taken."""
    username = f"{local_part}@{domain}"
    category = given.get("quarantine_category")
    refusal: Any = None
    if empty(local_part) or "@" in local_part or (domain and not is_address(username)):
        refusal = "mailbox_invalid"
    elif category is not None and category not in QUARANTINE_CATEGORIES:
        refusal = "quarantine_category_invalid"
    elif not domain or not is_domain(domain):
        refusal = "domain_invalid"
    elif not domain_exists(call, domain):
        refusal = "access_denied"
    else:
        taken = {"mailbox": "username", "alias": "address", "spamalias": "address"}
        keys = {"mailbox": "object_exists", "alias": "is_alias", "spamalias": "is_spam_alias"}
        for table, column in taken.items():
            statement = f"SELECT 1 FROM {table} WHERE {column} = %(name)s"  # noqa: S608 — fixed words
            if call.store.value(statement, {"name": username}):
                refusal = [keys[table], escape(username)]
                break
    if refusal:
        call.danger(said, refusal)
        raise RefusedError


def _check_limits(call: Call, said: list[Any], domain: str, quota_mib: int) -> None:
    """Refuse what the domain has no room for; quota 0 is unlimited and always has room."""
    limits = call.store.row("SELECT * FROM domain WHERE domain = %(domain)s", {"domain": domain}) or {}
    use = usage(call, domain)
    refusal: Any = None
    if use["mailboxes"] >= limits["mailboxes"]:
        refusal = ["max_mailbox_exceeded", use["mailboxes"], limits["mailboxes"]]
    elif quota_mib * MIB > limits["maxquota"]:
        refusal = ["mailbox_quota_exceeded", limits["maxquota"] // MIB]
    elif quota_mib and use["quota"] + quota_mib * MIB > limits["quota"]:
        refusal = ["mailbox_quota_left_exceeded", (limits["quota"] - use["quota"]) // MIB]
    if refusal:
        call.danger(said, refusal)
        raise RefusedError


def _insert(
    call: Call, given: dict[str, Any], template: dict[str, Any], local_part: str, domain: str, *, quota_mib: int
) -> None:
    """Write the rows of a new mailbox: itself, its use, its alias."""
    name = _ANGLE.sub("", string(given.get("name")))
    now = string(call.store.value("SELECT CAST(NOW() AS CHAR)"))
    username = f"{local_part}@{domain}"
    values = {
        "username": username,
        "password": passwords.hashed(string(given["password"])),
        "name": name,
        "quota": quota_mib * MIB,
        "local_part": local_part,
        "domain": domain,
        "attributes": json.dumps(new_attributes(given, template, now)),
        "active": integer(given.get("active", template.get("active"))),
    }
    call.store.run(
        "INSERT INTO mailbox (username, password, name, quota, local_part, domain, attributes, active, modified)"
        " VALUES (%(username)s, %(password)s, %(name)s, %(quota)s, %(local_part)s, %(domain)s, %(attributes)s,"
        " %(active)s, CURRENT_TIMESTAMP)",
        values,
    )
    call.store.run(
        "INSERT INTO quota2 (username, bytes, messages) VALUES (%(username)s, 0, 0)"
        " ON DUPLICATE KEY UPDATE bytes = 0, messages = 0",
        values,
    )
    call.store.run(
        "INSERT INTO alias (address, goto, domain, active) VALUES (%(username)s, %(username)s, %(domain)s, %(active)s)",
        values,
    )


def _store_acl(call: Call, username: str, given: dict[str, Any], template: dict[str, Any]) -> None:
    """Write the rights the request lists, or those of the template."""
    listed = given.get("acl")
    wanted = listed if isinstance(listed, list) else [name for name in ACL if template.get(f"acl_{name}")]
    _write_acl(call, username, wanted)


def _write_acl(call: Call, username: str, wanted: list[Any]) -> None:
    columns = ", ".join(ACL)
    flags = ", ".join(f"%({name})s" for name in ACL)
    values = {name: int(name in wanted) for name in ACL} | {"username": username}
    call.store.run(f"REPLACE INTO user_acl (username, {columns}) VALUES (%(username)s, {flags})", values)  # noqa: S608 — fixed names
