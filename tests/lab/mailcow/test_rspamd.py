"""Rspamd signs what people send with the keys that Redis has, where mailcow keeps them."""

import re
import time
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.lab.mailcow.mail_clients import TIMEOUT_S, imap, send, submission
from tests.lab.mailcow.mail_servers import PASSWORD, MailServers

pytestmark = pytest.mark.lab

ALICE, CARL = "alice@example.com", "carl@catch.example"


def give_key(servers: MailServers, domain: str, selector: str) -> None:
    """Write a key into Redis as mailcow's API does."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode().strip()
    redis = 'REDISCLI_AUTH="$REDISPASS" redis-cli'
    servers.inside("redis", f"{redis} HSET DKIM_SELECTORS {domain} {selector}")
    servers.inside("redis", f"{redis} -x HSET DKIM_PRIV_KEYS {selector}.{domain} <<'PEM'\n{pem}\nPEM\n")


@pytest.fixture(autouse=True)
def without_keys(servers: MailServers) -> Iterator[None]:
    """Each test leaves no key behind."""
    yield
    servers.inside("redis", 'REDISCLI_AUTH="$REDISPASS" redis-cli DEL DKIM_SELECTORS DKIM_PRIV_KEYS')


def signature(servers: MailServers, user: str, subject: str) -> dict[str, str]:
    """The tags of the DKIM signature of a mail in somebody's inbox, such as ``{"d": "example.com"}``; none is empty."""
    until = time.monotonic() + TIMEOUT_S
    with imap(servers, user, PASSWORD) as session:
        while True:
            session.select("INBOX", readonly=True)
            _, found = session.search(None, "SUBJECT", f'"{subject}"')
            if numbers := found[0].split():
                _, parts = session.fetch(numbers[-1], "(BODY.PEEK[HEADER.FIELDS (DKIM-SIGNATURE)])")
                assert isinstance(parts[0], tuple)
                return dict(re.findall(r"\b([a-z]+)=([^;\s]+)", parts[0][1].decode()))
            assert time.monotonic() < until, f"{subject} did not arrive"
            time.sleep(0.2)


def sent_by_alice(servers: MailServers) -> dict[str, str]:
    with submission(servers, ALICE, PASSWORD) as session:
        subject = send(session, ALICE, CARL)
    return signature(servers, CARL, subject)


def test_mail_of_who_logged_in_is_signed_with_the_key_of_his_domain(servers: MailServers) -> None:
    give_key(servers, "example.com", "s1")

    signed = sent_by_alice(servers)

    assert (signed["d"], signed["s"]) == ("example.com", "s1")


def test_another_key_in_redis_signs_the_very_next_mail(servers: MailServers) -> None:
    give_key(servers, "example.com", "s1")
    first = sent_by_alice(servers)
    give_key(servers, "example.com", "s2")

    second = sent_by_alice(servers)

    assert (first["s"], second["s"]) == ("s1", "s2")


def test_mail_of_a_domain_without_a_key_goes_out_unsigned(servers: MailServers) -> None:
    give_key(servers, "catch.example", "s1")

    assert sent_by_alice(servers) == {}
