"""One world: servers, network, engine's backend, and the run of a plan in it."""

import hashlib
import random
from dataclasses import dataclass, field
from typing import Any

from core.desired import DesiredState
from tests.chaos import seams
from tests.chaos.campaign import watch
from tests.chaos.campaign.ending import differences, disagreements, ending
from tests.chaos.campaign.faults import Faults
from tests.chaos.campaign.hands import Hands
from tests.chaos.campaign.network import Network
from tests.chaos.campaign.plan import Attempt, Plan
from tests.chaos.campaign.stack import API_KEY, HOSTNAME, KEY_PATH, STACK, desired_of, wishes_of
from tests.chaos.campaign.watch import Watch
from tests.chaos.clock import Clock
from tests.chaos.engine.run import Engine
from tests.chaos.engine.state import State
from tests.chaos.engine.steps import EngineKilled, Outcome
from tests.chaos.mailcow.server import Server
from tests.chaos.mailcow.tables import ApiKey, Tables
from tests.chaos.scheduler import Scheduler
from tests.chaos.vault import Secret, VaultServer


@dataclass
class Result:
    """What came of one seed."""

    seed: int
    violations: list[str] = field(default_factory=list[str])
    faulty: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """Each command with faults: ``hits`` by kind, and how it ``ended``: done, failed or killed."""
    edits: list[str] = field(default_factory=list[str])
    """What was done to the list, and by hand on the server."""
    commands: int = 0
    exchanges: int = 0
    ending: dict[str, Any] = field(default_factory=dict[str, Any])
    digest: str = ""
    """Of all exchanges in their order."""


class World:
    """Runs one plan with the model of the engine."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        dice = random.Random(f"world {plan.seed}")  # noqa: S311 — to be had again
        self.clock = Clock()
        self.scheduler = Scheduler(dice, self.clock)
        self.tables = Tables(hostname=HOSTNAME, now=self.clock.database_text, dice=dice, turns=self.scheduler)
        self.tables.keys = [ApiKey(API_KEY, "rw")]
        self.vault = VaultServer(self.clock.rfc3339)
        version = {
            "data": {"key": API_KEY},
            "created_time": self.clock.rfc3339(),
            "deletion_time": "",
            "destroyed": False,
        }
        self.vault.secrets[KEY_PATH] = Secret([version], {})
        self.watch = Watch(self.tables, self.vault, f"mailstead-{STACK}")
        self.network = Network(self.scheduler, Server(self.tables), self.vault, self._looked_at)
        self.network.late_effects = dice.random() < 0.5
        self.hands = Hands(self.tables)
        self.backend = State()
        self.settled: DesiredState | None = None
        self.result = Result(plan.seed)
        self._said: list[str] = []
        self._digest = hashlib.sha256()
        self._dice = dice

    def run(self) -> Result:
        """Run the plan to its end, or to the first violation."""
        with seams.installed(
            scheduler=self.scheduler,
            dice=self._dice,
            mailcow=self.network.to_mailcow,
            vault=self.network.to_vault,
            say=self._said.append,
        ):
            for attempts in self.plan.rounds:
                for attempt in attempts:
                    self._attempt(attempt)
                    if self.watch.violations:
                        return self._ended()
        return self._ended()

    def _attempt(self, attempt: Attempt) -> None:
        for hand in attempt.hand:
            self.hands.do(hand)
        self.watch.look_away()
        self.clock.advance(5)
        desired = desired_of(attempt.text)
        self.watch.expect(self.settled, desired, refused=bool(attempt.refused))
        self.network.faults = Faults([*attempt.faults])
        outcome = self._command(attempt)
        self.network.deliver_late()
        self._keep_figures(attempt, outcome)
        self._look_for_secrets(outcome)
        if attempt.refused:
            self._must_be_refused(attempt, outcome)
        elif attempt.clean:
            self._must_be_as_desired(attempt, outcome, desired)

    def _command(self, attempt: Attempt) -> Outcome:
        """Run one command in new processes."""
        self.result.commands += 1
        seams.start_processes()
        engine = Engine(
            wishes_of(attempt.text),
            self.scheduler,
            self._save,
            checkpoints=attempt.checkpoints,
            moment=self._moment,
            gone=self._gone,
        )
        if attempt.preview or attempt.refused:
            before = self.result.exchanges
            outcome = engine.preview(self.backend)
            if self.result.exchanges != before:
                self.watch.note(watch.PREVIEW_ASKS_NOBODY, f"{self.result.exchanges - before} exchanges")
            if outcome.refused and not (attempt.refused and not attempt.preview):
                return outcome
        return engine.up(self.backend, refresh=attempt.refresh)

    def _must_be_refused(self, attempt: Attempt, outcome: Outcome) -> None:
        if attempt.refused not in outcome.refused:
            told = sorted(outcome.refused) or "nothing"
            self.watch.note(watch.REFUSED_IN_PREVIEW, f"{attempt.refused} was to be refused; refused was {told}")
        elif any(operation != "gone" for operation, _ in outcome.steps) and not attempt.preview:
            self.watch.note(watch.REFUSED_IN_PREVIEW, f"{outcome.steps} were done before the refusal")

    def _must_be_as_desired(self, attempt: Attempt, outcome: Outcome, desired: DesiredState) -> None:
        if not outcome.ok:
            why = outcome.refused or {urn: repr(error) for urn, error in outcome.failed.items()}
            self.watch.note(watch.ENDS_AS_DESIRED, f"it failed: {why}")
            return
        for what in differences(self.tables, desired):
            self.watch.note(watch.ENDS_AS_DESIRED, what)
        for what in disagreements(self.tables, self.vault, desired, self.hands.own_passwords):
            self.watch.note(watch.VAULT_AND_MAILCOW_AGREE, what)
        writes, before = self.network.writes, self.backend.compared()
        again = self._command(Attempt(text=attempt.text, preview=False))
        if again.steps or not again.ok:
            self.watch.note(watch.NOTHING_LEFT_TO_DO, f"{again.steps} {again.failed} {again.refused}")
        if self.network.writes != writes or self.backend.compared() != before:
            self.watch.note(watch.NOTHING_LEFT_TO_DO, "something was written")
        self.settled = desired

    def _moment(self) -> None:
        if self.network.faults.kills():
            raise EngineKilled

    def _save(self, state: State) -> None:
        self.backend = state
        urns = [row.urn for row in state.rows if not row.doomed]
        if len(urns) != len(set(urns)):
            self.watch.note(watch.NOTHING_DOUBLED, "the state has a resource twice")

    def _gone(self, urn: str) -> None:
        kind, _, name = urn.partition("::")
        there = {
            "Mailbox": self.tables.whole_mailbox(name),
            "Alias": self.tables.alias_at(name),
            "Domain": self.tables.domains.get(name),
            "DkimKey": self.tables.dkim.get(name),
        }
        if there.get(kind) is not None:
            self.watch.note(watch.FORGETS_NOTHING, f"{urn} is there")

    def _looked_at(self, what: str) -> None:
        self.result.exchanges += 1
        self._digest.update(f"{what}\n".encode())
        self.watch.look()

    def _look_for_secrets(self, outcome: Outcome) -> None:
        secrets = [API_KEY, "THE-TOKEN"]
        secrets += [
            str(version["data"].get("password", API_KEY))
            for of in self.vault.secrets.values()
            for version in of.versions
        ]
        texts = [repr(self.backend), *self._said, *map(str, outcome.failed.values()), repr(outcome.refused)]
        for text in texts:
            if any(secret in text for secret in secrets):
                self.watch.note(watch.SECRETS_STAY_SECRET, text[:60])
        self._said.clear()

    def _keep_figures(self, attempt: Attempt, outcome: Outcome) -> None:
        self.result.edits += [*filter(None, attempt.edits), *(f"by hand: {hand.what}" for hand in attempt.hand)]
        if attempt.faults:
            hits = {fault.kind: fault.fired for fault in attempt.faults if fault.fired}
            how = "killed" if outcome.killed else "done" if outcome.ok else "failed"
            self.result.faulty.append({"hits": hits, "ended": how})

    def _ended(self) -> Result:
        self.result.violations = [str(violation) for violation in self.watch.violations]
        self.result.ending = ending(self.tables, self.vault)
        self.result.digest = self._digest.hexdigest()
        return self.result
