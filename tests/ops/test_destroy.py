"""`mailstead destroy`: says what it would hurt, asks for the name, and destroys nothing else."""

import pytest

from core.errors import RefusedError
from ops.destroy import inventory_of
from tests.ops.workplace import MAILBOX, Operator, state

ALICE = {"type": MAILBOX, "urn": "urn:a::b::c::alice@example.com", "protect": True}


def test_destroy_counts_what_people_care_about_first_and_names_what_is_protected() -> None:
    resources = [
        {"type": "pulumi:pulumi:Stack", "urn": "urn:a::b::c::stack"},
        {"type": "oci:Core/vcn:Vcn", "urn": "urn:a::b::c::mail-vcn"},
        ALICE,
        {"type": MAILBOX, "urn": "urn:a::b::c::bob@example.com"},
    ]

    inventory = inventory_of({"deployment": {"resources": resources}})

    assert inventory.lines() == ["2 mailboxes, with all mail in them", "1 other resources"]
    assert inventory.protected == ("alice@example.com",)


def test_nothing_is_destroyed_unless_the_stacks_name_is_typed(operator: Operator) -> None:
    operator.scenario(state=state(resources=(ALICE,)))

    with pytest.raises(RefusedError, match="nothing was done"):
        operator.destruction(typed="prod").run()

    assert operator.calls("destroy") == []
    assert "1 mailboxes, with all mail in them" in operator.said.getvalue()
    assert "Protected until now: alice@example.com" in operator.said.getvalue()
    assert len(operator.questions) == 1


def test_with_the_name_protection_is_lifted_for_this_one_run_and_the_dates_too(operator: Operator) -> None:
    operator.scenario(state=state(resources=(ALICE,)))

    outcome = operator.destruction().run()

    (call,) = operator.calls("destroy")
    assert outcome.status == 0
    assert "--ignore-protect" in call.arguments
    assert call.environment["MAILSTEAD_DESTROY"] == "dev"
    assert [call.what for call in operator.calls()] == ["version", "stack export", "stack export", "destroy"]


def test_a_stack_that_holds_nothing_is_left_as_it_is(operator: Operator) -> None:
    operator.destruction().run()

    assert operator.calls("destroy") == operator.questions == []


def test_what_a_killed_run_may_have_made_in_the_cloud_is_settled_before_the_rest_is_destroyed(
    operator: Operator,
) -> None:
    operator.scenario(state=state(("creating", "oci:Core/instance:Instance"), resources=(ALICE,)))

    with pytest.raises(RefusedError, match="import-pending-creates"):
        operator.destruction().run()

    assert operator.calls("destroy") == []
