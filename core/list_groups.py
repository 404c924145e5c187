"""Aliases, lists, host names and the way out of a domain: from what was read to values."""

from collections.abc import Iterator

from core import list_keys as key
from core import list_relay_keys as relay_key
from core import relay_values
from core.addresses import domain_in_dns
from core.list_entry import Entry
from core.list_name_kinds import Written
from core.list_shapes import Key, Values
from core.people import Group, Relay, Subdomain


def read_aliases(values: Values, entry: Entry) -> Iterator[Group]:
    """Read addresses that lead to one other."""
    entry.unclear |= not values.is_whole(key.ALIASES)
    for item in values.each(key.ALIASES):
        group = _group(item, key.ALIAS_NAME, "alias", entry)
        if group and len(group.to) > 1:
            entry.note(
                group.line,
                f"alias {group.name} of {entry.written} leads to {len(group.to)} addresses and an alias to one;"
                " move it to lists",
            )
        if group:
            yield group


def read_lists(values: Values, entry: Entry) -> Iterator[Group]:
    """Read addresses that lead to several others."""
    entry.unclear |= not values.is_whole(key.LISTS)
    for item in values.each(key.LISTS):
        if group := _group(item, key.LIST_NAME, "list", entry):
            yield group


def _group(values: Values, name_key: Key[Written], what: str, entry: Entry) -> Group | None:
    name = values.get(name_key)
    if name is None:
        entry.unclear = True
        return None
    entry.take(name, what, "aliases" if what == "alias" else "lists", "alias" if what == "alias" else "list")
    to = entry.lead(name.text, f"{what} {name.text} of {entry.written} leads to", values.each(key.LEADS_TO))
    return Group(name=name.text, to=to, line=values.line)


def read_postmaster(values: Values, entry: Entry) -> str | None:
    """Read who gets mail for the addresses that every domain needs."""
    postmaster = values.get(key.POSTMASTER)
    if postmaster is None:
        return None
    entry.refer(f"postmaster of {entry.written} is", postmaster)
    return postmaster.text


def read_catch_all(values: Values, entry: Entry) -> str | None:
    """Read who gets mail for everybody who is not there: a person, so that somebody looks at it."""
    catch_all = values.get(key.CATCH_ALL)
    if catch_all is None:
        return None
    entry.refer(f"catch_all of {entry.written} is", catch_all, only_users=True)
    return catch_all.text


def read_subdomains(values: Values, entry: Entry) -> Iterator[Subdomain]:
    """Read further host names; who could not be read is left out."""
    taken: set[str] = set()
    for item in values.each(key.SUBDOMAINS):
        name = _relative_name(item, entry)
        if item.has(key.SUBDOMAIN_ADDRESS) == item.has(key.SUBDOMAIN_CNAME):
            which = "both address and cname" if item.has(key.SUBDOMAIN_CNAME) else "neither address nor cname"
            entry.note(
                item.line,
                f"subdomain {name or 'of ' + entry.written} has {which}; write one of them: {key.SUBDOMAIN.example}",
            )
        if name is None:
            continue
        if name in taken:
            entry.note(item.line, f"subdomain {name} of {entry.written} is there twice; take one out")
        taken.add(name)
        yield Subdomain(
            name=name,
            address=item.get(key.SUBDOMAIN_ADDRESS) or "",
            cname=item.get(key.SUBDOMAIN_CNAME) or "",
            line=item.line,
        )


def _relative_name(values: Values, entry: Entry) -> str | None:
    """Read a host's name without the domain, as DNS carries it."""
    written = values.get(key.SUBDOMAIN_NAME)
    if written is None:
        return None
    domain = entry.domain or "example.com"
    try:
        return domain_in_dns(f"{written}.{domain}").removesuffix(f".{domain}")
    except ValueError as wrong:
        entry.reader.note(
            values.where(key.SUBDOMAIN_NAME), f"subdomain {written} of {entry.written}: the whole name {wrong}"
        )
        return None


def read_relay(values: Values | None, entry: Entry) -> Relay | None:
    """Read the way out of a domain's mail; user and password go together."""
    if values is None:
        return None
    if values.has(relay_key.USER) != values.has(relay_key.PASSWORD):
        entry.note(
            values.line,
            f"relay of {entry.written} needs user and password_in together, or neither; write {key.RELAY.example}",
        )
    host = values.get(relay_key.HOST)
    port = values.get(relay_key.PORT) or relay_values.DEFAULT_PORT
    if wrong := relay_values.port_problem(port):
        entry.reader.note(values.where(relay_key.PORT), f"port of the relay of {entry.written} {wrong}")
    if host is None:
        return None
    return Relay(
        host=host,
        port=port,
        user=values.get(relay_key.USER) or "",
        password_in=values.get(relay_key.PASSWORD) or "",
        tls=relay_values.tls_level(values.get(relay_key.TLS)),
        spf=values.get(relay_key.SPF) or "",
    )
