"""What the list alone tells of an update, beside what the stack has recorded: for when the engine's preview fails."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from core import roster
from core.desired import DesiredMailbox, DesiredState
from ops.figures import count
from ops.happening import Happening, Kind
from ops.mailbox_edits import mail_that_comes
from ops.words import Words, in_order


def words_of_the_list(
    state: DesiredState, recorded: Mapping[str, Any], *, today: date, reasons: tuple[str, ...] = ()
) -> Words:
    """Compare the list with the Roster.

    Args:
        state: What should be.
        recorded: Inputs of the recorded Roster; empty when nothing was ever made.
        today: The day, UTC.
        reasons: Why the engine's preview failed.

    Returns:
        Who would come, be closed, come back and go, and what is refused, with what to write instead; nothing of
        quotas, aliases and machines, which the Roster does not record.
    """
    old, new = roster.from_props(recorded), _entries(state)
    reuse = {mailbox.address for mailbox in state.mailboxes if mailbox.reuse_address}
    refused = roster.refusals(old, new, today, destroying=False, reuse_addresses=reuse)
    told = [*_refused(refused, reasons), *_people(state, old, new, refused), *_domains(old, new, refused)]
    stays = len(
        [address for address in new.addresses if new.addresses[address] == old.addresses.get(address, date.min)]
    )
    return Words(happenings=in_order(told), unchanged=stays, reasons=reasons, source="list")


def _entries(state: DesiredState) -> roster.RosterEntries:
    return roster.RosterEntries(
        domains=tuple(domain.name for domain in state.domains),
        addresses={mailbox.address: mailbox.kept_until for mailbox in state.mailboxes},
    )


def _refused(refused: Mapping[str, str], reasons: tuple[str, ...]) -> Iterator[Happening]:
    for subject, sentence in refused.items():
        if sentence not in reasons:
            # The sentence names its subject at its beginning.
            yield _told("refused", subject, sentence.removeprefix(f"{subject} "))


def _people(
    state: DesiredState, old: roster.RosterEntries, new: roster.RosterEntries, refused: Mapping[str, str]
) -> Iterator[Happening]:
    for mailbox in state.mailboxes:
        if mailbox.address not in refused:
            yield from _person(mailbox, old)
    for address in old.addresses:
        if address not in new.addresses and not {address, address.rpartition("@")[2]} & refused.keys():
            yield _told("deletes", address, "is deleted, with all mail in it")


def _person(mailbox: DesiredMailbox, old: roster.RosterEntries) -> Iterator[Happening]:
    address, until = mailbox.address, mailbox.kept_until
    if address not in old.addresses:
        closed = "" if until is None else f"; closed from the start, its mail kept until {until}"
        yield _told("adds", address, f"gets a mailbox of {mailbox.quota_mib:,} MiB{closed}")
        return
    before = old.addresses[address]
    if before is None and until is not None:
        inputs = {"mail": mailbox.mail, "forward_to": list(mailbox.forward_to), "auto_reply": mailbox.auto_reply}
        told = mail_that_comes({**inputs, "keep_copy": mailbox.keep_copy})
        yield _told("closes", address, f"is closed; the mail is kept until {until}; {told}")
    elif before is not None and until is None:
        yield _told("reopens", address, "comes back: log-in is open again, mail and password are as they were")
    elif before != until:
        yield _told("changes", address, f"the mail is kept until {until} instead of {before}")


def _domains(old: roster.RosterEntries, new: roster.RosterEntries, refused: Mapping[str, str]) -> Iterator[Happening]:
    for name in set(new.domains) - set(old.domains):
        people = len([address for address in new.addresses if address.endswith(f"@{name}")])
        yield _told("adds", name, f"becomes a mail domain, with {count(people, 'person', 'people')}")
    for name in set(old.domains) - set(new.domains) - refused.keys():
        yield _told("deletes", name, "stops being a mail domain")


def _told(kind: Kind, subject: str, sentence: str) -> Happening:
    return Happening(kind=kind, subject=subject, sentence=sentence, about_people=True)
