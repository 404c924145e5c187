"""Faults by kind: what each does, to which requests, and whether it ends."""

import random
from dataclasses import dataclass, field
from typing import Final, Literal

Server = Literal["mailcow", "vault", "engine"]


@dataclass(frozen=True)
class Kind:
    """One kind of fault."""

    name: str
    server: Server
    routes: tuple[str, ...]
    """How the method and route of the requests begin that it can hit; for Vault, methods."""
    longest: int = 1
    """The most requests in a row that it hits; 0 is all of the rest of the run."""


_WRITES: Final = ("POST add/", "POST edit/", "POST delete/")
KINDS: Final = {
    kind.name: kind
    for kind in (
        Kind("timeout_before", "mailcow", (*_WRITES, "GET get/")),
        Kind("timeout_after", "mailcow", _WRITES),
        Kind("bad_gateway", "mailcow", (*_WRITES, "GET get/"), longest=3),
        Kind("empty_before", "mailcow", _WRITES),
        Kind("empty_after", "mailcow", _WRITES),
        Kind("half_made", "mailcow", ("POST add/mailbox", "POST add/domain")),
        Kind("deadlock", "mailcow", ("POST delete/mailbox",)),
        Kind("slow", "mailcow", (*_WRITES, "GET get/")),
        Kind("cut_before", "mailcow", (*_WRITES, "GET get/")),
        Kind("cut_after", "mailcow", _WRITES),
        Kind("hollow", "mailcow", ("GET get/",), longest=0),
        Kind("vault_503", "vault", ("GET", "POST", "PUT", "DELETE"), longest=3),
        Kind("vault_403", "vault", ("GET", "POST", "PUT", "DELETE"), longest=0),
        Kind("vault_sealed", "vault", ("GET", "POST", "PUT", "DELETE"), longest=0),
        Kind("vault_cut_after", "vault", ("POST", "PUT", "DELETE")),
        Kind("sigkill", "engine", ()),
    )
}


@dataclass
class Fault:
    """One fault of one run: hits so many matching requests from the n-th on."""

    kind: str
    after: int
    """How many matching requests go by before it begins; for ``sigkill``, moments of the engine."""
    length: int = 1
    seen: int = 0
    fired: int = 0

    def hits(self, what: str) -> bool:
        """Say whether it hits this request, ``POST add/mailbox``; counts it."""
        kind = KINDS[self.kind]
        if not what.startswith(kind.routes):
            return False
        self.seen += 1
        over = kind.longest != 0 and self.seen > self.after + self.length
        if self.seen <= self.after or over:
            return False
        self.fired += 1
        return True


@dataclass
class Faults:
    """The faults of one run; at most one hits a request."""

    faults: list[Fault] = field(default_factory=list[Fault])

    def take(self, server: Server, what: str) -> str:
        """Give the kind of fault that hits this request, or nothing."""
        hit = ""
        # An outage goes before what happens to one request.
        for fault in sorted(self.faults, key=lambda fault: KINDS[fault.kind].longest != 0):
            if not hit and KINDS[fault.kind].server == server and fault.hits(what):
                hit = fault.kind
        return hit

    def kills(self) -> bool:
        """Say whether the engine dies at this moment."""
        for fault in self.faults:
            if fault.kind == "sigkill":
                fault.seen += 1
                if fault.seen == fault.after + 1:
                    fault.fired += 1
                    return True
        return False


def draw(dice: random.Random) -> list[Fault]:
    """Draw the faults of a run that shall go wrong."""
    names = dice.sample(sorted(KINDS), k=dice.choice((1, 1, 2, 3)))
    return [Fault(name, _after(dice, name), dice.randint(1, KINDS[name].longest or 1)) for name in names]


def _after(dice: random.Random, name: str) -> int:
    """Early rather than late, so that most of them do hit something."""
    longest = 120 if name == "sigkill" else 4 if name in {"half_made", "deadlock"} else 14
    return min(int(dice.expovariate(3 / longest)), longest)
