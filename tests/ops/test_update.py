"""`mailstead up`: asks before it does anything, does it once, and says why when it cannot."""

import json
import socket
from dataclasses import replace

import pytest

from core.errors import InputError, RefusedError
from tests.ops.workplace import INSTANCE, MAILBOX, Operator, preview, state

GONE = 2**22 + 1  # above the kernel's highest process id
PERSON = (MAILBOX, "alice@example.com")
MACHINE = (INSTANCE, "mail-host-1-instance")


def test_somebody_is_asked_before_anything_is_changed(operator: Operator) -> None:
    operator.scenario(preview=preview(PERSON))
    operator.agreed = False

    with pytest.raises(RefusedError, match="nothing was done"):
        operator.update().run()

    assert operator.questions == ["Do this to stack dev?"]
    assert operator.calls("up") == []


def test_the_question_comes_after_the_words(operator: Operator) -> None:
    operator.scenario(preview=preview(PERSON))

    operator.update().run()

    assert "alice@example.com gets a mailbox" in operator.said.getvalue()
    assert len(operator.calls("up")) == 1


def test_nobody_is_asked_when_nothing_changes(operator: Operator) -> None:
    outcome = operator.update().run()

    assert (outcome.status, operator.questions) == (0, [])


def test_checkpoints_are_skipped_when_only_people_change(operator: Operator) -> None:
    operator.scenario(preview=preview(PERSON))

    operator.update().run()

    assert operator.calls("up")[0].environment["PULUMI_SKIP_CHECKPOINTS"] == "true"


@pytest.mark.parametrize("changes", [(PERSON, MACHINE), (MACHINE,), ()])
def test_checkpoints_are_kept_when_a_machine_changes_too(
    operator: Operator, changes: tuple[tuple[str, str], ...]
) -> None:
    operator.scenario(preview=preview(*changes))

    operator.update().run()

    assert "PULUMI_SKIP_CHECKPOINTS" not in operator.calls("up")[0].environment


def test_a_domain_that_waits_for_its_dns_holds_up_nobody_else(operator: Operator) -> None:
    """The engine begins nothing more after a failure, unless it is told to go on."""
    operator.scenario(preview=preview(PERSON))
    operator.update().run()
    file = operator.project_folder / "Pulumi.dev.yaml"
    file.write_text(f"{file.read_text()}  mailstead:require_dns: fail\n")
    operator.update().run()

    usual, waiting = operator.calls("up")
    assert "--continue-on-error" not in usual.arguments
    assert "--continue-on-error" in waiting.arguments


def test_an_interrupted_creation_in_the_cloud_stops_everything_and_says_how_to_settle_it(operator: Operator) -> None:
    operator.scenario(state=state(("creating", "oci:Core/vcn:Vcn")))

    with pytest.raises(RefusedError) as caught:
        operator.update().run()

    urn = "urn:pulumi:dev::mailstead::oci:Core/vcn:Vcn::thing"
    assert f"--import-pending-creates '{urn}' --import-pending-creates OCID" in str(caught.value)
    assert "--clear-pending-creates" in str(caught.value)
    assert operator.calls("up") == operator.calls("stack import") == []


def test_what_was_under_way_with_people_is_forgotten_and_said(operator: Operator) -> None:
    operator.scenario(state=state(("creating", MAILBOX)), preview=preview(PERSON))

    operator.update().run()

    assert operator.recorded_state() == state()
    assert "an earlier run was interrupted at thing" in operator.said.getvalue()
    assert len(operator.calls("up")) == 1


def test_the_lock_of_a_dead_run_of_this_host_is_removed_and_said(operator: Operator) -> None:
    lock = operator.lock(pid=GONE, hostname=socket.gethostname())

    operator.update().run()

    assert not lock.exists()
    assert f"removed the lock of pid {GONE}" in operator.said.getvalue()


def test_a_lock_that_cannot_be_judged_from_here_stops_the_run_and_says_whose_it_is(operator: Operator) -> None:
    lock = operator.lock(pid=GONE, hostname="another-host")

    with pytest.raises(RefusedError, match=r"locked by root@another-host .* pulumi cancel --stack dev"):
        operator.update().run()

    assert lock.exists()
    assert operator.calls("preview") == []


def test_a_preview_that_fails_says_all_its_reasons_without_the_engines_own_words(operator: Operator) -> None:
    messages = [
        "error: Roster resource 'roster': property bob value {<nil>} has a problem: bob@example.com vanished\n",
        "error: Roster resource 'roster': property carol value {<nil>} has a problem: carol@startup.io vanished\n",
        "error: preview failed\n",
    ]
    diagnostics = [{"severity": "error", "message": message} for message in messages]
    operator.scenario(preview={"status": 1, "stdout": json.dumps({"diagnostics": diagnostics})})

    with pytest.raises(RefusedError) as caught:
        operator.update().run()

    assert str(caught.value).splitlines()[1:] == ["  bob@example.com vanished", "  carol@startup.io vanished"]


def test_an_update_whose_preview_fails_says_what_the_list_alone_tells_too(operator: Operator) -> None:
    operator.scenario(preview={"status": 1, "stderr": "error: no plugin\n"})

    with pytest.raises(RefusedError, match="no plugin"):
        operator.update().run()

    assert "What the list alone tells" in operator.said.getvalue()
    assert "alice@example.com gets a mailbox" in operator.said.getvalue()
    assert operator.calls("up") == []


def test_an_update_says_how_much_it_did_and_not_each_resource(operator: Operator) -> None:
    urn = f"urn:pulumi:dev::mailstead::{MAILBOX}::alice@example.com"
    begun, ended = (
        {kind: {"metadata": {"urn": urn, "op": "create"}}} for kind in ("resourcePreEvent", "resOutputsEvent")
    )
    operator.scenario(preview=preview(PERSON), change={"log": [begun, ended], "stdout": "a line for each resource\n"})

    operator.update().run()

    assert "people 1 of 1, in 0 s" in operator.said.getvalue()
    assert "a line for each resource" not in operator.said.getvalue()


def test_who_asks_for_it_gets_the_state_read_anew_before_the_preview(operator: Operator) -> None:
    replace(operator.update(), refresh=True).run()

    assert [call.what for call in operator.calls() if call.what in {"refresh", "preview", "up"}] == [
        "refresh",
        "preview",
        "up",
    ]
    (call,) = operator.calls("refresh")
    assert {"--yes", "--skip-preview"} <= set(call.arguments)


def test_a_state_that_cannot_be_read_anew_ends_the_run(operator: Operator) -> None:
    operator.scenario(change={"status": 1, "events": [{"severity": "error", "message": "mailcow does not answer\n"}]})

    outcome = replace(operator.update(), refresh=True).run()

    assert (outcome.status, outcome.errors) == (1, ("mailcow does not answer",))
    assert operator.calls("preview") == operator.calls("up") == []


def test_a_preview_that_fails_before_it_begins_says_what_pulumi_said(operator: Operator) -> None:
    said = "warning: something old\nerror: getting secrets manager: passphrase must be set\n"
    operator.scenario(preview={"status": 1, "stderr": said})

    with pytest.raises(RefusedError) as caught:
        operator.update().run()

    assert str(caught.value).splitlines()[1:] == ["  getting secrets manager: passphrase must be set"]


def test_errors_of_the_update_become_sentences_each_once(operator: Operator) -> None:
    sealed = {"severity": "error", "message": "Exception calling application: Vault is sealed; unseal it\n"}
    noise = {"severity": "error", "message": "update failed\n"}
    debug = {"severity": "debug", "message": "registering resource\n"}
    torn = '{"diagnosticEvent": {"seve'
    operator.scenario(change={"status": 1, "events": [debug, sealed, sealed, noise], "torn": torn})

    outcome = operator.update().run()

    assert (outcome.status, outcome.errors) == (1, ("Vault is sealed; unseal it",))


def test_wrong_files_are_told_before_the_engine_is_asked_anything(operator: Operator) -> None:
    (operator.project_folder / "mail_list.yml").write_text("domains:\n  - name: example.com\n    users: [Alice]\n")
    stack_file = operator.project_folder / "Pulumi.dev.yaml"
    stack_file.write_text(stack_file.read_text().replace("eu-frankfurt-1", "Frankfurt"))

    with pytest.raises(InputError) as caught:
        operator.update().run()

    assert "mail_list.yml:3" in str(caught.value)
    assert "Pulumi.dev.yaml:2" in str(caught.value)
    assert operator.calls() == []


def test_a_plan_beyond_the_free_share_is_refused_before_the_engine_is_asked_anything(operator: Operator) -> None:
    stack_file = operator.project_folder / "Pulumi.dev.yaml"
    stack_file.write_text(stack_file.read_text() + "  mailstead:instance_ocpus: 4\n")

    with pytest.raises(InputError, match="allow_paid"):
        operator.update().run()

    assert operator.calls() == []


def test_an_engine_that_is_too_old_is_refused(operator: Operator) -> None:
    operator.scenario(version="v3.100.2")

    with pytest.raises(RefusedError, match=r"pulumi 3\.100\.2 is too old"):
        operator.update().run()


def test_the_engine_reads_nothing_from_the_terminal_and_asks_nothing(operator: Operator) -> None:
    operator.update().run()

    for call in operator.calls():
        assert call.reads_nothing
        assert "--non-interactive" in call.arguments


def test_notices_of_the_list_are_said_by_the_preview_too(operator: Operator) -> None:
    operator.update().preview()

    assert "postmaster@example.com" in operator.said.getvalue()
