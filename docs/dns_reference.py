"""The reference of DNS records, from the table that they are made from."""

import re
from collections.abc import Iterable

from core.dns_table import DOMAIN_ROWS, HOST_ROWS, Row
from docs.tables import table


def dns_records(made: str) -> str:
    """Write the reference of DNS records.

    Args:
        made: The line that says what it is made from.
    """
    return (
        f"# DNS records\n\n{made}\n"
        "Every record that a stack asks for; `mailstead dns` prints them with your names in them.\n"
        "What stands in angle brackets is each host's or domain's own.\n\n"
        f"## Of each mail host\n\n{_rows(HOST_ROWS)}\n"
        f"## Of each domain\n\n{_rows(DOMAIN_ROWS)}\n"
        "Besides, one A, AAAA or CNAME record for each of `subdomains` in [the list of people](mail_list.md).\n\n"
        "One at a time, to tick off, they stand in the [DNS checklist](../dns_checklist_template.md); "
        "what other programs read of them, in [outputs](outputs.md#dns_records).\n"
    )


def _rows(rows: Iterable[Row]) -> str:
    heads = ("name", "type", "value", "required", "only when", "why")
    return table(
        heads,
        (
            (
                f"`{_named(row.name)}`",
                row.type.replace("{address_type}", "A or AAAA"),
                f"`{_named(row.value)}`",
                "yes" if row.required else "better",
                ", ".join(row.when),
                re.sub(r"(<\w+>)", r"`\1`", _named(row.reason)),
            )
            for row in rows
        ),
    )


def _named(text: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda word: f"<{word[1].upper()}>", text)
