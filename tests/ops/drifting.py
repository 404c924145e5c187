"""A server that is exactly as a list says, to be changed by hand."""

from core.desired import DesiredMailbox, DesiredState
from core.sieve import mail_rules
from mailcow.rows import AliasRow, DkimRow, DomainRow, FilterRow, MailboxRow
from tests.ops.existing_server import ExistingServer

TAG = "mailstead-dev"


def server_of(wanted: DesiredState) -> ExistingServer:
    """A server that is exactly as it should be."""
    server = ExistingServer()
    for domain in wanted.domains:
        server.domains[domain.name] = DomainRow(
            name=domain.name,
            description=domain.name,
            active=True,
            max_aliases=domain.max_aliases,
            max_mailboxes=domain.max_mailboxes,
            default_quota_mib=domain.default_quota_mib,
            max_quota_mib=domain.max_quota_mib,
            quota_mib=domain.quota_mib,
            mailboxes=0,
            tags=(TAG,),
        )
        server.dkim[domain.name] = DkimRow(
            domain=domain.name, selector=domain.dkim_selector, key_size=2048, public_key="MIIB", dns_text="v=DKIM1"
        )
    for mailbox in wanted.mailboxes:
        _put(server, mailbox)
    for number, alias in enumerate(wanted.aliases):
        server.aliases[alias.address] = AliasRow(
            id=number, address=alias.address, goto=alias.goto, active=True, private_comment=TAG
        )
    return server


def _put(server: ExistingServer, mailbox: DesiredMailbox) -> None:
    server.mailboxes[mailbox.address] = MailboxRow(
        address=mailbox.address,
        name=mailbox.full_name,
        quota_mib=mailbox.quota_mib,
        active=mailbox.active,
        receives_only=not mailbox.active and mailbox.mail != "refuse",
        protocols=mailbox.protocols,
        sending_limit=mailbox.sending_limit,
        tags=(TAG, *mailbox.tags),
    )
    rules = mail_rules(forward_to=mailbox.forward_to, keep_copy=mailbox.keep_copy, auto_reply=mailbox.auto_reply)
    if rules:
        number = len(server.filters) + 1
        server.filters[number] = FilterRow(
            id=number, username=mailbox.address, kind="prefilter", script=rules, description=TAG
        )
