"""From a server's rows to a list, whatever the rows are."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from core.people import PROTOCOLS
from mailcow.rows import MailboxRow
from tests.ops.adopted_lists import adopted, server_of, wanted

_LOCAL_PARTS = st.sampled_from(["alice", "bob", "o'brien", "a.b+c", "postmaster", "abuse", "x", "zoë", "-"])
_TARGETS = st.sampled_from(
    ["alice@example.com", "bob@example.com", "x@startup.io", "info@example.com", "null@localhost", "me@far.example"]
)
_MAILBOXES = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["", "alice", "Bob Builder", " x", "<b>", "y" * 256, "Ünïcode", "'q': #"]),
        "quota_mib": st.sampled_from([0, 1, 2048, 3072, 100_000_000]),
        "active": st.booleans(),
        "receives_only": st.booleans(),
        "protocols": st.sets(st.sampled_from(PROTOCOLS)).map(lambda some: tuple(p for p in PROTOCOLS if p in some)),
        "sending_limit": st.sampled_from(["", "100/h", "0/h", "7/x"]),
        "tags": st.sampled_from([(), ("sales",), ("Sales",), ("mailstead-prod",), ("mailstead-x",)]),
    }
)


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.tuples(_LOCAL_PARTS, st.sampled_from(["example.com", "startup.io"])), _MAILBOXES, max_size=6),
    st.dictionaries(
        st.tuples(st.sampled_from(["", "info", "team", "Sales", "abuse", "a b"]), st.just("example.com")),
        st.lists(_TARGETS, max_size=3),
        max_size=5,
    ),
)
def test_whatever_a_server_has_the_list_reads_back_and_wants_nothing_that_is_not_there(
    mailboxes: dict[tuple[str, str], dict[str, Any]], aliases: dict[tuple[str, str], list[str]]
) -> None:
    server = server_of()
    server.has_domain("startup.io")
    for (name, domain), columns in mailboxes.items():
        server.has_mailbox(f"{name}@{domain}", **columns)
    for (name, domain), goto in aliases.items():
        if f"{name}@{domain}".lower() not in server.mailboxes:
            server.has_alias(f"{name}@{domain}", *goto)

    people = adopted(server)
    if not people.mail_list.domains:
        return
    state = wanted(people)

    for mailbox in state.mailboxes:
        row: MailboxRow = server.mailboxes[mailbox.address]
        assert (mailbox.quota_mib, mailbox.protocols, mailbox.active) == (row.quota_mib, row.protocols, row.active)
        assert mailbox.full_name == (row.name or mailbox.local_part)
        assert (not row.active and row.receives_only) == (not mailbox.active and mailbox.mail != "refuse")
    for alias in state.aliases:
        assert set(alias.goto) == set(server.aliases[alias.address].goto)
    said = {found.what for found in people.left_out}
    for address in set(server.mailboxes) - {mailbox.address for mailbox in state.mailboxes}:
        assert f"mailbox {address}" in said or f"domain {address.partition('@')[2]}" in said
