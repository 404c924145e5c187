"""The front of the API: names, keys, sessions, methods and bodies; and the table of routes."""

import contextlib
import ipaddress
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, unquote_to_bytes

from tests.chaos.exchange import Request, Response
from tests.chaos.mailcow import aliases, belongings, dkim, domains, limits, mailbox_edit, mailbox_view, mailboxes, tags
from tests.chaos.mailcow.call import Call, HttpRefusal, NothingSaid, Refused, no_route
from tests.chaos.mailcow.passwords import edit_policy, read_policy
from tests.chaos.mailcow.php import Thrown, listed
from tests.chaos.mailcow.tables import Tables

_PREFIX = "/api/v1/"
_SESSION = re.compile(r"MCSESSID=([0-9a-zA-Z,-]{22,256})")
_DONE = {"type": "success", "msg": "Task completed"}
_CORS = {
    "Vary": "Accept-Encoding, Origin",
    "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE, OPTION, OPTIONS",
    "Access-Control-Allow-Headers": "Accept, Content-Type, X-Api-Key, Origin",
}
_EMPTY = ("bcc", "domain-admin", "fwdhost", "oauth2-client", "recipient_map", "relayhost", "resource", "transport")

_READ: dict[str, Callable[[Call, str, str], Any]] = {
    "alias": aliases.read,
    "alias-domain": aliases.read_domain,
    "app-passwd": belongings.read_app_passwords,
    "dkim": dkim.read,
    "domain": domains.read,
    "filters": belongings.read_filters,
    "mailbox": mailbox_view.read,
    "passwordpolicy": read_policy,
    "rl-domain": lambda call, name, _extra: limits.read(call, name, "domain"),
    "rl-mbox": lambda call, name, _extra: limits.read(call, name, "mailbox"),
    "syncjobs": belongings.read_sync_jobs,
}
_ADD: dict[str, Callable[[Call, Any], None]] = {
    "alias": aliases.add,
    "alias-domain": aliases.add_domain,
    "app-passwd": belongings.add_app_password,
    "dkim": dkim.add,
    "dkim_duplicate": dkim.duplicate,
    "dkim_import": dkim.import_key,
    "domain": domains.add,
    "filter": belongings.add_filter,
    "mailbox": mailboxes.add,
    "syncjob": belongings.add_sync_job,
}
_EDIT: dict[str, Callable[[Call, list[Any], dict[str, Any]], None]] = {
    "alias": aliases.edit,
    "app-passwd": belongings.edit_app_password,
    "domain": domains.edit,
    "filter": belongings.edit_filter,
    "mailbox": mailbox_edit.edit,
    "mailbox/custom-attribute": mailbox_edit.edit_custom,
    "quarantine_category": lambda call, items, given: mailbox_edit.edit_attribute(
        call, items, given, "quarantine_category"
    ),
    "quarantine_notification": lambda call, items, given: mailbox_edit.edit_attribute(
        call, items, given, "quarantine_notification"
    ),
    "rename-mbox": mailbox_edit.rename,
    "rl-domain": lambda call, items, given: limits.edit(call, items, given, "domain"),
    "rl-mbox": lambda call, items, given: limits.edit(call, items, given, "mailbox"),
    "syncjob": belongings.edit_sync_job,
    "tls_policy": lambda call, items, given: mailbox_edit.edit_attribute(call, items, given, "tls_policy"),
    "user-acl": mailboxes.edit_acl,
}
_DELETE: dict[str, Callable[[Call, list[Any]], None]] = {
    "alias": aliases.delete,
    "alias-domain": aliases.delete_domain,
    "app-passwd": belongings.delete_app_passwords,
    "dkim": dkim.delete,
    "domain": domains.delete,
    "filter": belongings.delete_filters,
    "mailbox": mailboxes.delete,
    "syncjob": belongings.delete_sync_jobs,
}
_OPEN_ADDS = ("alias", "dkim", "domain")
"""Adds that tell a caller without a key that access is denied; the others throw."""


class Server:
    """mailcow's web API over ``tables``; several threads may call."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def answer(self, request: Request, *, dies: str = "") -> Response:
        """Answer one request; ``dies`` makes its function throw half-way (see ``Call``)."""
        with self.tables.turns.call():
            return self._answer(request, dies)

    def _answer(self, request: Request, dies: str) -> Response:
        path, _, arguments = request.target.partition("?")
        # nginx decodes the path once and puts it into a query string, which PHP decodes again.
        once = unquote_to_bytes(path).decode("utf-8", "surrogateescape")
        if not once.startswith(_PREFIX):
            return page(404, "Not Found")
        pairs = parse_qsl(f"query={once.removeprefix(_PREFIX)}&{arguments}", keep_blank_values=True, errors="replace")
        query = dict(pairs)
        route = [*query.pop("query", "").strip("/").split("/"), "", "", ""][:4]
        name, session = self._session(request)
        if header := request.headers.get("x-api-key", ""):
            role, refusal = self._role(header, request.caller)
            if refusal:
                return _dressed(_json(401, {"type": "error", "msg": refusal}, "text/html; charset=utf-8"), name)
            session["role"] = role
        call = Call(self.tables, str(session["role"]), query, dies=dies)
        response = _dressed(self._routed(request, call, session, route), name)
        response.headers.update(_CORS)
        if session["role"]:
            self.tables.sessions[session["name"]] = session
        return response

    def _session(self, request: Request) -> tuple[str, dict[str, Any]]:
        """Find the session of the cookie; its name is given only when it is new."""
        found = _SESSION.search(request.headers.get("cookie", ""))
        if found and found[1] in self.tables.sessions:
            return "", self.tables.sessions[found[1]]
        name = f"{self.tables.dice.getrandbits(128):032x}"
        return name, {"name": name, "role": "", "pending": []}

    def _role(self, header: str, caller: str) -> tuple[str, str]:
        """Give what a key may do, or why it may nothing."""
        key = re.sub(r"[^a-zA-Z0-9-]", "", header).lower()
        # The stored key is compared as it is: one with other characters never fits.
        found = next((one for one in self.tables.keys if one.active and one.key.lower() == key), None)
        if found is None or not key:
            return "", "authentication failed"
        if not found.skip_ip_check and not _is_allowed(caller, found.allow_from):
            return "", f"api access denied for ip {caller}"
        return found.access, ""

    def _routed(self, request: Request, call: Call, session: dict[str, Any], route: list[str]) -> Response:
        if request.method == "OPTIONS":
            return Response(200, content_type="text/html; charset=utf-8")
        if request.headers.get("sec-fetch-dest", "empty") != "empty":
            return Response(403)
        try:
            return self._checked(request, call, session, route)
        except HttpRefusal as refusal:
            return _json(refusal.status, {"type": "error", "msg": str(refusal)})
        except NothingSaid:
            return Response(200)
        except Thrown as thrown:
            # The next call with this session's cookie hears of it.
            session["pending"] = [{"type": "danger", "log": ["exception_handler"], "msg": thrown.msg}]
            return Response(200)

    def _checked(self, request: Request, call: Call, session: dict[str, Any], route: list[str]) -> Response:
        """Check body, action, method and rights in mailcow's order."""
        posted, action = _posted(request), route[0]
        if not call.role and action not in {"add", "edit", "delete"}:
            raise NothingSaid
        if action == "get":
            if request.method != "GET":
                raise HttpRefusal(405, "only GET method is allowed")
            return _json(200, self._read(call, *route[1:4]))
        if action == "search":
            return _json(200, mailbox_view.search(call, route[1], posted.get("attr")))
        if action not in {"add", "edit", "delete"}:
            raise no_route()
        if call.role == "ro" or (not call.role and action != "add"):
            raise HttpRefusal(403, "API read/write access denied")
        if not posted:
            raise HttpRefusal(200, "Cannot find attributes in post data")
        if request.method != "POST":
            raise HttpRefusal(405, "only POST method is allowed")
        with contextlib.suppress(Refused):  # what is to be said has been said
            _write(call, action, route, posted)
        said = [*session["pending"], *call.messages]
        session["pending"] = []
        return _json(200, said or _DONE)

    def _read(self, call: Call, category: str, name: str, extra: str) -> Any:
        if category == "status":
            return _status(self.tables, name)
        if category in {"domain", "mailbox"} and name == "template":
            raise no_route()
        if category in _READ:
            return _READ[category](call, name, extra)
        if category in _EMPTY:
            return {}
        raise no_route()


def page(status: int, title: str) -> Response:
    """Build a page of nginx's own."""
    text = (
        f"<html>\r\n<head><title>{status} {title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{status} {title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    )
    return Response(status, text.encode(), "text/html")


def _write(call: Call, action: str, route: list[str], posted: dict[str, Any]) -> None:
    category = route[1]
    if action == "add":
        if category not in _ADD:
            raise no_route()
        if not call.role and category not in _OPEN_ADDS:
            raise Thrown("no session")
        _ADD[category](call, posted.get("attr"))
    elif action == "delete":
        if category in {"domain", "mailbox"} and route[2] == "tag":
            tags.delete(call, category, route[3], listed(posted.get("items")))
        elif category in _DELETE:
            _DELETE[category](call, listed(posted.get("items")))
        else:
            raise no_route()
    else:
        attributes = posted.get("attr") if isinstance(posted.get("attr"), dict) else {}
        if category == "passwordpolicy":
            edit_policy(call, attributes or {})
            return
        name = "/".join(part for part in route[1:3] if part)
        if name not in _EDIT:
            raise no_route()
        if posted.get("items") is not None:
            _EDIT[name](call, listed(posted["items"]), attributes or {})


def _posted(request: Request) -> dict[str, Any]:
    """Give PHP's view of the posted fields ``attr`` and ``items``."""
    kind = request.headers.get("content-type", "")
    action = request.target.removeprefix(_PREFIX).split("/", 1)[0]
    if kind.startswith("application/json") and request.method in {"POST", "PUT", "DELETE", "PATCH"}:
        try:
            value = json.loads(request.body)
        except ValueError:
            value = None
        if value is None:
            raise HttpRefusal(400, "Request body doesn't contain valid json!")
        if action == "edit":
            return dict(value) if isinstance(value, dict) else {"attr": None}
        return {"items": value} if action == "delete" else {"attr": value}
    if kind.startswith("application/x-www-form-urlencoded"):
        fields = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
        return {name: json.loads(fields[name]) for name in ("attr", "items") if name in fields}
    return {}


def _status(tables: Tables, name: str) -> Any:
    if name == "version":
        return {"version": "2026-07a"}
    if name != "containers":
        raise NothingSaid
    container = {"type": "info", "container": "php-fpm-mailcow", "state": "running", "started_at": tables.now()}
    return {"php-fpm-mailcow": {**container, "image": "php-fpm"}}


def _is_allowed(caller: str, allow_from: str) -> bool:
    for entry in re.split(r"[\s,;]+", allow_from):
        try:
            if ipaddress.ip_address(caller) in ipaddress.ip_network(entry, strict=False):
                return True
        except ValueError:
            continue
    return False


def _json(status: int, value: Any, content_type: str = "application/json") -> Response:
    return Response(status, json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), content_type)


def _dressed(response: Response, new_session: str) -> Response:
    """Add what every answer of PHP carries."""
    if new_session:
        response.headers["Set-Cookie"] = f"MCSESSID={new_session}; path=/; HttpOnly; SameSite=Lax"
    response.headers["Cache-Control"] = "no-store, no-cache, must-revalidate"
    return response
