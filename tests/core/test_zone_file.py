"""Zone files: what stands in them, and what a name server's own checker says of them."""

import subprocess
from pathlib import Path

import dns.rdatatype
import dns.zone
import pytest

from core.dns_text import joined
from core.zone_file import zone_file
from tests.core.zone_cases import CASES, DKIM, FOLDER, LONG_DKIM, files

FILES = {path.stem: (path, domain, text) for path, domain, text in files()}

every_file = pytest.mark.parametrize(("path", "domain", "text"), FILES.values(), ids=list(FILES))


def complaint(domain: str, path: Path) -> str:
    """What BIND's checker says against a zone; MX and SRV outside of it are not looked up."""
    command = ["named-checkzone", "-i", "local", "-k", "fail", domain, str(path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    return "" if ran.returncode == 0 else ran.stdout + ran.stderr


@every_file
def test_a_golden_zone_is_what_is_written_today(path: Path, domain: str, text: str) -> None:
    assert path.read_text(encoding="utf-8") == text, "look at it, then: python -m tests.core.zone_cases"


def test_no_golden_zone_is_left_over() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(FILES)


@every_file
def test_a_name_server_takes_a_zone(path: Path, domain: str, text: str) -> None:
    assert complaint(domain, path) == ""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"v=spf1 mx ip4:192.0.2.1 -all"', '"' + "v" * 256 + '"'),
        ("autoconfig.example.com. IN CNAME", "mail.example.com. IN CNAME"),
        ("0 1 993 mail", "0 1 imaps mail"),
    ],
)
def test_the_checker_would_see_what_is_wrong(tmp_path: Path, before: str, after: str) -> None:
    _, domain, text = FILES["one_domain.example.com"]
    wrong = tmp_path / "zone"
    wrong.write_text(text.replace(before, after))

    assert before in text
    assert complaint(domain, wrong)


@every_file
def test_a_zone_holds_each_record_with_the_value_that_was_meant(path: Path, domain: str, text: str) -> None:
    """Read with another reader than the one that wrote it down."""
    zone = dns.zone.from_text(text, origin=domain, relativize=False)
    case = CASES[path.name.partition(".")[0]]
    wanted = [record for record in case.records if record.domain == domain]
    found = {
        (str(name).rstrip("."), dns.rdatatype.to_text(data.rdtype), data.to_text())
        for name, _, data in zone.iterate_rdatas()
        if data.rdtype not in {dns.rdatatype.SOA, dns.rdatatype.NS}
    }

    assert len(found) == len(wanted)
    for record in wanted:
        (value,) = [value for name, kind, value in found if (name, kind) == (record.name, record.type)]
        meant = joined(value) if record.type == "TXT" else value
        assert meant.replace(". ", " ").removesuffix(".") == record.value.removesuffix(".")


def test_names_are_relative_where_they_are_asked_to_be_and_mean_the_same() -> None:
    case = CASES["one_domain"]
    absolute = dns.zone.from_text(zone_file(case.records, "example.com"), origin="example.com", check_origin=False)
    text = zone_file(case.records, "example.com", relative=True)

    assert "\n@ IN MX 10 mail\n" in text
    assert dns.zone.from_text(text, origin="example.com", check_origin=False) == absolute


def test_the_provider_keeps_its_own_authority_unless_it_is_asked_for() -> None:
    text = zone_file(CASES["one_domain"].records, "example.com", ttl_s=300)

    assert " SOA " not in text
    assert " NS " not in text
    assert "\n$TTL 300\n" in text


def test_what_stands_elsewhere_is_told_in_a_comment() -> None:
    text = FILES["host_outside.example.com"][2]

    assert "\n;   192.0.2.1 PTR mx.corp.net: other servers refuse mail" in text
    assert "\n;   mx.corp.net A 192.0.2.1: where the mail host is" in text
    assert "\nmx.corp.net" not in text


def test_a_long_key_is_split_where_dns_needs_it() -> None:
    assert [len(part) for part in (DKIM, LONG_DKIM)] == [420, 764]
    assert FILES["long_key.example.com"][2].count('" "') == 2
