"""One plugin process: the real provider classes, found by the reference that the state holds."""

import base64
from typing import Any

import dill
from pulumi.dynamic import Config, ConfigureRequest, DiffResult, ResourceProvider

from tests.chaos.engine.wire import PROVIDER, Properties, over_the_wire


class Plugin:
    """What the SDK's plugin does around a provider; see ``pulumi.dynamic.__main__``."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._config = config
        self._providers: dict[str, ResourceProvider] = {}

    def check(self, olds: Properties, news: Properties) -> tuple[Properties, dict[str, str]]:
        """Give the inputs to record, and what is wrong by property."""
        sent = over_the_wire(news)
        result = self._provider(sent).check(over_the_wire(olds), sent)
        failures = {failure.property: failure.reason for failure in result.failures or ()}
        return over_the_wire({**result.inputs, PROVIDER: news[PROVIDER]}), failures

    def diff(self, id_: str, olds: Properties, news: Properties) -> DiffResult:
        """Compare recorded outputs with new inputs."""
        sent = over_the_wire(news)
        return self._provider(sent).diff(id_, over_the_wire(olds), sent)

    def create(self, news: Properties) -> tuple[str, Properties]:
        """Make it; gives its id and outputs."""
        sent = over_the_wire(news)
        result = self._provider(sent).create(sent)
        assert result.id, "a resource that was made has no id"
        return result.id, over_the_wire({**(result.outs or {}), PROVIDER: news[PROVIDER]})

    def read(self, id_: str, outputs: Properties) -> tuple[Properties, Properties | None] | None:
        """Read it; gives outputs and, where the provider says them, inputs; None when it is gone."""
        sent = over_the_wire(outputs)
        result = self._provider(sent).read(id_, sent)
        assert result.outs is not None, "the plugin would die of outputs that are None"
        if not result.id:
            return None
        reference = {PROVIDER: outputs[PROVIDER]}
        inputs = None if result.inputs is None else over_the_wire({**result.inputs, **reference})
        return over_the_wire({**result.outs, **reference}), inputs

    def update(self, id_: str, olds: Properties, news: Properties) -> Properties:
        """Change it; gives all outputs."""
        sent = over_the_wire(news)
        result = self._provider(sent).update(id_, over_the_wire(olds), sent)
        return over_the_wire({**(result.outs or {}), PROVIDER: news[PROVIDER]})

    def delete(self, id_: str, outputs: Properties) -> None:
        """Delete it."""
        sent = over_the_wire(outputs)
        self._provider(sent).delete(id_, sent)

    def _provider(self, properties: Properties) -> ResourceProvider:
        reference = properties[PROVIDER]
        if reference not in self._providers:
            provider: ResourceProvider = dill.loads(base64.b64decode(reference))  # noqa: S301 — made by this very run
            provider.configure(ConfigureRequest(Config(self._config, "mailstead")))
            self._providers[reference] = provider
        return self._providers[reference]
