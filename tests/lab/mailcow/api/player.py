"""Plays a transcript against the API: fills in keys and sessions, inserts left-out calls, collects differences."""

import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.lab.mailcow.api import renaming
from tests.lab.mailcow.api.comparison import Comparison, shape
from tests.lab.mailcow.api.recorded import Exchange, by_shape, exchanges
from tests.lab.mailcow.api.service import LOCAL, READ_ONLY_KEY, READ_WRITE_KEY, Answer, ApiService
from tests.lab.mailcow.api.setups import SETUPS, Down, Fault, Post, Redis, Sql, Step, Up

OTHER_ADDRESS = "127.0.0.2"
_FROM_ELSEWHERE = re.compile(r"source address not allowed|other source address|source not listed")
_PAGE = re.compile(r'an HTML page titled "(.+?)"')
_PEM_PLACEHOLDER = "<PEM private key, PKCS#8>"
_KEYS_BY_NAME = {
    "key with stray characters": "RW_KEY-".replace("_", "-_ .") + "OF-THE-TEST",
    "key in lower case": READ_WRITE_KEY.lower(),
    "key with characters outside a-zA-Z0-9-": "under_score.key",
    "key of 255 characters": "k" * 255,
    "key of 1 character": "k",
}


@dataclass(frozen=True)
class Names:
    """How a transcript's names are changed before it is played."""

    text: Callable[[str], str]
    path: Callable[[str], str]
    value: Callable[[Any], Any]
    raw_body: Callable[[str], str]


AS_RECORDED = Names(renaming.nothing, renaming.nothing, renaming.nothing, renaming.nothing)
RENAMED = Names(renaming.text, renaming.path, renaming.value, renaming.raw_body)


@dataclass
class Player:
    """Plays one transcript from its beginning on a fresh database."""

    service: ApiService
    names: Names
    comparison: Comparison = field(default_factory=Comparison)
    session: str = ""
    private_key: str = ""

    def play(self, file: str) -> dict[str, list[str]]:
        """Return the differences of each exchange by its name and number; an empty list means it was right."""
        self.service.empty()
        shapes = {line.name for line in by_shape() if line.file == file}
        results: dict[str, list[str]] = {}
        for exchange in exchanges(file):
            for step in SETUPS.get((file, exchange.name), ()):
                self._step(step)
            answer = self._send(exchange)
            results[f"[{exchange.index}] {exchange.name}"] = self._differences(
                exchange, answer, shape_only=exchange.name in shapes
            )
        return results

    def _step(self, step: Step) -> None:
        """Insert a call that the transcript leaves out."""
        if isinstance(step, Sql):
            self.service.sql(self.names.text(step.statement))
        elif isinstance(step, Fault):
            self.service.redis(["RPUSH", f"LAB_FAULTS:{step.route}", json.dumps({"mode": step.mode})])
        elif isinstance(step, Redis):
            self.service.redis([self.names.text(word) for word in step.command])
        elif isinstance(step, Down):
            self.service.stop(step.part)
        elif isinstance(step, Up):
            self.service.start(step.part)
        elif isinstance(step, Post):
            said = self.service.post(self.names.path(f"/api/v1/{step.route}")[8:], self.names.value(step.body))
            assert not any(message["type"] == "danger" for message in said or []), f"{step}: {said}"
        else:
            for _ in range(step.count):
                self.service.get("get/status/version", key="wrong")

    def _send(self, exchange: Exchange) -> Answer:
        body: bytes | None = None
        if exchange.raw_body is not None:
            body = self.names.raw_body(exchange.raw_body).encode()
        elif exchange.body is not None:
            body = json.dumps(self._filled(self.names.value(exchange.body)), ensure_ascii=False).encode()
        answer = self.service.request(
            exchange.method,
            self.names.path(exchange.path),
            headers=self._headers(exchange),
            body=body,
            caller=OTHER_ADDRESS if _FROM_ELSEWHERE.search(exchange.name) else LOCAL,
        )
        if cookie := answer.headers.get("set-cookie"):
            self.session = cookie.partition(";")[0]
        return answer

    def _headers(self, exchange: Exchange) -> dict[str, str]:
        """Fill the placeholders in."""
        filled = dict(exchange.headers)
        key = filled.get("X-API-Key")
        known = {"<rw-key>": READ_WRITE_KEY, "<ro-key>": READ_ONLY_KEY, "<wrong-key>": "WRONG-KEY"}
        if key is not None:
            filled["X-API-Key"] = known.get(key, _KEYS_BY_NAME.get(exchange.name, ""))
        if filled.get("X-API-Key") == READ_WRITE_KEY and exchange.name in _KEYS_BY_NAME:
            filled["X-API-Key"] = _KEYS_BY_NAME[exchange.name]
        if "Authorization" in filled:
            filled["Authorization"] = f"Bearer {READ_WRITE_KEY}"
        if "Cookie" in filled:
            filled["Cookie"] = self._cookie(exchange.name)
        return filled

    def _cookie(self, name: str) -> str:
        """Return a session of the kind the exchange's name speaks of."""
        if name.startswith("two headers"):
            return f"MCSESSID={secrets.token_hex(16)}"
        if name.startswith("session cookie of"):
            key = READ_ONLY_KEY if "of an ro call" in name else READ_WRITE_KEY
            made = self.service.request("GET", "/api/v1/get/status/version", headers={"X-API-Key": key})
            return made.headers["set-cookie"].partition(";")[0]
        return self.session

    def _filled(self, value: Any) -> Any:
        """Put a private key where the recording has only a placeholder."""
        text = json.dumps(value)
        if _PEM_PLACEHOLDER not in text:
            return value
        return json.loads(text.replace(_PEM_PLACEHOLDER, json.dumps(self._pem())[1:-1]))

    def _pem(self) -> str:
        if not self.private_key:
            key = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 — as long as the recorded one
            self.private_key = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        return self.private_key

    def _differences(self, exchange: Exchange, answer: Answer, *, shape_only: bool) -> list[str]:
        found: list[str] = []
        if answer.status != exchange.status:
            found.append(f"status {exchange.status} expected, got {answer.status}")
        found += self.comparison.headers(exchange.answer_headers, answer.headers)
        if exchange.raw_answer is not None:
            text = answer.body.decode()
            if page := _PAGE.match(exchange.abbreviated):
                whole = text.startswith("<!DOCTYPE html>") and f"<title>{page.group(1)}</title>" in text
                return found if whole else [*found, f"{exchange.abbreviated} expected, got {text!r}"]
            return found if text == exchange.raw_answer else [*found, f"{exchange.raw_answer!r} expected, got {text!r}"]
        try:
            ours = answer.json()
        except ValueError:
            return [*found, f"JSON expected, got {answer.body[:200]!r}"]
        recorded = self._filled(self.names.value(exchange.answer))
        if shape_only:
            return (
                found if shape(recorded) == shape(ours) else [*found, f"{shape(recorded)} expected, got {shape(ours)}"]
            )
        if not answer.body and recorded is not None:
            return [*found, "the body is empty"]
        return found + self.comparison.body(recorded, ours, exchange.abbreviated)
