"""A plan on the real engine. What differs from the model: time is real, and a time-out is a connection that is cut."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.desired import DesiredState
from tests.chaos.campaign import watch
from tests.chaos.campaign.ending import differences, disagreements, ending
from tests.chaos.campaign.faults import Fault, Faults
from tests.chaos.campaign.hands import Hands
from tests.chaos.campaign.network import Network
from tests.chaos.campaign.plan import Attempt, Plan
from tests.chaos.campaign.stack import API_KEY, HOSTNAME, KEY_PATH, STACK, desired_of
from tests.chaos.campaign.watch import Watch
from tests.chaos.exchange import served
from tests.chaos.mailcow.server import Server
from tests.chaos.mailcow.tables import ApiKey, Tables
from tests.chaos.real.certificates import server_context
from tests.chaos.real.openbao import OpenBao
from tests.chaos.real.pulumi import Ended, Pulumi, people_config
from tests.chaos.real.warm import WarmPython
from tests.chaos.vault import VaultServer
from tests.clients.openbao import TOKEN

_LONGEST_SLEEP_S = 1.0
_MOMENTS_PER_EXCHANGE = 5
"""So many of the model's moments go by for one exchange with a server."""


@dataclass
class RealResult:
    """What came of one seed."""

    seed: int
    violations: list[str] = field(default_factory=list[str])
    faulty: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    edits: list[str] = field(default_factory=list[str])
    commands: int = 0
    exchanges: int = 0
    ending: dict[str, Any] = field(default_factory=dict[str, Any])


class RealTime:
    """Turns and time of a world with real threads."""

    def pause(self) -> None:
        """Threads hand over by themselves."""

    def sleep(self, seconds: float) -> None:
        """Wait, and not long."""
        time.sleep(min(seconds, _LONGEST_SLEEP_S))

    def advance(self, seconds: float) -> None:
        """It does so by itself."""


class RealWorld:
    """Runs one plan."""

    def __init__(self, plan: Plan, bao: OpenBao, folder: Path, warm: WarmPython | None) -> None:
        self._plan = plan
        self._warm = warm
        self._bao = bao
        self._folder = folder
        self._list = folder / "mail_list.yml"
        self.tables = Tables(hostname=HOSTNAME, now=lambda: datetime.now(tz=UTC).strftime("%Y-%m-%d %H:%M:%S"))
        self.tables.keys = [ApiKey(API_KEY, "rw")]
        # What is in the real Vault is looked at when a command has ended.
        self.watch = Watch(self.tables, VaultServer(lambda: ""), f"mailstead-{STACK}")
        self.network = Network(RealTime(), Server(self.tables), bao, self._looked_at)
        self.hands = Hands(self.tables)
        self.settled: DesiredState | None = None
        self.result = RealResult(plan.seed)
        self._kill: Fault | None = None
        self._exchanges_of_run = 0

    def run(self) -> RealResult:
        """Run the plan to its end, or to the first violation."""
        self._bao.empty()
        self._bao.write(KEY_PATH, {"key": API_KEY})
        with self._engine() as engine:
            for attempt in (attempt for attempts in self._plan.rounds for attempt in attempts):
                self._attempt(engine, attempt)
                if self.watch.violations:
                    break
        self.result.violations = [str(violation) for violation in self.watch.violations]
        self.result.ending = ending(self.tables, self._bao.copied())
        return self.result

    @contextlib.contextmanager
    def _engine(self) -> Iterator[Pulumi]:
        self._folder.mkdir(parents=True, exist_ok=True)
        context, bundle = server_context(HOSTNAME, self._folder)
        with served(self.network.to_mailcow, tls=context) as port, served(self.network.to_vault) as vault_port:
            self._pulumi = Pulumi(
                self._folder / "stack",
                config=people_config(mailcow_port=port, ca_bundle=bundle, mail_list=self._list),
                environment={"VAULT_ADDR": f"http://127.0.0.1:{vault_port}", "VAULT_TOKEN": TOKEN},
                warm=self._warm,
            )
            self._pulumi.begin()
            yield self._pulumi

    def _attempt(self, engine: Pulumi, attempt: Attempt) -> None:
        for hand in attempt.hand:
            self.hands.do(hand)
        if any(hand.what == "foreign_mailbox" for hand in attempt.hand):
            time.sleep(2)  # older than any password that is made for its address: times have whole seconds
        self.watch.look_away()
        desired = desired_of(attempt.text)
        self.watch.expect(self.settled, desired, refused=bool(attempt.refused))
        self._list.write_text(attempt.text, encoding="utf-8")
        if attempt.refused:
            self._must_be_refused(engine.preview(), attempt)
            return
        self._plan_faults(attempt)
        ended = engine.up(refresh=attempt.refresh, checkpoints=attempt.checkpoints)
        self.result.commands += 1
        self._keep_figures(attempt, ended)
        if attempt.clean:
            self._must_be_as_desired(engine, attempt, ended, desired)

    def _plan_faults(self, attempt: Attempt) -> None:
        self._kill = next((fault for fault in attempt.faults if fault.kind == "sigkill"), None)
        self._exchanges_of_run = 0
        self.network.faults = Faults([fault for fault in attempt.faults if fault.kind != "sigkill"])

    def _must_be_refused(self, ended: Ended, attempt: Attempt) -> None:
        self.result.commands += 1
        if ended.status == 0 or attempt.refused not in ended.output:
            self.watch.note(watch.REFUSED_IN_PREVIEW, f"{attempt.refused}: exit {ended.status}\n{ended.output[-600:]}")

    def _must_be_as_desired(self, engine: Pulumi, attempt: Attempt, ended: Ended, desired: DesiredState) -> None:
        if ended.status != 0:
            self.watch.note(watch.ENDS_AS_DESIRED, f"exit {ended.status}\n{ended.output[-1500:]}")
            return
        for what in differences(self.tables, desired):
            self.watch.note(watch.ENDS_AS_DESIRED, what)
        for what in disagreements(self.tables, self._bao.copied(), desired, self.hands.own_passwords):
            self.watch.note(watch.VAULT_AND_MAILCOW_AGREE, what)
        self.settled = desired
        if attempt is self._plan.rounds[-1][-1]:
            writes = self.network.writes
            again = engine.up()
            self.result.commands += 1
            if again.status != 0 or self.network.writes != writes or "unchanged" not in again.output:
                self.watch.note(watch.NOTHING_LEFT_TO_DO, f"exit {again.status}\n{again.output[-800:]}")

    def _looked_at(self, _: str) -> None:
        self.result.exchanges += 1
        self._exchanges_of_run += 1
        kill = self._kill
        if kill is not None and self._exchanges_of_run > kill.after // _MOMENTS_PER_EXCHANGE:
            self._kill = None
            kill.fired += 1
            self._pulumi.kill()
        with self.tables.turns.call():
            self.watch.look()

    def _keep_figures(self, attempt: Attempt, ended: Ended) -> None:
        self.result.edits += [*filter(None, attempt.edits), *(f"by hand: {hand.what}" for hand in attempt.hand)]
        if attempt.faults:
            hits = {fault.kind: fault.fired for fault in attempt.faults if fault.fired}
            how = "killed" if ended.status < 0 else "done" if ended.status == 0 else "failed"
            self.result.faulty.append({"hits": hits, "ended": how})
