"""`mailstead move-in status`: how far the mail is that people bring along from another provider."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from core.desired import DesiredMoveIn
from core.errors import RefusedError, VaultError
from mailcow.rows import Mailcow, SyncJobRow
from ops.move_in_log import WRONG_PASSWORD, doubles, in_words
from ops.old_mailbox import Account, CountError, Folder, count
from vault.api import Vault

JobState = Literal["missing", "waiting", "running", "ok", "failed"]
Count = Callable[[Account], tuple[Folder, ...]]
_AT_A_TIME: Final = 4

EXIT_DONE: Final = 0
EXIT_FAILED: Final = 1
EXIT_NOT_DONE: Final = 10


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far one person's mail is."""

    address: str
    server: str
    """The other provider's."""
    user: str
    """Log-in name there."""
    job: JobState
    last_run: str
    """When the last run began, in the mail server's time zone; empty before the first."""
    said: str
    """How the last run went, in one sentence."""
    folders: tuple[Folder, ...]
    """What is there now."""
    here: int
    """Messages in the mailbox here, as mailcow counts them."""
    doubles: int
    """Messages there that the last run left out, because the same message lies in another folder too."""
    problem: str = ""
    """Why the messages there could not be counted."""

    @property
    def there(self) -> int:
        """Messages at the other provider, all folders together."""
        return sum(folder.messages or 0 for folder in self.folders)

    @property
    def missing(self) -> int:
        """How many messages are there and not here; mail that came in here meanwhile can hide some."""
        return max(0, self.there - self.doubles - self.here)

    @property
    def done(self) -> bool:
        """Whether the last run went well, all folders could be counted, and here is no less than there."""
        counted = not self.problem and all(folder.messages is not None for folder in self.folders)
        return self.job == "ok" and counted and not self.missing

    @property
    def failed(self) -> bool:
        """Whether somebody has to do something about it."""
        return self.job in {"failed", "missing"} or bool(self.problem)


def chosen(move_ins: Sequence[DesiredMoveIn], address: str | None) -> tuple[DesiredMoveIn, ...]:
    """Take the one that is asked about, or all.

    Raises:
        RefusedError: Nobody of that address moves in.
    """
    if address is None:
        return tuple(move_ins)
    found = tuple(one for one in move_ins if one.address == address.lower())
    if not found:
        known = ", ".join(one.address for one in move_ins) or "nobody"
        raise RefusedError(f"the list has no move_in for {address}; it has one for: {known}")
    return found


def progress(
    move_ins: Sequence[DesiredMoveIn], servers: Mapping[int, Mailcow], vault: Vault, *, count: Count = count
) -> tuple[Progress, ...]:
    """Look at jobs and mailboxes here, one request a server and one a domain, and count what is there.

    Args:
        move_ins: Whose.
        servers: mailcow of each mail host, by the host's number.
        vault: Has the passwords of the mailboxes there.
        count: Counts what is there.

    Raises:
        MailcowError: A server here does not answer.
        RefusedError: A mail host is not there yet.
        VaultError: Vault does not answer.
    """
    jobs, messages = _jobs(move_ins, servers), _messages(move_ins, servers)

    def one(move_in: DesiredMoveIn) -> Progress:
        row = jobs.get((move_in.address, move_in.host.lower(), move_in.user))
        folders, problem = _counted(move_in, vault, count)
        log = row.log if row else ""
        return Progress(
            address=move_in.address,
            server=move_in.host,
            user=move_in.user,
            job=_state(row),
            last_run=row.last_run if row else "",
            said=_said(move_in, row, counted=not problem),
            folders=folders,
            here=messages.get(move_in.address, 0),
            doubles=doubles(log),
            problem=problem,
        )

    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        return tuple(pool.map(one, move_ins))


def exit_code(found: Iterable[Progress]) -> int:
    """Say by a number how far all are: 0 all is here, 1 somebody has to do something, 10 not finished or not equal."""
    people = tuple(found)
    if any(one.failed for one in people):
        return EXIT_FAILED
    return EXIT_DONE if all(one.done for one in people) else EXIT_NOT_DONE


def as_document(found: Sequence[Progress]) -> dict[str, Any]:
    """Give the same for machines: ``people``, each with its fields, ``there``, ``missing`` and ``done``."""
    return {
        "people": [{**asdict(one), "there": one.there, "missing": one.missing, "done": one.done} for one in found],
        "done": all(one.done for one in found),
    }


def _jobs(move_ins: Sequence[DesiredMoveIn], servers: Mapping[int, Mailcow]) -> dict[tuple[str, str, str], SyncJobRow]:
    rows = [
        row
        for number in sorted({one.server for one in move_ins})
        for row in _server(servers, number).list_sync_jobs(with_log=True)
    ]
    return {(row.username, row.host.lower(), row.user): row for row in rows}


def _messages(move_ins: Sequence[DesiredMoveIn], servers: Mapping[int, Mailcow]) -> dict[str, int]:
    domains = sorted({(one.server, one.domain) for one in move_ins})
    rows = (row for number, domain in domains for row in _server(servers, number).list_mailboxes(domain))
    return {row.address: row.messages for row in rows}


def _server(servers: Mapping[int, Mailcow], number: int) -> Mailcow:
    if number not in servers:
        raise RefusedError(f"mail host {number} is not there yet; run: mailstead up")
    return servers[number]


def _state(row: SyncJobRow | None) -> JobState:
    if row is None:
        return "missing"
    if row.running:
        return "running"
    if not row.last_run:
        return "waiting"
    # A release that records no success says it in its log alone.
    went_well = row.success if row.success is not None else "EX_OK" in f"{row.exit_status} {row.log}"
    return "ok" if went_well else "failed"


def _said(move_in: DesiredMoveIn, row: SyncJobRow | None, *, counted: bool) -> str:
    if row is None:
        return "mailcow has no such job; run: mailstead up"
    said = in_words(row.log, row.exit_status)
    if row.exit_status not in WRONG_PASSWORD:
        return said
    if counted:  # Vault's password is taken there, so mailcow has another
        return f"{said}; the one in Vault is newer than mailcow's: mailstead up --refresh"
    return f"{said}; put the right one into Vault at {move_in.password_in}, then: mailstead up --refresh"


def _counted(move_in: DesiredMoveIn, vault: Vault, count: Count) -> tuple[tuple[Folder, ...], str]:
    """Count what is there; and why it could not be counted, or nothing."""
    try:
        password = (vault.read(move_in.password_in) or {}).get("password")
    except VaultError as problem:
        return (), str(problem)
    if not password:
        return (), f"Vault has no password at {move_in.password_in}"
    account = Account(
        host=move_in.host,
        port=move_in.port,
        encryption=move_in.encryption,
        user=move_in.user,
        password=password,
    )
    try:
        return count(account), ""
    except CountError as problem:
        return (), str(problem)
