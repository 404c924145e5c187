"""From a request to an answer: addresses, keys, methods, bodies, and what is left of an exception."""

import json
import time
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, unquote_to_bytes

from api import faults, mta_sts, routes
from api.call import Call, EmptyAnswerError, HttpError, RefusedError, RouteMissingError, starred
from api.keys import DeniedError, Session, open_session, remote_address, role_of_key, save_session
from api.php import PhpError, sequence
from api.server import Request, Response, json_response, nginx_page, preparing_page
from api.settings import Settings
from api.store import DatabaseError, NotReachableError, Store, open_redis, open_store, outage_page

_HTML = "text/html; charset=utf-8"
_PREFIX = "/api/v1/"
_CORS = (
    ("Vary", "Accept-Encoding, Origin"),
    ("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE, OPTION, OPTIONS"),
    ("Access-Control-Allow-Headers", "Accept, Content-Type, X-Api-Key, Origin"),
)
_DONE = {"type": "success", "msg": "Task completed"}


class Api:
    """The application; one for the process, called from many threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._redis = open_redis(settings)

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        path, _, arguments = request.target.partition("?")
        # nginx decodes the path once and puts it into a query string, which PHP decodes again.
        once = unquote_to_bytes(path).decode("utf-8", "surrogateescape")
        if once == mta_sts.POLICY_FILE:
            return self._policy_file(request)
        if not once.startswith(_PREFIX):
            return nginx_page(404, "Not Found")
        query = dict(
            parse_qsl(f"query={once.removeprefix(_PREFIX)}&{arguments}", keep_blank_values=True, errors="replace")
        )
        try:
            store = open_store(self._settings, self._redis)
        except NotReachableError as error:
            return Response(500, str(error).encode(), _HTML)
        try:
            return self._with_store(request, query, store)
        finally:
            store.close()

    def _policy_file(self, request: Request) -> Response:
        """Answer who fetches a domain's MTA-STS policy, which needs no key."""
        try:
            store = open_store(self._settings, self._redis)
        except NotReachableError as error:
            return Response(500, str(error).encode(), _HTML)
        try:
            text = mta_sts.policy_text(store, request.headers.get("Host", ""))
        finally:
            store.close()
        return Response(404) if text is None else Response(200, text.encode(), "text/plain; charset=utf-8")

    def _with_store(self, request: Request, query: dict[str, str], store: Store) -> Response:
        """Find out who calls, then do what is asked."""
        session = open_session(store, _cookie(request))
        address = remote_address(request.peer, request.headers.get("X-Forwarded-For", ""))
        header = request.headers.get("X-API-Key", "")
        if header:
            try:
                session.role = role_of_key(store, header, address)
            except DeniedError as error:
                return _dress(json_response(401, _error(str(error))), session, content_type=_HTML, with_cors=False)
        route = [*query.pop("query", "").strip("/").split("/"), "", "", ""][:4]
        call = Call(self._settings, store, session.role, query)
        if header:
            _log_call(call, request, address)
        response = self._with_faults(request, call, session, route)
        if session.role:
            save_session(store, session)
        return _dress(response, session)

    def _with_faults(self, request: Request, call: Call, session: Session, route: list[str]) -> Response:
        """Let a fault the lab has set happen before or after the effect."""
        name = f"{route[0]}/{route[1]}"
        fault = faults.take(self._redis, name) if session.role else None
        mode = fault.mode if fault else ""
        if fault and mode in {"slow", "timeout_before"}:
            time.sleep(fault.seconds)
        if mode == "empty_before":
            return Response(200)
        if mode in {"cut_before", "timeout_before"}:
            return Response(200, cut=True)
        if mode == "bad_gateway":
            return preparing_page() if request.method == "GET" else nginx_page(405, "Not Allowed")
        if mode == "no_dockerapi":
            return Response(500, outage_page("dockerapi container", "111 - Connection refused").encode(), _HTML)
        call.fault, call.fault_seconds = mode, fault.seconds if fault else 0
        response = _answer(request, call, session, route)
        if fault and mode == "pause_after":
            faults.pause(self._redis, name, fault.seconds)
        if fault and mode == "timeout_after":
            time.sleep(fault.seconds)
        if mode == "empty_after":
            return Response(200)
        response.cut = mode in {"cut_after", "timeout_after"}
        return response


def _answer(request: Request, call: Call, session: Session, route: list[str]) -> Response:
    """Run the route; what is left of an exception is an empty body, and a message that waits in the session."""
    if request.method == "OPTIONS":
        return Response(200, content_type=_HTML)
    if request.headers.get("Sec-Fetch-Dest", "empty") != "empty":
        return Response(403)
    try:
        return _run(request, call, session, route)
    except HttpError as error:
        return json_response(error.status, _error(str(error)))
    except EmptyAnswerError:
        return Response(200)
    except (DatabaseError, PhpError) as error:
        session.pending = [{"type": "danger", "log": ["exception_handler"], "msg": error.message()}]
        return Response(200)


def _run(request: Request, call: Call, session: Session, route: list[str]) -> Response:
    """Check body, action, method and rights in mailcow's order.

    Raises:
        HttpError: one of them is wrong.
    """
    posted = _posted(request)
    action = route[0]
    if not call.role and action not in {"add", "edit", "delete"}:
        raise EmptyAnswerError
    if action == "get":
        if request.method != "GET":
            raise HttpError(405, "only GET method is allowed")
        return json_response(200, routes.read(call, route[1], route[2], route[3]))
    if action == "search":
        return json_response(200, routes.search(call, route[1], posted.get("attr")))
    if action not in {"add", "edit", "delete"}:
        raise RouteMissingError
    return _write(request, call, session, route, posted)


def _write(request: Request, call: Call, session: Session, route: list[str], posted: dict[str, Any]) -> Response:
    """Run add, edit or delete; the answer begins with what an earlier call of the session left.

    Raises:
        HttpError: the caller may not write, or sent nothing to write.
    """
    action = route[0]
    if call.role == "ro" or (not call.role and action != "add"):
        raise HttpError(403, "API read/write access denied")
    if not posted:
        raise HttpError(200, "Cannot find attributes in post data")
    if request.method != "POST":
        raise HttpError(405, "only POST method is allowed")
    try:
        if action == "add":
            routes.add(call, route[1], posted.get("attr"))
        elif action == "edit":
            routes.edit(call, "/".join(route[1:3]).rstrip("/"), posted.get("items"), posted.get("attr"))
        else:
            routes.delete(call, route[1:], sequence(posted.get("items")))
    except RefusedError:
        # What is to be said has been said.
        pass
    said = session.pending + call.messages
    session.pending = []
    return json_response(200, said or _DONE)


def _posted(request: Request) -> dict[str, Any]:
    """Return PHP's view of the posted fields `attr` and `items`.

    Raises:
        HttpError: the content type says JSON and the body is none.
    """
    content_type = request.headers.get("Content-Type", "")
    action = request.target.removeprefix(_PREFIX).split("/", 1)[0]
    if content_type.startswith("application/json") and request.method in {"POST", "PUT", "DELETE", "PATCH"}:
        try:
            value = json.loads(request.body)
        except ValueError:
            value = None
        if value is None:
            raise HttpError(400, "Request body doesn't contain valid json!")
        if action == "edit":
            return dict(value) if isinstance(value, dict) else {"attr": None}
        return {"items": value} if action == "delete" else {"attr": value}
    if content_type.startswith("application/x-www-form-urlencoded"):
        fields = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
        return {name: json.loads(fields[name]) for name in ("attr", "items") if name in fields}
    return {}


def _log_call(call: Call, request: Request, address: str) -> None:
    """Push the call on the list that get/logs/api reads."""
    data = ""
    if request.body:
        try:
            data = json.dumps(starred(json.loads(request.body)))
        except ValueError:
            data = ""
    entry = {
        "time": int(time.time()),
        "uri": request.target,
        "method": request.method,
        "remote": address,
        "data": data,
    }
    call.store.redis.lpush("API_LOG", json.dumps(entry))
    call.store.redis.ltrim("API_LOG", 0, call.settings.log_lines)


def _dress(response: Response, session: Session, *, content_type: str = "", with_cors: bool = True) -> Response:
    """Add the headers every answer of PHP carries."""
    if content_type:
        response.content_type = content_type
    if session.is_new:
        response.headers.append(("Set-Cookie", f"MCSESSID={session.name}; path=/; HttpOnly; SameSite=Lax"))
    response.headers.append(("Cache-Control", "no-store, no-cache, must-revalidate"))
    if with_cors:
        response.headers.extend(_CORS)
    return response


def _error(text: str) -> dict[str, str]:
    return {"type": "error", "msg": text}


def _cookie(request: Request) -> str:
    """Return the session name the caller sent, if any."""
    try:
        cookies = SimpleCookie(request.headers.get("Cookie", ""))
    except CookieError:
        return ""
    return cookies["MCSESSID"].value if "MCSESSID" in cookies else ""
