"""`mailstead up --address-first`: the update as far as the reserved addresses, so that DNS can be prepared.

Records take hours to be known everywhere, and a PTR at Oracle is a support request that takes days. The following
plain `mailstead up` goes on from there.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from rich.console import Console

from core.dns import DnsRecord
from core.errors import RefusedError
from core.host_choice import EXISTING
from core.inputs import Inputs
from core.names import ENV_ADDRESS_FIRST
from core.spf_terms import is_spf
from ops.agent import agent_of
from ops.dns import lines
from ops.dns_known import worked_out
from ops.engine import Engine, Outcome, preview_failure
from ops.interrupted import clear_what_is_left
from ops.preview_report import print_happenings
from ops.progress import Progress
from ops.project import Project
from ops.update import QUIET
from ops.words import Words, words_of

_ADDRESS: Final = "oci:Core/publicIp:PublicIp"
_CHANGES_NOTHING: Final = frozenset({"same", "read", "refresh"})


@dataclass(frozen=True, kw_only=True)
class AddressFirst:
    """One run of `mailstead up --address-first`.

    Attributes:
        project: Folder and stack.
        env: The operator's environment.
        console: Where words go.
        confirm: Asks the person in front of it; given the question, says yes or no, or refuses to ask.
    """

    project: Project
    env: Mapping[str, str]
    console: Console
    confirm: Callable[[str], bool]

    def run(self) -> Outcome:
        """Make what the addresses need, and them; nothing where they are there already.

        Raises:
            InputError: The stack file or the list is wrong.
            RefusedError: There is no address to make, or something has to be put right first.
        """
        inputs = self.project.inputs()
        if inputs.settings.host == EXISTING:
            raise RefusedError(
                "the server is there already (host: existing), and so is its address;"
                f" its DNS records: mailstead dns --stack {self.project.stack}"
            )
        with agent_of(inputs.settings, self.env) as agent:
            engine = Engine.of(self.project, env=self.env, extra=agent)
            engine.require()
            clear_what_is_left(engine, self.project, self.console)
            outcome, document = engine.preview()
            if outcome.status != 0:
                reasons = [f"  {reason}" for reason in preview_failure(outcome, document)]
                raise RefusedError("\n".join(["the preview failed, so nothing was done:", *reasons]))
            targets = needed_for_addresses(document)
            made = self._make(engine, document, targets) if targets else Outcome(status=0)
            if made.status == 0:
                self._tell(early_records(worked_out(engine.export(), inputs)), inputs)
            return made

    def _make(self, engine: Engine, document: Mapping[str, Any], targets: Sequence[str]) -> Outcome:
        steps = [step for step in _steps(document) if step["urn"] in targets]
        words = words_of({"steps": steps}, recorded=frozenset())
        self._agree(words)
        progress = Progress(self.console, words.planned)
        # The program ends there too: the engine refuses providers that need what is not made in the same run.
        engine = Engine.of(self.project, env=engine.env, extra={ENV_ADDRESS_FIRST: self.project.stack})
        options = [option for urn in targets for option in ("--target", urn)]
        try:
            return engine.change("up", "--skip-preview", *QUIET, *options, watcher=progress)
        finally:
            progress.end()

    def _agree(self, words: Words) -> None:
        print_happenings(words, self.console)
        question = f"Do this, and no more yet, to stack {self.project.stack}?"
        if words.happenings and not self.confirm(question):
            raise RefusedError("nothing was done, because the answer was not yes")

    def _tell(self, records: Sequence[DnsRecord], inputs: Inputs) -> None:
        if not records:
            raise RefusedError("no address is recorded, although the update succeeded; run: mailstead up")
        self.console.print("These records are known by now; enter them, and ask for the PTR:")
        for line in lines(records):
            self.console.print(line)
        domains = ", ".join(domain.name for domain in inputs.state.domains)
        self.console.print(f"The DKIM keys of {domains} come with the rest.")


def needed_for_addresses(document: Mapping[str, Any]) -> list[str]:
    """List the URNs of the reserved addresses and of all that these need, of what would change; in the engine's order.

    Args:
        document: The engine's preview, in which each resource says what it depends on.

    Returns:
        Nothing when the addresses are there and stay as they are.
    """
    steps = {str(step["urn"]): step for step in _steps(document)}
    open_ones = [urn for urn, step in steps.items() if _type(urn) == _ADDRESS and step["op"] not in _CHANGES_NOTHING]
    needed: set[str] = set()
    while open_ones:
        urn = open_ones.pop()
        if urn in steps and urn not in needed:
            needed.add(urn)
            open_ones += _leads_to(cast("Mapping[str, Any]", steps[urn].get("newState") or {}))
    return [urn for urn in steps if urn in needed]


def early_records(records: Sequence[DnsRecord]) -> list[DnsRecord]:
    """Pick what can be entered as soon as the address is known: addresses, MX, SPF, and the PTR to ask for."""
    return [one for one in records if one.type in {"A", "AAAA", "MX", "PTR"} or is_spf(one.value)]


def _leads_to(state: Mapping[str, Any]) -> Iterator[str]:
    yield from cast("list[str]", state.get("dependencies") or [])
    yield str(state.get("parent") or "")
    # A reference to a provider is its URN with its id behind.
    yield str(state.get("provider") or "").rpartition("::")[0]


def _steps(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", document.get("steps") or [])


def _type(urn: str) -> str:
    return urn.split("::")[2].rpartition("$")[2]
