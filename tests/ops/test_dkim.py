"""`mailstead dkim`: a key follows another in steps; each writes one line of the list and waits for the one before."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from core.dkim import following
from core.dns import DnsRecord
from core.dns_finding import Finding, Flaw
from core.errors import RefusedError
from core.mail_list import parse_mail_list
from ops.cli import app
from ops.dkim import Rotation
from tests.core import samples
from tests.ops.workplace import Operator, state

TODAY = date(2026, 11, 23)
LIST = "# ours\ndomains:\n  - name: example.com # the first\n    users: [alice]\n"
NEXT = DnsRecord(
    name="s2._domainkey.example.com",
    type="TXT",
    value="v=DKIM1;p=MIIB",
    reason="",
    required=False,
    domain="example.com",
)


def seen(flaw: str = "") -> Finding:
    flaws = (Flaw(fault="missing", message=flaw, to_do="enter it", weight="missing"),) if flaw else ()
    return Finding(name=NEXT.name, type="TXT", domain="example.com", required=False, expected=NEXT.value, flaws=flaws)


def recorded(selector: str, **more: str) -> dict[str, Any]:
    outputs = {"domain": "example.com", "selector": selector, **more}
    return state(
        resources=(
            {
                "urn": "urn:pulumi:dev::mailstead::pulumi-python:dynamic/mailstead:DkimKey::example.com",
                "type": "pulumi-python:dynamic/mailstead:DkimKey",
                "id": "example.com",
                "inputs": outputs,
                "outputs": outputs,
            },
        )
    )


class Desk:
    """A list, and what state and DNS say of its domain's keys."""

    def __init__(self, folder: Path) -> None:
        self.list = folder / "mail_list.yml"
        self.list.write_text(LIST, encoding="utf-8")
        self.exported = recorded("s1")
        self.records: tuple[DnsRecord, ...] = ()
        self.found = seen("receivers find no key")
        self.today = TODAY

    @property
    def rotation(self) -> Rotation:
        domains = parse_mail_list(self.list.read_text(encoding="utf-8"), "mail_list.yml").domains
        return Rotation(
            state=samples.state(*domains),
            exported=self.exported,
            records=self.records,
            look=lambda _record: self.found,
            mail_list=self.list,
            today=self.today,
        )

    def ring(self) -> Any:
        rotation = self.rotation
        (domain,) = rotation.domains("example.com")
        return rotation.ring(domain)

    def rotate(self) -> str:
        return self.rotation.rotate(self.ring())

    def up(self, selector: str, *, records: tuple[DnsRecord, ...] = (), **more: str) -> None:
        self.exported, self.records = recorded(selector, **more), records


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.mark.parametrize(("selector", "after"), [("s1", "s2"), ("s9", "s10"), ("mail", "mail2"), ("2026", "2027")])
def test_the_next_selector_is_counted_on(selector: str, after: str) -> None:
    assert following(selector) == after


def test_a_change_goes_from_naming_to_publishing_to_signing_to_retiring(desk: Desk) -> None:
    assert (desk.ring().stage, desk.ring().to_do) == ("steady", "none")

    assert desk.rotate() == "dkim_next: s2"
    assert (desk.ring().stage, desk.ring().to_do) == ("named", "up")
    assert desk.rotate() == ""

    desk.up("s1", records=(NEXT,))
    assert (desk.ring().stage, desk.ring().to_do) == ("publish", "publish")
    assert desk.rotate() == ""

    desk.found = seen()
    assert (desk.ring().stage, desk.ring().to_do) == ("switch", "rotate")
    assert desk.rotate() == "dkim_selector: s2, dkim_retired: s1"
    assert (desk.ring().stage, desk.ring().to_do) == ("switched", "up")

    desk.up("s2", since="2026-11-23")
    ring = desk.ring()
    assert (ring.stage, ring.to_do, ring.retire_from) == ("retired", "wait", date(2026, 11, 30))


def test_the_list_keeps_its_comments_through_all_of_it(desk: Desk) -> None:
    desk.rotate()
    desk.up("s1", records=(NEXT,))
    desk.found = seen()
    desk.rotate()
    assert desk.list.read_text(encoding="utf-8") == LIST.replace(
        "# the first\n", "# the first\n    dkim_selector: s2\n    dkim_retired: s1\n"
    )

    desk.up("s2", since="2026-11-01")
    desk.rotation.retire(desk.ring(), at_once=False)

    assert desk.list.read_text(encoding="utf-8") == LIST.replace(
        "# the first\n", "# the first\n    dkim_selector: s2\n"
    )


def test_a_key_that_may_have_mail_on_its_way_is_not_retired_unless_somebody_insists(desk: Desk) -> None:
    desk.list.write_text(LIST + "    dkim_selector: s2\n    dkim_retired: s1\n", encoding="utf-8")
    desk.up("s2", since="2026-11-20")

    with pytest.raises(RefusedError, match="mail that s1 signed may be on its way until 2026-11-27"):
        desk.rotation.retire(desk.ring(), at_once=False)
    desk.rotation.retire(desk.ring(), at_once=True)

    assert "dkim_retired" not in desk.list.read_text(encoding="utf-8")


def test_nothing_is_retired_while_the_new_key_does_not_sign(desk: Desk) -> None:
    desk.list.write_text(LIST + "    dkim_selector: s2\n    dkim_retired: s1\n", encoding="utf-8")

    with pytest.raises(RefusedError, match="the new key does not sign yet"):
        desk.rotation.retire(desk.ring(), at_once=True)


def test_one_key_comes_after_the_other(desk: Desk) -> None:
    desk.list.write_text(LIST + "    dkim_selector: s2\n    dkim_retired: s1\n", encoding="utf-8")
    desk.up("s2", since="2026-11-01")

    with pytest.raises(RefusedError, match=r"first mailstead dkim retire example\.com"):
        desk.rotate()


def test_a_domain_that_is_none_is_refused_with_the_one_that_is_meant(desk: Desk) -> None:
    with pytest.raises(RefusedError, match=r"did you mean example\.com"):
        desk.rotation.domains("exmaple.com")


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["dkim", *arguments])
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def known(here: Operator) -> Operator:
    """An operator whose stack has made a domain; no record of it needs to be looked at."""
    record = {"name": "example.com", "type": "MX", "value": "10 mail.example.com", "reason": "", "required": True}
    exported = recorded("s1")
    stack = {
        "urn": "urn:pulumi:dev::mailstead::pulumi:pulumi:Stack::mailstead-dev",
        "type": "pulumi:pulumi:Stack",
        "outputs": {"dns_records": [{**record, "domain": "example.com"}]},
    }
    exported["deployment"]["resources"].insert(0, stack)
    here.scenario(state=exported)
    return here


def test_rotate_writes_the_next_selector_into_the_list_and_says_what_comes_next(known: Operator) -> None:
    status, said, complained = run("rotate", "example.com", "--stack", "dev", "--wait", "30")

    assert (status, complained) == (0, "")
    assert said == "example.com: wrote dkim_next: s2; next: mailstead up, which makes the key and says its record\n"
    assert "dkim_next: s2" in (known.project.folder / "mail_list.yml").read_text(encoding="utf-8")


def test_rotate_says_by_its_exit_code_that_something_else_comes_first(known: Operator) -> None:
    run("rotate", "--all", "--stack", "dev")

    status, said, _ = run("rotate", "--all", "--stack", "dev")

    assert status == 10
    assert said == "example.com: signs with s1; s2 is not made yet; next: mailstead up\n"


def test_status_is_for_people_and_for_machines(known: Operator) -> None:
    assert run("status", "--stack", "dev")[:2] == (0, "example.com: signs with s1\n")

    status, said, _ = run("status", "example.com", "--stack", "dev", "--json")
    assert status == 0
    (ring,) = json.loads(said)
    assert (ring["signing"], ring["stage"], ring["to_do"]) == ("s1", "steady", "none")


def test_retire_refuses_where_nothing_is_retired(known: Operator) -> None:
    assert run("retire", "--all", "--stack", "dev", "--at-once")[0] == 0

    status, _, complained = run("retire", "example.com", "--stack", "dev")
    assert status == 3
    assert "no key is retired" in complained


@pytest.mark.parametrize("arguments", [[], ["example.com", "--all"]])
def test_a_domain_or_all_has_to_be_named(known: Operator, arguments: list[str]) -> None:
    status, _, complained = run("rotate", *arguments)

    assert status == 3
    assert "name one domain, or give --all" in complained
