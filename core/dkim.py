"""What a domain's DKIM record says."""

from typing import Final

_TAGS: Final = "v=DKIM1;k=rsa;t=s;s=email"


def record_text(public_key: str) -> str:
    """Write the TXT record of an RSA key (RFC 6376, 3.6.1), tag by tag as mailcow writes it, so that both compare.

    Args:
        public_key: SubjectPublicKeyInfo in base64, without PEM lines.
    """
    return f"{_TAGS};p={public_key}"
