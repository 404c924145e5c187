"""Typed client of mailcow's web API. Knows HTTP and JSON; knows nothing of Pulumi.

Each change is judged by what mailcow says, and where it says nothing by reading the object back.
"""

import threading
from collections.abc import Callable, Mapping
from typing import Any, Self, cast

import requests

from core.errors import MailcowRefusedError, MailcowUnavailableError, MailcowUnclearError
from mailcow import wire
from mailcow.answers import PATIENCE_S, Caller, RefusalError
from mailcow.rows import (
    AliasRow,
    ContainerRow,
    DkimRow,
    DomainRow,
    MailboxRow,
    Mailcow,
    NewAlias,
    NewDomain,
    NewMailbox,
)
from mailcow.transport import session_over_ssh
from ssh.client import HostAddress

_DELETES = 3  # a delete that died half-way is repaired by the next

# Deletes and edits of domains rebuild a view over all mailboxes; side by side they deadlock in mailcow's
# database and leave half-deleted mailboxes. So one at a time, in the whole process.
_one_at_a_time = threading.Lock()


class MailcowApi(Mailcow):
    """``Mailcow`` (see ``mailcow.rows``) over HTTP, with ``version`` and ``containers``.

    Several threads may share one.
    """

    def __init__(
        self,
        session: requests.Session,
        *,
        hostname: str,
        key: Callable[[], str],
        patience_s: float = PATIENCE_S,
    ) -> None:
        """Remember how to call.

        Args:
            session: Sends the requests; keeps no cookies.
            hostname: mailcow's own name.
            key: Asked for the API key at the first call.
            patience_s: How long a call waits for a mailcow that is not up.
        """
        self._caller = Caller(session, hostname=hostname, key=key, patience_s=patience_s)

    @classmethod
    def over_ssh(cls, host: HostAddress, *, hostname: str, key: Callable[[], str]) -> Self:
        """Reach the API on the host's loopback through SSH; connects at the first call."""
        return cls(session_over_ssh(host), hostname=hostname, key=key)

    def version(self) -> str:
        """Return the version that mailcow reports: a tag, or a short hash for a pinned one."""
        answer = cast("Mapping[str, Any]", self._caller.read("status", "version", doing="read its version") or {})
        return str(answer.get("version", ""))

    def containers(self) -> tuple[ContainerRow, ...]:
        """Read the state of all of mailcow's containers.

        Raises:
            MailcowUnavailableError: mailcow cannot ask Docker.
        """
        answer = self._caller.read("status", "containers", doing="read the state of its containers")
        if not answer:
            raise MailcowUnavailableError("mailcow cannot see its containers; restart its dockerapi container")
        found = cast("Mapping[str, Any]", answer)
        return tuple(wire.container(found[name]) for name in sorted(found))

    def get_domain(self, name: str) -> DomainRow | None:
        answer = self._caller.read("domain", name, doing=f"read domain {name}")
        return None if answer is None else wire.domain(answer)

    def list_domains(self) -> tuple[DomainRow, ...]:
        answer = self._caller.read("domain", "all", doing="list the domains")
        return tuple(wire.domain(row) for row in answer or ())

    def add_domain(self, domain: NewDomain) -> bool:
        # key_size 0: the DKIM key is an object of its own, else mailcow makes one here.
        body = {"domain": domain.name, **_domain_attributes(domain), "key_size": 0, "tags": list(domain.tags)}
        return self._add("domain", body, doing=f"add domain {domain.name}", read=lambda: self.get_domain(domain.name))

    def edit_domain(self, domain: NewDomain) -> None:
        doing = f"edit domain {domain.name}"
        body = {"items": [domain.name], "attr": _domain_attributes(domain)}
        with _one_at_a_time:
            messages = self._caller.change("edit/domain", body, doing=doing)
            if not any(message.key == "domain_modified" for message in messages):
                row = self.get_domain(domain.name)
                self._settle(doing, done=row is not None and _is_met(domain, row))

    def delete_domain(self, name: str) -> None:
        self._delete("domain", name, read=lambda: self.get_domain(name))

    def get_dkim(self, domain: str) -> DkimRow | None:
        answer = self._caller.read("dkim", domain, doing=f"read the DKIM key of {domain}")
        return None if answer is None else wire.dkim(domain, answer)

    def add_dkim(self, domain: str, *, selector: str, key_size: int) -> bool:
        return self._add(
            "dkim",
            {"domains": domain, "dkim_selector": selector, "key_size": key_size},
            doing=f"add DKIM key {selector} to {domain}",
            read=lambda: self.get_dkim(domain),
        )

    def delete_dkim(self, domain: str) -> None:
        self._delete("dkim", domain, read=lambda: self.get_dkim(domain))

    def get_mailbox(self, address: str) -> MailboxRow | None:
        answer = self._caller.read("mailbox", address, doing=f"read mailbox {address}")
        return None if answer is None else wire.mailbox(address, answer)

    def list_mailboxes(self, domain: str) -> tuple[MailboxRow, ...]:
        # "reduced" has all that we compare, at a fifth of the time. Of a missing domain mailcow gives all
        # mailboxes there are, and a half-deleted one has no name.
        answer = self._caller.read("mailbox", "reduced", domain, doing=f"list the mailboxes of {domain}")
        found = (wire.mailbox(str(row["username"]), row) for row in answer or () if row.get("username"))
        return tuple(row for row in found if row.address.endswith(f"@{domain.lower()}"))

    def add_mailbox(self, mailbox: NewMailbox, *, password: str) -> bool:
        local_part, _, domain = mailbox.address.rpartition("@")
        body = {
            "local_part": local_part,
            "domain": domain,
            "name": mailbox.name,
            "quota": mailbox.quota_mib,
            "password": password,
            "password2": password,
            "active": _flag(mailbox.active),
            "force_pw_update": "0",
            "tags": list(mailbox.tags),
        }
        return self._add(
            "mailbox",
            body,
            doing=f"add mailbox {mailbox.address}",
            read=lambda: self.get_mailbox(mailbox.address),
        )

    def edit_mailbox(self, address: str, *, name: str, quota_mib: int, active: bool) -> None:
        doing = f"edit mailbox {address}"
        attributes = {"name": name, "quota": quota_mib, "active": _flag(active)}
        messages = self._caller.change("edit/mailbox", {"items": [address], "attr": attributes}, doing=doing)
        if not any(message.key == "mailbox_modified" for message in messages):
            row = self.get_mailbox(address)
            wanted = (name, quota_mib, active)
            self._settle(doing, done=row is not None and (row.name, row.quota_mib, row.active) == wanted)

    def delete_mailbox(self, address: str) -> None:
        self._delete("mailbox", address, read=lambda: self.get_mailbox(address))

    def get_alias(self, address: str) -> AliasRow | None:
        answer = self._caller.read("alias", address, doing=f"read alias {address}")
        return None if answer is None else wire.alias(answer)

    def list_aliases(self, domain: str) -> tuple[AliasRow, ...]:
        answer = self._caller.read("alias", "all", domain, doing=f"list the aliases of {domain}")
        return tuple(wire.alias(row) for row in answer or ())

    def add_alias(self, alias: NewAlias) -> bool:
        body = {"address": alias.address, **_alias_attributes(alias)}
        return self._add("alias", body, doing=f"add alias {alias.address}", read=lambda: self.get_alias(alias.address))

    def edit_alias(self, alias: NewAlias) -> None:
        doing = f"edit alias {alias.address}"
        body = {"items": [alias.address], "attr": _alias_attributes(alias)}
        messages = self._caller.change("edit/alias", body, doing=doing)
        if not any(message.key == "alias_modified" for message in messages):
            row = self.get_alias(alias.address)
            done = row is not None and (row.active, set(row.goto)) == (alias.active, set(alias.goto))
            self._settle(doing, done=done)

    def delete_alias(self, address: str) -> None:
        self._delete("alias", address, read=lambda: self.get_alias(address))

    def _add(self, kind: str, body: object, *, doing: str, read: Callable[[], object | None]) -> bool:
        """Add, and where mailcow says "exists" or nothing, look: True made by this call, False is there."""
        refusal: RefusalError | None = None
        try:
            messages = self._caller.change(f"add/{kind}", body, doing=doing)
            if any(message.key == f"{kind}_added" for message in messages):
                return True
        except RefusalError as error:
            if error.keys.isdisjoint(_EXISTS):
                raise
            refusal = error
        if read() is not None:
            return False
        # "Exists", and it is not one of its kind: a mailbox where an alias should be, or a bad name.
        raise refusal or MailcowUnclearError(
            f"mailcow answered nothing to {doing}, and it is not there; look at its php-fpm log, then run again"
        )

    def _delete(self, kind: str, name: str, *, read: Callable[[], object | None]) -> None:
        """Delete until it is gone: absence is done, and what was left half-way is deleted again."""
        doing = f"delete {kind} {name}"
        refusal: MailcowRefusedError | None = None
        with _one_at_a_time:
            for _ in range(_DELETES):
                try:
                    messages = self._caller.change(f"delete/{kind}", [name], doing=doing)
                    if any(message.key == f"{kind}_removed" for message in messages):
                        return
                    refusal = None
                except RefusalError as error:
                    if not error.keys <= _MISSING:
                        raise
                    refusal = error
                if read() is None:
                    return
        raise refusal or MailcowUnclearError(
            f"mailcow answered nothing to {doing}, and it is still there; look at its php-fpm log, then run again"
        )

    def _settle(self, doing: str, *, done: bool) -> None:
        """Accept a change without an answer when reading back shows it."""
        if not done:
            raise MailcowUnclearError(
                f"mailcow answered nothing to {doing}, and it is not as asked; look at its php-fpm log, then run again"
            )


_EXISTS = frozenset({"object_exists", "domain_exists", "is_alias_or_mailbox", "dkim_domain_or_sel_invalid"})
"""Refusals that say, or may mean, that the object is there already."""

_MISSING = frozenset({"access_denied"})
"""What deleting a mailbox or an alias says when there is none."""


def _domain_attributes(domain: NewDomain) -> dict[str, object]:
    return {
        "description": domain.description,
        "aliases": domain.max_aliases,
        "mailboxes": domain.max_mailboxes,
        "defquota": domain.default_quota_mib,
        "maxquota": domain.max_quota_mib,
        "quota": domain.quota_mib,
        "active": _flag(domain.active),
    }


def _is_met(domain: NewDomain, row: DomainRow) -> bool:
    return (
        row.max_aliases,
        row.max_mailboxes,
        row.default_quota_mib,
        row.max_quota_mib,
        row.quota_mib,
        row.active,
    ) == (
        domain.max_aliases,
        domain.max_mailboxes,
        domain.default_quota_mib,
        domain.max_quota_mib,
        domain.quota_mib,
        domain.active,
    )


def _alias_attributes(alias: NewAlias) -> dict[str, object]:
    # All are given: left out, mailcow makes an alias that is off.
    return {
        "goto": ",".join(alias.goto),
        "active": _flag(alias.active),
        "sogo_visible": "1",
        "sender_allowed": "1",
        "internal": "0",
        "private_comment": alias.private_comment,
    }


def _flag(on: bool) -> str:  # noqa: FBT001 — its only meaning
    return "1" if on else "0"
