"""Who logs in to the hosts: the operator's agent, or one made from a key file and ended with the run."""

import pytest

from core.errors import RefusedError
from tests.ops.workplace import PUBLIC_KEY, Operator

OTHER_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOther"


def own_agent(operator: Operator, *keys: str) -> str:
    """Give the operator an agent of her own that holds these keys."""
    socket = operator.folder / "own.keys"
    socket.write_text("".join(f"{key} mine\n" for key in keys))
    operator.env["SSH_AUTH_SOCK"] = str(socket)
    return str(socket)


def used(operator: Operator) -> str:
    return operator.calls("up")[0].environment["SSH_AUTH_SOCK"]


def test_a_key_file_is_put_into_an_agent_that_ends_with_the_run(operator: Operator) -> None:
    operator.update().run()

    assert used(operator) == str(operator.folder / "agent.keys")
    assert operator.agent_record() == ["started", "ended 4242"]


def test_the_agent_ends_with_a_run_that_fails_too(operator: Operator) -> None:
    operator.scenario(preview={"status": 1})

    with pytest.raises(RefusedError):
        operator.update().run()

    assert operator.agent_record() == ["started", "ended 4242"]


def test_the_operators_own_agent_is_used_when_it_holds_the_key_that_was_named(operator: Operator) -> None:
    own = own_agent(operator, OTHER_KEY, PUBLIC_KEY)

    operator.update().run()

    assert used(operator) == own
    assert operator.agent_record() == []


def test_a_key_file_wins_over_an_agent_that_does_not_hold_it(operator: Operator) -> None:
    own_agent(operator, OTHER_KEY)

    operator.update().run()

    assert used(operator) == str(operator.folder / "agent.keys")


def test_without_a_key_file_any_agent_with_a_key_will_do(operator: Operator) -> None:
    del operator.env["MAILSTEAD_SSH_KEY"]
    own = own_agent(operator, OTHER_KEY)

    operator.update().run()

    assert used(operator) == own


def test_without_key_file_and_agent_the_sentence_says_how_to_get_one(operator: Operator) -> None:
    del operator.env["MAILSTEAD_SSH_KEY"]

    with pytest.raises(RefusedError, match=r"ssh-add, or set MAILSTEAD_SSH_KEY"):
        operator.update().run()


def test_a_key_file_that_is_not_there_is_named(operator: Operator) -> None:
    operator.env["MAILSTEAD_SSH_KEY"] = "/nowhere/key"

    with pytest.raises(RefusedError, match="/nowhere/key, which is not a file"):
        operator.update().run()


def test_a_key_that_the_agent_does_not_take_is_said_with_its_reason_and_the_agent_ends(operator: Operator) -> None:
    (operator.folder / "id_ed25519.pub").unlink()

    with pytest.raises(RefusedError, match="could not be loaded into an SSH agent: Error loading key"):
        operator.update().run()

    assert operator.agent_record() == ["started", "ended 4242"]
