"""What our commands write into the list of people: comments, order and everything else in it stay as they are."""

import contextlib
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import yaml

from core.addresses import domain_in_dns
from core.errors import InputError, RefusedError
from core.list_form import leaver_line, user_line
from core.mail_list import parse_mail_list
from core.names import DKIM_SELECTOR
from core.people import Leaver, LeaverMail, MailDomain, MailList, User
from ops.list_layout import in_one_line, list_text
from ops.yaml_edits import comments_of, value_of, with_item, with_value, without_item

_FILE = "mail_list.yml"


def move_to_offboarded(
    text: str,
    address: str,
    until: date,
    *,
    mail: LeaverMail = "refuse",
    forward_to: Sequence[str] = (),
    auto_reply: str = "",
) -> str:
    """Close somebody's mailbox in a list.

    What the list says of the mailbox goes along, so that closing changes nothing else; a forward and a move are over.

    Args:
        text: The list.
        address: Whose mailbox; its domain as people or DNS write it.
        until: The day until which the mail is kept.
        mail: What happens to mail that still comes.
        forward_to: Whole addresses; with ``mail="forward"``.
        auto_reply: What senders get as an answer, if anything.

    Raises:
        InputError: The list is wrong, or would be then: somebody else may still lead there.
        RefusedError: No user of the list has the address, or the text is written in a way that cannot be edited.
    """
    before = parse_mail_list(text, _FILE)
    domain, user = _find(before, address)
    leaver = Leaver(
        name=user.name,
        until=until,
        mail=mail,
        forward_to=tuple(forward_to),
        auto_reply=auto_reply,
        was=replace(user, name="", forward=None, reuse_address=False, move_in=None),
    )
    wanted = replace(
        domain,
        users=tuple(one for one in domain.users if one is not user),
        offboarded=(*domain.offboarded, leaver),
    )
    line = leaver_line(leaver, domain.name)

    def edit() -> str:
        cut = _cut_user(text, domain.name, user.name)
        return with_item(cut, _node_of(cut, domain.name), "offboarded", line, _missing(text, cut))

    return _edited(text, edit, _with(before, wanted), f"under offboarded of {domain.name}: {in_one_line(line)}")


def add_user(text: str, domain: str, user: User) -> str:
    """Give somebody a mailbox in a list.

    Args:
        text: The list.
        domain: The domain, as people or DNS write it; it has to be there.
        user: Who is added, after the others.

    Raises:
        InputError: The list is wrong, or would be then: the name may be taken.
        RefusedError: The list has no such domain, or is written in a way that cannot be edited.
    """
    before = parse_mail_list(text, _FILE)
    found = _domain(before, domain)
    line = user_line(user, found.name)
    wanted = _with(before, replace(found, users=(*found.users, user)))

    def edit() -> str:
        return with_item(text, _node_of(text, found.name), "users", line, [])

    return _edited(text, edit, wanted, f"under users of {found.name}: {in_one_line(line)}")


def set_selectors(text: str, domain: str, *, signing: str, following: str, retired: str) -> str:
    """Say in a list which DKIM keys a domain has.

    Args:
        text: The list.
        domain: The domain, as people or DNS write it; it has to be there.
        signing: Selector of the key that signs.
        following: Selector of the one that is to sign next; empty for none.
        retired: Selector of the one that signed before; empty for none.

    Raises:
        InputError: The list is wrong, or would be then.
        RefusedError: The list has no such domain, or is written in a way that cannot be edited.
    """
    before = parse_mail_list(text, _FILE)
    found = _domain(before, domain)
    wanted = replace(found, dkim_selector=signing, dkim_next=following, dkim_retired=retired)
    values = {
        "dkim_retired": retired,
        "dkim_next": following,
        "dkim_selector": signing if found.dkim_selector != signing or signing != DKIM_SELECTOR else "",
    }

    def edit() -> str:
        after = text
        for key, value in values.items():
            node = _node_of(after, found.name)
            if value or value_of(node, key) is not None:
                after = with_value(after, node, key, value)
        return after

    said = ", ".join(f"{key}: {value}" for key, value in values.items() if value)
    return _edited(text, edit, _with(before, wanted), f"under {found.name}: {said or 'no dkim_next and dkim_retired'}")


def edit_file(path: Path, edit: Callable[[str], str]) -> None:
    """Change a file at once: a reader sees the old text or the new one, also after a crash.

    Args:
        path: The file; where it is a link, what it leads to.
        edit: Makes the new text of the old one.

    Raises:
        OSError: It cannot be read or written.
        UnicodeError: It is no UTF-8 text.
        RefusedError: Somebody else wrote to it meanwhile.
    """
    before = _read(path)
    # Edits speak of lines as YAML does; a file from Windows gets its own line ends back.
    line_end = "\r\n" if "\r\n" in before else "\n"
    after = edit(before.replace("\r\n", "\n")).replace("\n", line_end)
    if _read(path) != before:
        raise RefusedError(f"{path.name} was changed by somebody else meanwhile; run the command again")
    if after != before:
        write_file(path, after)


def write_file(path: Path, text: str) -> None:
    """Replace or make a file at once; its rights stay.

    Raises:
        OSError: It cannot be written.
    """
    path = path.resolve()
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def _read(path: Path) -> str:
    with path.open(encoding="utf-8", newline="") as file:
        return file.read()


def _find(mail_list: MailList, address: str) -> tuple[MailDomain, User]:
    local_part, _, behind = address.rpartition("@")
    domain = _domain(mail_list, behind)
    for user in domain.users:
        if user.name == local_part.lower():
            return domain, user
    raise RefusedError(f"{address} is no user of the list")


def _domain(mail_list: MailList, written: str) -> MailDomain:
    with contextlib.suppress(ValueError):
        name = domain_in_dns(written.lower())
        for domain in mail_list.domains:
            if domain.name == name:
                return domain
    raise RefusedError(f"{written} is no domain of the list; add it there first")


def _with(mail_list: MailList, changed: MailDomain) -> MailList:
    return MailList(domains=tuple(changed if one.name == changed.name else one for one in mail_list.domains))


def _cut_user(text: str, domain: str, name: str) -> str:
    users = value_of(_node_of(text, domain), "users")
    for item in users.value if isinstance(users, yaml.SequenceNode) else ():
        written = value_of(item, "name") if isinstance(item, yaml.MappingNode) else item
        if isinstance(users, yaml.SequenceNode) and isinstance(written, yaml.ScalarNode) and written.value == name:
            return without_item(text, users, item)
    raise RefusedError(f"{name} stands in the list in a way that cannot be edited here; edit it by hand")


def _missing(before: str, after: str) -> list[str]:
    """Give the comments that a text has lost, in order."""
    left = Counter(comments_of(after))
    lost: list[str] = []
    for comment in comments_of(before):
        if left[comment]:
            left[comment] -= 1
        else:
            lost.append(comment)
    return lost


def _node_of(text: str, domain: str) -> yaml.MappingNode:
    """Find a domain's keys in a list that is right."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    domains = value_of(root, "domains") if isinstance(root, yaml.MappingNode) else None
    for item in domains.value if isinstance(domains, yaml.SequenceNode) else ():
        written = value_of(item, "name")
        if isinstance(written, yaml.ScalarNode) and domain_in_dns(written.value) == domain:
            return item
    raise RefusedError(f"{domain} stands in the list in a way that cannot be edited here; edit it by hand")


def _edited(before: str, edit: Callable[[], str], wanted: MailList, by_hand: str) -> str:
    """Let an edit through that says what is wanted and lost no comment; YAML has ways that we cannot edit."""
    refusal = RefusedError(f"the list is written in a way that cannot be edited here; write by hand {by_hand}")
    try:
        after = edit()
        if parse_mail_list(after, _FILE) == wanted and not _missing(before, after):
            return after
    except (InputError, yaml.YAMLError) as wrong:
        if isinstance(wrong, InputError) and not _is_right(wanted):
            raise
        raise refusal from wrong
    raise refusal


def _is_right(mail_list: MailList) -> bool:
    with contextlib.suppress(InputError):
        return parse_mail_list(list_text(mail_list), _FILE) == mail_list
    return False
