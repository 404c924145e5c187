"""Says how a hand-over stands: what to send to the person, and what became of it; as text and for JSON."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from core.handover import Handover, in_plain_words
from ops.handover import Made

_HERE = {"localhost", "127.0.0.1", "::1", "0.0.0.0"}  # noqa: S104 — recognised, not listened on


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """Who gets a token, and what leads to Vault and to her mailbox."""

    address: str
    hostname: str
    """Of the mail server, whose web page she logs in at."""
    vault_address: str
    """As she reaches it: ``https://vault.example.com:8200``."""
    vault_namespace: str = ""
    vault_ca: str = ""
    """File of Vault's own CA on the operator's machine; empty where its certificate is trusted everywhere."""

    @property
    def web(self) -> str:
        """Where she logs in and changes her password."""
        return f"https://{self.hostname}/"


def message(made: Made, to: Recipient, *, now: datetime) -> str:
    """Write what to send to her: the token, what she does with it, and what it means when that fails."""
    until = in_plain_words(made.token.expires, now=now)
    return "\n".join([*_opening(to, until), *_commands(made.token.token, to), *_afterwards(to)])


def _opening(to: Recipient, until: str) -> Iterator[str]:
    yield f"Your mailbox {to.address} is ready."
    yield "Its first password lies behind a token, which opens it once, and only"
    yield f"until {until}."
    yield ""


def _commands(token: str, to: Recipient) -> Iterator[str]:
    header = f" --header 'X-Vault-Namespace: {to.vault_namespace}'" if to.vault_namespace else ""
    yield "With the program of Vault (or bao, of OpenBao) type:"
    yield ""
    yield f"  export VAULT_ADDR={to.vault_address}"
    if to.vault_namespace:
        yield f"  export VAULT_NAMESPACE={to.vault_namespace}"
    yield f"  VAULT_TOKEN={token} vault unwrap -format=json"
    yield ""
    yield "or with curl:"
    yield ""
    yield (
        f"  echo 'X-Vault-Token: {token}' |"
        f" curl -sS --header @-{header} --request POST {to.vault_address}/v1/sys/wrapping/unwrap"
    )
    yield ""
    yield 'The password stands in the answer behind "password".'
    if to.vault_ca:
        yield "If the certificate is not trusted, ask for the file of our CA and name it: export VAULT_CACERT=FILE,"
        yield "or for curl --cacert FILE."
    yield ""


def _afterwards(to: Recipient) -> Iterator[str]:
    yield f"Then log in at {to.web} and choose a password of your own there."
    yield ""
    yield 'If the answer is "wrapping token is not valid or does not exist" and the time is not over,'
    yield "somebody opened it before you: tell us at once."


def notices(made: Made, to: Recipient) -> Iterator[str]:
    """Say to the operator what should be known before the message goes out."""
    if made.before.status == "open":
        yield "The token that was open until now is revoked: the message that brought it is worth nothing any more."
    if made.before.status == "used":
        yield (
            "The token before this one was opened. If its person has chosen a password of her own since, this first"
            f" one opens nothing: mailstead rotate {to.address} makes a new one."
        )
    if (urlsplit(to.vault_address).hostname or "") in _HERE:
        yield (
            f"VAULT_ADDR {to.vault_address} leads nowhere on her machine: say how she reaches Vault with"
            " --vault-address, or show her the password here with --deliver."
        )


def made_as_json(made: Made, to: Recipient, *, now: datetime) -> dict[str, Any]:
    """Give a token that was made, for machines: the token is in it, and in ``message``."""
    return {
        "address": to.address,
        "token": made.token.token,
        "accessor": made.token.accessor,
        "expires": _utc(made.token.expires),
        "vault_address": to.vault_address,
        "web": to.web,
        "revoked": made.before.status == "open",
        "message": message(made, to, now=now),
    }


def status_sentence(address: str, found: Handover, *, now: datetime) -> str:
    """Say in one sentence how far a hand-over has come, and what to do about it."""
    until = in_plain_words(found.expires, now=now) if found.expires else "a time that is not noted"
    match found.status:
        case "never":
            return f"{address}: never handed over; mailstead handover {address} makes a token"
        case "open":
            return f"{address}: open; nobody has used the token, which ends {until}"
        case "used" if found.delivered:
            return f"{address}: used; the password was shown on screen {in_plain_words(found.delivered, now=now)}"
        case "used":
            return (
                f"{address}: used; the token was opened before its end, {until}. "
                f"If that was not its person, somebody knows the password: mailstead rotate {address}"
            )
        case "expired":
            return (
                f"{address}: expired; the token ended {until}. Whether it was opened before cannot be told any more; "
                f"if it was not, mailstead handover {address} makes another"
            )


def status_as_json(address: str, found: Handover) -> dict[str, Any]:
    """Give the same for machines; times are RFC 3339 in UTC or null."""
    return {
        "address": address,
        "status": found.status,
        "expires": _utc(found.expires),
        "delivered": _utc(found.delivered),
    }


def _utc(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
