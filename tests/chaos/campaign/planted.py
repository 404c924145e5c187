"""Six defects, planted one at a time: a campaign that does not find each of them proves nothing."""

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from typing import Any, Final
from unittest import mock

from hvac.api.secrets_engines.kv_v2 import KvV2
from pulumi.dynamic import CheckResult

from mailcow.answers import Caller, Message
from mailcow.calls.changing import Changing
from users.host_provider import MailHost
from users.roster import RosterProvider

Patch = tuple[Any, str, Any]
_SAID: Final = {"edit/rl-mbox": "rl_saved", "add/app-passwd": "app_passwd_added"}


@contextmanager
def planted(defect: str) -> Iterator[None]:
    """Let the product have a defect."""
    with ExitStack() as stack:
        for target, name, value in DEFECTS[defect]():
            stack.enter_context(mock.patch.object(target, name, value))
        yield


def _no_cas() -> Iterator[Patch]:
    """Write a first password whatever is there."""
    write = KvV2.create_or_update_secret

    def without_cas(self: Any, *args: Any, cas: int | None = None, **more: Any) -> Any:
        return write(self, *args, **more)

    yield KvV2, "create_or_update_secret", without_cas


def _no_read_back() -> Iterator[Patch]:
    """Take an empty answer for success."""
    change = Caller.change

    def trusting(self: Caller, route: str, body: object, *, doing: str) -> Any:
        said = change(self, route, body, doing=doing)
        if said:
            return said
        action, _, kind = route.partition("/")
        done = {"add": "added", "edit": "modified", "delete": "removed"}[action]
        return (Message("success", _SAID.get(route, f"{kind}_{done}")),)

    yield Caller, "change", trusting


def _parallel_deletes() -> Iterator[Patch]:
    """Delete side by side."""
    begin = Changing.__init__

    @functools.wraps(begin)
    def side_by_side(self: Changing, caller: Caller, *_: Any, **__: Any) -> None:
        begin(self, caller, nullcontext)

    yield Changing, "__init__", side_by_side


def _trusting_read() -> Iterator[Patch]:
    """Say that something is gone because the answer is ``{}``."""
    yield MailHost, "prove_it_answers", lambda _: None


def _adoption_without_tag() -> Iterator[Patch]:
    """Take over whatever has the address."""
    for name, module in sorted(sys.modules.items()):
        if name.startswith("users.") and hasattr(module, "refuse_unless_ours"):
            yield module, "refuse_unless_ours", lambda *_, **__: None


def _no_roster() -> Iterator[Patch]:
    """Let anybody vanish from the list."""
    check = RosterProvider.check

    def unguarded(self: RosterProvider, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        return CheckResult(check(self, olds, news).inputs, [])

    yield RosterProvider, "check", unguarded


DEFECTS: Final[dict[str, Callable[[], Iterator[Patch]]]] = {
    "no_cas": _no_cas,
    "no_read_back": _no_read_back,
    "parallel_deletes": _parallel_deletes,
    "trusting_read": _trusting_read,
    "adoption_without_tag": _adoption_without_tag,
    "no_roster": _no_roster,
}
