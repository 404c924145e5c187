"""The password policy and the hashes."""

import re
from typing import Any

import bcrypt

from api.call import Call, log
from api.php import empty, integer, string

DEFAULT_POLICY = {"length": "6", "chars": "0", "special_chars": "0", "lowerupper": "0", "numbers": "0"}
BCRYPT_COST = 10
_SCHEMES = re.compile(
    r"\{(ARGON2I|ARGON2ID|BLF-CRYPT|CLEAR|CLEARTEXT|CRYPT|DES-CRYPT|LDAP-MD5|MD5|MD5-CRYPT|PBKDF2|PLAIN|PLAIN-MD4"
    r"|PLAIN-MD5|PLAIN-TRUNC|SHA|SHA1|SHA256|SHA256-CRYPT|SHA512|SHA512-CRYPT|SMD5|SSHA|SSHA256|SSHA512)\}"
)
_SAID = ["password_check", None, None]


def hashed(password: str) -> str:
    """Hash as mailcow stores it; a text that begins with a known scheme is taken for a hash."""
    if _SCHEMES.match(password):
        return password
    digest = bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(BCRYPT_COST, prefix=b"2b")).decode()
    # PHP writes the same algorithm with the letter y.
    return "{BLF-CRYPT}" + digest.replace("$2b$", "$2y$", 1)


def policy(call: Call) -> dict[str, str]:
    """Return the policy with its defaults."""
    return {**DEFAULT_POLICY, **call.store.redis.hgetall("PASSWD_POLICY")}


def is_acceptable(call: Call, first: Any, second: Any) -> bool:
    """Check both fields; says why not."""
    if empty(first) or empty(second) or not _meets(policy(call), string(first)):
        call.danger(_SAID, "password_complexity")
        return False
    if string(first) != string(second):
        call.danger(_SAID, "password_mismatch")
        return False
    return True


def edit_policy(call: Call, attributes: dict[str, Any]) -> None:
    """Answer edit/passwordpolicy; a length below 3 is ignored."""
    for name in DEFAULT_POLICY:
        if attributes.get(name) is None:
            continue
        number = integer(attributes[name])
        if name != "length":
            number = int(number == 1)
        elif number < 3:
            continue
        call.store.redis.hset("PASSWD_POLICY", name, str(number))
    call.success(log("password_complexity", "edit", attributes), "password_policy_saved")


def policy_text(call: Call) -> str:
    """Answer get/passwordpolicy/html."""
    rules = policy(call)
    texts = [f"Minimum password length is {rules['length']}"]
    wanted = {
        "chars": "Must contain at least one alphabetic character",
        "special_chars": "Must contain special characters",
        "lowerupper": "Must contain lowercase and uppercase characters",
        "numbers": "Must contain at least one number",
    }
    texts += [text for name, text in wanted.items() if rules[name] == "1"]
    return "".join(f'<p class="help-block small">- {text}</p>' for text in texts)


def _meets(rules: dict[str, str], password: str) -> bool:
    """Whether a password fulfils the policy; its length counts in bytes."""
    if len(password.encode()) < integer(rules["length"]):
        return False
    checks = {
        "chars": r"[A-Za-z]",
        "special_chars": r"[^A-Za-z0-9]",
        "lowerupper": r"(?=.*[a-z])(?=.*[A-Z])",
        "numbers": r"\d",
    }
    return all(rules[name] != "1" or re.search(pattern, password) for name, pattern in checks.items())
