"""Domains and their DKIM keys in mailcow's API."""

from mailcow import wire
from mailcow.answers import RefusalError
from mailcow.calls.changing import Changing, NothingSaidError, flag
from mailcow.rows import DkimRow, DomainRow, NewDomain


class DomainCalls(Changing):
    """What ``Mailcow`` says of domains and DKIM keys."""

    def get_domain(self, name: str) -> DomainRow | None:
        answer = self._caller.read("domain", name, doing=f"read domain {name}")
        return None if answer is None else wire.domain(answer)

    def list_domains(self) -> tuple[DomainRow, ...]:
        answer = self._caller.read("domain", "all", doing="list the domains")
        return tuple(wire.domain(row) for row in answer or ())

    def add_domain(self, domain: NewDomain) -> bool:
        # key_size 0: the DKIM key is an object of its own, else mailcow makes one here.
        body = {"domain": domain.name, **_attributes(domain), "key_size": 0, "tags": list(domain.tags)}
        return self._add(
            "domain",
            body,
            doing=f"add domain {domain.name}",
            said="domain_added",
            read=lambda: self.get_domain(domain.name),
        )

    def edit_domain(self, domain: NewDomain) -> None:
        def is_met() -> bool:
            row = self.get_domain(domain.name)
            return row is not None and _limits(row) == _limits(domain)

        body = {"items": [domain.name], "attr": _attributes(domain)}
        with self._exclusive():
            self._edit("edit/domain", body, doing=f"edit domain {domain.name}", said="domain_modified", is_met=is_met)

    def delete_domain(self, name: str) -> None:
        with self._exclusive():
            self._delete(
                "delete/domain",
                name,
                doing=f"delete domain {name}",
                said="domain_removed",
                read=lambda: self.get_domain(name),
            )

    def get_dkim(self, domain: str) -> DkimRow | None:
        answer = self._caller.read("dkim", domain, doing=f"read the DKIM key of {domain}")
        return None if answer is None else wire.dkim(domain, answer)

    def add_dkim(self, domain: str, *, selector: str, key_size: int) -> bool:
        return self._add(
            "dkim",
            {"domains": domain, "dkim_selector": selector, "key_size": key_size},
            doing=f"add DKIM key {selector} to {domain}",
            said="dkim_added",
            read=lambda: self.get_dkim(domain),
        )

    def import_dkim(self, domain: str, *, selector: str, private_key: str, public_key: str) -> None:
        doing = f"switch {domain} to DKIM key {selector}"

        def is_met() -> bool:
            row = self.get_dkim(domain)
            return row is not None and (row.selector, row.public_key) == (selector, public_key)

        def switch() -> None:
            body = {
                "domain": domain,
                "dkim_selector": selector,
                "private_key_file": private_key,
                "overwrite_existing": flag(True),
            }
            try:
                self._caller.change("add/dkim_import", body, doing=doing)
            except RefusalError as refusal:
                if _STALE not in str(refusal):
                    raise
                raise NothingSaidError(f"{refusal}; run the command again") from refusal
            # Its "done" speaks of no key, and a switch that is believed and did not happen breaks all mail.
            if not is_met():
                raise NothingSaidError(f"mailcow was to {doing}, and does not show it; run the command again")

        self._until_it_is_clear(switch)

    def delete_dkim(self, domain: str) -> None:
        self._delete(
            "delete/dkim",
            domain,
            doing=f"delete dkim {domain}",
            said="dkim_removed",
            read=lambda: self.get_dkim(domain),
        )


_STALE = "random number generator"
"""In a refusal: a PHP worker that made a key before reports its old error of OpenSSL; another worker takes the key."""


def _attributes(domain: NewDomain) -> dict[str, object]:
    return {
        "description": domain.description,
        "aliases": domain.max_aliases,
        "mailboxes": domain.max_mailboxes,
        "defquota": domain.default_quota_mib,
        "maxquota": domain.max_quota_mib,
        "quota": domain.quota_mib,
        "active": flag(domain.active),
    }


def _limits(domain: NewDomain | DomainRow) -> tuple[object, ...]:
    return (
        domain.max_aliases,
        domain.max_mailboxes,
        domain.default_quota_mib,
        domain.max_quota_mib,
        domain.quota_mib,
        domain.active,
    )
