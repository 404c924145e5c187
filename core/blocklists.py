"""The lists of addresses that mail servers refuse, which are asked before the first mail and from then on; with terms.

Their owners' decisions, and known to change: correct terms and day here, and nowhere else.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Blocklist:
    """A list of addresses that mail servers refuse or distrust."""

    zone: str
    name: str
    terms: str
    """What it asks of who asks it."""
    source: str
    """Page of its owner that says so."""
    checked: date
    """The day on which a copy of that page was read."""
    removal: str


BLOCKLISTS: Final = (
    Blocklist(
        zone="zen.spamhaus.org",
        name="Spamhaus ZEN",
        terms="free for who does not resell it, below 100,000 SMTP connections and 300,000 questions a day; a company"
        " for its own mail is such a user; public resolvers are not answered",
        source="www.spamhaus.org/organization/dnsblusage/",
        checked=date(2026, 11, 23),
        removal="https://check.spamhaus.org/",
    ),
    Blocklist(
        zone="bl.spamcop.net",
        name="SpamCop",
        terms="its page asks for nothing in return and gives no warranty",
        source="www.spamcop.net/bl.shtml",
        checked=date(2026, 11, 23),
        removal="https://www.spamcop.net/bl.shtml",
    ),
    Blocklist(
        zone="psbl.surriel.com",
        name="PSBL",
        terms="anybody may use it",
        source="psbl.org/howto/",
        checked=date(2026, 11, 23),
        removal="https://psbl.org/remove",
    ),
)
"""Each run of preflight asks each of them once for each address of ours, and so does each mail host every six
hours: far below any of these limits."""
_TERMS_LAST: Final = timedelta(days=365)


def stale_terms_warning(today: date) -> str | None:
    """Say which lists' terms nobody has read for a year; None for none.

    Args:
        today: The day of the look.
    """
    old = [listing for listing in BLOCKLISTS if today - listing.checked > _TERMS_LAST]
    if not old:
        return None
    told = ", ".join(f"{listing.name} ({listing.source}, read {listing.checked})" for listing in old)
    return (
        f"terms of blocklists were read more than a year ago: {told}; read them again, then correct core/blocklists.py"
    )
