"""TXT values as DNS carries them: quoted strings of at most 255 octets (RFC 1035, 3.3 and 5.1).

An unquoted SPF value is many strings that readers join without blanks, and an unquoted ``;`` begins a comment: both
load without a word and mean nothing. dnspython does the quoting, because its reader is the one we check with.
"""

from typing import Final

import dns.exception
import dns.rdata
import dns.rdataclass
import dns.rdatatype
from dns.rdtypes.ANY.TXT import TXT

_MOST_OCTETS: Final = 255


def quoted(value: str) -> str:
    """Write a text as TXT record data: ``"v=DKIM1;…" "…"``."""
    octets = value.encode()
    strings = [octets[at : at + _MOST_OCTETS] for at in range(0, len(octets), _MOST_OCTETS)] or [b""]
    return TXT(dns.rdataclass.IN, dns.rdatatype.TXT, strings).to_text()


def joined(rdata: str) -> str:
    """Read TXT record data as the one text it means: strings are joined without anything between them.

    Raises:
        ValueError: It is no TXT record data, such as one with a string of more than 255 octets.
    """
    try:
        read = dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.TXT, rdata)
    except dns.exception.DNSException as wrong:
        raise ValueError(f"is no TXT record data: {wrong}") from wrong
    if not isinstance(read, TXT):  # only for the type checker: the type was named
        raise TypeError(read)
    return b"".join(read.strings).decode(errors="replace")
