"""The table of routes: which function answers what."""

from collections.abc import Callable
from typing import Any

from api import (
    administrators,
    alias_domains,
    aliases,
    app_passwords,
    dkim,
    domain_administrators,
    domain_details,
    domains,
    filters,
    last_logins,
    logs,
    mailbox_details,
    mailboxes,
    mailboxes_edit,
    mta_sts,
    passwords,
    rate_limits,
    relayhosts,
    spam_policies,
    status,
    sync_jobs,
    tags,
    templates,
    tls_policies,
    transports,
)
from api.call import Call, EmptyAnswerError, RouteMissingError, fields
from api.php import PhpError, sequence

Reader = Callable[[Call, str, str], Any]
Adder = Callable[[Call, Any], None]
Editor = Callable[[Call, list[Any], dict[str, Any]], None]
Deleter = Callable[[Call, list[Any]], None]

_NOTHING_AS_OBJECT = (
    "bcc",
    "fwdhost",
    "oauth2-client",
    "recipient_map",
    "resource",
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
    "domain-admin": lambda call, name, _extra: domain_administrators.read(call, name),
    "fail2ban": lambda call, _name, _extra: logs.fail2ban(call),
    "filters": lambda call, name, _extra: filters.read(call, name),
    "identity-provider": lambda _call, _name, _extra: {"login_provisioning": 1},
    "last-login": last_logins.read,
    "logs": logs.read,
    "mailbox": _mailbox,
    "passwordpolicy": _policy,
    "policy_bl_domain": lambda call, name, _extra: spam_policies.read_domain(call, name, "bl"),
    "policy_wl_domain": lambda call, name, _extra: spam_policies.read_domain(call, name, "wl"),
    "relayhost": lambda call, name, _extra: relayhosts.read(call, name),
    "rl-domain": lambda call, name, _extra: rate_limits.read(call, name, "domain"),
    "rl-mbox": lambda call, name, _extra: rate_limits.read(call, name, "mailbox"),
    "spam-score": lambda _call, _name, _extra: spam_policies.read_scores(),
    "status": lambda call, name, _extra: status.read(call, name),
    "syncjobs": sync_jobs.read,
    "tls-policy-map": lambda call, name, _extra: tls_policies.read(call, name),
    "transport": lambda call, name, _extra: transports.read(call, name),
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
    "domain-admin": domain_administrators.add,
    "domain-policy": spam_policies.add_domain,
    "filter": filters.add,
    "mailbox": mailboxes.add,
    "mta-sts": mta_sts.add,
    "relayhost": relayhosts.add,
    "syncjob": sync_jobs.add,
    "tls-policy-map": tls_policies.add,
    "transport": transports.add,
}
EDITORS: dict[str, Editor] = {
    "admin": administrators.edit,
    "alias": aliases.edit,
    "app-passwd": app_passwords.edit,
    "domain": domains.edit,
    "fail2ban": logs.edit_fail2ban,
    "filter": filters.edit,
    "mailbox": mailboxes_edit.edit,
    "mailbox/custom-attribute": mailboxes_edit.edit_custom_attributes,
    "mta-sts": mta_sts.edit,
    "passwordpolicy": lambda call, _items, attributes: passwords.edit_policy(call, attributes),
    "quarantine_category": lambda call, items, attributes: mailboxes_edit.edit_attribute(
        call, items, attributes, "quarantine_category"
    ),
    "quarantine_notification": lambda call, items, attributes: mailboxes_edit.edit_attribute(
        call, items, attributes, "quarantine_notification"
    ),
    "relayhost": relayhosts.edit,
    "rename-mbox": mailboxes_edit.rename,
    "rl-domain": lambda call, items, attributes: rate_limits.edit(call, items, attributes, "domain"),
    "rl-mbox": lambda call, items, attributes: rate_limits.edit(call, items, attributes, "mailbox"),
    "syncjob": sync_jobs.edit,
    "tls-policy-map": tls_policies.edit,
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
    "domain-admin": domain_administrators.delete,
    "filter": filters.delete,
    "mailbox": mailboxes.delete,
    "relayhost": relayhosts.delete,
    "syncjob": sync_jobs.delete,
    "tls-policy-map": tls_policies.delete,
    "transport": transports.delete,
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
