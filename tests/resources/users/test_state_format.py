"""What the state keeps of the providers: their import paths, which must stay as they are."""

import base64

import pytest
from pulumi.dynamic import ResourceProvider
from pulumi.dynamic.dynamic import serialize_provider

from users.alias import Alias, AliasProvider
from users.dkim_key import DkimKey, DkimKeyProvider
from users.dkim_pair import DkimPair, DkimPairProvider
from users.dns_gate import DnsGate, DnsGateProvider
from users.domain import Domain, DomainProvider
from users.mailbox import Mailbox, MailboxProvider
from users.move_in import MoveIn, MoveInProvider
from users.mta_sts import MtaSts, MtaStsProvider
from users.roster import Roster, RosterProvider
from users.vault_secret import VaultSecret, VaultSecretProvider
from users.way_out import WayOut, WayOutProvider

PATHS = [
    (MailboxProvider, "users.mailbox", "MailboxProvider"),
    (DomainProvider, "users.domain", "DomainProvider"),
    (AliasProvider, "users.alias", "AliasProvider"),
    (DkimKeyProvider, "users.dkim_key", "DkimKeyProvider"),
    (DkimPairProvider, "users.dkim_pair", "DkimPairProvider"),
    (VaultSecretProvider, "users.vault_secret", "VaultSecretProvider"),
    (RosterProvider, "users.roster", "RosterProvider"),
    (DnsGateProvider, "users.dns_gate", "DnsGateProvider"),
    (MoveInProvider, "users.move_in", "MoveInProvider"),
    (WayOutProvider, "users.way_out", "WayOutProvider"),
    (MtaStsProvider, "users.mta_sts", "MtaStsProvider"),
]


@pytest.mark.parametrize(("kind", "module", "name"), PATHS)
def test_the_state_holds_a_short_reference_to_a_provider_and_no_code(
    kind: type[ResourceProvider], module: str, name: str
) -> None:
    stored = base64.b64decode(serialize_provider(kind()))

    assert module.encode() in stored
    assert name.encode() in stored
    assert len(stored) < 100


@pytest.mark.parametrize(("kind", "module", "name"), PATHS)
def test_a_provider_holds_no_attribute_and_is_no_secret(kind: type[ResourceProvider], module: str, name: str) -> None:
    assert vars(kind()) == {}
    assert kind.serialize_as_secret_always is False


@pytest.mark.parametrize(
    "kind", [Mailbox, Domain, Alias, DkimKey, DkimPair, VaultSecret, Roster, MoveIn, DnsGate, WayOut, MtaSts]
)
def test_a_resource_is_typed_by_product_and_kind(kind: type) -> None:
    assert vars(kind)["_resource_type_name"] == f"dynamic/mailstead:{kind.__name__}"
