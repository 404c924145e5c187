"""`mailstead dns zone`, `dns octodns` and `dns checklist`: files for a provider, from what the last update recorded."""

from dataclasses import asdict
from pathlib import Path

import dns.zone
import pytest
import yaml
from typer.testing import CliRunner

from ops.cli import app
from tests.core.zone_cases import CASES
from tests.ops.workplace import Operator, state

RECORDS = [asdict(record) for record in CASES["two_domains"].records]


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["dns", *arguments])
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture(autouse=True)
def recorded(here: Operator) -> None:
    here.scenario(state=state(resources=({"type": "pulumi:pulumi:Stack", "outputs": {"dns_records": RECORDS}},)))


def test_a_zone_is_printed_and_can_be_imported_as_it_is() -> None:
    status, said, _ = run("zone", "startup.io", "--stack", "dev")

    assert status == 0
    assert "startup.io. IN MX 10 mail.startup.io." in said
    assert "IN SOA" not in said
    dns.zone.from_text(said, origin="startup.io", check_origin=False)


def test_all_zones_go_into_files_with_authority_where_it_is_asked_for(tmp_path: Path) -> None:
    folder = tmp_path / "zones"
    status, said, _ = run(
        "zone", "--out", str(folder), "--with-soa", "ns1.dns.example", "--with-soa", "ns2.dns.example"
    )

    assert status == 0
    assert [path.name for path in sorted(folder.iterdir())] == ["example.com.zone", "startup.io.zone"]
    zone = dns.zone.from_file(str(folder / "example.com.zone"), origin="example.com", relativize=False)
    assert {str(one) for one in zone.get_rdataset("example.com.", "NS") or ()} == {
        "ns1.dns.example.",
        "ns2.dns.example.",
    }
    assert str(folder / "startup.io.zone") in said


def test_zones_without_authority_are_for_a_provider_that_has_it(tmp_path: Path) -> None:
    assert run("zone", "--out", str(tmp_path), "--stack", "dev")[0] == 0
    assert " SOA " not in (tmp_path / "example.com.zone").read_text()


def test_a_domain_is_found_however_it_is_written() -> None:
    assert run("zone", "Startup.IO.")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("zone", "startup.oi"), "the stack has no domain startup.oi; did you mean startup.io?"),
        (("checklist", "elsewhere.org"), "the stack has no domain elsewhere.org; it has example.com, startup.io"),
        (("zone", "no domain"), "domain no domain"),
        (("zone", "--with-soa", "ns1"), "name server ns1"),
        (("octodns", "--out", "dns", "--provider", "cloudfare"), "did you mean cloudflare?"),
        (("zone", "--out", "/proc/nowhere"), "cannot be written"),
    ],
)
def test_what_is_asked_wrongly_is_refused_with_what_to_do(arguments: tuple[str, ...], said: str) -> None:
    status, _, complained = run(*arguments)

    assert status == 3
    assert said in complained


def test_records_from_before_zones_were_recorded_need_an_update_first(here: Operator) -> None:
    old = [{key: value for key, value in record.items() if key != "domain"} for record in RECORDS]
    here.scenario(state=state(resources=({"type": "pulumi:pulumi:Stack", "outputs": {"dns_records": old}},)))

    status, _, complained = run("zone")
    assert status == 3
    assert "run once: mailstead up" in complained


def test_octodns_gets_a_folder_that_it_can_be_run_in(tmp_path: Path) -> None:
    status, said, _ = run("octodns", "--out", str(tmp_path), "--provider", "route53", "--stack", "dev")
    config = yaml.safe_load((tmp_path / "config" / "production.yaml").read_text())

    assert status == 0
    assert set(config["zones"]) == {"example.com.", "startup.io."}
    assert config["providers"]["route53"]["secret_access_key"] == "env/AWS_SECRET_ACCESS_KEY"
    assert (tmp_path / "zones" / "startup.io.yaml").is_file()
    assert "class KeepOthers" in (tmp_path / "keep_others.py").read_text()
    assert "2 zones" in said
    assert "Not in a zone of these: 192.0.2.1 PTR mail.example.com" in said


def test_a_checklist_is_printed_or_goes_into_a_file_a_domain(tmp_path: Path) -> None:
    status, said, _ = run("checklist", "startup.io", "--stack", "dev")
    assert status == 0
    assert "- [ ] `MX` `@` (`startup.io`)" in said

    run("checklist", "--out", str(tmp_path), "--stack", "dev")
    assert (tmp_path / "startup.io.md").read_text() in said
    assert (tmp_path / "example.com.md").is_file()
