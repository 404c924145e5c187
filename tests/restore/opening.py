"""What the holder of the private key does with the heads of archives."""

import base64
import re
import subprocess
from typing import Any

from tests.restore.snapshot import KeyPair


def session_keys(key: KeyPair, heads: list[dict[str, Any]]) -> str:
    """Give the lines of a file of session keys."""
    return "".join(f"{head['sha256']} {session_key(key, base64.b64decode(head['head']))}\n" for head in heads)


def session_key(key: KeyPair, head: bytes) -> str:
    """Decrypt the session key in the beginning of an archive; gpg complains about the missing rest."""
    command = ["gpg", "--homedir", str(key.home), "--batch", "--no-tty", "--show-session-key", "--decrypt"]
    said = subprocess.run(command, input=head, capture_output=True, check=False, timeout=60).stderr.decode()
    found = re.search(r"session key: '([0-9]+:[0-9A-F]+)'", said)
    assert found, said
    return found[1]
