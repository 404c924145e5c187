"""DKIM keys: in Redis only, so they outlive their domains."""

import base64
import re
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from tests.chaos.mailcow.call import Call, log
from tests.chaos.mailcow.php import Thrown, empty, folded, intval, is_domain, listed, split_list, text
from tests.chaos.mailcow.tables import Row

_SMALLEST_BITS = 1024
_SELECTOR = re.compile(r"[A-Za-z0-9._-]*[A-Za-z0-9][A-Za-z0-9._-]*")
_NOT_A_KEY = "error:1E08010C:DECODER routines::unsupported"
_RSA = bytes.fromhex("300d06092a864886f70d0101010500")


def read(call: Call, name: str, _extra: str) -> Any:
    """Answer get/dkim."""
    row = call.tables.dkim.get(name)
    if row is None:
        return {}
    return {
        "pubkey": row["public"],
        "length": str(row["bits"]),
        "dkim_txt": f"v=DKIM1;k=rsa;t=s;s=email;p={row['public']}",
        "dkim_selector": row["selector"],
        "privkey": "",
    }


def add(call: Call, request: Any) -> None:
    """Answer add/dkim: a key for each domain of a text."""
    given = request if isinstance(request, dict) else {}
    if isinstance(given.get("domains"), list | dict):
        raise Thrown("preg_split(): Argument #2 must be of type string, array given")
    selector = text(given["dkim_selector"]) if given.get("dkim_selector") is not None else "dkim"
    bits, said = intval(given.get("key_size")), log("dkim", "add", given)
    for name in split_list(text(given.get("domains"))):
        if not _may_use(call, name):
            call.danger(said, ["access_denied", name])
        elif not _SELECTOR.fullmatch(selector) or name in call.tables.dkim or bits < _SMALLEST_BITS:
            call.danger(said, ["dkim_domain_or_sel_invalid", name])
        else:
            call.tables.turns.between()  # making the key takes its time, and nothing is locked
            _store(call, name, {"selector": selector, "bits": bits, "public": _new_key(call, bits)})
            call.success(said, ["dkim_added", name])


def duplicate(call: Call, request: Any) -> None:
    """Answer add/dkim_duplicate, which overwrites."""
    given, said = dict(request), log("dkim", "duplicate", request)
    source = text(given.get("from_domain"))
    if source not in call.tables.dkim:
        call.danger(said, ["dkim_domain_or_sel_invalid", source])
        return
    for name in listed(given.get("to_domain")):
        _store(call, name, dict(call.tables.dkim[source]))
        call.success(said, ["dkim_duplicated", source, name])


def import_key(call: Call, request: Any) -> None:
    """Answer add/dkim_import."""
    given, said = dict(request), log("dkim", "import", request)
    name, selector = text(given.get("domain")), text(given.get("dkim_selector"))
    try:
        key = load_pem_private_key(text(given.get("private_key_file")).encode(), password=None)
    except ValueError:
        key = None
    if not isinstance(key, rsa.RSAPrivateKey):
        call.danger(said, ["private_key_error", _NOT_A_KEY])
        return
    if not _may_use(call, name) or not _SELECTOR.fullmatch(selector):
        call.danger(said, ["dkim_domain_or_sel_invalid", name])
        return
    if name in call.tables.dkim:
        if empty(given.get("overwrite_existing")):
            call.danger(said, ["dkim_domain_or_sel_exists", name])
            return
        _remove(call, name)
        call.success(log("dkim", "delete", {"domains": name}), ["dkim_removed", name])
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    _store(call, name, {"selector": selector, "bits": key.key_size, "public": base64.b64encode(public).decode()})
    call.success(said, ["dkim_added", name])


def delete(call: Call, items: list[Any]) -> None:
    """Answer delete/dkim; one that is not there is removed too."""
    said = log("dkim", "delete", {"domains": items})
    for item in items:
        name = text(item)
        if not is_domain(name):
            call.danger(said, ["dkim_domain_or_sel_invalid", name])
            continue
        _remove(call, name)
        call.success(said, ["dkim_removed", name])


def _may_use(call: Call, name: str) -> bool:
    domain = folded(name)
    return bool(call.role) and (domain in call.tables.domains or domain in call.tables.alias_domains)


def _store(call: Call, name: str, row: Row) -> None:
    call.tables.dkim[name] = row
    call.tables.private_keys.add((row["selector"], name))


def _remove(call: Call, name: str) -> None:
    row = call.tables.dkim.pop(name, None)
    if row is not None:
        call.tables.private_keys.discard((row["selector"], name))


def _new_key(call: Call, bits: int) -> str:
    """Make something that has the form and length of a public RSA key: making a real one takes 0.1 s."""
    modulus = call.tables.dice.getrandbits(bits) | (1 << (bits - 1)) | 1
    numbers = _der(2, b"\0" + modulus.to_bytes(bits // 8, "big")) + _der(2, (65537).to_bytes(3, "big"))
    return base64.b64encode(_der(0x30, _RSA + _der(3, b"\0" + _der(0x30, numbers)))).decode()


def _der(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    size = (length.bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + length.to_bytes(size, "big") + content
