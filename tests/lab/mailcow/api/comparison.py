"""Is an answer the recorded one? Values that differ from run to run are compared by what they are."""

import re
from dataclasses import dataclass, field
from typing import Any

_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_COOKIE = re.compile(r"MCSESSID=[0-9a-f]{32}; path=/; HttpOnly; SameSite=Lax")
_RECORDED_COOKIE = "MCSESSID=<32 hex digits>; path=/; HttpOnly; SameSite=Lax"
_HASH = re.compile(r"\{BLF-CRYPT\}\$2y\$10\$[./A-Za-z0-9]{53}")
_ABBREVIATED = re.compile(r"first (\d+) of (\d+) elements")
_LEFT = re.compile(r"\d{2,}h \d\dm \d\ds")
_FORMS = {
    **dict.fromkeys(("created", "modified", "passwd_update", "datetime"), _TIME),
    "banned_until": _LEFT,
    "password": _HASH,
}
"""Values that are of one form, whatever they are."""
_COUNTERS = ("last_imap_login", "time")


@dataclass
class Comparison:
    """Compares one transcript's answers; keys are mapped one to one over all of them."""

    keys: dict[str, str] = field(default_factory=dict)
    """Recorded DKIM key → ours."""

    def body(self, recorded: Any, ours: Any, abbreviated: str = "") -> list[str]:
        """Return the differences, one a line; none when the answer is right."""
        if found := _ABBREVIATED.match(abbreviated):
            shown, length = int(found.group(1)), int(found.group(2))
            if not isinstance(ours, list) or len(ours) != length:
                return [f"a list of {length} expected, got {_short(ours)}"]
            return self.body(recorded, ours[:shown])
        return self._differences(recorded, ours, "", "")

    def headers(self, recorded: dict[str, str], ours: dict[str, str]) -> list[str]:
        """Return the differences of the headers that were recorded."""
        differences: list[str] = []
        for name, wanted in recorded.items():
            got = ours.get(name.lower(), "")
            if wanted == _RECORDED_COOKIE:
                if not _COOKIE.fullmatch(got):
                    differences.append(f"header {name}: {got!r}")
            elif got != wanted:
                differences.append(f"header {name}: {wanted!r} expected, got {got!r}")
        return differences

    def _differences(self, recorded: Any, ours: Any, place: str, key: str) -> list[str]:
        if isinstance(recorded, dict) and isinstance(ours, dict):
            missing = [f"{place}.{name}: missing" for name in recorded if name not in ours]
            extra = [f"{place}.{name}: not recorded" for name in ours if name not in recorded]
            shared = [name for name in recorded if name in ours]
            inner = [self._differences(recorded[name], ours[name], f"{place}.{name}", name) for name in shared]
            return missing + extra + [line for lines in inner for line in lines]
        if isinstance(recorded, list) and isinstance(ours, list):
            if len(recorded) != len(ours):
                return [f"{place}: {len(recorded)} elements expected, got {len(ours)}: {_short(ours)}"]
            pairs = zip(recorded, ours, strict=True)
            inner = [self._differences(one, other, f"{place}[{n}]", key) for n, (one, other) in enumerate(pairs)]
            return [line for lines in inner for line in lines]
        # True is not 1 here: JSON has types.
        if type(recorded) is not type(ours):
            return [f"{place}: {_short(recorded)} expected, got {_short(ours)}"]
        return [] if self._same(recorded, ours, key) else [f"{place}: {_short(recorded)} expected, got {_short(ours)}"]

    def _same(self, recorded: Any, ours: Any, key: str) -> bool:
        if recorded == ours:
            return True
        if form := _FORMS.get(key):
            return form.fullmatch(str(recorded)) is not None and form.fullmatch(str(ours)) is not None
        if key in _COUNTERS and isinstance(recorded, int):
            return bool(recorded) == bool(ours)
        if key in {"pubkey", "dkim_txt"}:
            return self._same_key(str(recorded), str(ours))
        return False

    def _same_key(self, recorded: str, ours: str) -> bool:
        """Whether our key is of the same kind and length, and always the one that stands for this recorded key."""
        return (
            (recorded.partition("p=")[0] == ours.partition("p=")[0] or "=" not in recorded.rstrip("="))
            and self.keys.setdefault(recorded, ours) == ours
            and len(recorded) == len(ours)
        )


def shape(value: Any) -> Any:
    """Return names and types without values; a list or an object by name of equal things is one of them."""
    if isinstance(value, dict):
        inner = {name: shape(one) for name, one in value.items()}
        objects = list(inner.values())
        if objects and isinstance(objects[0], dict) and all(one == objects[0] for one in objects):
            return {"*": objects[0]}
        return inner
    if isinstance(value, list):
        return [shape(one) for one in value[:1]]
    return type(value).__name__


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 200 else f"{text[:200]}…"
