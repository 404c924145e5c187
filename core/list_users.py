"""Users, defaults and leavers of a domain: from what was read to values."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, cast

from core import list_keys as key
from core.list_entry import Entry
from core.list_name_kinds import Written
from core.list_shapes import Values
from core.people import Forward, Leaver, LeaverMail, MoveIn, User

# Their addresses have to lead to somebody who reads them, as long as the domain is served.
_NEVER_OFFBOARDED: Final = ("abuse", "postmaster")


def read_defaults(values: Values | None) -> User:
    """Read what holds for a domain's users who do not say otherwise."""
    return User(name="") if values is None else _like(values)


def read_users(values: Values, entry: Entry) -> Iterator[User]:
    """Read everybody who has a mailbox; who could not be read is left out."""
    entry.unclear |= not values.is_whole(key.USERS)
    for item in values.each(key.USERS):
        if isinstance(item, Written):
            entry.take(item, "user", "users", "user")
            yield User(name=item.text, line=item.line)
        elif name := item.get(key.USER_NAME):
            entry.take(name, "user", "users", "user")
            yield _user(item, name.text, entry)
        else:
            entry.unclear = True


def _user(values: Values, name: str, entry: Entry) -> User:
    return replace(
        _like(values),
        name=name,
        aliases=_further_names(values, name, entry),
        forward=_forward(values, name, entry),
        reuse_address=values.get(key.REUSE_ADDRESS) or False,
        move_in=_move_in(values.get(key.MOVED_IN)),
        line=values.line,
    )


def _like(values: Values) -> User:
    """Read what a mailbox is like: a user's, everybody's of a domain, or that of somebody who has left."""
    tags = values.get(key.TAGS)
    return User(
        name="",
        full_name=values.get(key.FULL_NAME),
        quota_mib=values.get(key.QUOTA),
        protocols=values.get(key.OPEN_PROTOCOLS),
        change_password=values.get(key.CHANGE_PASSWORD),
        sending_limit=values.get(key.SENDING_LIMIT),
        tags=None if tags is None else tuple(dict.fromkeys(tags)),
    )


def _further_names(values: Values, owner: str, entry: Entry, *, offboarded: bool = False) -> tuple[str, ...]:
    entry.unclear |= not values.is_whole(key.FURTHER_NAMES)
    for alias in values.each(key.FURTHER_NAMES):
        entry.take(alias, "alias", f"aliases of {owner}", "offboarded" if offboarded else "alias")
        entry.goes_to(alias.text, Written(text=entry.address(owner), line=alias.line))
    return tuple(alias.text for alias in values.each(key.FURTHER_NAMES))


def _forward(values: Values, name: str, entry: Entry) -> Forward | None:
    written = values.get(key.FORWARDED)
    keep: bool | None = None
    if isinstance(written, Values):
        written, keep = written.get(key.FORWARD_TO), written.get(key.FORWARD_KEEP)
    if not written:
        return None
    to = entry.lead(name, f"forward of {name} leads to", written)
    return Forward(to=to, keep=keep is not False)


def _move_in(values: Values | None) -> MoveIn | None:
    if values is None:
        return None
    server, user = values.get(key.MOVE_IN_SERVER), values.get(key.MOVE_IN_USER)
    password_in = values.get(key.MOVE_IN_PASSWORD)
    if server is None or user is None or password_in is None:
        return None
    encryption = values.get(key.MOVE_IN_ENCRYPTION) or "tls"
    return MoveIn(
        server=server,
        user=user,
        password_in=password_in,
        port=values.get(key.MOVE_IN_PORT) or key.MOVE_IN_PORTS[encryption],
        encryption="starttls" if encryption == "starttls" else "tls",
    )


def read_leavers(values: Values, entry: Entry) -> Iterator[Leaver]:
    """Read everybody who has left; who could not be read is left out."""
    entry.unclear |= not values.is_whole(key.OFFBOARDED)
    for item in values.each(key.OFFBOARDED):
        name, until = item.get(key.LEAVER_NAME), item.get(key.UNTIL)
        if name is None:
            entry.unclear = True
            continue
        entry.take(name, "offboarded", "offboarded", "offboarded")
        if name.text in _NEVER_OFFBOARDED:
            entry.note(
                name.line,
                f"offboarded {name.text} of {entry.written} is an address that every domain needs;"
                f" leave {name.text} among users",
            )
        mail, forward_to = _mail(item, name.text, entry)
        was = replace(_like(item), aliases=_further_names(item, name.text, entry, offboarded=True))
        if until is not None:
            yield Leaver(
                name=name.text,
                until=until,
                mail=mail,
                forward_to=forward_to,
                auto_reply=item.get(key.AUTO_REPLY) or "",
                was=was,
                line=item.line,
            )


def _mail(values: Values, name: str, entry: Entry) -> tuple[LeaverMail, tuple[str, ...]]:
    written = values.get(key.LEAVER_MAIL)
    if values.get(key.AUTO_REPLY) and written in {None, "refuse"} and not _is_wrong(values):
        entry.reader.note(
            values.where(key.AUTO_REPLY),
            f"auto_reply of {name} is never sent while mail is refused; write mail: keep or mail: {{forward: [alice]}}",
        )
    if isinstance(written, Values):
        to = entry.lead(name, f"forward of {name} leads to", written.get(key.LEAVER_FORWARD) or ())
        return "forward", to
    return cast("LeaverMail", written or "refuse"), ()


def _is_wrong(values: Values) -> bool:
    return values.has(key.LEAVER_MAIL) and values.get(key.LEAVER_MAIL) is None
