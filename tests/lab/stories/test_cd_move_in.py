"""Mail of another provider comes into a mailbox, and `mailstead move-in status` says how far it is."""

import contextlib
import email
import email.policy
import imaplib
import json
import subprocess
import time
import uuid
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from lab.services import dns
from lab.stack import Run
from ops.move_in import EXIT_DONE, EXIT_FAILED
from tests.lab.mailcow.mail_clients import anybody
from tests.lab.service import SAMPLE, Service
from tests.lab.stories import old_provider
from tests.lab.stories.old_provider import HOST, USER, OldProvider, message

pytestmark = pytest.mark.lab

DAVE = "dave@startup.io"
PASSWORD_IN = "mail/move-in/startup.io/dave"
WRONG, RIGHT = f"Wrong-{uuid.uuid4()}", f"Pässwort-{uuid.uuid4()}"
SUBJECT, TWICE = f"Grüße aus Köln {uuid.uuid4()}", f"in two folders {uuid.uuid4()}"
THERE = {"INBOX": 3, "Büro.2025": 3, "Gesendete Objekte": 1}
DOUBLES = 1
_WITHIN_S = 60.0
_IN_THE_LAB = 'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"'


@dataclass(frozen=True, kw_only=True)
class Mover:
    """An operator whose machine knows the lab's names and trusts the other provider; her token is an operator's."""

    service: Service
    provider: OldProvider
    token: str

    def asks(self, *arguments: str) -> Run:
        """`mailstead move-in status`."""
        stack = self.service.stack
        command = [str(stack.project / "mailstead"), "move-in", "status", *arguments, "--stack", stack.name]
        names = str(dns.resolv_conf(stack.world))
        ended = subprocess.run(
            ["unshare", "--mount", "sh", "-c", _IN_THE_LAB, "sh", names, *command],
            cwd=stack.project,
            env=stack.environment(VAULT_TOKEN=self.token, SSL_CERT_FILE=str(self.provider.authority)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if "--json" in arguments else subprocess.STDOUT,
            text=True,
            check=False,
        )
        return Run(command=" ".join(command), status=ended.returncode, output=ended.stdout)

    def asks_when_it_has_run(self, *, here: int) -> tuple[int, dict[str, Any]]:
        """What it says to machines of the one person, once mailcow has tried and counts so many; and its exit code."""
        deadline = time.monotonic() + _WITHIN_S
        while True:
            run = self.asks("--json")
            (dave,) = json.loads(run.output)["people"]
            # mailcow's own count comes a moment after the mail.
            if (dave["job"] in {"ok", "failed"} and dave["here"] == here) or time.monotonic() > deadline:
                return run.status, dave
            time.sleep(1)

    def keeps(self, password: str) -> None:
        """Write Dave's password there into Vault."""
        self.service.vault("POST", f"secret/data/{PASSWORD_IN}", {"data": {"password": password}}).raise_for_status()


@pytest.fixture(scope="module")
def provider(service: Service) -> Generator[OldProvider]:
    """The other provider, with mail in three folders, which the mail host trusts."""
    with old_provider.running(service.stack.world, RIGHT) as started:
        in_two_folders = message(TWICE)
        started.put(b"INBOX", message(SUBJECT), in_two_folders, message("plain"))
        started.put(b"B&APw-ro.2025", in_two_folders, message("Büro"), message("more"))
        started.put(b"Gesendete Objekte", message("sent"))
        service.on_host(
            "docker exec -i $(docker ps --quiet --filter label=com.docker.compose.service=dovecot-mailcow) sh -c"
            " 'cat >/usr/local/share/ca-certificates/old-provider.crt && update-ca-certificates' <<'CA'\n"
            f"{started.authority.read_text()}CA\n"
        )
        yield started


@pytest.fixture(scope="module")
def mover(service: Service, provider: OldProvider) -> Generator[Mover]:
    """The operator, after the list has got the line with the move."""
    body = {"policies": ["mailstead-operator"], "ttl": "1h"}
    token = str(service.vault("POST", "auth/token/create", body).json()["auth"]["client_token"])
    mover = Mover(service=service, provider=provider, token=token)
    mover.keeps(WRONG)
    move_in = f"{{server: {HOST}, user: {USER}, password_in: {PASSWORD_IN}}}"
    service.write_list(
        example_com="users: [alice, bob]", startup_io=f"users: [carol, {{name: dave, move_in: {move_in}}}]"
    )
    yield mover
    service.stack.write_list(SAMPLE)
    service.vault("DELETE", f"secret/metadata/{PASSWORD_IN}")


@pytest.fixture(scope="module")
def before(service: Service) -> int:
    """How many messages Dave had before the move."""
    return messages(service)


def messages(service: Service) -> int:
    """How many messages Dave has, as mailcow counts them."""
    return int(service.mailcow(f"get/mailbox/{DAVE}")["messages"])


@contextlib.contextmanager
def mailbox(service: Service) -> Iterator[imaplib.IMAP4_SSL]:
    """Dave's mailbox, opened as his mail program does it."""
    dave = service.user(DAVE)
    with imaplib.IMAP4_SSL(dave.host, 993, ssl_context=anybody(), timeout=20) as session:
        session.login(dave.address, dave.password)
        yield session


def subjects(session: imaplib.IMAP4_SSL, folder: str) -> list[str]:
    """The subjects of a folder's messages, as people see them."""
    status, said = session.select(f'"{folder}"', readonly=True)
    assert status == "OK", said
    (numbers,) = session.search(None, "ALL")[1]
    answers = [session.fetch(number.decode(), "(BODY.PEEK[HEADER])")[1] for number in numbers.split()]
    headers = [part[1] for answer in answers for part in answer if isinstance(part, tuple)]
    return [str(email.message_from_bytes(header, policy=email.policy.default)["Subject"]) for header in headers]


def test_a_wrong_password_at_the_old_provider_is_named_for_what_it_is(
    service: Service, mover: Mover, before: int
) -> None:
    service.up()

    status, dave = mover.asks_when_it_has_run(here=before)
    text = mover.asks()

    assert (status, text.status) == (EXIT_FAILED, EXIT_FAILED)
    assert (dave["job"], dave["here"]) == ("failed", before)
    assert "the other server refuses user or password" in dave["said"]
    assert f"put the right one into Vault at {PASSWORD_IN}, then: mailstead up --refresh" in dave["said"]
    assert f"{HOST}:993 refuses user or password" in dave["problem"]
    assert f"{DAVE} from {USER} at {HOST}: failed" in text.output
    assert WRONG not in json.dumps(dave) + text.output


def test_with_the_right_password_everything_arrives_and_the_counts_are_compared(
    service: Service, mover: Mover, before: int
) -> None:
    mover.keeps(RIGHT)
    service.stack.mailstead("up", "--refresh", "--yes", "--stack", service.stack.name)

    status, dave = mover.asks_when_it_has_run(here=before + sum(THERE.values()) - DOUBLES)

    assert (status, dave["job"], dave["done"]) == (EXIT_DONE, "ok", True)
    assert {folder["name"]: folder["messages"] for folder in dave["folders"]} == THERE
    assert (dave["there"], dave["doubles"], dave["missing"]) == (sum(THERE.values()), DOUBLES, 0)
    assert dave["here"] == before + sum(THERE.values()) - DOUBLES
    text = mover.asks(DAVE)
    assert text.status == EXIT_DONE
    assert f"{DAVE} from {USER} at {HOST}: done, last run " in text.output
    assert f"7 messages there (1 of them a second time, which come once), {before + 6} here" in text.output
    assert "Büro.2025" in text.output
    assert RIGHT not in json.dumps(dave) + text.output + json.dumps(service.stack.export())


def test_folders_and_subjects_with_letters_of_all_kinds_are_here(service: Service, mover: Mover) -> None:
    with mailbox(service) as session:
        inbox, office = subjects(session, "INBOX"), subjects(session, "B&APw-ro/2025")
        assert SUBJECT in inbox
        assert {"Büro", "more"} <= set(office)
        assert [*inbox, *office].count(TWICE) == 1
        assert "sent" in subjects(session, "Sent")  # what is called otherwise there comes into the folder of that use


def test_without_its_line_the_job_goes_and_the_mail_stays(service: Service, mover: Mover, before: int) -> None:
    assert service.mailcow(f"get/syncjobs/{DAVE}/no_log")
    service.stack.write_list(SAMPLE)

    service.up()

    assert not service.mailcow(f"get/syncjobs/{DAVE}/no_log")
    assert messages(service) == before + sum(THERE.values()) - DOUBLES
    nobody = mover.asks()
    assert (nobody.status, "no line of the list has move_in" in nobody.output) == (EXIT_DONE, True)
