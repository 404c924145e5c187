"""What an update would do, found out: the engine's preview, what servers hold, and the list alone where that fails."""

import contextlib
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from core.errors import RefusedError
from core.inputs import Inputs
from ops.agent import ssh_agent
from ops.engine import Engine, preview_failure
from ops.facts import Facts
from ops.list_words import words_of_the_list
from ops.steps import provider_inputs, steps_of
from ops.words import Words, recorded_addresses, recorded_roster, words_of
from vault.api import VaultApi


@dataclass(frozen=True, kw_only=True)
class Preview:
    """One preview of a stack.

    Attributes:
        engine: Asks what would happen.
        inputs: The stack's config and list.
        env: The operator's environment, for an SSH agent to reach servers with.
    """

    engine: Engine
    inputs: Inputs
    env: Mapping[str, str]

    def words(self) -> Words:
        """Say what would happen; when the engine cannot, why, and what the list alone tells."""
        outcome, document = self.engine.preview()
        if outcome.status != 0:
            return words_of_the_list(
                self.inputs.state,
                recorded_roster(self._recorded()),
                today=datetime.now(tz=UTC).date(),
                reasons=preview_failure(outcome, document),
            )
        exported = self.engine.export()
        return words_of(
            document,
            recorded=recorded_addresses(exported),
            facts=self._facts(document, exported),
            kinds={alias.address: alias.kind for alias in self.inputs.state.aliases},
        )

    def _recorded(self) -> Mapping[str, Any]:
        try:
            return self.engine.export()
        except RefusedError:
            return {}  # what keeps the engine from its preview may keep it from its state

    def _facts(self, document: Mapping[str, Any], exported: Mapping[str, Any]) -> Facts:
        # Here, because they load the engine's SDK, which no other part of the command line waits for.
        from ops.server_access import PROVIDER, access_by_inputs, providers_of  # noqa: PLC0415
        from ops.server_facts import PATIENCE_S, facts_of  # noqa: PLC0415

        steps = [step for step in steps_of(document) if not step.only_follows_host]
        providers = {**providers_of(exported), **provider_inputs(document, PROVIDER)}
        access = access_by_inputs(providers, patience_s=PATIENCE_S, vault=VaultApi.from_environment)
        with _agent_if_any(self.env) if any(one.host for one in access) else contextlib.nullcontext():
            return facts_of(steps, access, recorded=recorded_addresses(exported), vault=VaultApi.from_environment)


@contextlib.contextmanager
def _agent_if_any(env: Mapping[str, str]) -> Generator[None]:
    """Have an SSH agent; without one servers are not reachable, which is no reason not to preview."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(RefusedError):
            stack.enter_context(ssh_agent(env))
        yield
