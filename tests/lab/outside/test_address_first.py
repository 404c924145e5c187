"""`mailstead up --address-first`: it stops after the reserved address, and the next plain `up` does the rest."""

import pytest

from tests.lab.conftest import KEEP
from tests.lab.outside.conftest import AddressFirst, Ours

pytestmark = pytest.mark.lab

MAILCOW = "pulumi-python:dynamic/mailstead:"


@pytest.fixture
def first(address_first: AddressFirst) -> AddressFirst:
    """The first run of all; in a world that was kept, everything was there already."""
    if KEEP and any(kind.startswith(MAILCOW) for kind in address_first.types):
        pytest.skip("the world was kept from another run, so its address was not the first thing made")
    return address_first


def test_the_first_run_makes_the_address_and_nothing_of_mailcow(first: AddressFirst) -> None:
    assert "oci:Core/publicIp:PublicIp" in first.types
    assert not [kind for kind in first.types if kind.startswith(MAILCOW)]
    assert "command:remote:Command" not in first.types


def test_it_names_the_records_that_are_known_by_the_address_and_the_pointer_to_ask_for(
    first: AddressFirst, ours: Ours
) -> None:
    said = first.run.output

    assert f"The address is yours. What is left: mailstead up --stack {ours.service.stack.name}" in said
    for known in ("mail.example.com", "mail.startup.io", "v=spf1", "PTR", ours.address):
        assert known in said
    assert "_domainkey" not in said, "keys are made by mailcow, which is not there yet"


def test_the_next_run_goes_on_to_a_mail_service_at_the_same_address(first: AddressFirst, ours: Ours) -> None:
    alice, carol = ours.user("alice@example.com"), ours.user("carol@startup.io")

    carol.read(alice.send(carol.address))

    assert ours.address in first.run.output
    assert ours.service.happenings() == []
