"""One thing that an update would do, as a value."""

from dataclasses import dataclass
from typing import Literal

from ops.facts import Held

Kind = Literal["refused", "deletes", "recreates", "closes", "replaces", "reopens", "changes", "adds"]
"""``recreates`` makes a thing again without what was in it; ``refused`` is what `up` would not do."""


Group = Literal["people", "domains and aliases", "parts of machines"]
"""What is counted together while an update goes on."""


@dataclass(frozen=True, kw_only=True)
class Planned:
    """One resource that an update would change."""

    group: Group
    subject: str
    """Whom or what it is about; who has several resources counts once."""


@dataclass(frozen=True, kw_only=True)
class Happening:
    """One thing an update would do."""

    kind: Kind
    subject: str
    """Whom or what it is about: an address, a domain, a mail host."""
    sentence: str
    """What happens, starting with a verb."""
    about_people: bool
    """Whether it is about people rather than machines."""
    held: Held | None = None
    """What the server says of the mailbox; None when there is none, or nobody was asked."""
    not_reachable: bool = False
    """Whether the server was asked in vain."""
    parts: tuple[str, ...] = ()
    """For machines: each resource with what becomes of it, ``mail-host-1-docker (Command) is made``."""
