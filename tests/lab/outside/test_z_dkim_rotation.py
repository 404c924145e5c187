"""A domain changes its DKIM key while it sends a mail each second; each of them passes at the foreign server.

The last of this world: a key that was changed does not come back, and the other files' lists have the first.
"""

import json
import re
import threading
import time
from dataclasses import dataclass, field
from email.message import EmailMessage

import pytest

from lab.mail_user import MailUser
from lab.outside.foreign import Foreign
from lab.services import dns
from lab.stack import Run
from ops.list_file import set_selectors
from tests.lab.outside.conftest import Ours
from tests.lab.outside.verdicts import signers, verdicts

pytestmark = pytest.mark.lab

DOMAIN = "example.com"
SENDER = "alice@example.com"
VISITOR = "visitor@elsewhere.test"
ALL_PASS = {"spf": "pass", "dkim": "pass", "dmarc": "pass"}
# mailcow takes the old key out before it puts the new one in; docs/how-to/rotate-dkim.md tells of these milliseconds.
UNSIGNED = {"spf": "pass", "dkim": "none", "dmarc": "pass"}
EVERY_S = 1.0
AFTERWARDS_S = 5.0


@dataclass
class Steady:
    """Somebody who sends a mail each second, whatever happens."""

    user: MailUser
    subjects: list[str] = field(default_factory=list[str])
    failed: list[str] = field(default_factory=list[str])
    _over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        while not self._over.is_set():
            begun = time.monotonic()
            try:
                self.subjects.append(self.user.send(VISITOR))
            except Exception as error:  # noqa: BLE001 — whatever kept a mail from leaving is what this looks for
                self.failed.append(str(error))
            self._over.wait(max(0.0, EVERY_S - (time.monotonic() - begun)))

    def stop(self) -> None:
        self._over.set()


@dataclass(frozen=True, kw_only=True)
class Change:
    """What came of the rotation.

    Attributes:
        before_dns: Exit code and words of `dkim rotate` while the new record was not published.
        stages: What `dkim status` said after each step.
        list_text: The list when the new key signed.
        mails: What arrived elsewhere, in the order in which it was sent.
        failed: Why a mail could not be sent, each time.
        zone: The zone when the new key signed.
    """

    before_dns: tuple[int, str]
    stages: list[str]
    list_text: str
    mails: list[EmailMessage]
    failed: list[str]
    zone: str


def dkim(ours: Ours, *arguments: str, accept: tuple[int, ...] = (0,)) -> Run:
    """Run `mailstead dkim`, which asks the world's name servers."""
    stack = ours.service.stack
    asked = ours.world.dns
    return stack.mailstead("dkim", *arguments, "--stack", stack.name, accept=accept, MAILSTEAD_RESOLVER=asked)


def publish(ours: Ours) -> str:
    """Serve the domain's zone exactly as the stack says it now."""
    zone = Ours.read(ours.service).zone(DOMAIN)
    dns.put_zone(ours.world, DOMAIN, zone)
    return zone


def stage(ours: Ours) -> str:
    said = dkim(ours, "status", DOMAIN, "--json").output
    return str(json.loads(said[said.index("[") :])[0]["stage"])


@pytest.fixture(scope="module")
def change(in_dns: Ours, foreign: Foreign) -> Change:
    """The key changed from the first step to the last but one, with a mail each second all the time."""
    service, stack = in_dns.service, in_dns.service.stack
    sender, stages = Steady(in_dns.user(SENDER)), list[str]()
    thread = threading.Thread(target=sender.run)
    thread.start()
    try:
        dkim(in_dns, "rotate", DOMAIN)
        stages.append(stage(in_dns))
        service.up()
        stages.append(stage(in_dns))
        early = dkim(in_dns, "rotate", DOMAIN, accept=(10,))
        publish(in_dns)
        dkim(in_dns, "rotate", DOMAIN, "--wait", "1")
        stages.append(stage(in_dns))
        service.up()
        stages.append(stage(in_dns))
        zone, text = publish(in_dns), stack.mail_list.read_text(encoding="utf-8")
        time.sleep(AFTERWARDS_S)
    finally:
        sender.stop()
        thread.join()
    return Change(
        before_dns=(early.status, early.output),
        stages=stages,
        list_text=text,
        mails=[foreign.read(subject) for subject in sender.subjects],
        failed=sender.failed,
        zone=zone,
    )


def selectors(mails: list[EmailMessage]) -> list[str]:
    """The selector that each mail is signed with for our domain."""
    found: list[str] = []
    for mail in mails:
        signature = "".join(str(mail["DKIM-Signature"]).split())
        found.append(signature.partition(";s=")[2].partition(";")[0])
    return found


def test_no_mail_fails_from_the_first_step_to_the_last(change: Change) -> None:
    assert change.failed == []
    assert len(change.mails) > 20
    others = [mail for mail in change.mails if verdicts(mail) != ALL_PASS]
    assert [verdicts(mail) for mail in others] in ([], [UNSIGNED])
    assert all(signers(mail) == {DOMAIN} for mail in change.mails if mail not in others)


def test_mail_was_signed_with_the_old_key_and_then_with_the_new_one(change: Change) -> None:
    found = " ".join(selector or "unsigned" for selector in selectors(change.mails))

    assert re.fullmatch(r"s1( s1)*( unsigned)? s2( s2)*", found)


def test_each_step_is_told_and_waits_for_the_one_before(change: Change) -> None:
    assert change.stages == ["named", "publish", "switched", "retired"]
    assert change.before_dns[0] == 10
    assert "s2._domainkey.example.com TXT is missing" in change.before_dns[1]


def test_the_list_says_the_new_key_and_the_retired_one_and_the_zone_has_both(change: Change) -> None:
    assert "dkim_selector: s2" in change.list_text
    assert "dkim_retired: s1" in change.list_text
    assert "dkim_next" not in change.list_text
    assert change.zone.count("_domainkey") == 2


def test_the_old_key_stays_published_for_a_week_unless_somebody_insists(change: Change, in_dns: Ours) -> None:
    early = dkim(in_dns, "retire", DOMAIN, accept=(3,))

    assert "mail that s1 signed may be on its way until" in early.output


def test_when_it_is_retired_its_record_goes_and_mail_goes_on_to_pass(
    change: Change, in_dns: Ours, foreign: Foreign
) -> None:
    service = in_dns.service
    dkim(in_dns, "retire", DOMAIN, "--at-once")
    service.up()

    zone = publish(in_dns)

    assert "s1._domainkey" not in zone
    assert "s1._domainkey" in change.zone
    assert verdicts(foreign.read(in_dns.user(SENDER).send(VISITOR))) == ALL_PASS


def test_a_key_that_signs_before_it_is_published_fails_so_the_list_written_by_hand_is_no_short_cut(
    change: Change, in_dns: Ours, foreign: Foreign
) -> None:
    """Guards the tests above: a foreign server that says pass to every signature would show nothing.

    In the other domain, whose next key it has never looked for: what it has found it remembers.
    """
    service, stack = in_dns.service, in_dns.service.stack
    assert change.mails
    for signing, following in (("s1", "s2"), ("s2", "")):
        text = stack.mail_list.read_text(encoding="utf-8")
        stack.write_list(set_selectors(text, "startup.io", signing=signing, following=following, retired=""))
        service.up()

    arrived = foreign.read(in_dns.user("carol@startup.io").send(VISITOR))

    assert verdicts(arrived)["dkim"] != "pass"
