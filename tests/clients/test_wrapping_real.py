"""Single-use tokens against a real server: opened once, told apart from expired, and never by the wrong people."""

import os
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import hvac
import pytest

from core.errors import RefusedError, VaultDeniedError, VaultError
from core.handover import handover_of, notes_of
from ops.handover import HandingOver, receive
from ops.handover_words import Recipient, message
from tests.clients.openbao import BAO, TOKEN, running
from tests.ops.passwords import Office, person
from vault.api import VaultApi
from vault.wrapping import ForeignTokenError, NoSuchTokenError, WrappingApi

pytestmark = pytest.mark.lab

BOB = "mail/users/a.example/bob"
PASSWORD = "Planted.Secret-22"
FOUNDATION = Path(__file__).parents[2] / "foundation" / "vault"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(tmp_path_factory.mktemp("bao")) as address:
        yield address


@pytest.fixture
def root(address: str) -> Any:
    """Do by hand what our client cannot; hvac has no types."""
    return cast("Any", hvac.Client(url=address, token=TOKEN))


@pytest.fixture
def vault(address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[VaultApi]:
    monkeypatch.setenv("VAULT_ADDR", address)
    monkeypatch.setenv("VAULT_TOKEN", TOKEN)
    vault = VaultApi.from_environment()
    vault.create_secret(BOB, {"password": PASSWORD}, {"state": "initial", "stack": "dev"})
    yield vault
    vault.delete_all(BOB)


@pytest.fixture
def wrapping(vault: VaultApi) -> WrappingApi:
    return WrappingApi.from_environment()


def handing_over(vault: VaultApi, wrapping: WrappingApi) -> HandingOver:
    return HandingOver(vault=vault, wrapping=wrapping, stack="dev", now=lambda: datetime.now(tz=UTC))


def test_a_token_opens_once_for_somebody_who_has_nothing_else(
    wrapping: WrappingApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = wrapping.wrap(BOB, 120)
    monkeypatch.delenv("VAULT_TOKEN")
    hers = WrappingApi.without_login()

    opened = hers.unwrap(token.token)

    assert (opened.path, dict(opened.values)) == (BOB, {"password": PASSWORD})
    with pytest.raises(NoSuchTokenError):
        hers.unwrap(token.token)


def test_the_end_of_a_token_is_told_by_the_server(wrapping: WrappingApi) -> None:
    before = datetime.now(tz=UTC).replace(microsecond=0)

    expires = wrapping.wrap(BOB, 120).expires

    assert timedelta(seconds=120) <= expires - before <= timedelta(seconds=130)


def test_a_token_that_was_opened_and_one_that_expired_are_told_apart_by_the_time(wrapping: WrappingApi) -> None:
    used, expired = wrapping.wrap(BOB, 120), wrapping.wrap(BOB, 1)
    assert wrapping.look_up_accessor(used.accessor) == "open"

    wrapping.unwrap(used.token)
    time.sleep(2)

    now = datetime.now(tz=UTC)
    for token, status in ((used, "used"), (expired, "expired")):
        is_open = wrapping.look_up_accessor(token.accessor) == "open"
        notes = notes_of(accessor=token.accessor, expires=token.expires)
        assert handover_of(notes, is_open=is_open, now=now).status == status


def test_a_token_that_was_revoked_opens_nothing_and_revoking_it_again_is_done(wrapping: WrappingApi) -> None:
    token = wrapping.wrap(BOB, 120)

    wrapping.revoke_accessor(token.accessor)
    wrapping.revoke_accessor(token.accessor)
    wrapping.revoke_accessor("never-was")

    with pytest.raises(NoSuchTokenError):
        wrapping.unwrap(token.token)


def test_what_somebody_wrapped_again_after_opening_it_is_refused_and_stays_closed(
    wrapping: WrappingApi, root: Any
) -> None:
    """Otherwise whoever caught the message could read the password and pass a fresh token on."""
    caught = wrapping.wrap(BOB, 120)
    stolen = wrapping.unwrap(caught.token)
    again = root.adapter.post(
        "/v1/sys/wrapping/wrap", json={"data": dict(stolen.values)}, headers={"X-Vault-Wrap-TTL": "120s"}
    )["wrap_info"]

    with pytest.raises(ForeignTokenError, match="sys/wrapping/wrap"):
        wrapping.unwrap(again["token"])

    assert wrapping.look_up_accessor(again["accessor"]) == "open"


@pytest.mark.parametrize("token", ["", "s.nothing", TOKEN])
def test_what_is_no_wrapping_token_is_not_one(wrapping: WrappingApi, token: str) -> None:
    with pytest.raises(VaultError):
        wrapping.unwrap(token)


def test_nothing_can_be_wrapped_where_nothing_is(wrapping: WrappingApi) -> None:
    with pytest.raises(VaultError, match=r"nothing at mail/users/a\.example/nobody"):
        wrapping.wrap("mail/users/a.example/nobody", 120)


def test_a_hand_over_from_its_making_to_the_second_try(vault: VaultApi, wrapping: WrappingApi) -> None:
    bob, over = person(), handing_over(vault, wrapping)
    assert over.status(bob).status == "never"

    made = over.make(bob, ttl_s=120)
    assert over.status(bob).status == "open"
    assert receive(wrapping, made.token.token).password == PASSWORD

    assert over.status(bob).status == "used"
    with pytest.raises(RefusedError, match="SOMEBODY OPENED IT FIRST"):
        receive(wrapping, made.token.token)
    metadata = vault.metadata(BOB)
    assert metadata is not None
    assert {"state", "stack", "handover_accessor", "handover_expires"} == set(metadata.custom)


def test_the_next_token_ends_the_one_before(vault: VaultApi, wrapping: WrappingApi) -> None:
    over = handing_over(vault, wrapping)
    first = over.make(person(), ttl_s=120)

    second = over.make(person(), ttl_s=120)

    assert second.before.status == "open"
    with pytest.raises(RefusedError):
        receive(wrapping, first.token.token)
    assert receive(wrapping, second.token.token).password == PASSWORD


@pytest.fixture
def with_policies(root: Any, address: str) -> Any:
    """Give a client of Vault and one of wrapping, whose token has policies of foundation/vault and nothing else."""

    def clients(*policies: str) -> tuple[VaultApi, WrappingApi]:
        for policy in policies:
            root.sys.create_or_update_policy(policy, (FOUNDATION / f"{policy}.hcl").read_text())
        made = root.auth.token.create(policies=list(policies), no_default_policy=True)
        token = str(made["auth"]["client_token"])

        def connect(own: str) -> hvac.Client:
            return hvac.Client(url=address, token=own)

        return VaultApi(connect(token)), WrappingApi(connect, token=token)

    return clients


def test_a_help_desk_hands_over_and_never_sees_a_password(vault: VaultApi, with_policies: Any) -> None:
    hers, wrapping = with_policies("handover")
    over = handing_over(hers, wrapping)
    over.make(person(), ttl_s=120)

    made = over.make(person(), ttl_s=120)

    assert over.status(person()).status == "open"
    for ask in (lambda: hers.read(BOB), lambda: hers.write_version(BOB, {"password": "x"})):
        with pytest.raises(VaultDeniedError):
            ask()
    with pytest.raises(VaultDeniedError):
        over.make(person(), ttl_s=8 * 24 * 3600)
    assert receive(WrappingApi.without_login(), made.token.token).password == PASSWORD


def test_an_operator_hands_over_and_rotates_and_deletes_nobody(vault: VaultApi, with_policies: Any) -> None:
    hers, wrapping = with_policies("operator")

    assert handing_over(hers, wrapping).make(person(), ttl_s=120).before.status == "never"
    assert hers.write_next(BOB, {"password": "another"}, after=1) is True
    assert hers.write_next(BOB, {"password": "too late"}, after=1) is False
    assert hers.read(BOB) == {"password": "another"}
    with pytest.raises(VaultDeniedError):
        hers.delete_all(BOB)


def test_an_operators_policy_is_enough_to_rotate_and_the_old_token_opens_nothing(
    vault: VaultApi, wrapping: WrappingApi, with_policies: Any
) -> None:
    old = handing_over(vault, wrapping).make(person(), ttl_s=120)
    office = Office()
    office.has_mailbox(person(), PASSWORD)
    hers, her_wrapping = with_policies("operator")

    replace(office.rotating(), vault=hers, wrapping=her_wrapping).rotate(person())

    assert vault.read(BOB) == {"password": office.mailcow.passwords["bob@a.example"]}
    metadata = vault.metadata(BOB)
    assert metadata is not None
    assert (metadata.version, {**metadata.custom, "rotated": ""}) == (
        2,
        {"state": "rotated", "stack": "dev", "rotated": ""},
    )
    with pytest.raises(NoSuchTokenError):
        wrapping.unwrap(old.token.token)


def test_a_provisioner_that_may_not_look_a_token_up_is_denied_and_not_told_that_it_is_gone(
    vault: VaultApi, wrapping: WrappingApi, with_policies: Any
) -> None:
    """Denied taken for gone would tell that somebody opened a token that nobody has touched."""
    made = handing_over(vault, wrapping).make(person(), ttl_s=120)
    hers, her_wrapping = with_policies("provisioner")

    with pytest.raises(VaultDeniedError, match="look up a token"):
        handing_over(hers, her_wrapping).status(person())

    assert wrapping.look_up_accessor(made.token.accessor) == "open"


@pytest.mark.parametrize("way", ["unwrap", "curl"])
def test_what_the_message_tells_her_to_type_opens_the_password_once(
    vault: VaultApi, wrapping: WrappingApi, address: str, way: str, tmp_path: Path
) -> None:
    now = datetime.now(tz=UTC)
    made = handing_over(vault, wrapping).make(person(), ttl_s=120)
    to = Recipient(address="bob@a.example", hostname="mail.a.example", vault_address=address)
    lines = [line.strip() for line in message(made, to, now=now).splitlines()]
    typed = "\n".join(line for line in lines if re.match(r"export |VAULT_TOKEN=" if way == "unwrap" else "echo ", line))
    (tmp_path / "vault").symlink_to(BAO)

    def type_it() -> str:
        path = f"{tmp_path}:{os.environ['PATH']}"
        env = {"PATH": path, "HOME": str(tmp_path)}
        done = subprocess.run(["sh", "-c", typed], env=env, capture_output=True, text=True, check=False)
        return done.stdout + done.stderr

    assert re.search(rf'"password": ?"{re.escape(PASSWORD)}"', type_it())
    assert "wrapping token is not valid or does not exist" in type_it()
