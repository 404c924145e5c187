"""What octoDNS plans from our files, worked out by octoDNS itself: above all, nothing of anybody else's goes."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from octodns.manager import Manager
from octodns.processor.base import ProcessorException
from octodns.provider.yaml import YamlProvider

from core.octodns import PROVIDERS, production_config, zone_data
from tests.core.zone_cases import CASES, DKIM

FILES = Path(__file__).parents[2] / "ops" / "octodns_files"
DOMAIN = "example.com"
OTHERS: dict[str, Any] = {
    "": [
        {"type": "A", "value": "198.51.100.80"},
        {"type": "MX", "value": {"preference": 5, "exchange": "mx.old-provider.example."}},
        {"type": "TXT", "values": ["google-site-verification=abc", "v=spf1 include:old-provider.example ~all"]},
    ],
    "branch": {"type": "NS", "values": ["ns1.provider.example.", "ns2.provider.example."]},
    "www": {"type": "CNAME", "value": "example.com."},
    "_acme-challenge": {"type": "TXT", "value": "token-of-the-web-server"},
    "intranet": {"type": "A", "value": "198.51.100.81"},
    "_dmarc": {"type": "TXT", "value": "v=DMARC1; p=none"},
    "s1._domainkey": {"type": "TXT", "value": "k=rsa; p=OLD"},
}


class Target(YamlProvider):
    """A provider that has records, and keeps what it is sent: whole zones, so that what is not sent is gone."""

    def __init__(self, id: str, directory: str, **more: Any) -> None:  # noqa: A002 — octoDNS's name
        super().__init__(id, directory, escaped_semicolons=False, enforce_order=False, **more)


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(FILES))
    yield
    sys.modules.pop("keep_others", None)


def workplace(tmp_path: Path, case: str = "one_domain", others: dict[str, Any] = OTHERS) -> Path:
    """A folder as `mailstead dns octodns` makes it, and beside it a provider's records."""
    config = yaml.safe_load(production_config([DOMAIN], "bind"))
    config["providers"]["records"]["directory"] = str(tmp_path / "zones")
    config["providers"]["bind"] = {"class": f"{__name__}.Target", "directory": str(tmp_path / "provider")}
    (tmp_path / "zones").mkdir(exist_ok=True)
    (tmp_path / "provider").mkdir(exist_ok=True)
    (tmp_path / "zones" / f"{DOMAIN}.yaml").write_text(zone_data(CASES[case].records, DOMAIN))
    (tmp_path / "provider" / f"{DOMAIN}.yaml").write_text(yaml.safe_dump(others))
    file = tmp_path / "production.yaml"
    file.write_text(yaml.safe_dump(config))
    return file


def sync(file: Path) -> int:
    """Let octoDNS do it; the number of changes it made."""
    return Manager(str(file)).sync(dry_run=False, force=True)


def provider(tmp_path: Path) -> dict[tuple[str, str], list[Any]]:
    """What the provider holds afterwards, by name and type."""
    held = yaml.safe_load((tmp_path / "provider" / f"{DOMAIN}.yaml").read_text())
    rows = [(name, row) for name, rows in held.items() for row in (rows if isinstance(rows, list) else [rows])]
    return {(name, row["type"]): row.get("values") or [row["value"]] for name, row in rows}


def test_records_of_others_stay_as_they_are(tmp_path: Path) -> None:
    """A web site that is gone because somebody set up mail would be a catastrophe."""
    sync(workplace(tmp_path))
    held = provider(tmp_path)

    assert held["", "A"] == ["198.51.100.80"]
    assert held["branch", "NS"] == ["ns1.provider.example.", "ns2.provider.example."]
    assert held["www", "CNAME"] == ["example.com."]
    assert held["intranet", "A"] == ["198.51.100.81"]
    assert held["_acme-challenge", "TXT"] == ["token-of-the-web-server"]


def test_a_text_of_others_beside_the_spf_record_stays_and_the_old_spf_record_goes(tmp_path: Path) -> None:
    sync(workplace(tmp_path))

    assert provider(tmp_path)["", "TXT"] == ["google-site-verification=abc", "v=spf1 mx ip4:192.0.2.1 -all"]


def test_names_that_are_for_mail_alone_are_ours_alone(tmp_path: Path) -> None:
    """An old key without its version would stand beside ours, and receivers would take neither."""
    sync(workplace(tmp_path))
    held = provider(tmp_path)

    assert held["s1._domainkey", "TXT"] == [DKIM]
    assert held["_dmarc", "TXT"] == [f"v=DMARC1; p=quarantine; rua=mailto:postmaster@{DOMAIN}"]
    assert held["", "MX"] == [{"exchange": "mail.example.com.", "preference": 10}]


@pytest.mark.parametrize("case", ["one_domain", "host_outside", "ipv6_address", "filters_open", "long_key"])
def test_every_record_arrives_and_a_second_push_changes_nothing(tmp_path: Path, case: str) -> None:
    file = workplace(tmp_path, case, others={})
    records = [record for record in CASES[case].records if record.domain == DOMAIN]

    assert sync(file) == len({(record.name, record.type) for record in records})
    assert sync(file) == 0


def test_what_was_ours_once_is_not_deleted_either(tmp_path: Path) -> None:
    """Whose it is now, nobody here can know: `mailstead up` says what is to be taken out."""
    file = workplace(tmp_path)
    sync(file)
    (tmp_path / "zones" / f"{DOMAIN}.yaml").write_text(zone_data(CASES["filters_open"].records, DOMAIN))
    sync(file)

    assert provider(tmp_path)["vpn", "A"] == ["203.0.113.9"]


@pytest.mark.parametrize(
    ("there", "said"),
    [
        ({"autoconfig": {"type": "A", "value": "198.51.100.9"}}, "autoconfig.example.com. has a record of type A"),
        ({"mail": {"type": "CNAME", "value": "ghs.example."}}, "mail.example.com. has a record of type CNAME"),
    ],
)
def test_a_cname_that_would_stand_beside_others_is_refused_before_anything_changes(
    tmp_path: Path, there: dict[str, Any], said: str
) -> None:
    file = workplace(tmp_path, others=there)
    before = (tmp_path / "provider" / f"{DOMAIN}.yaml").read_text()

    with pytest.raises(ProcessorException, match=said):
        sync(file)
    assert (tmp_path / "provider" / f"{DOMAIN}.yaml").read_text() == before


def test_without_the_processor_octodns_would_delete_the_web_site(tmp_path: Path) -> None:
    """What this is all about: the test above can fail."""
    file = workplace(tmp_path)
    config = yaml.safe_load(file.read_text())
    config["zones"][f"{DOMAIN}."]["processors"] = []
    file.write_text(yaml.safe_dump(config))
    sync(file)

    assert ("", "A") not in provider(tmp_path)


@pytest.mark.parametrize("name", PROVIDERS)
def test_no_secret_stands_in_the_configuration(name: str) -> None:
    config = yaml.safe_load(production_config([DOMAIN], name))
    secrets = [value for key, value in config["providers"][name].items() if key in {"token", "key_secret"}]

    assert all(value.startswith("env/") for value in secrets)
    assert config["zones"][f"{DOMAIN}."]["processors"] == ["keep-others"]
