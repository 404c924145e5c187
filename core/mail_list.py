"""Text of mail_list.yml → checked people; all problems at once, each with its line and what to write instead."""

import yaml

from core import list_keys as key
from core.errors import InputError, Problem
from core.list_book import AddressBook
from core.list_dkim import same_selectors
from core.list_entry import Entry
from core.list_groups import read_aliases, read_catch_all, read_lists, read_postmaster, read_relay, read_subdomains
from core.list_kinds import Whose
from core.list_name_kinds import Written
from core.list_shapes import Values
from core.list_users import read_defaults, read_leavers, read_users
from core.names import DKIM_SELECTOR
from core.people import MailDomain, MailList
from core.suggestions import shown
from core.yaml_text import NodeReader, compose, is_nothing, line_of


def parse_mail_list(text: str, file: str) -> MailList:
    """Read and check the list.

    Args:
        text: The file's content.
        file: Its name, for problems.

    Raises:
        InputError: Every problem of the file, first line first.
    """
    root = compose(text, file)
    if root is None or is_nothing(root):
        raise InputError([Problem(file, None, f"the list is empty; write {key.EXAMPLE}")])
    reader = NodeReader(file)
    domains = _domains(root, reader)
    if reader.problems:
        raise InputError(reader.problems)
    return MailList(domains=domains)


def _domains(root: yaml.Node, reader: NodeReader) -> tuple[MailDomain, ...]:
    """Read every domain; goes on after each problem, so that all of them are found."""
    top = key.LIST_OF_PEOPLE.read(reader, root, "the list", Whose(of="", domain=None))
    entries = top.each(key.DOMAINS) if top else ()
    if top and not entries and not reader.problems:
        reader.note(root, f"the list is empty; write {key.EXAMPLE}")
    book = AddressBook(reader.file)
    first_lines: dict[str, int] = {}
    found = [_domain(values, reader, book, first_lines) for values in entries]
    reader.problems += book.problems()
    return tuple(domain for domain in found if domain is not None)


def _domain(values: Values, reader: NodeReader, book: AddressBook, first_lines: dict[str, int]) -> MailDomain | None:
    name = values.get(key.DOMAIN_NAME)
    node = values.where(key.DOMAIN_NAME)
    entry = Entry(reader, book, name, _as_written(node))
    if name is not None:
        if name in first_lines:
            reader.note(
                node,
                f"domain {entry.written} is there twice, first in line {first_lines[name]};"
                " put its users under one of them",
            )
        first_lines.setdefault(name, line_of(node))
    domain = MailDomain(
        name=name or "",
        users=tuple(read_users(values, entry)),
        offboarded=tuple(read_leavers(values, entry)),
        postmaster=read_postmaster(values, entry),
        server=values.get(key.SERVER) or 1,
        line=values.line,
        defaults=read_defaults(values.get(key.DOMAIN_DEFAULTS)),
        aliases=tuple(read_aliases(values, entry)),
        lists=tuple(read_lists(values, entry)),
        catch_all=read_catch_all(values, entry),
        dkim_selector=values.get(key.DKIM_SELECTOR) or DKIM_SELECTOR,
        dkim_next=values.get(key.DKIM_NEXT) or "",
        dkim_retired=values.get(key.DKIM_RETIRED) or "",
        subdomains=tuple(read_subdomains(values, entry)),
        relay=read_relay(values.get(key.RELAYED), entry),
        outbound=values.get(key.OUTBOUND) or "",
        mta_sts=values.get(key.MTA_STS) or "off",
    )
    for which, message in same_selectors(domain):
        reader.note(values.where(which), f"{entry.written}: {message}")
    _close(values, entry, domain)
    return domain if name is not None else None


def _close(values: Values, entry: Entry, domain: MailDomain) -> None:
    """Take down the addresses that every domain needs; somebody has to read them."""
    if target := domain.role_target:
        for role in domain.missing_roles:
            entry.add_role(role, Written(text=target, line=line_of(values.where(key.POSTMASTER))))
    elif domain.missing_roles and values.is_whole(key.USERS) and not values.has(key.POSTMASTER):
        which = "only offboarded users" if domain.offboarded else "no users"
        entry.note(
            values.line,
            f"{entry.written} has {which}; add users: [alice], or say who reads postmaster@: postmaster: ADDRESS",
        )
    entry.close(values)


def _as_written(node: yaml.Node) -> str:
    return shown(node.value) if isinstance(node, yaml.ScalarNode) and node.value else "this domain"
