"""A DKIM pair: made once in Vault, never overwritten, only its public half in the state."""

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from core.errors import RefusedError, VaultError
from tests.fakes import FakeVault
from tests.resources.users.conftest import Living
from tests.resources.users.wire import Life
from users.dkim_pair import DkimPairProvider

PATH = "mail/dkim/example.com/s2"
WANTED = {"domain": "example.com", "selector": "s2", "stack": "dev"}


@pytest.fixture
def pair(living: Living) -> Life:
    """The pair s2 of example.com, not made yet."""
    return living(DkimPairProvider)


def test_a_pair_is_an_rsa_key_of_2048_bit_in_vault(pair: Life, vault: FakeVault) -> None:
    assert pair.up(WANTED) == "create"

    private = load_pem_private_key(vault.secrets[PATH].versions[0]["private_key"].encode(), password=None)
    assert isinstance(private, rsa.RSAPrivateKey)
    assert private.key_size == 2048
    assert vault.secrets[PATH].custom["stack"] == "dev"


def test_the_state_of_a_pair_holds_its_record_and_nothing_private(pair: Life, vault: FakeVault) -> None:
    pair.up(WANTED)

    public_key = vault.secrets[PATH].custom["public_key"]
    assert pair.outputs["dns_text"] == f"v=DKIM1;k=rsa;t=s;s=email;p={public_key}"
    private_lines = vault.secrets[PATH].versions[0]["private_key"].splitlines()[1:-1]
    held = repr((pair.inputs, pair.outputs, vault.secrets[PATH].custom))
    assert "PRIVATE" not in held
    assert not [line for line in private_lines if line in held]


def test_a_pair_that_is_there_already_is_kept(pair: Life, living: Living, vault: FakeVault) -> None:
    pair.up(WANTED)
    before = list(vault.secrets[PATH].versions)
    again = living(DkimPairProvider)

    again.up(WANTED)

    assert vault.secrets[PATH].versions == before
    assert again.outputs == pair.outputs


def test_notes_of_a_pair_whose_writing_was_cut_off_are_worked_out_again(
    pair: Life, living: Living, vault: FakeVault
) -> None:
    pair.up(WANTED)
    vault.secrets[PATH].custom.clear()
    again = living(DkimPairProvider)

    again.up(WANTED)

    assert again.outputs == pair.outputs
    assert vault.secrets[PATH].custom["public_key"] == pair.outputs["public_key"]


def test_another_stacks_pair_is_refused_and_not_deleted(pair: Life, living: Living, vault: FakeVault) -> None:
    pair.up(WANTED)

    with pytest.raises(RefusedError, match="belongs to stack dev"):
        living(DkimPairProvider).up({**WANTED, "stack": "prod"})

    assert vault.secrets[PATH].versions


def test_what_is_no_key_is_refused_without_showing_it(pair: Life, vault: FakeVault) -> None:
    vault.create_secret(PATH, {"private_key": "something-else"}, {})

    with pytest.raises(VaultError, match="no RSA private key") as raised:
        pair.up(WANTED)

    assert "something-else" not in str(raised.value)


def test_another_selector_is_another_pair_and_the_old_one_goes_after_it() -> None:
    found = DkimPairProvider().diff("", WANTED, {**WANTED, "selector": "s3"})

    assert found.replaces == ["selector"]
    assert not found.delete_before_replace
