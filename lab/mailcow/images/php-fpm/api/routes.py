"""The table of routes: which function answers what."""

from collections.abc import Callable
from typing import Any

from api import (
    administrators,
    alias_domains,
    aliases,
    app_passwords,
    dkim,
    domain_details,
    domains,
    logs,
    mailbox_details,
    mailboxes,
    mailboxes_edit,
    passwords,
    rate_limits,
    status,
    tags,
    templates,
)
from api.call import Call, EmptyAnswerError, RouteMissingError, fields
from api.php import PhpError, sequence

Reader = Callable[[Call, str, str], Any]
Adder = Callable[[Call, Any], None]
Editor = Callable[[Call, list[Any], dict[str, Any]], None]
Deleter = Callable[[Call, list[Any]], None]

_NOTHING_AS_OBJECT = (
    "bcc",
    "domain-admin",
    "fwdhost",
    "oauth2-client",
    "recipient_map",
    "relayhost",
    "resource",
    "syncjobs",
    "tls-policy-map",
    "transport",
)
_NOTHING_AS_LIST = ("mailq", "quarantine")


def _domain(call: Call, name: str, _extra: str) -> Any:
    return templates.read_all(call, "domain") if name == "template" else domain_details.read(call, name)


def _mailbox(call: Call, name: str, extra: str) -> Any:
    return templates.read_all(call, "mailbox") if name == "template" else mailbox_details.read(call, name, extra)


def _app_password(call: Call, name: str, extra: str) -> Any:
    if name != "all":
        raise EmptyAnswerError
    return app_passwords.read(call, extra)


def _policy(call: Call, name: str, _extra: str) -> Any:
    return passwords.policy_text(call) if name == "html" else passwords.policy(call)


READERS: dict[str, Reader] = {
    "admin": lambda call, name, _extra: administrators.read(call, name),
    "alias": aliases.read,
    "alias-domain": lambda call, name, _extra: alias_domains.read(call, name),
    "app-passwd": _app_password,
    "dkim": lambda call, name, _extra: dkim.key_of(call, name),
    "domain": _domain,
    "fail2ban": lambda call, _name, _extra: logs.fail2ban(call),
    "identity-provider": lambda _call, _name, _extra: {"login_provisioning": 1},
    "logs": logs.read,
    "mailbox": _mailbox,
    "passwordpolicy": _policy,
    "rl-domain": lambda call, name, _extra: rate_limits.read(call, name, "domain"),
    "rl-mbox": lambda call, name, _extra: rate_limits.read(call, name, "mailbox"),
    "status": lambda call, name, _extra: status.read(call, name),
}
ADDERS: dict[str, Adder] = {
    "admin": administrators.add,
    "alias": aliases.add,
    "alias-domain": alias_domains.add,
    "app-passwd": app_passwords.add,
    "dkim": lambda call, request: dkim.add(call, fields(request)),
    "dkim_duplicate": lambda call, request: dkim.duplicate(call, fields(request)),
    "dkim_import": lambda call, request: dkim.import_key(call, fields(request)),
    "domain": domains.add,
    "mailbox": mailboxes.add,
}
EDITORS: dict[str, Editor] = {
    "admin": administrators.edit,
    "alias": aliases.edit,
    "app-passwd": app_passwords.edit,
    "domain": domains.edit,
    "fail2ban": logs.edit_fail2ban,
    "mailbox": mailboxes_edit.edit,
    "mailbox/custom-attribute": mailboxes_edit.edit_custom_attributes,
    "passwordpolicy": lambda call, _items, attributes: passwords.edit_policy(call, attributes),
    "quarantine_category": lambda call, items, attributes: mailboxes_edit.edit_attribute(
        call, items, attributes, "quarantine_category"
    ),
    "quarantine_notification": lambda call, items, attributes: mailboxes_edit.edit_attribute(
        call, items, attributes, "quarantine_notification"
    ),
    "rename-mbox": mailboxes_edit.rename,
    "rl-domain": lambda call, items, attributes: rate_limits.edit(call, items, attributes, "domain"),
    "rl-mbox": lambda call, items, attributes: rate_limits.edit(call, items, attributes, "mailbox"),
    "tls_policy": lambda call, items, attributes: mailboxes_edit.edit_attribute(call, items, attributes, "tls_policy"),
    "user-acl": mailboxes.edit_acl,
}
DELETERS: dict[str, Deleter] = {
    "admin": administrators.delete,
    "alias": aliases.delete,
    "alias-domain": alias_domains.delete,
    "app-passwd": app_passwords.delete,
    "dkim": dkim.delete,
    "domain": domains.delete,
    "mailbox": mailboxes.delete,
}
_OPEN_ADDS = ("domain", "dkim", "alias")
"""Adds that say `access_denied` to a caller without a key; the others throw."""


def read(call: Call, category: str, name: str, extra: str) -> Any:
    """Answer get/<category>/<name>/<extra>.

    Raises:
        RouteMissingError: there is no such category.
    """
    if category in READERS:
        return READERS[category](call, name, extra)
    if category in _NOTHING_AS_OBJECT:
        return {}
    if category in _NOTHING_AS_LIST:
        return []
    raise RouteMissingError


def search(call: Call, category: str, request: Any) -> Any:
    """Answer search/mailbox and search/domain."""
    if category not in {"mailbox", "domain"}:
        raise RouteMissingError
    return mailbox_details.search(call, category, request)


def add(call: Call, category: str, request: Any) -> None:
    """Answer add/<category>."""
    if category not in ADDERS:
        raise RouteMissingError
    if not call.role and category not in _OPEN_ADDS:
        raise PhpError("no session")
    ADDERS[category](call, request)


def edit(call: Call, category: str, items: Any, attributes: Any) -> None:
    """Answer edit/<category>; without items nothing is done, and that is a success."""
    if category not in EDITORS:
        raise RouteMissingError
    given = attributes if isinstance(attributes, dict) else {}
    # The password policy is one object and needs no name.
    if category != "passwordpolicy" and items is None:
        return
    EDITORS[category](call, sequence(items), given)


def delete(call: Call, route: list[str], items: list[Any]) -> None:
    """Answer delete/<category> and delete/{domain,mailbox}/tag/<name>."""
    category, kind, name = route[0], route[1], route[2]
    if category in {"domain", "mailbox"} and kind == "tag":
        tags.delete(call, category, name, items)
        return
    if category not in DELETERS:
        raise RouteMissingError
    DELETERS[category](call, items)
