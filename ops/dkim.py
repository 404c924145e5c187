"""`mailstead dkim`: how a domain changes its DKIM key, one step after the other; each step is a line in the list.

1. ``rotate`` names the key that comes next; the following ``up`` makes it, in Vault, and says its record.
2. ``rotate`` again, when every name server of the zone has that record: from the following ``up`` on it signs, and the
   one before stays published.
3. ``retire``, a week later: the old one's record may go.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final, Literal, cast

from core.desired import DesiredDomain, DesiredState
from core.dkim import KEPT_DAYS, following, record_name
from core.dns import DnsRecord
from core.dns_finding import Finding
from core.errors import RefusedError
from core.suggestions import did_you_mean
from ops.list_file import edit_file, set_selectors
from ops.steps import OURS

Stage = Literal["steady", "named", "publish", "switch", "switched", "retired"]
"""``steady``: one key. ``named``: a next one in the list, which the next update makes. ``publish``: made, and not seen
in DNS. ``switch``: seen everywhere. ``switched``: in the list, not in force yet. ``retired``: the one before is still
published."""
ToDo = Literal["none", "up", "publish", "rotate", "wait", "retire"]

_TO_DO: Final[Mapping[Stage, ToDo]] = {
    "steady": "none",
    "named": "up",
    "publish": "publish",
    "switch": "rotate",
    "switched": "up",
    "retired": "wait",
}


@dataclass(frozen=True, kw_only=True)
class KeyRing:
    """A domain's keys as list, state and DNS have them.

    Attributes:
        domain: The domain.
        signing: Selector that the list has it sign with.
        following: Selector that is to sign next; empty for none.
        retired: Selector that signed before and is published; empty for none.
        stage: How far it is.
        to_do: What comes next.
        record: The next key's record, where that is to be entered or looked at.
        finding: What the name servers say of it.
        retire_from: The day from which the old record may go.
    """

    domain: str
    signing: str
    following: str
    retired: str
    stage: Stage
    to_do: ToDo
    record: DnsRecord | None = None
    finding: Finding | None = None
    retire_from: date | None = None


@dataclass(frozen=True, kw_only=True)
class Rotation:
    """What is known of a stack's keys.

    Attributes:
        state: What list and config ask for.
        exported: The stack's recorded state.
        records: The stack's DNS records.
        look: Asks the zone's own name servers for one record.
        mail_list: The list's file.
        today: The day, UTC.
    """

    state: DesiredState
    exported: Mapping[str, Any]
    records: tuple[DnsRecord, ...]
    look: Callable[[DnsRecord], Finding]
    mail_list: Path
    today: date

    def domains(self, named: str) -> tuple[DesiredDomain, ...]:
        """Pick the domain that somebody named; all of them for an empty name.

        Raises:
            RefusedError: The stack has no such domain.
        """
        if not named:
            return self.state.domains
        found = tuple(domain for domain in self.state.domains if domain.name == named.lower().rstrip("."))
        if not found:
            meant = did_you_mean(named, [domain.name for domain in self.state.domains])
            raise RefusedError(f"{named} is no domain of this stack{f'; did you mean {meant}?' if meant else ''}")
        return found

    def ring(self, domain: DesiredDomain) -> KeyRing:
        """Say how far a domain is; asks its name servers where a key waits to be published."""
        recorded = self._recorded(domain.name)
        record = self._record(domain)
        finding = self.look(record) if record is not None else None
        stage = _stage(domain, str(recorded.get("selector") or ""), finding)
        since = date.fromisoformat(str(recorded["since"])) if recorded.get("since") else None
        retire_from = since + timedelta(days=KEPT_DAYS) if stage == "retired" and since else None
        to_do = _TO_DO[stage]
        if stage == "retired" and (retire_from is None or retire_from <= self.today):
            to_do = "retire"
        return KeyRing(
            domain=domain.name,
            signing=domain.dkim_selector,
            following=domain.dkim_next,
            retired=domain.dkim_retired,
            stage=stage,
            to_do=to_do,
            record=record,
            finding=finding,
            retire_from=retire_from,
        )

    def rotate(self, ring: KeyRing) -> str:
        """Take the next step that the list can take, and say what was written; empty where DNS or `up` comes first.

        Raises:
            RefusedError: The key before is not retired yet.
            InputError: The list is wrong, or was changed.
        """
        match ring.stage:
            case "retired":
                raise RefusedError(
                    f"{ring.domain} still has dkim_retired: {ring.retired}; one key after the other: first"
                    f" mailstead dkim retire {ring.domain}"
                )
            case "steady":
                chosen = following(ring.signing)
                self._write(ring, signing=ring.signing, following=chosen)
                return f"dkim_next: {chosen}"
            case "switch":
                self._write(ring, signing=ring.following, retired=ring.signing)
                return f"dkim_selector: {ring.following}, dkim_retired: {ring.signing}"
            case _:
                return ""

    def retire(self, ring: KeyRing, *, at_once: bool) -> None:
        """Take the old key out of the list.

        Args:
            ring: The domain's keys.
            at_once: Also before its time is over.

        Raises:
            RefusedError: There is none, the new one does not sign yet, or mail may still be on its way.
        """
        if ring.stage != "retired":
            why = (
                "the new key does not sign yet; run: mailstead up" if ring.stage == "switched" else "no key is retired"
            )
            raise RefusedError(f"nothing is changed at {ring.domain}: {why}")
        if ring.to_do == "wait" and not at_once:
            raise RefusedError(
                f"mail that {ring.retired} signed may be on its way until {ring.retire_from}; run it again then, or"
                " add --at-once"
            )
        self._write(ring, signing=ring.signing)

    def _write(self, ring: KeyRing, *, signing: str, following: str = "", retired: str = "") -> None:
        edit_file(
            self.mail_list,
            lambda text: set_selectors(text, ring.domain, signing=signing, following=following, retired=retired),
        )

    def _record(self, domain: DesiredDomain) -> DnsRecord | None:
        name = record_name(domain.dkim_next, domain.name) if domain.dkim_next else ""
        return next((one for one in self.records if one.name == name and one.type == "TXT"), None)

    def _recorded(self, domain: str) -> Mapping[str, Any]:
        deployment = cast("dict[str, Any]", self.exported.get("deployment") or {})
        for one in cast("list[Mapping[str, Any]]", deployment.get("resources") or []):
            if one.get("type") == f"{OURS}DkimKey" and str(one.get("id")) == domain:
                return cast("Mapping[str, Any]", one.get("outputs") or {})
        return {}


def _stage(domain: DesiredDomain, signs: str, finding: Finding | None) -> Stage:
    if signs and signs != domain.dkim_selector:
        return "switched"
    if domain.dkim_next:
        if finding is None:
            return "named"
        return "switch" if finding.verdict == "right" else "publish"
    return "retired" if domain.dkim_retired else "steady"
