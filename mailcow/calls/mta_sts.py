"""MTA-STS policies in mailcow's API: what it serves at each domain's ``mta-sts.`` name.

These routes were not recorded. They follow mailcow's source, read 2026-11 (``mta_sts`` in
``data/web/inc/functions.mailbox.inc.php``, ``data/web/mta-sts.php``): a domain has one policy or none, an edit says
``access_denied`` where there is none, adding says nothing at all, and no route reads one. So an edit has the last word,
and what is served is seen by `mailstead dns check`.
"""

from typing import Final

from core.mta_sts import Policy
from mailcow.answers import RefusalError
from mailcow.calls.changing import Changing, flag, unclear

_VERSION: Final = "STSv1"
_SAVED: Final = "object_modified"
_NONE_THERE: Final = "access_denied"


class MtaStsCalls(Changing):
    """What ``Mailcow`` says of MTA-STS policies."""

    def set_mta_sts(self, domain: str, policy: Policy) -> None:
        attributes = {
            "version": _VERSION,
            "mode": policy.mode,
            "mx": ",".join(policy.mx),
            "max_age": str(policy.max_age_s),
            "active": flag(on=True),
        }
        doing = f"set the MTA-STS policy of {domain}"
        with self._exclusive():
            try:
                self._save(domain, attributes, doing)
            except RefusalError as refusal:
                if not refusal.keys <= {_NONE_THERE}:
                    raise
                # A second one for the same domain is refused by the database: whether it is there the edit says.
                self._caller.change_once("add/mta-sts", {"domain": domain, **attributes}, doing=doing)
                self._save(domain, attributes, doing)

    def rest_mta_sts(self, domain: str) -> None:
        doing = f"serve the MTA-STS policy of {domain} no longer"
        with self._exclusive():
            try:
                self._save(domain, {"active": flag(on=False)}, doing)
            except RefusalError as refusal:
                if not refusal.keys <= {_NONE_THERE}:
                    raise

    def _save(self, domain: str, attributes: dict[str, str], doing: str) -> None:
        body = {"items": [domain], "attr": attributes}

        def edit() -> None:
            messages = self._caller.change("edit/mta-sts", body, doing=doing)
            if messages is None or all(message.key != _SAVED for message in messages):
                raise unclear(doing, again=messages is not None)

        self._until_it_is_clear(edit)
