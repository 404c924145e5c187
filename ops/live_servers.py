"""Reads the mail servers of a stack as values to compare: at most one request a domain and kind."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from core.live import LiveAccess, LiveAlias, LiveDomain, LiveMailbox, LiveMoveIn, LiveServer
from core.names import ownership_tag
from mailcow.rows import AliasRow, DomainRow, MailboxRow
from ops.server_survey import DomainSurvey, ServerSurvey, Surveyed, survey
from users.ownership import owner_of

_LIMITS = ("max_quota_mib", "quota_mib", "max_mailboxes", "max_aliases", "default_quota_mib")


def read_server(
    mailcow: Surveyed, *, number: int, hostname: str, stack: str, domains: Collection[str]
) -> tuple[LiveServer, ServerSurvey]:
    """Read one server.

    Args:
        mailcow: Its calls.
        number: Its number.
        hostname: Its name.
        stack: Whose marks are ours.
        domains: The domains to look into; of the others only that they are there.

    Returns:
        What it has, and the same as it was read.

    Raises:
        MailcowError: It refuses, or does not answer.
        SshError: Its host cannot be reached.
    """
    found = survey(mailcow, hostname=hostname, looks_into=lambda row: row.name in domains)
    return as_live(found, number=number, stack=stack), found


def as_live(found: ServerSurvey, *, number: int, stack: str) -> LiveServer:
    """Say what was read of a server as values to compare.

    Args:
        found: What was read.
        number: The server's number.
        stack: Whose marks are ours.
    """
    rules = _rules(found, tag=ownership_tag(stack))
    return LiveServer(
        number=number,
        domains=(
            *(_domain(one, stack, rules) for one in found.domains),
            *(_bare_domain(row, stack) for row in found.others),
        ),
        move_ins=tuple(
            LiveMoveIn(address=job.username, host=job.host, user=job.user, port=job.port, active=job.active)
            for job in found.sync_jobs
        ),
    )


def _rules(found: ServerSurvey, *, tag: str) -> Mapping[str, str]:
    """Give the script of our filter, where one runs, by mailbox."""
    ours: defaultdict[str, str] = defaultdict(str)
    for row in found.filters:
        if row.kind == "prefilter" and row.description == tag and row.active:
            ours[row.username] = row.script
    return ours


def _domain(found: DomainSurvey, stack: str, rules: Mapping[str, str]) -> LiveDomain:
    row = found.row
    return LiveDomain(
        name=row.name,
        owner=owner_of(row.tags, stack=stack),
        active=row.active,
        limits={key: getattr(row, key) for key in _LIMITS},
        dkim_selector=found.dkim.selector if found.dkim else None,
        mailboxes=tuple(_mailbox(mailbox, stack, rules.get(mailbox.address, "")) for mailbox in found.mailboxes),
        aliases=tuple(_alias(alias, stack) for alias in found.aliases),
    )


def _bare_domain(row: DomainRow, stack: str) -> LiveDomain:
    return LiveDomain(name=row.name, owner=owner_of(row.tags, stack=stack), active=row.active)


def _mailbox(row: MailboxRow, stack: str, rules: str) -> LiveMailbox:
    return LiveMailbox(
        address=row.address,
        owner=owner_of(row.tags, stack=stack),
        # mailcow takes a mailbox without a name, which is then its local part.
        full_name=row.name or row.address.rpartition("@")[0],
        quota_mib=row.quota_mib,
        access=_access(row),
        protocols=row.protocols,
        sending_limit=row.sending_limit or "",
        tags=tuple(tag for tag in row.tags if owner_of([tag], stack=stack) is None),
        rules=rules,
    )


def _access(row: MailboxRow) -> LiveAccess:
    if row.active:
        return "open"
    return "receives only" if row.receives_only else "closed"


def _alias(row: AliasRow, stack: str) -> LiveAlias:
    return LiveAlias(
        address=row.address.lower(),
        owner=owner_of([row.private_comment], stack=stack),
        goto=row.goto,
        active=row.active,
    )
