"""Who logged in lately, from where and with what."""

from typing import Any

from api.call import Call
from api.php import integer

DAYS = 7


def read(call: Call, username: str, days: str) -> dict[str, Any]:
    """Answer get/last-login/{mailbox}[/days]; nobody logs in to the lab's web UI."""
    rows = call.store.rows(
        "SELECT real_rip, CAST(MAX(datetime) AS CHAR) datetime, service, app_password,"
        " MAX(app_passwd.name) app_password_name FROM sasl_log"
        " LEFT JOIN app_passwd ON app_passwd.id = sasl_log.app_password WHERE username = %(name)s"
        " AND datetime > NOW() - INTERVAL %(days)s DAY GROUP BY real_rip, service, app_password"
        " ORDER BY MAX(datetime) DESC",
        {"name": username, "days": integer(days) or DAYS},
    )
    return {"ui": False, "sasl": [{**row, "location": False} for row in rows]}
