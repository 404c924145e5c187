"""The checklist for a person with a provider's web form, and its template."""

import re

from core.dns_checklist import checklist, template
from core.dns_table import DOMAIN_ROWS, HOST_ROWS
from tests.core.zone_cases import CASES, DKIM


def test_every_record_of_the_domain_is_an_item_to_be_ticked_with_its_value_whole() -> None:
    case = CASES["one_domain"]
    text = checklist(case.records, "example.com")
    ours = [record for record in case.records if record.domain == "example.com"]

    for record in ours:
        assert f"(`{record.name}`): {record.reason}\n\n  ```text\n  {record.value}\n  ```\n" in text
    assert text.count("- [ ] `") >= len(ours)
    assert DKIM in text


def test_names_are_given_as_forms_want_them() -> None:
    text = checklist(CASES["two_domains"].records, "startup.io")

    assert "- [ ] `MX` `@` (`startup.io`)" in text
    assert "- [ ] `A` `mail` (`mail.startup.io`)" in text
    assert "example.com`)" not in text


def test_the_pointer_record_is_a_request_in_words_that_can_be_sent() -> None:
    text = checklist(CASES["one_domain"].records, "example.com")

    assert (
        "Please set the reverse DNS record (PTR) of our reserved public IP address 192.0.2.1\n  to mail.example."
        in text
    )


def test_a_host_outside_of_the_domains_is_named_and_a_server_known_by_name_needs_no_request() -> None:
    assert "- [ ] `A` `mx.corp.net` (`mx.corp.net`)" in checklist(CASES["host_outside"].records, "example.com")
    assert "PTR" not in checklist(CASES["host_by_name"].records, "startup.io")


def test_the_template_has_every_row_of_the_table_and_nothing_but_placeholders() -> None:
    text = template()

    for placeholder in ("<DOMAIN>", "<STATIC_PUBLIC_IP>", "<PUBLIC_DKIM_KEY>", "<SUBDOMAIN>"):
        assert placeholder in text
    assert not re.findall(r"stands.here|192\.0\.2", text, re.IGNORECASE)
    for row in (*HOST_ROWS, *DOMAIN_ROWS):
        if not {"relayed", "own mail name", "sieve open"} & set(row.when):
            assert row.reason.partition("{")[0] in text


def test_the_template_asks_for_the_five_records_without_which_no_mail_goes() -> None:
    text = template()

    for value in (
        "<STATIC_PUBLIC_IP>",
        "10 mail.<DOMAIN>",
        "v=spf1 mx ip4:<STATIC_PUBLIC_IP> -all",
        "v=DKIM1;k=rsa;t=s;s=email;p=<PUBLIC_DKIM_KEY>",
        "v=DMARC1; p=quarantine; rua=mailto:postmaster@<DOMAIN>",
    ):
        assert f"\n  {value}\n" in text
    assert "`s1._domainkey.<DOMAIN>`" in text
