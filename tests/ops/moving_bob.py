"""Bob, whose mail has moved in from another provider."""

from core.desired import DesiredMoveIn
from mailcow.rows import MailboxRow, SyncJobRow
from tests.fakes import FakeMailcow, FakeVault
from tests.ops.imap_stub import PASSWORD, USER

BOB = DesiredMoveIn(
    address="bob@example.com",
    domain="example.com",
    host="imap.old.example",
    port=993,
    encryption="tls",
    user=USER,
    password_in="mail/move-in/example.com/bob",
    server=1,
)
GOOD = """++++ Statistics
Messages transferred                    : 14
Messages found duplicate on host1       : 1
Messages found crossduplicate on host2  : 4
The sync looks good, all 270 identified messages in host1 are on host2.
Detected 0 errors
Exiting with return value 0 (EX_OK: successful termination) 0/50 nb_errors/max_errors
"""


def bobs_mailcow() -> FakeMailcow:
    """A server on which bob's job has run well and brought 275 messages."""
    mailcow = FakeMailcow()
    mailcow.mailboxes[BOB.address] = MailboxRow(
        address=BOB.address, name="bob", quota_mib=2048, active=True, messages=275
    )
    mailcow.sync_jobs[7] = SyncJobRow(
        id=7,
        username=BOB.address,
        host=BOB.host,
        port=993,
        user=BOB.user,
        encryption="SSL",
        last_run="2026-11-22 14:05:11",
        success=True,
        exit_status="EX_OK",
        log=GOOD.replace(": 4", ": 0").replace(": 1\n", ": 0\n"),
    )
    return mailcow


def bobs_vault() -> FakeVault:
    """A Vault with the password that bob has at his old provider."""
    vault = FakeVault()
    vault.write_version(BOB.password_in, {"password": PASSWORD})
    return vault
