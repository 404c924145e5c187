"""Passwords: the policy, and how they are kept."""

import base64
import hashlib
import re
from typing import Any

from tests.chaos.mailcow.call import Call, log
from tests.chaos.mailcow.php import empty, intval, text
from tests.chaos.mailcow.tables import POLICY

_SAID = ["password_check", None, None]
_CHECKS = {
    "chars": r"[A-Za-z]",
    "special_chars": r"[^A-Za-z0-9]",
    "lowerupper": r"(?=.*[a-z])(?=.*[A-Z])",
    "numbers": r"\d",
}
_RULES = {
    "chars": "Must contain at least one alphabetic character",
    "special_chars": "Must contain special characters",
    "lowerupper": "Must contain lowercase and uppercase characters",
    "numbers": "Must contain at least one number",
}


def stored(password: str) -> str:
    """Keep a password so that equal ones are seen to be equal; it only looks like bcrypt."""
    if re.match(r"\{[A-Z0-9-]+\}", password):
        return password
    digest = base64.b64encode(hashlib.sha512(password.encode()).digest()).decode()
    return "{BLF-CRYPT}$2y$10$" + digest.replace("+", ".").replace("=", "")[:53]


def refuse_weak(call: Call, first: Any, second: Any) -> None:
    """Check a new password and its repetition."""
    rules = call.tables.policy
    weak = empty(first) or empty(second) or len(text(first).encode()) < intval(rules["length"])
    weak = weak or any(rules[rule] == "1" and not re.search(form, text(first)) for rule, form in _CHECKS.items())
    if weak:
        raise call.refuse(_SAID, "password_complexity")
    if text(first) != text(second):
        raise call.refuse(_SAID, "password_mismatch")


def read_policy(call: Call, name: str, _extra: str) -> Any:
    """Answer get/passwordpolicy, and its text for people."""
    rules = call.tables.policy
    if name != "html":
        return dict(rules)
    texts = [
        f"Minimum password length is {rules['length']}",
        *(text for rule, text in _RULES.items() if rules[rule] == "1"),
    ]
    return "".join(f'<p class="help-block small">- {text}</p>' for text in texts)


def edit_policy(call: Call, attributes: dict[str, Any]) -> None:
    """Answer edit/passwordpolicy; a length below 3 is ignored."""
    for rule in POLICY:
        if attributes.get(rule) is None:
            continue
        number = intval(attributes[rule])
        if rule != "length":
            call.tables.policy[rule] = str(int(number == 1))
        elif number >= 3:
            call.tables.policy[rule] = str(number)
    call.success(log("password_complexity", "edit", attributes), "password_policy_saved")
