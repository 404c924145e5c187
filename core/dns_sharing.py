"""What is put into a customer's zone, so that nothing of anybody else's is lost.

A provider's API replaces record sets whole: all texts of a name at once. An SPF record shares its set with the texts
by which others prove that a domain is theirs.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass

from core.dns_text import joined
from core.errors import RefusedError

_CNAME: Final = "CNAME"

RecordSet = tuple[str, str]
"""Name without the final dot, and type."""


def is_shared(name: str, kind: str) -> bool:
    """Say whether records of others may stand in this set; a name with an underscore has one purpose (RFC 8552)."""
    return kind == "TXT" and not any(label.startswith("_") for label in name.split("."))


def normalised(kind: str, rdata: str) -> str:
    """Write record data as name servers give it back; data that cannot be read stays as it is."""
    try:
        data = dns.rdata.from_text(dns.rdataclass.IN, kind, rdata, origin=dns.name.root, relativize=False)
    except dns.exception.DNSException:
        return rdata
    return data.to_text()


def planned(
    sets: Iterable[RecordSet],
    *,
    ours: Mapping[RecordSet, Collection[str]],
    there: Mapping[RecordSet, Collection[str]],
    earlier: Mapping[RecordSet, Collection[str]],
) -> dict[RecordSet, list[str]]:
    """Work out what record sets are to hold: what we want, and what others have in them.

    Args:
        sets: Which.
        ours: Record data that is wanted.
        there: Record data that the zone holds; all of it.
        earlier: Record data that we asked for before, and which may go.

    Returns:
        Record data, normalised and sorted.

    Raises:
        RefusedError: Something there would have to go that is not ours, or a CNAME would not stand alone; the text
            has a line for each.
    """
    plan: dict[RecordSet, list[str]] = {}
    refusals: list[str] = []
    for name, kind in sets:
        refusals += _clashes(name, kind, there)
        wanted, here, before = (
            {normalised(kind, rdata) for rdata in source.get((name, kind), ())} for source in (ours, there, earlier)
        )
        others = here - wanted - before if wanted else set[str]()
        if is_shared(name, kind):
            purposes = {_purpose(rdata) for rdata in wanted}
            beside = {rdata for rdata in others if _purpose(rdata) not in purposes}
            wanted, others = wanted | beside, others - beside
        refusals += [
            f"{name} has a record {kind} {rdata} in its zone, which did not come from here and would be replaced;"
            " take it out of the zone when mail shall move, and run this again"
            for rdata in sorted(others)
        ]
        # A key that is not known yet wants nothing, and that is no reason to empty what is there.
        plan[name, kind] = sorted(wanted or here)
    if refusals:
        raise RefusedError("\n".join(dict.fromkeys(refusals)))
    return plan


def _clashes(name: str, kind: str, there: Mapping[RecordSet, Collection[str]]) -> Iterator[str]:
    """Find what would stand beside a CNAME, which stands alone (RFC 1034, 3.6.2)."""
    for other_name, other in there:
        if other_name == name and other != kind and _CNAME in {kind, other}:
            yield (
                f"{name} has a record {other} in its zone and shall have a record {kind}, and a CNAME stands alone;"
                " take it out of the zone when mail shall move, and run this again"
            )


def _purpose(rdata: str) -> str:
    """Give the word that a text begins with, such as ``v=spf1``."""
    return joined(rdata).partition(" ")[0].partition(";")[0].lower()
