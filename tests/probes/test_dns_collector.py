"""The collector on a mail host says of each planted fault what `mailstead dns check` says, yes or no."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.dns import DnsRecord
from core.dns_finding import failing
from tests.probes.dns_world import RESOLVER
from tests.probes.hosted import ADDRESS, DKIM, DOMAIN, KEY, Hosted, Lines, expected
from tests.probes.test_planted_faults import DKIM_NAME, DMARC, MAIL, PLANTED, RIGHT, Planted, strings

COLLECTORS = Path(__file__).parents[2] / "monitoring" / "collectors"
FIGURES = "var/lib/prometheus/node-exporter/mailstead_dns.prom"
REQUIRED = [one for one in expected() if one.required]


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The rules that the collector judges by, as the host's Python finds them: side by side."""
    monkeypatch.syspath_prepend(str(COLLECTORS))
    import dns_rules  # type: ignore[import-not-found]  # noqa: PLC0415 — not importable before

    yield dns_rules
    for name in ("dns_rules", "dns_spf"):
        sys.modules.pop(name, None)


def wrong_by_collector(judge: Any, hosted: Hosted, records: Sequence[DnsRecord] = REQUIRED) -> set[tuple[str, str]]:
    """Name and type of each required record that the collector finds wrong."""
    servers = hosted.servers()

    def ask(name: str, kind: str) -> Any:
        answer = servers.ask(name, kind)
        return judge.Reply(values=answer.values, alias=bool(answer.alias))

    rows = [{"name": one.name, "type": one.type, "value": one.value} for one in records]
    return {(row["name"], row["type"]) for row in rows if not judge.is_right(row, ask)}


def wrong_by_check(hosted: Hosted, records: Sequence[DnsRecord] = ()) -> set[tuple[str, str]]:
    required = {(one.name, one.type) for one in REQUIRED}
    return {(one.name, one.type) for one in failing(hosted.findings(records))} & required


def test_what_is_as_it_should_be_is_right(hosted: Hosted, judge: Any) -> None:
    assert wrong_by_collector(judge, hosted) == set()


@pytest.mark.parametrize("planted", PLANTED, ids=lambda one: f"{one.fault}-{one.type}-{PLANTED.index(one)}")
def test_a_planted_fault_is_wrong_where_the_check_calls_it_wrong(hosted: Hosted, judge: Any, planted: Planted) -> None:
    hosted.zone(planted.lines)
    planted.also(hosted)

    assert wrong_by_collector(judge, hosted) == wrong_by_check(hosted)


@pytest.mark.parametrize(
    "lines",
    [
        RIGHT.instead(DOMAIN, "TXT", f'"V=SPF1 ip4:{ADDRESS}/32  MX -ALL"', '"google-site-verification=x"'),
        RIGHT.instead(DOMAIN, "TXT", f'"v=spf1 redirect=_spf.{DOMAIN}"').with_(
            f"_spf.{DOMAIN}", "TXT", f'"v=spf1 a:{MAIL}/24 ~all"'
        ),
        RIGHT.instead(DOMAIN, "TXT", '"v=spf1 redirect="'),
        RIGHT.instead(DOMAIN, "TXT", f'"v=spf1 ip4:{ADDRESS} redirect= -all"'),
        RIGHT.instead(DOMAIN, "TXT", f'"v=spf1 ip4:{ADDRESS} -all include:nobody.{DOMAIN}"'),
        RIGHT.with_(DOMAIN, "TXT", f'"v=spf1 ip4:{ADDRESS} -all"'),
        RIGHT.instead(DOMAIN, "TXT", f'"v=spf1 ip4:{ADDRESS} mx:many.{DOMAIN} -all"').with_(
            f"many.{DOMAIN}", "MX", *(f"{at} m{at}.{DOMAIN}." for at in range(11))
        ),
        RIGHT.instead(DOMAIN, "TXT", f'"v=spf1 ip6:2001:db8::/32 ip4:{ADDRESS}/24 exists:%{{i}}.x.test ptr -all"'),
        RIGHT.instead(DOMAIN, "TXT", f'"v=spf1 -ip4:{ADDRESS} mx -all"'),
        RIGHT.instead(DOMAIN, "TXT", f'"v=spf1 ip6:{ADDRESS} mx -all"'),
        RIGHT.instead(DOMAIN, "TXT", '"v=spf1 mx/33 -all"'),
        RIGHT.instead(DMARC, "TXT", f'"v=DMARC1;p=reject;rua=mailto:boss@{DOMAIN}"'),
        RIGHT.instead(DMARC, "TXT", '"v=DMARC1; p=reject; p=none"'),
        RIGHT.instead(DMARC, "TXT", '"v=DMARC1; p=reject; nonsense"'),
        RIGHT.instead(DKIM_NAME, "TXT", strings(f"v=DKIM1; p={KEY}; k=rsa; n=a note")),
        RIGHT.instead(DKIM_NAME, "TXT", strings(f"{DKIM}; nonsense")),
        RIGHT.instead(DKIM_NAME, "TXT", strings(f'{DKIM}; n=\\"x\\"')),
        RIGHT.instead(DOMAIN, "MX", f"5 MAIL.{DOMAIN}."),
    ],
    ids=lambda lines: str(lines.lines[-1][2])[:40],
)
def test_what_means_the_same_counts_the_same(hosted: Hosted, judge: Any, lines: Lines) -> None:
    hosted.zone(lines)

    assert wrong_by_collector(judge, hosted) == wrong_by_check(hosted)


@pytest.mark.parametrize("found", ["", "include:relay.test ", "?INCLUDE:relay.test. "])
def test_a_relay_that_is_left_out_is_seen_as_the_check_sees_it(hosted: Hosted, judge: Any, found: str) -> None:
    wanted = [
        replace(one, value=one.value.replace("-all", "include:relay.test -all"))
        if one.value.startswith("v=spf1")
        else one
        for one in REQUIRED
    ]
    hosted.elsewhere("relay.test", '@ IN TXT "v=spf1 ip4:198.51.100.9 -all"\n')
    hosted.zone(RIGHT.instead(DOMAIN, "TXT", f'"v=spf1 ip4:{ADDRESS} {found}-all"'))

    wrong = wrong_by_check(hosted, wanted)
    assert wrong_by_collector(judge, hosted, wanted) == wrong
    assert bool(wrong) == (not found)


@pytest.fixture
def host(hosted: Hosted, tmp_path: Path) -> Path:
    """A mail host whose resolver is that of the world."""
    program = shutil.which("dig")
    assert program is not None
    stub = tmp_path / "stubs" / "dig"
    stub.parent.mkdir()
    stub.write_text(f'#!/usr/bin/env bash\nexec {program} -p {hosted.world.port} "$@"\n')
    stub.chmod(0o755)
    resolvers = tmp_path / "run/systemd/resolve/resolv.conf"
    resolvers.parent.mkdir(parents=True)
    resolvers.write_text(f"# By systemd\nnameserver {RESOLVER}\nsearch example.com\n")
    return tmp_path


def collected(host: Path, records: list[DnsRecord] | None) -> tuple[dict[str, float], subprocess.CompletedProcess[str]]:
    """Run the collector itself; gives its figures."""
    if records is not None:
        settings = host / "etc/mailstead/dns-records.json"
        settings.parent.mkdir(parents=True, exist_ok=True)
        rows = [{"name": one.name, "type": one.type, "value": one.value} for one in records]
        settings.write_text(json.dumps({DOMAIN: rows}))
    done = subprocess.run(
        ["python3", "-B", str(COLLECTORS / "dns.py")],
        env={"PATH": f"{host}/stubs:/usr/bin:/bin", "MAILSTEAD_ROOT": str(host)},
        capture_output=True,
        text=True,
        check=False,
    )
    text = (host / FIGURES).read_text()
    rows = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in rows}, done


OK = f'mail_dns_check_ok{{domain="{DOMAIN}"}}'
SUCCESS = 'mail_collector_last_run_success{collector="dns"}'


def test_by_dig_itself_all_of_it_is_right(host: Path) -> None:
    figures, done = collected(host, REQUIRED)

    assert (figures[OK], figures[SUCCESS], done.returncode, done.stderr) == (1, 1, 0, "")


@pytest.mark.parametrize("record", REQUIRED, ids=lambda one: f"{one.type} {one.name}")
def test_by_dig_itself_each_record_that_is_gone_is_seen(hosted: Hosted, host: Path, record: DnsRecord) -> None:
    hosted.zone(RIGHT.without(record.name, record.type))
    if record.type == "PTR":
        hosted.reverse()
    figures, done = collected(host, REQUIRED)

    assert (figures[OK], figures[SUCCESS], done.returncode) == (0, 1, 0)


@pytest.mark.parametrize("manner", ["servfail", "refused", "silent"])
def test_a_resolver_that_does_not_answer_says_nothing_of_a_domain(hosted: Hosted, host: Path, manner: Any) -> None:
    hosted.world.resolver_manner = manner
    figures, done = collected(host, REQUIRED[:1])

    assert OK not in figures
    assert figures[SUCCESS] == 0
    assert done.returncode == 1
    assert f"could not be asked for {DOMAIN}: A {MAIL}" in done.stderr


def test_what_is_known_to_be_wrong_is_said_although_the_rest_could_not_be_asked(hosted: Hosted, host: Path) -> None:
    hosted.zone(RIGHT.without(DOMAIN, "MX"))
    hosted.world.failing.add(DKIM_NAME)
    figures, done = collected(host, REQUIRED)

    assert (figures[OK], figures[SUCCESS], done.returncode) == (0, 0, 1)


def test_a_host_that_was_told_of_no_records_says_so(host: Path) -> None:
    collected(host, REQUIRED)
    (host / "etc/mailstead/dns-records.json").unlink()
    figures, done = collected(host, None)

    assert OK not in figures
    assert figures[SUCCESS] == 0
    assert "dns-records.json cannot be read" in done.stderr


def test_prometheus_finds_nothing_wrong_with_the_figures(host: Path) -> None:
    collected(host, REQUIRED[:1])
    text = (host / FIGURES).read_text()

    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
