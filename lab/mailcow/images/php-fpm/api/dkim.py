"""DKIM keys: all in Redis, where Rspamd reads them; they outlive their domain."""

import re
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from api.call import Call, log
from api.objects import domain_exists, target_of
from api.php import PhpError, empty, folded, integer, is_domain, sequence, split_list, string

SMALLEST_BITS = 1024
_PUBLIC, _SELECTORS, _PRIVATE = "DKIM_PUB_KEYS", "DKIM_SELECTORS", "DKIM_PRIV_KEYS"
_NO_KEY_TEXT = "error:1E08010C:DECODER routines::unsupported"


def key_of(call: Call, domain: str) -> dict[str, Any]:
    """Return what get/dkim answers; an empty object when there is none."""
    redis = call.store.redis
    public = redis.hget(_PUBLIC, domain) if domain else None
    if not public:
        return {}
    pem = f"-----BEGIN PUBLIC KEY-----\n{public}\n-----END PUBLIC KEY-----\n"
    key = load_pem_public_key(pem.encode())
    return {
        "pubkey": public,
        "length": str(key.key_size) if isinstance(key, rsa.RSAPublicKey) else "",
        "dkim_txt": f"v=DKIM1;k=rsa;t=s;s=email;p={public}",
        "dkim_selector": redis.hget(_SELECTORS, domain),
        "privkey": "",
    }


def add(call: Call, request: dict[str, Any]) -> None:
    """Answer add/dkim: make a key for each of the domains in a text."""
    if isinstance(request.get("domains"), list | dict):
        raise PhpError("preg_split(): Argument #2 must be of type string, array given")
    selector = string(request["dkim_selector"]) if request.get("dkim_selector") is not None else "dkim"
    bits = integer(request.get("key_size"))
    said = log("dkim", "add", request)
    for name in split_list(string(request.get("domains"))):
        if not may_use(call, name):
            call.danger(said, ["access_denied", name])
        elif not is_selector(selector) or has_key(call, name) or bits < SMALLEST_BITS:
            call.danger(said, ["dkim_domain_or_sel_invalid", name])
        else:
            call.dawdle()
            key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
            _store(call, name, selector, key)
            call.success(said, ["dkim_added", name])


def duplicate(call: Call, request: dict[str, Any]) -> None:
    """Answer add/dkim_duplicate; overwrites without asking."""
    said = log("dkim", "duplicate", request)
    source, redis = string(request.get("from_domain")), call.store.redis
    if not has_key(call, source):
        call.danger(said, ["dkim_domain_or_sel_invalid", source])
        return
    selector = redis.hget(_SELECTORS, source)
    for item in sequence(request.get("to_domain")):
        name = string(item)
        redis.hset(_PUBLIC, name, redis.hget(_PUBLIC, source))
        redis.hset(_SELECTORS, name, selector)
        redis.hset(_PRIVATE, f"{selector}.{name}", redis.hget(_PRIVATE, f"{selector}.{source}"))
        call.success(said, ["dkim_duplicated", source, name])


def import_key(call: Call, request: dict[str, Any]) -> None:
    """Answer add/dkim_import."""
    said = log("dkim", "import", request)
    name, selector = string(request.get("domain")), string(request.get("dkim_selector"))
    try:
        key = load_pem_private_key(string(request.get("private_key_file")).encode(), password=None)
    except ValueError:
        call.danger(said, ["private_key_error", _NO_KEY_TEXT])
        return
    if not isinstance(key, rsa.RSAPrivateKey):
        call.danger(said, ["private_key_error", _NO_KEY_TEXT])
        return
    if not may_use(call, name) or not is_selector(selector):
        call.danger(said, ["dkim_domain_or_sel_invalid", name])
        return
    if has_key(call, name):
        if empty(request.get("overwrite_existing")):
            call.danger(said, ["dkim_domain_or_sel_exists", name])
            return
        _remove(call, name)
        call.success(log("dkim", "delete", {"domains": name}), ["dkim_removed", name])
    _store(call, name, selector, key)
    call.success(said, ["dkim_added", name])


def delete(call: Call, items: list[Any]) -> None:
    """Answer delete/dkim; a key that is not there is removed with success."""
    said = log("dkim", "delete", {"domains": items})
    for item in items:
        name = string(item)
        if not is_domain(name):
            call.danger(said, ["dkim_domain_or_sel_invalid", name])
            continue
        _remove(call, name)
        call.success(said, ["dkim_removed", name])


def has_key(call: Call, domain: str) -> bool:
    """Whether a key lies in Redis under exactly this name."""
    return bool(call.store.redis.hexists(_PUBLIC, domain))


def is_selector(text: str) -> bool:
    """Whether mailcow accepts the text as a selector."""
    return re.fullmatch(r"[A-Za-z0-9._-]*[A-Za-z0-9][A-Za-z0-9._-]*", text) is not None


def may_use(call: Call, name: str) -> bool:
    """Whether the domain (or alias domain) exists and the caller has a key."""
    domain = folded(name)
    return bool(call.role) and (domain_exists(call, domain) or target_of(call, domain) is not None)


def _store(call: Call, domain: str, selector: str, key: rsa.RSAPrivateKey) -> None:
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    redis = call.store.redis
    redis.hset(_PUBLIC, domain, "".join(public.splitlines()[1:-1]))
    redis.hset(_SELECTORS, domain, selector)
    redis.hset(_PRIVATE, f"{selector}.{domain}", private.strip())


def _remove(call: Call, domain: str) -> None:
    redis = call.store.redis
    selector = redis.hget(_SELECTORS, domain)
    redis.hdel(_PRIVATE, f"{selector}.{domain}")
    redis.hdel(_PUBLIC, domain)
    redis.hdel(_SELECTORS, domain)
