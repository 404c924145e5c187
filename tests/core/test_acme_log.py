"""What is read out of mailcow's ACME client's log."""

import pytest

from core.acme_log import read_acme_log

WHEN = "Mon Nov 23 03:00:00 UTC 2026 - "
GOOD = f"{WHEN}Certificates successfully requested and renewed where required, sleeping one day\n"
AGAIN = f"{WHEN}Some errors occurred, retrying in 30 minutes...\n"
FAILED = f"{WHEN}Failed to obtain certificate /var/lib/acme/mail/cert.pem for domains 'mail'\n{AGAIN}"


def of_tiny(doing: str, code: str, answer: str) -> str:
    """An error as acme-tiny prints it, at the end of its traceback."""
    return f"""\
Traceback (most recent call last):
  File "/usr/bin/acme-tiny", line 33, in <module>
ValueError: {doing}:
Url: https://acme.test/new-order
Data: b'{{"protected": "x"}}'
Response Code: {code}
Response: {answer}
{FAILED}"""


@pytest.mark.parametrize(
    "line",
    [
        "Certificates successfully requested and renewed where required, sleeping one day",
        "Certificates were successfully renewed where required, sleeping for another day.",
        "Certificates were successfully validated, no changes or renewals required, sleeping for another day.",
    ],
)
def test_an_attempt_that_went_well_is_over_and_gives_no_reasons(line: str) -> None:
    report = read_acme_log(f"{WHEN}Found A record for mail.example.com: 192.0.2.1\n{WHEN}{line}\n")

    assert (report.ended, report.reasons) == (True, ())


@pytest.mark.parametrize("text", ["", f"{WHEN}Waiting for domain table...\n", f"{WHEN}Using command acme-tiny\n"])
def test_an_attempt_under_way_is_not_over(text: str) -> None:
    assert not read_acme_log(text).ended


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            (
                f"{WHEN}No A or AAAA record found for hostname mail.example.com\n"
                f"{WHEN}No A or AAAA record found for hostname autoconfig.example.com\n{GOOD}"
            ),
            "no DNS record leads to mail.example.com, autoconfig.example.com: enter it",
        ),
        (
            f"{WHEN}Cannot match your IP 192.0.2.1 against hostname mail.example.com (DNS returned 192.0.2.9)\n{GOOD}",
            "mail.example.com leads to 192.0.2.9, and this host is 192.0.2.1: correct it",
        ),
        (
            (
                f"{WHEN}Found A record for mail.example.com: 192.0.2.1\n"
                f"{WHEN}Confirmed A record 192.0.2.1\n"
                f"{WHEN}Found A record for autoconfig.example.com: 192.0.2.1\n"
                f"{WHEN}Confirmed A record with IP 192.0.2.1, but HTTP validation failed\n{GOOD}"
            ),
            "autoconfig.example.com leads here, but mailcow's file on port 80 was not got there: see who answers there",
        ),
        (
            f"{WHEN}Lets Encrypt disallowed for example.com by CAA record\n{GOOD}",
            'a CAA record of example.com forbids it: add one with 0 issue "letsencrypt.org"',
        ),
        (
            of_tiny("Error getting directory", "None", "<urlopen error [Errno 111] Connection refused>"),
            "the certificate authority cannot be reached (Connection refused): try again later",
        ),
        (
            of_tiny("Error getting directory", "503", "<html>"),
            "the certificate authority cannot be reached (it has an error of its own): try again later",
        ),
        (
            of_tiny(
                "Error creating new order",
                "429",
                "{'type': 'urn:ietf:params:acme:error:rateLimited', 'detail': 'too many certificates (5) already"
                " issued for this exact set, retry after 2026-11-25', 'status': 429}",
            ),
            (
                "the certificate authority limits how often it is asked (too many certificates (5) already issued for"
                " this exact set, retry after 2026-11-25): wait until then, each try counts; nothing is lost meanwhile"
            ),
        ),
        (
            of_tiny(
                "Error creating new order",
                "400",
                "{'type': 'urn:ietf:params:acme:error:rejectedIdentifier', 'detail': \"it's on our list\"}",
            ),
            "the certificate authority refuses (rejectedIdentifier) (it's on our list)",
        ),
        (
            (
                "ValueError: Challenge did not pass for mail.example.com: {'status': 'invalid', 'challenges':"
                " [{'error': {'type': 'urn:ietf:params:acme:error:connection', 'detail': '192.0.2.1: no answer'}}]}\n"
                f"{FAILED}"
            ),
            (
                "the certificate authority did not accept mail.example.com (192.0.2.1: no answer):"
                " see its DNS records, and whether port 80 is reached from everywhere"
            ),
        ),
        (
            f"{WHEN}Cannot obtain certificate for 'mail.example.com': it would contain 103 names, but Let's Encrypt\n",
            "it would hold 103 names, and Let's Encrypt allows 100: move domains to another server",
        ),
        (FAILED, "mailcow's ACME client failed: see docker compose logs acme-mailcow"),
        (
            (
                f"{WHEN}Found certificate with issuer other than mailcow snake-oil CA and Let's Encrypt, skipping ACME"
                " client...\n"
            ),
            (
                "mailcow found a certificate that is neither its own nor Let's Encrypt's in data/assets/ssl, and its"
                " ACME client stays away from it: set lets_encrypt: false, or take cert.pem out there"
            ),
        ),
        (
            f"{WHEN}SKIP_LETS_ENCRYPT=y, skipping Let's Encrypt...\n",
            "SKIP_LETS_ENCRYPT is y in mailcow.conf, so nothing is asked for: take it out there",
        ),
        (
            f"{WHEN}Some services do return old end dates, something went wrong!\n{GOOD}",
            "mailcow has a new certificate, and its servers did not take it up: restart mailcow's containers",
        ),
    ],
)
def test_what_stood_in_the_way_is_said(text: str, reason: str) -> None:
    report = read_acme_log(text)

    assert report.reasons == (reason,)
    assert report.ended


def test_what_docker_compose_puts_before_each_line_hides_nothing() -> None:
    text = of_tiny("Error getting directory", "None", "<urlopen error timed out>")

    report = read_acme_log("".join(f"\x1b[2K{line}" for line in text.splitlines(keepends=True)))

    assert report.reasons == ("the certificate authority cannot be reached (timed out): try again later",)


def test_a_host_whose_names_all_lead_nowhere_is_told_at_once() -> None:
    report = read_acme_log(
        f"{WHEN}No A or AAAA record found for hostname mail.example.com\n"
        f"{WHEN}Cannot validate any hostnames, skipping Let's Encrypt for 1 hour.\n"
    )

    assert report.ended
    assert report.reasons == ("no DNS record leads to mail.example.com: enter it",)
