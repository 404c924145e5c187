"""MTA-STS: a domain's policy that has other servers insist on TLS when they deliver to it (RFC 8461)."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from core import names
from core.host_choice import EXISTING
from core.people import MailDomain
from core.settings import Settings

Mode = Literal["testing", "enforce"]
OFF: Final = "off"
MODES: Final = (OFF, "testing", "enforce")
PREFIX: Final = "mta-sts"
"""Name below a domain where its policy lies (RFC 8461, 3.3)."""
_DAY_S: Final = 86_400
_MAX_AGE_S: Final = {"testing": _DAY_S, "enforce": 14 * _DAY_S}
"""How long senders keep a policy: a try is soon taken back; RFC 8461, 2.1, has a real one last for weeks."""
_ID_SIGNS: Final = 20


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What a policy file says."""

    mode: str
    """``testing``: failures are reported and mail is delivered; ``enforce``: it is not delivered without TLS."""
    mx: tuple[str, ...]
    """Hosts that mail may be delivered to."""
    max_age_s: int
    """How long senders keep it, in seconds."""

    @property
    def id(self) -> str:
        """What the record in DNS says, so that senders notice a change: up to 32 letters and digits (RFC 8461, 3.1).

        It stands in no policy file, so any text will do that differs when the policy does. mailcow makes one too, by
        the clock, which its API does not tell; its own page about DNS therefore marks this record as another one.
        """
        said = "\n".join((self.mode, str(self.max_age_s), *self.mx))
        return hashlib.sha256(said.encode("ascii")).hexdigest()[:_ID_SIGNS]


def policy_of(mode: str, domain: str, hostname: str) -> Policy | None:
    """Work a domain's policy out; None where it is to have none.

    Args:
        mode: ``off``, ``testing`` or ``enforce``.
        domain: Its name, as DNS has it.
        hostname: The mail host's.
    """
    if mode == OFF:
        return None
    # Both names: the MX is the host's own where only a name is known of the host.
    mx = tuple(dict.fromkeys((names.mail_name(domain), hostname)))
    return Policy(mode=mode, mx=mx, max_age_s=_MAX_AGE_S[mode])


def wrong_policy(domain: MailDomain, settings: Settings) -> Iterator[str]:
    """Say where senders would be told to insist on a certificate that they cannot trust."""
    trusted = settings.lets_encrypt or settings.host == EXISTING
    if domain.mta_sts != OFF and not trusted:
        yield (
            f"mta_sts: {domain.mta_sts} of {domain.name} has senders insist on a certificate that they trust, and"
            " lets_encrypt is false; write mta_sts: off, or lets_encrypt: true"
        )
