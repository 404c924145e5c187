"""mailcow is upgraded by its tag: mail and passwords stay, and from a release that loses mail there is a way back."""

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Self

import pytest
import yaml

from lab.mail_user import MailError
from lab.mailcow import repository
from lab.mailcow.releases import BROKEN, NEWER, publish_later
from tests.lab.backup.rescue import Rescue, mail_of
from tests.lab.service import EVERYBODY, Service

pytestmark = pytest.mark.lab

ALICE, BOB = "alice@example.com", "bob@example.com"
_IN_MAILCOW = "cd /srv/mail/mailcow-dockerized\n"
_MOST_WAITED_S = 180
"""Measured: 40 s on two cores that had other work."""
_STATE = "/srv/mail/mailstead/upgrade"
_DATABASE = (
    f"{_IN_MAILCOW}. ./mailcow.conf\nMYSQL_PWD=$DBROOT docker compose exec -T -e MYSQL_PWD mysql-mailcow "
    "mariadb --user=root --batch --skip-column-names mailcow <<'SQL'\n"
)


def want(service: Service, version: str) -> None:
    """Write a release into the stack's configuration, as an operator does."""
    file = service.stack.file
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    content["config"]["mailstead:mailcow_version"] = version
    file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def release(service: Service) -> str:
    """The release whose files are there and whose images all run."""
    tag = service.on_host(f"{_IN_MAILCOW}git describe --tags --exact-match HEAD").strip()
    images = service.on_host(f"{_IN_MAILCOW}docker compose ps --format '{{{{.Image}}}}'").split()
    assert images
    assert {image.rpartition(":")[2] for image in images} == {tag}
    return tag


def tables(service: Service) -> set[str]:
    return set(service.on_host(f"{_DATABASE}SHOW TABLES;\nSQL\n").split())


def mail_of_all(service: Service) -> dict[str, dict[str, list[str]]]:
    return {address: mail_of(service.user(address)) for address in EVERYBODY}


class World:
    """Somebody outside who tries all the time to hand a mail over, while something else goes on.

    Attributes:
        taken: The subjects of the mails that were taken.
        refused: How often nobody answered, or said no.
        longest_wait_s: The longest time from one mail that was taken to the next.
    """

    def __init__(self, service: Service) -> None:
        self._alice = service.user(ALICE)
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._send)
        self.taken: list[str] = []
        self.refused = 0
        self.longest_wait_s = 0.0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _send(self) -> None:
        last_s = time.monotonic()
        while not self._is_over.is_set():
            try:
                self.taken.append(self._alice.send(BOB))
            except MailError:
                self.refused += 1
            else:
                self.longest_wait_s = max(self.longest_wait_s, time.monotonic() - last_s)
                last_s = time.monotonic()
            time.sleep(1)


def read_all(service: Service, world: World, before: dict[str, dict[str, list[str]]]) -> None:
    """Everybody has the mail of before, and Bob all that was taken since."""
    bob = service.user(BOB)
    for subject in world.taken:
        bob.read(subject)
    now = mail_of_all(service)
    assert set(now[BOB]["INBOX"]) > set(before[BOB]["INBOX"])
    assert {**now, BOB: {}} == {**before, BOB: {}}


@pytest.fixture(scope="module")
def later(rescue: Rescue) -> Service:
    """The service, with later releases to upgrade to, and mail in it."""
    service = rescue.service
    publish_later(service.stack.world)
    alice, bob = service.user(ALICE), service.user(BOB)
    bob.read(alice.send(BOB))
    alice.read(bob.send(ALICE))
    return service


def test_an_upgrade_takes_a_backup_and_keeps_mail_passwords_and_dkim_keys(rescue: Rescue, later: Service) -> None:
    mail, keys = mail_of_all(later), rescue.dkim_keys()
    before_s = int(later.on_host("date +%s"))
    want(later, NEWER)

    with World(later) as world:
        run = later.up()

    assert world.longest_wait_s < _MOST_WAITED_S
    assert f"goes from mailcow {repository.TAG} to {NEWER}: a backup first" in " ".join(run.output.split())
    assert release(later) == NEWER
    assert later.mailcow("get/status/version")["version"] == NEWER
    read_all(later, world, mail)
    assert rescue.dkim_keys() == keys
    assert "of_the_newer" in tables(later)
    assert later.on_host(f"{_IN_MAILCOW}grep ^LAB_RELEASE= mailcow.conf").strip() == f"LAB_RELEASE={NEWER}"
    figures = later.on_host("cat /var/lib/prometheus/node-exporter/mailstead_backup.prom").splitlines()
    (made_s,) = [float(line.split()[1]) for line in figures if line.startswith("mail_backup_last_run_timestamp")]
    assert made_s >= before_s
    assert repository.TAG not in later.on_host("docker image ls --format '{{.Repository}}:{{.Tag}}'")
    later.stack.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes", "--stack", later.stack.name)


@contextmanager
def killed_when(service: Service, phase: str) -> Generator[None]:
    """Kill the upgrade on the host as soon as its journal is in this phase."""
    script = (
        f"for i in $(seq 3000); do grep -qs PHASE={phase} {_STATE}/journal && break; sleep 0.1; done\n"
        "kill -KILL $(pgrep -f 'scripts/(install|upgrade)-mailcow[.]sh')\n"
    )
    thread = threading.Thread(target=service.on_host, args=(script,))
    thread.start()
    yield
    thread.join()
    assert f"PHASE={phase}" in service.on_host(f"cat {_STATE}/journal")


def test_from_a_release_that_loses_mail_and_spoils_data_all_comes_back_even_when_the_way_back_is_killed(
    rescue: Rescue, later: Service
) -> None:
    mail, keys, aliases = mail_of_all(later), rescue.dkim_keys(), later.mailcow("get/alias/all")
    want(later, BROKEN)

    with World(later) as world:
        with killed_when(later, "returning"):
            later.up(accept=(1,))
        run = later.up(accept=(1,))

    said = " ".join(run.output.split())
    assert f"mailcow {BROKEN} did not pass: a mail sent by submission (port 587) is not in the mailbox" in said
    assert f"mailcow {NEWER} is back with the data it had, and mail is sent and read with it" in said
    assert release(later) == NEWER
    assert "of_the_broken" not in tables(later)
    assert later.mailcow("get/alias/all") == aliases
    assert rescue.dkim_keys() == keys
    # The broken release throws away what it takes, so whoever is outside must never have reached it.
    assert world.refused > 0
    read_all(later, world, mail)
    assert later.on_host(f"ls {_STATE}/journal {_STATE}/copies 2>/dev/null || true") == ""


def test_who_stays_with_the_old_release_has_nothing_to_do(later: Service) -> None:
    want(later, NEWER)

    later.stack.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes", "--stack", later.stack.name)
