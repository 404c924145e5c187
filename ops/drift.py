"""What differs between the list and the servers, and what to do about each of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from core.desired import DesiredState
from core.drift import Finding, compare
from core.list_form import leaver_line, user_line
from core.live import LiveServer
from core.people import PROTOCOLS, Leaver, User
from mailcow.rows import AliasRow, MailboxRow
from ops.facts import Held
from ops.figures import listing
from ops.list_layout import in_one_line
from ops.live_servers import read_server
from ops.server_access import Access
from ops.server_survey import DomainSurvey, ServerSurvey, Surveyed

_KEPT_DAYS: Final = 30


@dataclass(frozen=True, kw_only=True)
class Advice:
    """What can be done about one finding."""

    finding: Finding
    holds: str = ""
    """What is in a mailbox that the list does not know."""
    mend: str = ""
    """What makes the server as the list says; for what is missing or has changed."""
    adopt: str = ""
    """Where to write which line so that the list knows it; for what the list does not know."""
    remove: str = ""
    """How to be rid of it; for what the list does not know."""


@dataclass(frozen=True, kw_only=True)
class Drift:
    """All that differs.

    Attributes:
        advice: Each finding with what to do.
        mailboxes: How many mailboxes were compared.
        hostnames: The servers that were looked at.
    """

    advice: tuple[Advice, ...]
    mailboxes: int
    hostnames: tuple[str, ...]


def find_drift(state: DesiredState, access: Sequence[Access], *, recorded: Collection[str], today: date) -> Drift:
    """Compare the whole list with the servers; changes nothing.

    Args:
        state: What should be.
        access: The ways to the servers.
        recorded: Addresses that the stack has recorded: who is not among them was never made.
        today: The day, UTC, for dates that are proposed.

    Raises:
        MailcowError: A server refuses, or does not answer.
        SshError: Its host cannot be reached.
    """
    live: list[LiveServer] = []
    surveys: dict[int, ServerSurvey] = {}
    for one in access:
        domains = {domain.name for domain in state.domains if domain.server == one.number}
        mailcow: Surveyed = one.mailcow
        server, surveys[one.number] = read_server(
            mailcow, number=one.number, hostname=one.hostname, stack=state.stack, domains=domains
        )
        live.append(server)
    advise = _Advising(stack=state.stack, surveys=surveys, recorded=recorded, until=today + timedelta(days=_KEPT_DAYS))
    return Drift(
        advice=tuple(advise.on(finding) for finding in compare(state, live)),
        mailboxes=len(state.mailboxes),
        hostnames=tuple(one.hostname for one in access),
    )


@dataclass(frozen=True, kw_only=True)
class _Advising:
    stack: str
    surveys: Mapping[int, ServerSurvey]
    recorded: Collection[str]
    until: date

    def on(self, finding: Finding) -> Advice:
        match finding.kind:
            case "missing":
                return Advice(finding=finding, mend=self._make(finding))
            case "changed":
                mend = f"mailstead up --refresh --stack {self.stack}; or write into the list what the server has"
                return Advice(finding=finding, mend=mend)
            case _:
                return self._unknown(finding)

    def _make(self, finding: Finding) -> str:
        if finding.what == "mailbox" and finding.name not in self.recorded:
            return f"mailstead up --stack {self.stack}, which never came to it yet"
        again = {
            "mailbox": ", which makes it again, EMPTY",
            "DKIM key": ", which makes another; its DNS record changes",
        }.get(finding.what, "")
        return f"mailstead up --refresh --stack {self.stack}{again}"

    def _unknown(self, finding: Finding) -> Advice:
        survey = self.surveys[finding.server]
        page = f"delete it in mailcow's web page, https://{survey.hostname}/"
        if finding.what == "domain":
            adopt = f"mailstead adopt --stack {self.stack} --list FILE writes its lines"
            return Advice(finding=finding, adopt=adopt, remove=f"{page}; its mailboxes go first")
        domain = finding.name.rpartition("@")[2]
        if finding.what == "alias":
            (alias,) = [row for row in _survey_of(survey, domain).aliases if row.address.lower() == finding.name]
            return Advice(finding=finding, adopt=_alias_line(alias, domain), remove=page)
        (row,) = [row for row in _survey_of(survey, domain).mailboxes if row.address == finding.name]
        held = Held(bytes_used=row.bytes_used, messages=row.messages, last_login=row.last_login)
        adopt = self._mailbox_line(row, domain)
        return Advice(finding=finding, holds=held.phrase, adopt=adopt, remove=page)

    def _mailbox_line(self, row: MailboxRow, domain: str) -> str:
        name = row.address.rpartition("@")[0]
        user = User(
            name=name,
            full_name=row.name if row.name not in {"", name} else None,
            quota_mib=row.quota_mib,
            protocols=row.protocols if row.protocols != PROTOCOLS else None,
            sending_limit=row.sending_limit or None,
        )
        if row.active:
            return _line("users", domain, user_line(user, domain))
        leaver = Leaver(name=name, until=self.until, mail="keep" if row.receives_only else "refuse", was=user)
        return _line("offboarded", domain, leaver_line(leaver, domain))


def _alias_line(row: AliasRow, domain: str) -> str:
    name, to = row.address.lower().rpartition("@")[0], list(row.goto)
    if not name:
        return f"write under {domain}: catch_all: {listing(to)}"
    if len(to) > 1:
        return _line("lists", domain, {"name": name, "to": to})
    return _line("aliases", domain, {"name": name, "to": to[0]})


def _line(where: str, domain: str, line: object) -> str:
    return f"write under {where} of {domain}: {in_one_line(line)}"


def _survey_of(survey: ServerSurvey, domain: str) -> DomainSurvey:
    (found,) = [one for one in survey.domains if one.row.name == domain]
    return found
