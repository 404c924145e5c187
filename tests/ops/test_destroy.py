"""`mailstead destroy`: says what it would hurt, asks for the name, and destroys nothing else."""

from typing import Any

import pytest

from core.errors import RefusedError
from ops.destroy import inventory_of
from tests.ops.workplace import MAILBOX, Operator, state
from users.on_mail_host import ADOPTED

ALICE = {"type": MAILBOX, "urn": "urn:a::b::c::alice@example.com", "protect": True}


def made(type_: str, name: str, *, adopted: bool = False) -> dict[str, Any]:
    """A resource as the state has it, made by the stack or taken over."""
    outputs = {ADOPTED: True} if adopted else {}
    urn = f"urn:pulumi:dev::mailstead::{type_}::{name}"
    return {"type": type_, "urn": urn, "custom": True, "outputs": outputs}


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


def test_mailboxes_that_were_taken_over_are_named_before_anybody_is_asked(operator: Operator) -> None:
    """They were there before the stack, and their mail with them: that they go must surprise nobody."""
    domain = MAILBOX.replace("Mailbox", "Domain")
    operator.scenario(
        state=state(
            resources=(
                made(domain, "example.com", adopted=True),
                *(made(MAILBOX, f"{name}@example.com", adopted=True) for name in ("ida", "olaf")),
                made(MAILBOX, "bob@example.com"),
            )
        )
    )

    with pytest.raises(RefusedError, match="nothing was done"):
        operator.destruction(typed="").run()

    (question,) = operator.questions
    said = operator.said.getvalue()
    assert "THIS STACK DID NOT MAKE ALL OF IT" in said
    assert "! 2 mailboxes, with all mail in them: ida@example.com, olaf@example.com\n" in said
    assert "! 1 mail domain: example.com\n" in said
    assert "bob@example.com" not in said
    assert "pulumi stack rm dev --force --preserve-config" in said
    assert "and deletes 2 mailboxes that this stack did not make" in question
    assert operator.calls("destroy") == []


def test_of_a_stack_that_has_taken_nothing_over_nothing_of_the_kind_is_said(operator: Operator) -> None:
    operator.scenario(state=state(resources=(made(MAILBOX, "bob@example.com"),)))

    operator.destruction().run()

    assert "DID NOT MAKE" not in operator.said.getvalue()
    assert operator.questions == ["This cannot be undone. Type the stack's name (dev) to destroy it"]


def test_it_is_said_in_words_how_far_it_is_and_what_failed(operator: Operator) -> None:
    alice, bob = (made(MAILBOX, f"{name}@example.com") for name in ("alice", "bob"))
    component = {"type": "mailstead:people:People", "urn": "urn:pulumi:dev::mailstead::mailstead:people:People::people"}

    def event(kind: str, resource: dict[str, Any]) -> dict[str, Any]:
        return {kind: {"metadata": {"urn": resource["urn"], "op": "delete"}}}

    log = [event("resourcePreEvent", alice), event("resOutputsEvent", alice)]
    log += [event("resourcePreEvent", bob), event("resOpFailedEvent", bob)]
    operator.scenario(
        state=state(resources=(alice, bob, component)), change={"log": log, "status": 1, "stdout": "Destroying (dev)"}
    )

    outcome = operator.destruction().run()

    said = operator.said.getvalue()
    assert outcome.status == 1
    assert "✗ bob@example.com failed after 0 s" in said
    assert "people 1 of 2, in " in said
    assert "Destroying (dev)" not in said


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
