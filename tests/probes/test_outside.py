"""What anybody gets from the web port: certificates by name, and the MTA-STS policy."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socket import create_server

import pytest

from core.dns import DnsRecord
from core.dns_check_outside import PolicyFile, certificate_names, check_policy
from probes.outside import handshake, policy_file
from tests.clients.tls import Authority
from tests.probes.hosted import ADDRESS, DOMAIN, expected

pytestmark = pytest.mark.enable_socket
NAME = f"mail.{DOMAIN}"
LOOPBACK = "127.0.0.1"


@contextmanager
def serving(certificate: Path) -> Iterator[int]:
    """Speak TLS with a certificate, once."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with create_server((LOOPBACK, 0)) as listener:

        def greet() -> None:
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                context.wrap_socket(connection, server_side=True).close()

        thread = threading.Thread(target=greet)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def test_a_certificate_for_the_name_is_taken(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with serving(authority.certificate(NAME)) as port:
        seen = handshake(NAME, LOOPBACK, port=port, ca_bundle=str(authority.bundle))

    assert not seen.trouble


def test_a_certificate_that_programs_refuse_is_told_with_its_reason(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with serving(authority.certificate("other.example.org")) as port:
        other = handshake(NAME, LOOPBACK, port=port, ca_bundle=str(authority.bundle))
    with serving(authority.certificate(NAME, days=-1)) as port:
        old = handshake(NAME, LOOPBACK, port=port, ca_bundle=str(authority.bundle))
    with serving(authority.certificate(NAME)) as port:
        unknown = handshake(NAME, LOOPBACK, port=port)

    assert f"'{NAME}'" in other.trouble
    assert "expired" in old.trouble
    assert "unable to get local issuer certificate" in unknown.trouble
    assert not any(one.unheard for one in (other, old, unknown))


def test_a_port_where_nobody_listens_is_no_verdict_on_the_certificate() -> None:
    with create_server((LOOPBACK, 0)) as listener:
        port = listener.getsockname()[1]

    assert handshake(NAME, LOOPBACK, port=port).unheard


def test_hosts_and_their_aliases_have_to_be_in_the_certificate_and_other_hosts_of_yours_not() -> None:
    mine = DnsRecord(name=f"www.{DOMAIN}", type="A", value="192.0.2.80", reason="", required=False, domain=DOMAIN)

    assert certificate_names([*expected(), mine]) == {
        NAME: ADDRESS,
        f"autodiscover.{DOMAIN}": ADDRESS,
        f"autoconfig.{DOMAIN}": ADDRESS,
    }


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        (f"version: STSv1\r\nmode: enforce\r\nmx: {NAME}\r\nmax_age: 604800\r\n", []),
        (f"version: STSv1\nmode: testing\nmx: *.{DOMAIN}\nmax_age: 604800\n", []),
        (f"mode: enforce\nmx: {NAME}\nmax_age: 604800\n", ["version"]),
        (f"version: STSv1\nmode: enforced\nmx: {NAME}\nmax_age: 604800\n", ["mode"]),
        (f"version: STSv1\nmode: enforce\nmx: {NAME}\nmax_age: a week\n", ["max_age"]),
        ("version: STSv1\nmode: enforce\nmx: mx.old.test\nmax_age: 604800\n", ["allow"]),
        ("version: STSv1\nmode: enforce\nmx: *.com\nmax_age: 604800\n", ["allow"]),
        ("", ["version", "mode", "max_age", "allow"]),
    ],
)
def test_a_policy_is_judged_by_what_senders_make_of_it(text: str, faults: list[str]) -> None:
    found = check_policy(DOMAIN, PolicyFile(text=text), expected())

    assert len(found.flaws) == len(faults)
    for flaw, word in zip(found.flaws, faults, strict=True):
        assert word in flaw.message


POLICY_HOST = f"mta-sts.{DOMAIN}"


@contextmanager
def answering(certificate: Path, answer: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """Answer one request over TLS; gives the port, and what was asked."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    asked: list[bytes] = []
    with create_server((LOOPBACK, 0)) as listener:

        def respond() -> None:
            connection, _ = listener.accept()
            with connection, suppress(OSError), context.wrap_socket(connection, server_side=True) as spoken:
                asked.append(spoken.recv(4096))
                spoken.sendall(answer)

        thread = threading.Thread(target=respond)
        thread.start()
        yield listener.getsockname()[1], asked
        thread.join()


@pytest.mark.parametrize(
    ("status", "trouble"),
    [("200 OK", ""), ("301 Moved", "the server answers 301"), ("404 No", "the server answers 404")],
)
def test_a_policy_is_fetched_as_senders_do_without_following_anybody(tmp_path: Path, status: str, trouble: str) -> None:
    authority = Authority(tmp_path)
    head = f"HTTP/1.1 {status}\r\nLocation: https://elsewhere.test/\r\nConnection: close\r\n\r\n"
    with answering(authority.certificate(POLICY_HOST), f"{head}version: STSv1\n".encode()) as (port, asked):
        found = policy_file(DOMAIN, LOOPBACK, port=port, ca_bundle=str(authority.bundle))

    assert (found.trouble, found.text) == (trouble, "" if trouble else "version: STSv1\n")
    assert asked[0].startswith(b"GET /.well-known/mta-sts.txt HTTP/1.1\r\n")
    assert f"Host: {POLICY_HOST}\r\n".encode() in asked[0]


def test_a_policy_behind_a_certificate_of_another_name_is_not_read(tmp_path: Path) -> None:
    """Senders refuse it too (RFC 8461, 3.3), so it is as good as none."""
    authority = Authority(tmp_path)
    with answering(authority.certificate(NAME), b"") as (port, _):
        other = policy_file(DOMAIN, LOOPBACK, port=port, ca_bundle=str(authority.bundle))
    with answering(authority.certificate(POLICY_HOST), b"") as (port, _):
        unknown = policy_file(DOMAIN, LOOPBACK, port=port)

    assert other.trouble == unknown.trouble == "the certificate is not trusted, or is not for that name"


def test_a_policy_that_nobody_serves_is_told_as_such() -> None:
    with create_server((LOOPBACK, 0)) as listener:
        port = listener.getsockname()[1]

    assert policy_file(DOMAIN, LOOPBACK, port=port).trouble == "nobody answers"
