"""Every fault of the table is planted in a real DNS answer over UDP, found, and named for what it is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import pytest

from core.dns_finding import failing, unasked
from tests.probes.hosted import ADDRESS, DKIM, DOMAIN, KEY, Hosted, Lines, flawed

MAIL: Final = f"mail.{DOMAIN}"
DKIM_NAME: Final = f"s1._domainkey.{DOMAIN}"
DMARC: Final = f"_dmarc.{DOMAIN}"
RIGHT: Final = Lines.right()
SPF: Final = f"v=spf1 mx ip4:{ADDRESS} -all"


@dataclass(frozen=True, kw_only=True)
class Planted:
    """One fault: the zone with it, and where it is found under which name."""

    lines: Lines
    name: str
    type: str
    fault: str
    also: Callable[[Hosted], object] = lambda _hosted: None


def spf(fault: str, *texts: str, also: Callable[[Hosted], object] = lambda _hosted: None) -> Planted:
    quoted = [f'"{text}"' for text in texts]
    return Planted(lines=RIGHT.instead(DOMAIN, "TXT", *quoted), name=DOMAIN, type="TXT", fault=fault, also=also)


def mx(fault: str, *data: str, lines: Lines = RIGHT) -> Planted:
    return Planted(lines=lines.instead(DOMAIN, "MX", *data), name=DOMAIN, type="MX", fault=fault)


def dkim(fault: str, *data: str) -> Planted:
    return Planted(lines=RIGHT.instead(DKIM_NAME, "TXT", *data), name=DKIM_NAME, type="TXT", fault=fault)


def dmarc(fault: str, *data: str) -> Planted:
    return Planted(lines=RIGHT.instead(DMARC, "TXT", *data), name=DMARC, type="TXT", fault=fault)


def strings(text: str) -> str:
    """A TXT in pieces that fit, none of the length that we write."""
    return " ".join(f'"{text[at : at + 200]}"' for at in range(0, len(text), 200))


def at(fault: str, name: str, kind: str, lines: Lines) -> Planted:
    return Planted(lines=lines, name=name, type=kind, fault=fault)


def includes(count: int) -> Callable[[Hosted], object]:
    """Somebody's zone with so many SPF records, each including the next."""
    chain = "".join(f'i{at} IN TXT "v=spf1 include:i{at + 1}.chain.test -all"\n' for at in range(count))
    return lambda hosted: hosted.elsewhere("chain.test", f'{chain}i{count} IN TXT "v=spf1 -all"\n')


def serving(name: str, text: str) -> Callable[[Hosted], object]:
    return lambda hosted: hosted.elsewhere(name, text)


OTHER_KEY: Final = KEY.replace("b3Bl", "c3Bl")
BARE: Final = RIGHT.without(MAIL)
PLANTED: Final[tuple[Planted, ...]] = (
    # SPF
    at("missing", DOMAIN, "TXT", RIGHT.without(DOMAIN, "TXT")),
    spf("spf-several", SPF, "v=spf1 include:_spf.old.test ~all"),
    spf("spf-unreadable", f"v=spf1mxip4:{ADDRESS}-all"),
    spf("spf-unreadable", f'\\"{SPF}\\"'),
    spf("spf-syntax", f"v=spf1 ipv4:{ADDRESS} -all"),
    spf("spf-syntax", f"v=spf1 mx ip4:{ADDRESS}/33 -all"),
    spf("spf-syntax", f"v=spf1 mx ip4: {ADDRESS} -all"),
    spf("spf-syntax", f"v=spf1 mx {ADDRESS} -all"),
    spf("spf-syntax", f"v=spf1 mx ip4:{ADDRESS} include=x.test -all"),
    spf("spf-not-us", "v=spf1 ip4:198.51.100.7 -all"),
    spf("spf-not-us", f"v=spf1 -all ip4:{ADDRESS}"),
    spf("spf-lets-all", f"v=spf1 ip4:{ADDRESS} +all"),
    spf("spf-says-nothing", f"v=spf1 ip4:{ADDRESS} ?all"),
    spf("spf-says-nothing", f"v=spf1 ip4:{ADDRESS}"),
    spf("spf-softfail", f"v=spf1 mx ip4:{ADDRESS} ~all"),
    spf("spf-too-many-lookups", f"v=spf1 mx ip4:{ADDRESS} include:i0.chain.test -all", also=includes(9)),
    spf(
        "spf-void-lookups",
        f"v=spf1 ip4:{ADDRESS} a:x.gone.test a:y.gone.test mx:gone.test -all",
        also=serving("gone.test", "there IN A 192.0.2.9\n"),
    ),
    spf(
        "spf-loop",
        f"v=spf1 ip4:{ADDRESS} include:a.loop.test -all",
        also=serving("loop.test", 'a IN TXT "v=spf1 include:b.loop.test"\nb IN TXT "v=spf1 include:a.loop.test"\n'),
    ),
    spf("spf-loop", f"v=spf1 ip4:{ADDRESS} include:{DOMAIN} -all"),
    spf(
        "spf-include",
        f"v=spf1 ip4:{ADDRESS} include:nobody.test -all",
        also=serving("nobody.test", "x IN A 192.0.2.9\n"),
    ),
    # DKIM
    at("missing", DKIM_NAME, "TXT", RIGHT.without(DKIM_NAME)),
    dkim("dkim-revoked", '"v=DKIM1; p="'),
    dkim("dkim-truncated", f'"{DKIM[:255]}"'),
    dkim("dkim-split-with-blank", f'"{DKIM[:200]} " {strings(DKIM[200:])}'),
    dkim("dkim-other-key", strings(f"v=DKIM1;p={OTHER_KEY}")),
    dkim("dkim-several", strings(DKIM), '"v=DKIM1;p=AAAA"'),
    dkim("dkim-unreadable", '"v=DKIM1"'),
    dkim("dkim-garbled", '"v=DKIM1;p=not!base64"'),
    dkim("dkim-testing", strings(f"t=y:s;p={KEY}")),
    dkim("dkim-kind", strings(f"k=ed25519;p={KEY}")),
    dkim("dkim-service", strings(f"s=web;p={KEY}")),
    dkim("dkim-hash", strings(f"h=sha1;p={KEY}")),
    at("name-doubled", DKIM_NAME, "TXT", RIGHT.without(DKIM_NAME).with_(f"{DKIM_NAME}.{DOMAIN}", "TXT", '"p=AAAA"')),
    # DMARC
    at("missing", DMARC, "TXT", RIGHT.without(DMARC)),
    dmarc("dmarc-several", '"v=DMARC1; p=reject"', '"v=DMARC1; p=none"'),
    dmarc("dmarc-weaker", f'"v=DMARC1; p=none; rua=mailto:postmaster@{DOMAIN}"'),
    dmarc("dmarc-weaker-below", f'"v=DMARC1; p=reject; sp=none; rua=mailto:postmaster@{DOMAIN}"'),
    dmarc("dmarc-no-policy", '"v=DMARC1"'),
    dmarc("dmarc-no-policy", '"v=DMARC1; p=quarantined"'),
    dmarc("dmarc-unreadable", '"p=quarantine; v=DMARC1"'),
    dmarc("dmarc-testing", f'"v=DMARC1; p=quarantine; t=y; rua=mailto:postmaster@{DOMAIN}"'),
    dmarc("dmarc-percent", f'"v=DMARC1; p=quarantine; pct=50; rua=mailto:postmaster@{DOMAIN}"'),
    dmarc("dmarc-no-reports", '"v=DMARC1; p=quarantine"'),
    dmarc("dmarc-no-reports", f'"v=DMARC1; p=quarantine; rua=postmaster@{DOMAIN}"'),
    Planted(
        lines=RIGHT.instead(DMARC, "TXT", '"v=DMARC1; p=quarantine; rua=mailto:x@reports.test"'),
        name=DMARC,
        type="TXT",
        fault="dmarc-reports-unwanted",
        also=serving("reports.test", "x IN A 192.0.2.9\n"),
    ),
    # MX and hosts
    at("missing", DOMAIN, "MX", RIGHT.without(DOMAIN, "MX")),
    mx("mx-null", "0 ."),
    mx("mx-to-address", f"10 {ADDRESS}."),
    mx("mx-wrong", "10 mx.old.test."),
    mx("mx-takes-mail-away", f"10 {MAIL}.", "5 mx.old.test."),
    mx("mx-takes-mail-away", f"10 {MAIL}.", "10 mx.old.test."),
    mx("mx-behind-ours", f"10 {MAIL}.", "20 backup.old.test."),
    mx("target-doubled", f"10 {MAIL}.{DOMAIN}."),
    mx(
        "mx-to-cname", f"10 {MAIL}.", lines=BARE.with_(MAIL, "CNAME", f"h.{DOMAIN}.").with_(f"h.{DOMAIN}", "A", ADDRESS)
    ),
    mx("mx-to-nothing", f"10 {MAIL}.", lines=BARE),
    at("cname-at-host", MAIL, "A", BARE.with_(MAIL, "CNAME", f"h.{DOMAIN}.").with_(f"h.{DOMAIN}", "A", ADDRESS)),
    at("missing", MAIL, "A", BARE),
    at("address-wrong", MAIL, "A", RIGHT.instead(MAIL, "A", "198.51.100.7")),
    at("address-extra", MAIL, "A", RIGHT.with_(MAIL, "A", "198.51.100.7")),
    at("address-of-other-kind", MAIL, "A", RIGHT.with_(MAIL, "AAAA", "2001:db8::7")),
    # What is only recommended
    at("alias-wrong", f"autoconfig.{DOMAIN}", "CNAME", RIGHT.instead(f"autoconfig.{DOMAIN}", "CNAME", "x.old.test.")),
    at(
        "target-doubled",
        f"autoconfig.{DOMAIN}",
        "CNAME",
        RIGHT.instead(f"autoconfig.{DOMAIN}", "CNAME", f"{MAIL}.{DOMAIN}."),
    ),
    at(
        "alias-wrong",
        f"autoconfig.{DOMAIN}",
        "CNAME",
        RIGHT.without(f"autoconfig.{DOMAIN}").with_(f"autoconfig.{DOMAIN}", "A", "198.51.100.7"),
    ),
    at(
        "service-wrong",
        f"_imaps._tcp.{DOMAIN}",
        "SRV",
        RIGHT.instead(f"_imaps._tcp.{DOMAIN}", "SRV", f"0 1 143 {MAIL}."),
    ),
    at(
        "service-extra",
        f"_imaps._tcp.{DOMAIN}",
        "SRV",
        RIGHT.with_(f"_imaps._tcp.{DOMAIN}", "SRV", "0 1 993 imap.old.test."),
    ),
    at("caa-forbids", MAIL, "CAA", RIGHT.instead(MAIL, "CAA", '0 issue "other.test"')),
    at("caa-forbids", MAIL, "CAA", RIGHT.instead(MAIL, "CAA", '0 issue ";"')),
    at("caa-forbids", MAIL, "CAA", RIGHT.without(MAIL, "CAA").with_(DOMAIN, "CAA", '0 issue "other.test"')),
    at(
        "several",
        f"_smtp._tls.{DOMAIN}",
        "TXT",
        RIGHT.with_(f"_smtp._tls.{DOMAIN}", "TXT", '"v=TLSRPTv1; rua=mailto:x@old.test"'),
    ),
    at(
        "tls-reports-address",
        f"_smtp._tls.{DOMAIN}",
        "TXT",
        RIGHT.instead(f"_smtp._tls.{DOMAIN}", "TXT", '"v=TLSRPTv1; rua=x@old.test"'),
    ),
    at(
        "text-wrong",
        f"_caldavs._tcp.{DOMAIN}",
        "TXT",
        RIGHT.instead(f"_caldavs._tcp.{DOMAIN}", "TXT", '"path=/old"'),
    ),
    # PTR
    Planted(lines=RIGHT, name=ADDRESS, type="PTR", fault="missing", also=lambda hosted: hosted.reverse()),
    Planted(
        lines=RIGHT, name=ADDRESS, type="PTR", fault="ptr-wrong", also=lambda hosted: hosted.reverse("vm7.cloud.test")
    ),
    Planted(
        lines=RIGHT, name=ADDRESS, type="PTR", fault="ptr-several", also=lambda hosted: hosted.reverse(MAIL, "vm7.test")
    ),
    at("ptr-not-confirmed", ADDRESS, "PTR", RIGHT.instead(MAIL, "A", "198.51.100.7")),
)


def test_what_is_as_it_should_be_has_no_flaw(hosted: Hosted) -> None:
    findings = hosted.findings()

    assert list(flawed(findings)) == []
    assert {one.verdict for one in findings} == {"right"}


@pytest.mark.parametrize("planted", PLANTED, ids=lambda one: f"{one.fault}-{one.type}-{PLANTED.index(one)}")
def test_a_planted_fault_is_found_and_named(hosted: Hosted, planted: Planted) -> None:
    hosted.zone(planted.lines)
    planted.also(hosted)

    findings = hosted.findings()

    assert (planted.name, planted.type, planted.fault) in list(flawed(findings))
    for flaw in (flaw for one in findings for flaw in one.flaws):
        assert flaw.message
        assert flaw.to_do


def test_ten_look_ups_are_allowed_and_the_eleventh_is_not(hosted: Hosted) -> None:
    """Receivers refuse the whole record at the eleventh, so being wrong by one would be wrong in all."""
    hosted.zone(RIGHT.instead(DOMAIN, "TXT", f'"v=spf1 ip4:{ADDRESS} include:i0.chain.test -all"'))
    includes(9)(hosted)
    assert "spf-too-many-lookups" not in {fault for *_, fault in flawed(hosted.findings())}

    includes(10)(hosted)
    (spf_found,) = [one for one in hosted.findings() if one.expected.startswith("v=spf1 mx")]
    assert [flaw.fault for flaw in spf_found.flaws] == ["spf-too-many-lookups"]
    assert "needs 11 look-ups" in spf_found.flaws[0].message


def test_what_means_the_same_is_right(hosted: Hosted) -> None:
    """Order, blanks, case, a stricter policy and another priority are the operator's own affair."""
    lines = (
        RIGHT.instead(DOMAIN, "TXT", f'"V=SPF1 ip4:{ADDRESS}/32  MX -ALL"', '"google-site-verification=x"')
        .instead(DMARC, "TXT", f'"v=DMARC1;p=reject;rua=mailto:boss@{DOMAIN}"')
        .instead(DKIM_NAME, "TXT", strings(f"v=DKIM1; p={KEY}; k=rsa; n=a note"))
        .instead(DOMAIN, "MX", f"5 MAIL.{DOMAIN}.")
        .instead(f"_imaps._tcp.{DOMAIN}", "SRV", f"10 5 993 {MAIL}.")
        .without(f"autoconfig.{DOMAIN}")
        .with_(f"autoconfig.{DOMAIN}", "A", ADDRESS)
    )
    hosted.zone(lines)

    assert list(flawed(hosted.findings())) == []


def test_reports_that_another_domain_has_consented_to_are_right(hosted: Hosted) -> None:
    hosted.zone(RIGHT.instead(DMARC, "TXT", '"v=DMARC1; p=quarantine; rua=mailto:x@reports.test"'))
    hosted.elsewhere("reports.test", f'{DOMAIN}._report._dmarc IN TXT "v=DMARC1"\n')

    assert list(flawed(hosted.findings())) == []


def test_what_is_only_recommended_or_weak_fails_nothing(hosted: Hosted) -> None:
    hosted.zone(RIGHT.without(f"autoconfig.{DOMAIN}").instead(DOMAIN, "TXT", f'"v=spf1 mx ip4:{ADDRESS} ~all"'))

    findings = hosted.findings()

    assert {one.verdict for one in findings} == {"right", "missing", "weak"}
    assert failing(findings) == unasked(findings) == []
