"""For octoDNS: change the records that mail needs, and leave every other record of a zone as it is.

By itself octoDNS takes a zone for wholly its own and deletes what its files do not hold. This processor adds what a
provider has besides to what is wanted, so that nothing is ever deleted: hiding it, as octoDNS's own filters do, would
lose it at a provider that is sent whole zones.
It knows nothing but octoDNS (1.4 or newer), whose configuration names it as ``keep_others.KeepOthers``.
"""

import re
from typing import Any

from octodns.processor.base import BaseProcessor, ProcessorException  # pyright: ignore[reportMissingTypeStubs]

# octoDNS names no types.
Zone = Any
Record = Any


class KeepOthers(BaseProcessor):
    """Wants everything that is there besides ours."""

    def process_source_and_target_zones(
        self,
        desired: Zone,
        existing: Zone,
        target: Any,  # noqa: ARG002 — octoDNS names its arguments
        lenient: bool = False,  # noqa: ARG002, FBT001, FBT002
    ) -> tuple[Zone, Zone]:
        """Want others' record sets, and others' texts beside ours, as they are.

        Raises:
            ProcessorException: A CNAME and something else would share a name, which DNS does not have.
        """
        ours = {(record.name, record._type): record for record in desired.records}  # noqa: SLF001 — octoDNS has no other
        for there in existing.records:
            mine = ours.get((there.name, there._type))  # noqa: SLF001
            if mine is None:
                _refuse_clash(there, {kind for name, kind in ours if name == there.name})
                desired.add_record(there, lenient=True)
            elif there._type == "TXT" and _is_shared(there.name):  # noqa: SLF001
                merged = mine.copy()
                merged.values = sorted({*mine.values, *_others(mine.values, there.values)})
                desired.add_record(merged, replace=True)
        return desired, existing


def _refuse_clash(there: Record, kinds: set[str]) -> None:
    found = there._type  # noqa: SLF001
    if kinds and "CNAME" in {found, *kinds}:
        raise ProcessorException(
            f"{there.fqdn} has a record of type {found} and shall have {' and '.join(sorted(kinds))},"
            " and beside a CNAME there is nothing else; take out the one that is there, or ours from its file in zones/"
        )


def _is_shared(name: str) -> bool:
    """Say whether texts of others may stand at a name; one with an underscore is for one purpose alone (RFC 8552)."""
    return not any(label.startswith("_") for label in name.split("."))


def _others(ours: list[str], there: list[str]) -> list[str]:
    """Pick the texts that are no earlier edition of ours: those that begin with another word than ``v=spf1``."""
    kinds = {_first_word(text) for text in ours}
    return [text for text in there if _first_word(text) not in kinds]


def _first_word(text: str) -> str:
    found = re.match(r"[^\s;\\]*", text)
    return found[0].lower() if found else ""
