"""The two templates of a fresh installation: where the defaults of add/domain and add/mailbox come from."""

import json
from typing import Any

from api.call import Call

DOMAIN = {
    "tags": [],
    "max_num_aliases_for_domain": 400,
    "max_num_mboxes_for_domain": 10,
    "def_quota_for_mbox": 3221225472,
    "max_quota_for_mbox": 10737418240,
    "max_quota_for_domain": 10737418240,
    "rl_frame": "s",
    "rl_value": "",
    "active": 1,
    "gal": 1,
    "backupmx": 0,
    "relay_all_recipients": 0,
    "relay_unknown_only": 0,
    "dkim_selector": "dkim",
    "key_size": 2048,
}
MAILBOX = {
    "tags": [],
    "quota": 0,
    "quarantine_notification": "hourly",
    "quarantine_category": "reject",
    "rl_frame": "s",
    "rl_value": "",
    "force_pw_update": 0,
    "force_tfa": 0,
    "sogo_access": 1,
    "active": 1,
    "tls_enforce_in": 0,
    "tls_enforce_out": 0,
    "imap_access": 1,
    "pop3_access": 1,
    "smtp_access": 1,
    "sieve_access": 1,
    "eas_access": 1,
    "dav_access": 1,
    "acl_spam_alias": 1,
    "acl_tls_policy": 1,
    "acl_spam_score": 1,
    "acl_spam_policy": 1,
    "acl_delimiter_action": 1,
    "acl_syncjobs": 0,
    "acl_eas_reset": 1,
    "acl_sogo_profile_reset": 0,
    "acl_pushover": 1,
    "acl_quarantine": 1,
    "acl_quarantine_attachments": 1,
    "acl_quarantine_notification": 1,
    "acl_quarantine_category": 1,
    "acl_app_passwds": 1,
}


def attributes_of(call: Call, kind: str, wanted: Any) -> dict[str, Any]:
    """Return the attributes of the template with that id, or of the default one; `kind` is domain or mailbox."""
    row = call.store.row(
        "SELECT attributes FROM templates WHERE type = %(kind)s AND (id = %(id)s OR template = 'Default')"
        " ORDER BY id = %(id)s DESC LIMIT 1",
        {"kind": kind, "id": wanted if isinstance(wanted, int | str) else 0},
    )
    return json.loads(row["attributes"]) if row else dict(DOMAIN if kind == "domain" else MAILBOX)


def read_all(call: Call, kind: str) -> Any:
    """Answer get/domain/template/all and get/mailbox/template/all."""
    rows = call.store.rows(
        "SELECT id, template, type, attributes, CAST(created AS CHAR) created, CAST(modified AS CHAR) modified"
        " FROM templates WHERE type = %(kind)s ORDER BY id",
        {"kind": kind},
    )
    return [{**row, "attributes": json.loads(row["attributes"])} for row in rows] or {}
