"""Our aliases that lead to a mailbox which has to be cleared away: mailcow takes it out of them, and we put it back."""

from collections.abc import Iterable, Iterator

from mailcow.rows import AliasRow, NewAlias
from users.host_provider import MailHost
from users.ownership import owner_of


def our_aliases_to(host: MailHost, address: str) -> Iterator[AliasRow]:
    """Find our aliases and lists, of whatever domain, that lead to a mailbox."""
    for domain in host.mailcow.list_domains():
        for row in host.mailcow.list_aliases(domain.name):
            if address in row.goto and owner_of([row.private_comment], stack=host.stack) == host.stack:
                yield row


def lead_back(host: MailHost, aliases: Iterable[AliasRow]) -> None:
    """Let aliases lead again where they did; one that went with its only target is made again."""
    for row in aliases:
        before = NewAlias(address=row.address, goto=row.goto, active=row.active, private_comment=row.private_comment)
        found = host.mailcow.get_alias(row.address)
        if found is None:
            host.mailcow.add_alias(before)
        elif set(found.goto) != set(row.goto):
            host.mailcow.edit_alias(before)
