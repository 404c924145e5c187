"""A small DNS of one's own on loopback: servers with zones, each of which can be told to misbehave.

Every server has its own address in 127.0.0.0/8 and all have one port, as in the real world. The first one stands in for
a resolver: it knows what all the others know, and answers as such.
"""

import contextlib
import selectors
import socket
import struct
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Final, Literal, cast

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import dns.zone
from dns.rdtypes.ANY.CNAME import CNAME

Manner = Literal["", "servfail", "refused", "lame", "silent", "garbled", "no tcp", "no edns", "cut"]
RESOLVER: Final = "127.0.0.1"
ORIGIN: Final = dns.name.root


@dataclass
class NameServer:
    """One server: what it knows, and how it behaves."""

    address: str
    zones: dict[str, dns.zone.Zone] = field(default_factory=dict)
    manner: Manner = ""

    def serve(self, name: str, text: str) -> None:
        """Load a zone; its SOA is made here, all else is as in a zone file."""
        soa = f"@ 300 IN SOA ns1.{name}. hostmaster.{name}. 1 3600 600 86400 300\n" if name != "." else ""
        soa = soa or "@ 300 IN SOA a.root. hostmaster.root. 1 3600 600 86400 300\n"
        self.zones[name] = dns.zone.from_text(
            f"$TTL 300\n{soa}{text}", origin=f"{name.rstrip('.')}.", relativize=False, check_origin=False
        )


@dataclass
class DnsWorld:
    """All servers, and the threads that answer for them."""

    port: int = 0
    servers: dict[str, NameServer] = field(default_factory=dict)
    asked: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """How often each server was asked for a name and type over UDP."""
    failing: set[str] = field(default_factory=set)
    """Names that the resolver answers SERVFAIL for, with all below."""
    resolver_manner: Manner = ""

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self._selector = selectors.DefaultSelector()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def server(self, address: str) -> NameServer:
        """Give the server at an address; a new one is started."""
        if address not in self.servers:
            self.servers[address] = NameServer(address)
            self._listen(address)
        return self.servers[address]

    def start(self) -> None:
        """Begin to answer."""
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.bind((RESOLVER, 0))
            self.port = probe.getsockname()[1]
        self._listen(RESOLVER)
        self._thread.start()

    def end(self) -> None:
        """Close everything."""
        self._stop.set()
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            self._selector.unregister(key.fileobj)
            cast("socket.socket", key.fileobj).close()
        self._selector.close()

    def _listen(self, address: str) -> None:
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            listener = socket.socket(socket.AF_INET, kind)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((address, self.port))
            if kind == socket.SOCK_STREAM:
                listener.listen(32)
            self._selector.register(listener, selectors.EVENT_READ, (address, kind))

    def _run(self) -> None:
        while not self._stop.is_set():
            for key, _ in self._selector.select(0.02):
                address, kind = key.data
                listener = cast("socket.socket", key.fileobj)
                with contextlib.suppress(OSError, EOFError):
                    (self._datagram if kind == socket.SOCK_DGRAM else self._stream)(listener, address)

    def _datagram(self, listener: socket.socket, address: str) -> None:
        wire, client = listener.recvfrom(65_535)
        query = dns.message.from_wire(wire)
        (question,) = query.question
        name = question.name.to_text(omit_final_dot=True).lower()
        self.asked[address, name, dns.rdatatype.to_text(question.rdtype)] += 1
        manner = self._manner(address)
        if manner == "silent":
            return
        if manner == "garbled":
            listener.sendto(wire[:2] + b"\x84\x00\xff\xff", client)
            return
        answer = self._answer(query, address)
        if manner in {"no tcp", "cut"} and question.rdtype != dns.rdatatype.SOA:
            answer.answer.clear()
            answer.flags |= dns.flags.TC
        listener.sendto(answer.to_wire(max_size=65_535), client)

    def _stream(self, listener: socket.socket, address: str) -> None:
        connection, _ = listener.accept()
        with connection:
            if self._manner(address) == "no tcp":
                return
            connection.settimeout(2)
            size = struct.unpack("!H", connection.recv(2))[0]
            answer = self._answer(dns.message.from_wire(connection.recv(size)), address).to_wire()
            connection.sendall(struct.pack("!H", len(answer)) + answer)

    def _manner(self, address: str) -> Manner:
        return self.resolver_manner if address == RESOLVER else self.servers[address].manner

    def _answer(self, query: dns.message.Message, address: str) -> dns.message.Message:
        response = dns.message.make_response(query)
        manner = self._manner(address)
        if manner == "no edns" and query.edns >= 0:
            response.set_rcode(dns.rcode.FORMERR)
        elif manner in {"servfail", "refused"}:
            response.set_rcode(dns.rcode.SERVFAIL if manner == "servfail" else dns.rcode.REFUSED)
        elif address == RESOLVER:
            self._as_resolver(response)
        else:
            self._as_authority(response, self.servers[address])
            if manner == "lame":
                response.flags &= ~dns.flags.AA
                response.answer.clear()
                response.authority.clear()
        return response

    def _as_resolver(self, response: dns.message.Message) -> None:
        name = response.question[0].name
        text = name.to_text(omit_final_dot=True).lower()
        if any(f".{text}".endswith(f".{one}") for one in self.failing):
            response.set_rcode(dns.rcode.SERVFAIL)
            return
        zones = {dns.name.from_text(zone): server for server in self.servers.values() for zone in server.zones}
        near = max((zone for zone in zones if name.is_subdomain(zone)), key=lambda zone: len(zone.labels))
        self._as_authority(response, next(one for one in self.servers.values() if near in _names(one)), at=near)
        response.flags &= ~dns.flags.AA
        response.flags |= dns.flags.RA

    def _as_authority(
        self, response: dns.message.Message, server: NameServer, *, at: dns.name.Name | None = None
    ) -> None:
        question = response.question[0]
        near = at or max(
            (zone for zone in _names(server) if question.name.is_subdomain(zone)),
            key=lambda zone: len(zone.labels),
            default=None,
        )
        if near is None:
            response.set_rcode(dns.rcode.REFUSED)
            return
        zone = next(held for text, held in server.zones.items() if dns.name.from_text(text) == near)
        response.flags |= dns.flags.AA
        if at is None and (cut := _cut(zone, question.name, near)) is not None:
            response.flags &= ~dns.flags.AA
            response.authority.append(cut)
            return
        _look_up(zone, response, question.name, question.rdtype, near)


def _names(server: NameServer) -> list[dns.name.Name]:
    return [dns.name.from_text(zone) for zone in server.zones]


def _cut(zone: dns.zone.Zone, name: dns.name.Name, apex: dns.name.Name) -> dns.rrset.RRset | None:
    """Find the delegation that a name lies below."""
    above = name
    while above != apex:
        if (found := zone.get_rrset(above, dns.rdatatype.NS)) is not None:
            return found
        above = above.parent()
    return None


def _look_up(
    zone: dns.zone.Zone,
    response: dns.message.Message,
    name: dns.name.Name,
    kind: dns.rdatatype.RdataType,
    apex: dns.name.Name,
) -> None:
    for _ in range(10):
        found = zone.get_rrset(name, kind)
        if found is not None:
            response.answer.append(found)
            return
        alias = zone.get_rrset(name, dns.rdatatype.CNAME)
        if alias is None:
            break
        response.answer.append(alias)
        name = cast("CNAME", next(iter(alias))).target
        if not name.is_subdomain(apex):
            return
    known = any(one.is_subdomain(name) for one in zone.nodes)
    if not known and not response.answer:
        response.set_rcode(dns.rcode.NXDOMAIN)
    response.authority += [one for one in [zone.get_rrset(apex, dns.rdatatype.SOA)] if one is not None]
