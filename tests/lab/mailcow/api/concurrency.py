"""Plays the recorded runs of calls in parallel: as many callers at one moment, answers counted as in the recording.

Of a run only the first body is recorded; the others follow from its name. Where nothing is locked, the recorded
machine's own timing decided; here the API is told to dawdle between reading and writing (a fault of the lab), so that
all callers have read before the first one writes.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Barrier
from typing import Any

from tests.lab.mailcow.api.player import Names
from tests.lab.mailcow.api.recorded import Run, runs
from tests.lab.mailcow.api.service import READ_WRITE_KEY, Answer, ApiService
from tests.lab.mailcow.api.setups import domain

Body = Any
Call = tuple[str, str, Body]
"""Method, path and body."""

DEADLOCKS = 22
"""So many of the 32 parallel deletes died in the recording."""
_EMPTY = "HTTP 200: status 200 raw ''"
_RACES = {
    "16 parallel add/alias of the SAME address": "success:alias_added",
    "8 parallel add/domain of the SAME domain, with DKIM": "success:domain_added",
}
"""Runs in which one caller wins and what the others hear depends on how late they come."""
_LOST_UPDATE = "lost update: 20 rounds of 2 parallel edits (name; quota) of one mailbox"
_EDITS = "16 parallel edit/mailbox of one mailbox, different fields"
_SAME_KEY = "8 parallel add/dkim of the SAME domain"
_DELETES = "32 parallel delete/mailbox"
_READS = "64 parallel get/mailbox/{id} (more than pm.max_children=50)"
_LAST = "100 parallel add/mailbox, all different"
_DAWDLE = {
    "8 parallel add/mailbox of the SAME mailbox": "add/mailbox",
    "32 parallel add/mailbox of the SAME mailbox": "add/mailbox",
    "32 parallel add/mailbox, domain limit of 5 mailboxes": "add/mailbox",
    "8 parallel add/mailbox of 500 MiB, domain quota 1000 MiB": "add/mailbox",
    _SAME_KEY: "add/dkim",
}
_DAWDLE_S = 2


@dataclass
class ConcurrencyPlayer:
    """Plays all runs in order on a fresh database."""

    service: ApiService
    names: Names

    def play(self) -> dict[str, list[str]]:
        """Return the differences of each run by its name; an empty list means it was right."""
        self.service.empty()
        limits = {"mailboxes": 400, "quota": 102400}
        for step in (
            domain("c1.example", **limits),
            domain("c2.example", mailboxes=5),
            domain("c3.example", quota=1000, maxquota=500, defquota=100),
        ):
            self.service.post(step.route, self.names.value(step.body))
        return {run.name: self._run(run) for run in runs()}

    def _run(self, run: Run) -> list[str]:
        if run.name == _LOST_UPDATE:
            return [] if any(self._loses_an_update(number) for number in range(20)) else ["no update was ever lost"]
        before = self._number('SELECT COUNT(*) FROM mailbox WHERE domain = "c1.example"')
        with self._faults(run):
            outcomes = Counter(self._outcome(answer) for answer in self._at_once(_calls(run)))
        return self._differences(run, outcomes) + self._state_differences(run, before)

    def _differences(self, run: Run, outcomes: Counter[str]) -> list[str]:
        recorded = Counter({self._renamed(text): count for text, count in run.outcomes.items()})
        if run.name in _RACES:
            allowed = {*recorded, _EMPTY}
            won = sum(count for text, count in outcomes.items() if _RACES[run.name] in text)
            right = set(outcomes) <= allowed and won == 1
        elif run.name == _SAME_KEY:
            right = set(outcomes) <= set(recorded) and outcomes["HTTP 200: success:dkim_added"] > 1
        else:
            right = outcomes == recorded
        return [] if right else [f"{dict(recorded)} expected, got {dict(outcomes)}"]

    def _state_differences(self, run: Run, before: int) -> list[str]:
        """Compare the counts of rows; SOGo's view is not there, and who of several wrote last is nobody's promise."""
        if run.name == _EDITS:
            return []
        if run.name == _SAME_KEY:
            kept = self.service.redis(["HKEYS", "DKIM_PRIV_KEYS"]).split()
            same = [key for key in kept if key.endswith(self.names.text(".c1.example"))]
            return [] if len(same) > 1 else [f"several private keys expected, got {same}"]
        state = {key: value for key, value in run.state_after.items() if key not in {"sogo_view_rows", "limit"}}
        ours = {key: self._count(run, key, before) for key in state}
        return [] if ours == state else [f"state {state} expected, got {ours}"]

    def _count(self, run: Run, key: str, before: int) -> int:
        """Count what the recording counted: mostly of the first domain, in the last runs of what they were about."""
        tables = {"alias_rows": "address", "mailbox_rows": "username", "quota2_rows": "username"}
        tables["user_acl_rows"] = "username"
        if column := tables.get(key):
            # An at sign in a statement would be taken for an address's.
            condition = f'SUBSTRING_INDEX({column}, CHAR(64), -1) = "c1.example"'
            found = self._number(f"SELECT COUNT(*) FROM {key.removesuffix('_rows')} WHERE {condition}")  # noqa: S608 — our own words
            return found - before if run.name == _LAST else found
        is_same = "SAME" in run.name
        if key == "aliases":
            condition = 'address = "samealias@c1.example"' if is_same else "address <> goto"
            return self._number(f"SELECT COUNT(*) FROM alias WHERE {condition}")  # noqa: S608 — our own words
        if key == "domains":
            condition = '= "samed.example"' if is_same else 'NOT IN ("c1.example", "c2.example", "c3.example")'
            return self._number(f"SELECT COUNT(*) FROM domain WHERE domain {condition}")  # noqa: S608 — our own words
        body = run.body_of_first
        condition = f'domain = "{body["domain"]}"'
        if is_same:
            condition = f'username = "{body["local_part"]}@{body["domain"]}"'
        counted = "SUM(quota) DIV 1048576" if key == "sum_quota_mib" else "COUNT(*)"
        return self._number(f"SELECT {counted} FROM mailbox WHERE {condition}")  # noqa: S608 — the recording's words

    def _loses_an_update(self, number: int) -> bool:
        """Edit name and quota of one mailbox at once, and see whether one of them is as before."""
        address = "p8-0-1@c1.example"
        name, quota_mib = f"lost {number}", 20 + number
        edits = [{"name": name}, {"quota": str(quota_mib)}]
        self._fault("edit/mailbox", "slow_inside", count=2, seconds=0.3)
        self._at_once([("POST", "/api/v1/edit/mailbox", {"items": [address], "attr": edit}) for edit in edits])
        path = self.names.path(f"/api/v1/get/mailbox/{address}")
        mailbox = self.service.get(path.removeprefix("/api/v1/"))
        return mailbox["name"] != name or mailbox["quota"] != quota_mib * 1024 * 1024

    def _at_once(self, calls: list[Call]) -> list[Answer]:
        barrier = Barrier(len(calls))

        def send(call: Call) -> Answer:
            method, path, body = call
            headers = {"X-API-Key": READ_WRITE_KEY}
            data = None
            if body is not None:
                headers["Content-Type"] = "application/json"
                data = json.dumps(self.names.value(body)).encode()
            barrier.wait()
            return self.service.request(method, self.names.path(path), headers=headers, body=data, timeout_s=120)

        with ThreadPoolExecutor(len(calls)) as callers:
            return list(callers.map(send, calls))

    @contextmanager
    def _faults(self, run: Run) -> Iterator[None]:
        """Let a run meet the faults that make its timing sure; what no call has met is taken back."""
        route = _DAWDLE.get(run.name, "")
        if route:
            self._fault(route, "slow_inside", count=run.parallel, seconds=_DAWDLE_S)
        if run.name == _DELETES:
            route = "delete/mailbox"
            self._fault(route, "half_delete", count=DEADLOCKS, seconds=0)
        yield
        if route:
            self.service.redis(["DEL", f"LAB_FAULTS:{route}"])

    def _fault(self, route: str, mode: str, *, count: int, seconds: float) -> None:
        text = json.dumps({"mode": mode, "seconds": seconds})
        self.service.redis(["RPUSH", f"LAB_FAULTS:{route}", *[text] * count])

    def _outcome(self, answer: Answer) -> str:
        """Name an answer as the recording does."""
        if not answer.body.startswith((b"[", b"{")):
            return f"HTTP {answer.status}: status {answer.status} raw {answer.body.decode()!r}"
        value = answer.json()
        if isinstance(value, dict):
            return f"HTTP {answer.status}: object {value.get('username')}"
        keys = [message["msg"] if isinstance(message["msg"], str) else message["msg"][0] for message in value]
        parts = [f"{message['type']}:{key}" for message, key in zip(value, keys, strict=True)]
        return f"HTTP {answer.status}: {' + '.join(parts)}"

    def _renamed(self, outcome: str) -> str:
        """Keep of a recorded object, which is cut off, the name."""
        found = re.fullmatch(r'(HTTP 200: object) \{"username": "([^"]+)".*', outcome)
        return f"{found[1]} {self.names.text(found[2])}" if found else outcome

    def _number(self, statement: str) -> int:
        (line,) = self.service.sql(self.names.text(statement))
        return int(line)


def _calls(run: Run) -> list[Call]:
    """Give all calls of a run: the first is recorded, the others differ in a number."""
    first = run.body_of_first
    if run.name == _READS:
        return [(run.method, f"/api/v1/get/mailbox/mx{n % 8}@c1.example", None) for n in range(run.parallel)]
    if run.name == _DELETES:
        return [(run.method, run.path, [f"p32-0-{n}@c1.example"]) for n in range(run.parallel)]
    if run.name == _EDITS:
        edits = [first["attr"] if n % 2 == 0 else {"name": f"N{n // 2}"} for n in range(run.parallel)]
        return [(run.method, run.path, {**first, "attr": edit}) for edit in edits]
    if run.name.endswith("8 delete/mailbox + 8 edit/mailbox"):
        adds = [(run.method, run.path, _nth(first, "local_part", n)) for n in range(8)]
        deletes = [("POST", "/api/v1/delete/mailbox", [f"p8-1-{n}@c1.example"]) for n in range(8)]
        edit = {"attr": {"name": "edited"}}
        edits = [("POST", "/api/v1/edit/mailbox", {"items": [f"p8-2-{n}@c1.example"], **edit}) for n in range(8)]
        return [*adds, *deletes, *edits]
    return [(run.method, run.path, _varied(run, n)) for n in range(run.parallel)]


def _varied(run: Run, n: int) -> Body:
    """Give the n-th body of a run in which all calls are of one kind."""
    first = run.body_of_first
    if run.name == _SAME_KEY:
        return _nth(first, "dkim_selector", n)
    if "SAME mailbox" in run.name:
        return _nth(first, "name", n)
    if "SAME" in run.name:
        return first
    key = next(name for name in ("local_part", "address", "domain") if name in first)
    return _nth(first, key, n)


def _nth(first: dict[str, Any], key: str, n: int) -> dict[str, Any]:
    """Change the last number before the domain in one field of a body."""
    local_part, at, rest = first[key].partition("@")
    name, dot, top = local_part.partition(".")
    return {**first, key: re.sub(r"\d+$", str(n), name) + dot + top + at + rest}
