"""TXT values on their way into DNS and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.dns_text import joined, quoted


def test_a_text_of_256_octets_is_two_strings() -> None:
    assert quoted("a" * 255) == '"' + "a" * 255 + '"'
    assert quoted("a" * 256) == '"' + "a" * 255 + '" "a"'
    assert quoted("") == '""'


def test_what_would_end_a_string_or_begin_a_comment_is_kept() -> None:
    assert quoted('say "a\\b"; c') == '"say \\"a\\\\b\\"; c"'


def test_strings_are_joined_without_a_blank_between_them() -> None:
    assert joined('"v=DKIM1;k=rsa;" "p=MIIB"') == "v=DKIM1;k=rsa;p=MIIB"


def test_an_unquoted_value_is_read_as_readers_of_dns_read_it() -> None:
    assert joined("v=spf1 mx -all") == "v=spf1mx-all"
    assert joined("v=DMARC1; p=none") == "v=DMARC1"


def test_a_string_that_is_too_long_is_no_record_data() -> None:
    with pytest.raises(ValueError, match="is no TXT record data"):
        joined('"' + "a" * 256 + '"')


@given(some.text(max_size=600))
def test_every_text_comes_back_as_it_went(text: str) -> None:
    assert joined(quoted(text)) == text
