"""We are no open relay: nobody sends through us to others, in our name or in his, but who logged in as himself."""

from dataclasses import dataclass

import pytest

from lab.outside.foreign import Foreign
from lab.outside.server import Login
from tests.lab.outside.conftest import Ours

pytestmark = pytest.mark.lab

OUTSIDE = "victim@elsewhere.test"
STRANGER = "stranger@elsewhere.test"
ALICE = "alice@example.com"


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One way to misuse a mail server.

    Attributes:
        what: In words.
        sender: The envelope's.
        recipient: The envelope's, word for word.
        shown: The From header's; that of the envelope if it is left out.
        as_alice: Log in with Alice's password.
        ports: Where it is tried; 465 and 587 over TLS.
    """

    what: str
    sender: str = STRANGER
    recipient: str = OUTSIDE
    shown: str = ""
    as_alice: bool = False
    ports: tuple[int, ...] = (25, 465, 587)


ATTEMPTS = (
    Attempt(what="a stranger to somebody elsewhere"),
    Attempt(what="a local sender, not logged in, to somebody elsewhere", sender=ALICE),
    Attempt(what="the null sender to somebody elsewhere", sender=""),
    Attempt(what="postmaster of ours, not logged in, to somebody elsewhere", sender="postmaster@example.com"),
    Attempt(what="the percent hack", recipient="victim%elsewhere.test@example.com"),
    Attempt(what="the percent hack behind the host's name", recipient="victim%elsewhere.test@mail.example.com"),
    Attempt(what="a bang path", recipient="elsewhere.test!victim@example.com"),
    Attempt(what="a source route by our domain", recipient="@example.com:victim@elsewhere.test"),
    Attempt(what="a source route by our host", recipient="@mail.example.com,@example.com:victim@elsewhere.test"),
    Attempt(what="a quoted local part with an at sign", recipient='"victim@elsewhere.test"@example.com'),
    Attempt(what="a quoted local part with an at sign, no domain", recipient='"victim@elsewhere.test"'),
    Attempt(what="a quoted local part with a percent sign", recipient='"victim%elsewhere.test"@example.com'),
    Attempt(what="two at signs", recipient="victim@elsewhere.test@example.com"),
    Attempt(what="a domain literal of somebody elsewhere", recipient="victim@[{foreign}]"),
    Attempt(what="a domain literal of ours with the percent hack", recipient="victim%elsewhere.test@[{ours}]"),
    Attempt(what="the loopback address as domain", recipient="victim%elsewhere.test@[127.0.0.1]"),
    Attempt(what="localhost as domain", recipient="victim%elsewhere.test@localhost"),
    Attempt(what="no domain at all, with the percent hack", recipient="victim%elsewhere.test"),
    Attempt(what="to a sub-domain of ours", recipient="victim@sub.example.com"),
    Attempt(what="from localhost, as programs of the host write", sender="root@localhost"),
    Attempt(what="forged: a local sender to a local mailbox", sender=ALICE, recipient="bob@example.com"),
    Attempt(what="forged: another domain of ours to a local mailbox", sender="carol@startup.io", recipient=ALICE),
    Attempt(
        what="forged: a foreign envelope, one of ours shown", shown="bob@example.com", recipient=ALICE, ports=(25,)
    ),
    Attempt(what="logged in, as a colleague", sender="bob@example.com", as_alice=True, ports=(465, 587)),
    Attempt(
        what="logged in, as somebody of another domain", sender="carol@startup.io", as_alice=True, ports=(465, 587)
    ),
    Attempt(what="logged in, as somebody elsewhere", sender=STRANGER, as_alice=True, ports=(465, 587)),
    Attempt(what="logged in, as nobody of our domain", sender="nobody@example.com", as_alice=True, ports=(465, 587)),
    Attempt(what="logged in where there is no login", sender=ALICE, as_alice=True, ports=(25,)),
)
ROWS = [(attempt, port) for attempt in ATTEMPTS for port in attempt.ports]


@pytest.mark.parametrize(("attempt", "port"), ROWS, ids=[f"{port}: {attempt.what}" for attempt, port in ROWS])
def test_is_refused(in_dns: Ours, foreign: Foreign, attempt: Attempt, port: int) -> None:
    recipient = attempt.recipient.format(foreign=foreign.address, ours=in_dns.address)
    shown = attempt.shown or attempt.sender or "postmaster@example.com"
    alice = in_dns.user(ALICE)

    answer = foreign.submit(
        "mail.example.com",
        port,
        sender=attempt.sender,
        recipients=[recipient],
        message=f"From: {shown}\nTo: somebody\nSubject: misuse\n\nmisuse\n",
        tls="wrapped" if port == 465 else "starttls",
        login=Login(user=alice.address, password=alice.password) if attempt.as_alice else None,
    )

    assert not answer.accepted, f"{attempt.what}: taken with {answer.code} {answer.text}"
    # 0: a login that is not even offered. 4xx is no refusal: it would be tried again, and may be taken then.
    assert answer.code == 0 or 500 <= answer.code < 600, answer


@pytest.mark.parametrize("port", [465, 587])
def test_but_who_is_logged_in_as_himself_may(in_dns: Ours, foreign: Foreign, port: int) -> None:
    """Guards the table: a server that refuses everybody would pass it."""
    alice = in_dns.user(ALICE)

    answer = foreign.submit(
        "mail.example.com",
        port,
        sender=ALICE,
        recipients=[OUTSIDE],
        message=f"From: {ALICE}\nTo: {OUTSIDE}\nSubject: use\n\nuse\n",
        tls="wrapped" if port == 465 else "starttls",
        login=Login(user=alice.address, password=alice.password),
    )

    assert answer.accepted, answer


def test_and_a_stranger_may_write_to_us(in_dns: Ours, foreign: Foreign) -> None:
    text = f"From: {STRANGER}\nTo: {ALICE}\nSubject: use\n\nuse\n"

    answer = foreign.submit("mail.example.com", 25, sender=STRANGER, recipients=[ALICE], message=text)

    assert answer.accepted, answer
