"""Record data as master files have it (RFC 1035, 5.1), in the form that dnspython and name servers give back."""

from typing import Final

import dns.name
import dns.rdata
import dns.rdataclass

from core.dns import DnsRecord
from core.dns_text import quoted

_IN: Final = dns.rdataclass.IN


def rdata_of(record: DnsRecord, *, relative_to: str | None = None) -> str:
    """Write a record's data: TXT quoted and split, names with their final dot, addresses in their shortest form.

    Args:
        record: Any but a PTR.
        relative_to: A zone; names in it are written without it, the zone itself as ``@``.

    Raises:
        dns.exception.DNSException: The value is none of the record's type.
    """
    text = quoted(record.value) if record.type == "TXT" else record.value
    data = dns.rdata.from_text(_IN, record.type, text, origin=dns.name.root, relativize=False)
    if relative_to is None:
        return data.to_text()
    return data.to_text(origin=dns.name.from_text(relative_to), relativize=True)


def owner_of(record: DnsRecord, *, relative_to: str | None = None) -> str:
    """Write a record's name: whole with its final dot, or relative to a zone."""
    if relative_to is None:
        return f"{record.name}."
    return record.name.removesuffix(relative_to).removesuffix(".") or "@"
