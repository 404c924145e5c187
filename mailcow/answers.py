"""One exchange with mailcow's API: send, try again while mailcow is not up, judge the answer by its body.

No error text of this module holds a request, whose body may be a password.
"""

import html
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import quote

import requests
import tenacity

from core.errors import (
    HostUnreachableError,
    MailcowRefusedError,
    MailcowUnavailableError,
    MailcowUnclearError,
)

_CONNECT_TIMEOUT_S = 15
_READS = 3  # an empty answer is a PHP error, often of the database and soon over
_LONGEST_PAUSE_S = 10
_ANSWER_TIMEOUT_S = 180  # a delete at 6000 mailboxes and all of a domain's mailboxes take seconds, and may queue
PATIENCE_S = 120.0
"""How long a call waits for a mailcow that starts or restarts."""
_PASSING = ("SQLSTATE[40001]", "SQLSTATE[HY000]: General error: 1205", "SQLSTATE[HY000] [2002]")
"""How text begins that says a deadlock, a lock waited for too long, a database that restarts."""


@dataclass(frozen=True)
class Message:
    """One line of mailcow's answer to a change."""

    type: str
    """``success``, ``info``, ``warning``, ``danger`` or ``error``."""
    key: str
    """mailcow's name of what it says, such as ``mailbox_added``; sometimes free text."""
    arguments: tuple[str, ...] = ()

    @property
    def refuses(self) -> bool:
        """Whether it says that something was not done."""
        return self.type in {"danger", "error"}

    @property
    def will_pass(self) -> bool:
        """Whether it is the database's trouble of the moment, which only ``edit/mailbox`` puts into words."""
        return self.key.startswith(_PASSING)

    def __str__(self) -> str:
        return " ".join((self.key.replace("_", " "), *self.arguments))


class RefusalError(MailcowRefusedError):
    """mailcow's refusal with the keys of what it said, for who wants to decide by them."""

    def __init__(self, text: str, keys: Sequence[str]) -> None:
        super().__init__(text)
        self.keys = frozenset(keys)


class Caller:
    """Makes the exchanges of one mail server. One instance serves several threads."""

    def __init__(self, session: requests.Session, *, hostname: str, key: Callable[[], str], patience_s: float) -> None:
        self._session = session
        self._hostname = hostname
        self._ask_for_key = key
        self._key: str | None = None
        self._patience_s = patience_s
        self.pause = tenacity.wait_random_exponential(multiplier=0.5, max=min(_LONGEST_PAUSE_S, patience_s))
        """How long to wait before a try again, longer from one to the next."""

    def read(self, *route: str, doing: str) -> Any:
        """Read one object or list; None when there is none.

        Raises:
            MailcowUnavailableError: mailcow is not up.
            MailcowRefusedError: It does not take the key, or has no such route.
            MailcowUnclearError: It answered nothing, several times.
        """
        # mailcow decodes names twice, so they are escaped twice.
        path = "/".join(("get", *(quote(quote(part, safe="@"), safe="@") for part in route)))
        for _ in range(_READS):
            answer = self._patiently("GET", path, None, doing)
            if answer is not None:
                break
        else:
            raise MailcowUnclearError(
                f"mailcow on {self._hostname} answered nothing to {doing}; look at its php-fpm log"
            )
        if isinstance(answer, dict) and {"type", "msg"} <= answer.keys():
            self._refuse(_messages(answer), doing)
        return cast("Any", answer) or None

    def change(self, route: str, body: object, *, doing: str) -> tuple[Message, ...] | None:
        """Make one change; returns what mailcow said.

        It is sent again when the connection broke off, so it must be one that does no harm when done twice. Nothing
        said means that the change may have failed half-way: read back. None means that mailcow did not answer in
        time and may be at it still.

        Raises:
            MailcowUnavailableError: mailcow is not up.
            RefusalError: It refused the change, or a part of it.
        """
        return self._judged(self._patiently("POST", route, body, doing), doing)

    def change_once(self, route: str, body: object, *, doing: str) -> tuple[Message, ...] | None:
        """Make one change that must not be sent twice; nothing is said also when the connection broke off: read back.

        None means, as of ``change``, that mailcow may be at it still.

        Raises:
            RefusalError: It refused the change, or a part of it.
        """
        try:
            answer = self._exchange("POST", route, body, doing)
        except (MailcowUnavailableError, HostUnreachableError):
            return ()
        return self._judged(answer, doing)

    def _judged(self, answer: Any, doing: str) -> tuple[Message, ...] | None:
        if answer is _LATE:
            return None
        messages = tuple(message for message in _messages(answer) if not message.will_pass)
        self._refuse(messages, doing)
        return messages

    def _refuse(self, messages: Sequence[Message], doing: str) -> None:
        refusals = [message for message in messages if message.refuses]
        if refusals:
            said = "; ".join(str(message) for message in refusals)
            raise RefusalError(
                f"mailcow on {self._hostname} refused to {doing}: {said}", [message.key for message in refusals]
            )

    def _patiently(self, method: str, path: str, body: object, doing: str) -> Any:
        """Make one exchange, and again while mailcow or its host is not up; what the body says, or None."""
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type((MailcowUnavailableError, HostUnreachableError)),
            stop=tenacity.stop_after_delay(self._patience_s),
            wait=tenacity.wait_random_exponential(multiplier=0.5, max=_LONGEST_PAUSE_S),
            reraise=True,
        )
        return retrying(self._exchange, method, path, body, doing)

    def _exchange(self, method: str, path: str, body: object, doing: str) -> Any:
        """Send one request; None for an answer without a body, ``_LATE`` for none in time to a change."""
        who = f"mailcow on {self._hostname}"
        try:
            response = self._session.request(
                method,
                f"https://{self._hostname}/api/v1/{path}",
                json=body,
                headers={"X-API-Key": self._api_key(), "Accept": "application/json"},
                timeout=(_CONNECT_TIMEOUT_S, _ANSWER_TIMEOUT_S),
                allow_redirects=False,
            )
        # `from None`: what requests raises can carry the request.
        except requests.exceptions.ReadTimeout:
            if method == "POST":
                return _LATE  # it goes on there; sent again it would run beside itself
            raise MailcowUnavailableError(
                f"{who} did not answer within {_ANSWER_TIMEOUT_S} s (to {doing}); look at its load"
            ) from None
        except requests.exceptions.RequestException as error:
            raise MailcowUnavailableError(
                f"{who} cannot be reached (to {doing}, {type(error).__name__}); check that its containers run"
            ) from None
        text = response.text.strip()
        if text.startswith("<"):
            raise MailcowUnavailableError(
                f"{who} is not ready (to {doing}, HTTP {response.status_code} with a web page); "
                "check its containers, then run again"
            )
        if response.status_code in {401, 403}:
            raise RefusalError(_not_let_in(who, doing, text), ["authentication failed"])
        if not text:
            return None
        try:
            answer = json.loads(text)
        except ValueError:
            raise MailcowUnclearError(
                f"{who} answered to {doing} with HTTP {response.status_code} and no JSON; look at its php-fpm log"
            ) from None
        if response.status_code >= 500:
            raise MailcowUnavailableError(
                f"{who} failed to {doing} with HTTP {response.status_code}; look at its log, then run again"
            )
        if response.status_code >= 300:
            said = "; ".join(str(message) for message in _messages(answer))
            raise RefusalError(
                f"{who} does not know how to {doing}: {said} (HTTP {response.status_code}); "
                "its version may not be one that mailstead knows",
                ["route not found"],
            )
        return {} if answer is None else answer  # None is for no answer at all

    def _api_key(self) -> str:
        if self._key is None:
            self._key = self._ask_for_key()
        return self._key


_LATE: Final = object()
"""Instead of an answer: none came in time."""


def _not_let_in(who: str, doing: str, text: str) -> str:
    said = text.lower()
    if "denied for ip" in said:
        return f"{who} takes no API calls from where these come from (to {doing}); check API_ALLOW_FROM there"
    if "read/write" in said:
        return f"{who} was given a read-only API key to {doing}; put the read-write one into Vault"
    return (
        f"{who} does not take the API key from Vault (to {doing}); run `mailstead up --refresh` to renew it, or for a"
        " server that was there before `mailstead adopt --api-key-stdin --replace-key`"
    )


def _messages(answer: Any) -> tuple[Message, ...]:
    """Read a list of messages, one message or nothing; the ``log`` beside each, which holds requests, is dropped."""
    rows = cast("list[Any]", answer if isinstance(answer, list) else [answer])
    return tuple(_message(cast("dict[str, Any]", row)) for row in rows if isinstance(row, dict))


def _message(row: dict[str, Any]) -> Message:
    said = row.get("msg")
    words = cast("list[Any]", said if isinstance(said, list) else [said])
    key, *arguments = [html.unescape(str(word)) for word in words if isinstance(word, str | int | float)] or [""]
    return Message(type=str(row.get("type", "")), key=key, arguments=tuple(arguments))
