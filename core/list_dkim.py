"""Which selectors of a domain in the list cannot be what they are said to be at once."""

from collections.abc import Iterator

from core import list_keys as key
from core.list_shapes import Key
from core.people import MailDomain


def same_selectors(domain: MailDomain) -> Iterator[tuple[Key[str], str]]:
    """Find selectors that stand in two of the three places.

    Args:
        domain: The domain, as the list has it.

    Returns:
        The key that is one too many, and what to write instead.
    """
    if domain.dkim_next and domain.dkim_next == domain.dkim_selector:
        yield key.DKIM_NEXT, f"{domain.dkim_next} signs already; take dkim_next out, or name another"
    if domain.dkim_retired and domain.dkim_retired == domain.dkim_selector:
        yield key.DKIM_RETIRED, f"{domain.dkim_retired} signs, so it cannot be retired; take dkim_retired out"
    if domain.dkim_retired and domain.dkim_retired == domain.dkim_next:
        yield key.DKIM_NEXT, f"{domain.dkim_next} is being retired; name a selector that was never used"
