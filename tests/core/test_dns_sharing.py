"""What is put into a customer's zone: nothing of anybody else's is lost."""

from collections.abc import Collection, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.dns_sharing import RecordSet, is_shared, planned
from core.errors import RefusedError

TEXTS: RecordSet = ("example.com", "TXT")
MX: RecordSet = ("example.com", "MX")
SPF = '"v=spf1 mx ip4:192.0.2.1 -all"'
Zone = Mapping[RecordSet, Collection[str]]


def plan(ours: Zone, there: Zone, earlier: Zone | None = None) -> dict[RecordSet, list[str]]:
    return planned(list(ours), ours=ours, there=there, earlier=earlier or {})


def test_texts_of_others_are_kept_beside_ours() -> None:
    proof = '"google-site-verification=abc"'

    assert plan({TEXTS: [SPF]}, {TEXTS: [proof]}) == {TEXTS: [proof, SPF]}


def test_what_we_asked_for_before_goes_and_what_others_put_beside_it_stays() -> None:
    old, proof = '"v=spf1 mx ip4:192.0.2.9 -all"', '"MS=ms1"'

    assert plan({TEXTS: [SPF]}, {TEXTS: [old, proof]}, {TEXTS: [old]}) == {TEXTS: [proof, SPF]}


def test_the_same_record_in_another_spelling_is_the_same() -> None:
    assert plan({MX: ["10 mail.example.com."]}, {MX: ["10 mail.example.com"]}) == {MX: ["10 mail.example.com."]}
    six: RecordSet = ("mail.example.com", "AAAA")
    assert plan({six: ["2001:db8::1"]}, {six: ["2001:db8:0:0::1"]}) == {six: ["2001:db8::1"]}


@pytest.mark.parametrize(
    ("ours", "there", "said"),
    [
        (
            (MX, "10 mail.example.com."),
            (MX, "5 mx.old.example."),
            "example.com has a record MX 5 mx.old.example",
        ),
        ((TEXTS, SPF), (TEXTS, '"v=spf1 include:old.example ~all"'), "has a record TXT .v=spf1 include:old.example"),
        (
            (("_dmarc.example.com", "TXT"), '"v=DMARC1; p=quarantine"'),
            (("_dmarc.example.com", "TXT"), '"v=DMARC1; p=none"'),
            "_dmarc.example.com has a record TXT",
        ),
        ((("vpn.example.com", "A"), "192.0.2.1"), (("vpn.example.com", "A"), "192.0.2.9"), "has a record A 192.0.2.9"),
        (
            (("autoconfig.example.com", "CNAME"), "mail.example.com."),
            (("autoconfig.example.com", "A"), "192.0.2.9"),
            "has a record A in its zone and shall have a record CNAME, and a CNAME stands alone",
        ),
        (
            (("mail.example.com", "A"), "192.0.2.1"),
            (("mail.example.com", "CNAME"), "ghs.example."),
            "has a record CNAME in its zone and shall have a record A, and a CNAME stands alone",
        ),
    ],
)
def test_what_did_not_come_from_here_is_never_replaced(
    ours: tuple[RecordSet, str], there: tuple[RecordSet, str], said: str
) -> None:
    with pytest.raises(RefusedError, match=said):
        plan({ours[0]: [ours[1]]}, {there[0]: [there[1]]})


def test_everything_that_would_be_lost_is_told_at_once() -> None:
    vpn: RecordSet = ("vpn.example.com", "A")
    with pytest.raises(RefusedError) as told:
        plan({MX: ["10 mail.example.com."], vpn: ["192.0.2.1"]}, {MX: ["5 mx.old.example."], vpn: ["192.0.2.9"]})

    assert [line.partition(" has ")[0] for line in str(told.value).splitlines()] == ["example.com", "vpn.example.com"]


_RDATA = some.sampled_from(['"v=spf1 a"', '"v=spf1 mx"', '"MS=ms1"', '"google-site-verification=a"', '"v=spf10"', '""'])


@given(ours=some.sets(_RDATA, min_size=1), there=some.sets(_RDATA), earlier=some.sets(_RDATA))
def test_no_text_of_others_is_ever_left_out_of_a_plan(ours: set[str], there: set[str], earlier: set[str]) -> None:
    try:
        wanted = plan({TEXTS: ours}, {TEXTS: there}, {TEXTS: earlier})[TEXTS]
    except RefusedError:
        return
    assert there - earlier <= set(wanted)
    assert ours <= set(wanted)


def test_names_with_an_underscore_have_one_purpose_and_are_not_shared() -> None:
    assert is_shared("example.com", "TXT")
    assert is_shared("mail.example.com", "TXT")
    assert not is_shared("s1._domainkey.example.com", "TXT")
    assert not is_shared("example.com", "MX")
