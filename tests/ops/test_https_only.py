"""A server that is reached by HTTPS alone needs no SSH agent, for nothing."""

import pytest

from core.errors import RefusedError
from tests.ops.test_doctor_existing import BY_HTTPS, BY_SSH
from tests.ops.workplace import MAILBOX, Operator, preview, state


def without_agent(operator: Operator, stack_file: str) -> Operator:
    del operator.env["MAILSTEAD_SSH_KEY"]
    (operator.project_folder / "Pulumi.dev.yaml").write_text(stack_file)
    operator.scenario(
        preview=preview((MAILBOX, "alice@example.com")),
        state=state(resources=({"type": MAILBOX, "urn": "urn:a::b::c::alice@example.com"},)),
    )
    return operator


def test_up_runs_without_an_agent(operator: Operator) -> None:
    outcome = without_agent(operator, BY_HTTPS).update().run()

    assert outcome.status == 0
    assert len(operator.calls("up")) == 1


def test_destroy_runs_without_an_agent(operator: Operator) -> None:
    outcome = without_agent(operator, BY_HTTPS).destruction().run()

    assert outcome.status == 0
    assert len(operator.calls("destroy")) == 1


@pytest.mark.parametrize("stack_file", [BY_SSH, "config: {mailstead:host: exsting}\n"])
def test_where_ssh_may_be_spoken_there_has_to_be_one(operator: Operator, stack_file: str) -> None:
    """What is recorded is destroyed whatever the stack file says by now."""
    with pytest.raises(RefusedError, match="no SSH agent with a key"):
        without_agent(operator, stack_file).destruction().run()
