"""The ways to mailcow and to Vault, where things go wrong as planned."""

import threading
from collections.abc import Callable
from typing import Protocol

import requests

from tests.chaos import vault as vault_answers
from tests.chaos.campaign.faults import Faults
from tests.chaos.exchange import Request, Response
from tests.chaos.mailcow.server import Server, page

_TIMEOUT_S = 180
_SLOW_S = 100
_STEP_S = 0.07
_DIES = {"half_made": "half_made", "deadlock": "half_deleted"}
"""Where mailcow's own code dies half-way."""


class Turns(Protocol):
    """Whose turn it is, and what time."""

    def advance(self, seconds: float) -> None:
        """Let a little time pass."""
        ...

    def pause(self) -> None:
        """Let others go on."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        ...


class Answering(Protocol):
    """A Vault, or what stands before one."""

    def answer(self, request: Request) -> Response:
        """Answer one request."""
        ...


class Network:
    """Carries exchanges; counts them, and does to them what the faults of the run say."""

    def __init__(self, turns: Turns, mailcow: Server, vault: Answering, looked_at: Callable[[str], None]) -> None:
        """Connect.

        Args:
            turns: Whose turn it is while something is on its way.
            mailcow: One end.
            vault: The other.
            looked_at: Told each exchange when it is over.
        """
        self.faults = Faults()
        self.writes = 0
        self.late_effects = False
        """Whether what timed out may have its effect after the caller has given up."""
        self._turns = turns
        self._mailcow = mailcow
        self._vault = vault
        self._looked_at = looked_at
        self._late: list[Request] = []
        self._guard = threading.Lock()

    def to_mailcow(self, request: Request) -> Response:
        """Carry one exchange with mailcow."""
        what = f"{request.method} {request.route}"
        self._on_the_way(request)
        if self._late and request.method == "POST":
            self.deliver_late()
        with self._guard:
            kind = self.faults.take("mailcow", what)
        try:
            return self._mailcow_with(kind, request)
        finally:
            self._looked_at(f"{what} {request.target.rpartition('/')[2][:40]} {kind}")
            self._turns.pause()

    def to_vault(self, request: Request) -> Response:
        """Carry one exchange with Vault."""
        self._on_the_way(request)
        with self._guard:
            kind = self.faults.take("vault", request.method)
        try:
            match kind:
                case "vault_503":
                    return vault_answers.said(503, "no active node")
                case "vault_403":
                    return vault_answers.denied()
                case "vault_sealed":
                    return vault_answers.sealed()
            answer = self._vault.answer(request)
            if kind == "vault_cut_after":
                raise requests.exceptions.ConnectionError
            return answer
        finally:
            self._looked_at(f"{request.method} {request.target} {kind}")
            self._turns.pause()

    def deliver_late(self) -> None:
        """Let happen what its caller gave up waiting for."""
        late, self._late = self._late, []
        for request in late:
            self._mailcow.answer(request)
            self._looked_at(f"late {request.method} {request.route}")

    def _on_the_way(self, request: Request) -> None:
        self.writes += request.method not in {"GET", "LIST"}
        self._turns.advance(_STEP_S)
        self._turns.pause()

    def _mailcow_with(self, kind: str, request: Request) -> Response:
        answer = self._instead(kind, request)
        if answer is not None:
            return answer
        answer = self._mailcow.answer(request, dies=_DIES.get(kind, ""))
        if kind == "timeout_after":
            self._turns.sleep(_TIMEOUT_S)
            raise requests.exceptions.ReadTimeout
        if kind == "cut_after":
            raise requests.exceptions.ConnectionError
        return Response(200) if kind == "empty_after" else answer

    def _instead(self, kind: str, request: Request) -> Response | None:
        """Give what comes in place of mailcow's answer; None when it answers itself."""
        reads = request.method == "GET"
        match kind:
            case "timeout_before":
                if self.late_effects and not reads:
                    self._late.append(request)
                self._turns.sleep(_TIMEOUT_S)
                raise requests.exceptions.ReadTimeout
            case "cut_before":
                raise requests.exceptions.ConnectionError
            case "bad_gateway":
                return page(502, "Bad Gateway") if reads else page(405, "Not Allowed")
            case "empty_before":
                return Response(200)
            case "hollow":
                return Response(200, b"" if request.route == "get/status" else b"{}")
            case "slow":
                self._turns.sleep(_SLOW_S)
                return None
            case _:
                return None
