"""One question to one name server: UDP, then TCP where the answer is cut off; each way of not answering has a name."""

import contextlib
from dataclasses import dataclass
from typing import Final, cast

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
from dns.rdtypes.ANY.CNAME import CNAME
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.ANY.NS import NS
from dns.rdtypes.ANY.PTR import PTR
from dns.rdtypes.ANY.TXT import TXT
from dns.rdtypes.IN.SRV import SRV

from core.dns_seen import Reply, Silence

PORT: Final = 53
_TRIES: Final = 2
_PAYLOAD: Final = 1232
"""Octets that pass everywhere without being cut into pieces (DNS flag day 2020)."""
_OLD_SERVER: Final = frozenset({dns.rcode.FORMERR, dns.rcode.NOTIMP})
_LONGEST_CHAIN: Final = 8


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where a server listens."""

    address: str
    port: int = PORT


def exchange(
    server: Endpoint, name: dns.name.Name, kind: str, *, recursive: bool, timeout_s: float
) -> dns.message.Message | Silence:
    """Ask one server one question.

    Args:
        server: Whom.
        name: The whole name.
        kind: Type of record.
        recursive: Whether it is asked to find out, as a resolver does, or only for what it knows itself.
        timeout_s: How long one try waits; there are two.

    Returns:
        Its message, whatever that says; or why there is none.
    """
    answer = _over_udp(server, _query(name, kind, recursive=recursive, extended=True), timeout_s)
    if isinstance(answer, str):
        return answer
    if answer.rcode() in _OLD_SERVER:
        # A server from before EDNS (RFC 6891, 7): asked again in the old way.
        answer = _over_udp(server, _query(name, kind, recursive=recursive, extended=False), timeout_s)
    if isinstance(answer, str) or not answer.flags & dns.flags.TC:
        return answer
    try:
        query = _query(name, kind, recursive=recursive, extended=True)
        return dns.query.tcp(query, server.address, timeout=timeout_s, port=server.port)
    except (dns.exception.DNSException, OSError, EOFError):
        return "truncated"


def _query(name: dns.name.Name, kind: str, *, recursive: bool, extended: bool) -> dns.message.QueryMessage:
    if extended:
        query = dns.message.make_query(name, kind, use_edns=0, payload=_PAYLOAD)
    else:
        query = dns.message.make_query(name, kind, use_edns=False)
    if not recursive:
        query.flags &= ~dns.flags.RD
    return query


def _over_udp(server: Endpoint, query: dns.message.QueryMessage, timeout_s: float) -> dns.message.Message | Silence:
    for _ in range(_TRIES):
        # A packet may be lost; nothing listens may come back as an error of the socket.
        with contextlib.suppress(dns.exception.Timeout, OSError):
            try:
                return dns.query.udp(query, server.address, timeout=timeout_s, port=server.port, ignore_unexpected=True)
            except dns.exception.Timeout:
                raise
            except dns.exception.DNSException:
                return "broken"
    return "timeout"


def silence_of(message: dns.message.Message, *, authoritative: bool) -> Silence:
    """Say why a message is no answer; empty when it is one, the answer that there is nothing included."""
    match message.rcode():
        case dns.rcode.NOERROR | dns.rcode.NXDOMAIN:
            knows = not authoritative or bool(message.flags & dns.flags.AA) or bool(referral_of(message))
            return "" if knows else "lame"
        case dns.rcode.REFUSED | dns.rcode.NOTAUTH:
            return "refused"
        case dns.rcode.SERVFAIL:
            return "servfail"
        case _:
            return "broken"


def referral_of(message: dns.message.Message) -> str:
    """Name the zone below, when a server hands the question on to that one's servers; empty when it does not."""
    if message.flags & dns.flags.AA or message.answer or not message.question:
        return ""
    asked = message.question[0].name
    below = [one.name for one in message.authority if one.rdtype == dns.rdatatype.NS and asked.is_subdomain(one.name)]
    # A lame server that is a resolver may hand on upwards, to the root: that leads nowhere.
    return text_of(below[0]) if below and len(below[0].labels) > 2 else ""


def reply_of(server: str, message: dns.message.Message, kind: str, *, authoritative: bool) -> Reply:
    """Read what a message says: values along a chain of aliases as far as the message tells it."""
    silence = silence_of(message, authoritative=authoritative)
    if silence or not message.question:
        return Reply(server=server, silence=silence or "broken")
    wanted = dns.rdatatype.from_text(kind)
    name, alias = message.question[0].name, ""
    for _ in range(_LONGEST_CHAIN):
        found = _section(message, name, wanted)
        onward = _section(message, name, dns.rdatatype.CNAME)
        if found is not None or onward is None:
            break
        name = next((one.target for one in _data(onward) if isinstance(one, CNAME)), name)
        alias = alias or text_of(name)
    else:
        found = None
    return Reply(server=server, values=values_of(found), alias=alias)


def values_of(records: dns.rrset.RRset | None) -> tuple[str, ...]:
    """Write records as ``DnsRecord.value`` has them, sorted."""
    return tuple(sorted(_value(one) for one in _data(records)))


def text_of(name: dns.name.Name) -> str:
    """Write a name as our records do: whole, in lower case, without the final dot; the root is a dot."""
    return name.to_text(omit_final_dot=True).lower()


def _data(records: dns.rrset.RRset | None) -> list[dns.rdata.Rdata]:
    # dnspython does not say what a set of records holds.
    return cast("list[dns.rdata.Rdata]", list(records or ()))  # pyright: ignore[reportUnknownArgumentType]


def _section(
    message: dns.message.Message, name: dns.name.Name, kind: dns.rdatatype.RdataType
) -> dns.rrset.RRset | None:
    return message.get_rrset(message.answer, name, dns.rdataclass.IN, kind)


def _value(data: dns.rdata.Rdata) -> str:
    match data:
        case TXT():
            return b"".join(data.strings).decode(errors="replace")
        case MX():
            return f"{data.preference} {text_of(data.exchange)}"
        case CNAME() | NS() | PTR():
            return text_of(data.target)
        case SRV():
            return f"{data.priority} {data.weight} {data.port} {text_of(data.target)}"
        case _:
            return data.to_text()
