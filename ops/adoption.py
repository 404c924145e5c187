"""`mailstead adopt`: from a mailcow that is there already to a list of people, without changing anything on it."""

import contextlib
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from core.desired_state import desired_state
from core.drift import Finding, compare
from core.errors import InputError, RefusedError
from core.host_choice import EXISTING
from core.names import host_name, stack_file, user_secret
from core.people import MailList
from core.settings import Settings
from mailcow.api import MailcowApi
from ops.adopted_file import ListFile, Put
from ops.adopted_list import AdoptedList, adopted_list, why_domain_stays
from ops.adopted_people import known_dates
from ops.adoption_key import AdoptionKey, choose_key, keep_key, try_key
from ops.agent import ssh_agent
from ops.engine import Engine
from ops.live_servers import as_live
from ops.project import Project
from ops.server_access import server_access
from ops.server_survey import ServerSurvey, Surveyed, survey
from ssh.client import first_host_key
from ssh.connection import fingerprint
from users import first_password
from users.host_inputs import HostInputs
from users.host_provider import mailcow_of
from users.ownership import owner_of
from vault.api import Vault

KEPT_FOR: Final = timedelta(days=365)
"""How long the mail of mailboxes is kept that are switched off; until then their lines cannot be taken out."""
_PATIENCE_S: Final = 30.0
_CONTACT_S: Final = 30.0


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What the operator asked for.

    Attributes:
        api_key: A key from standard input, if one was given.
        replace_key: Whether it may take the place of another in Vault.
        list_file: Name of the file to write, seen from the project's folder; empty for the stack's.
        force: Whether a list that says something else may be overwritten.
        dry_run: Whether nothing is written anywhere.
    """

    api_key: str | None = None
    replace_key: bool = False
    list_file: str = ""
    force: bool = False
    dry_run: bool = False


@dataclass(frozen=True, kw_only=True)
class Adopted:
    """What came of it.

    Attributes:
        survey: What the server has.
        people: The list that says it.
        file: What became of its file.
        key_written: Whether the API key was put into Vault.
        notes_written: For how many people Vault was told that they have a password of their own.
        notices: What the operator should know besides.
    """

    survey: ServerSurvey
    people: AdoptedList
    file: Put
    key_written: bool
    notes_written: int
    notices: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Adoption:
    """One run of `mailstead adopt`.

    Attributes:
        project: Folder and stack.
        env: The operator's environment.
        vault: Where keys and notes are kept.
        now: Tells the time, in UTC.
        say: Told what happens on the way.
        reach: Makes the calls of the server, given where it is and its key.
    """

    project: Project
    env: Mapping[str, str]
    vault: Vault
    now: Callable[[], datetime]
    say: Callable[[str], None]
    reach: Callable[[HostInputs, str], Surveyed]

    def run(self, wishes: Wishes) -> Adopted:
        """Read the server, write the list; safe to run again after it died anywhere.

        Raises:
            InputError: The stack file is wrong.
            RefusedError: The stack's server is not one that is there already, or the key is not good.
            MailcowError: mailcow refuses, or does not answer.
            SshError: The server cannot be reached.
            VaultError: Vault does not answer.
        """
        settings = self._settings()
        hostname = settings.mail_hostname
        key = choose_key(self.vault, hostname=hostname, given=wishes.api_key, replace=wishes.replace_key)
        with self._server(settings, key) as mailcow:
            try_key(mailcow, hostname=hostname)
            if not wishes.dry_run:
                keep_key(self.vault, key, hostname=hostname)
            found = survey(
                mailcow,
                hostname=hostname,
                looks_into=lambda row: (
                    why_domain_stays(row, stack=self.project.stack, domain_names=settings.domain_names) is None
                ),
            )
        target = ListFile(self.project.folder, wishes.list_file or settings.mail_list)
        people = adopted_list(
            found, stack=self.project.stack, domain_names=settings.domain_names, until=self._until(target.read())
        )
        if not people.mail_list.domains:
            left_out = "".join(f"\n  {each}" for each in people.left_out)
            raise RefusedError(f"mailcow on {hostname} has no domain to take over; make one there first{left_out}")
        notes = self._notes(found, people.mail_list, dry_run=wishes.dry_run)
        file = target.put(people, hostname, force=wishes.force, dry_run=wishes.dry_run)
        return Adopted(
            survey=found,
            people=people,
            file=file,
            key_written=key.is_new and not wishes.dry_run,
            notes_written=notes,
            notices=tuple(self._notices(settings, found, people.mail_list, file)),
        )

    def _settings(self) -> Settings:
        settings = self.project.settings()
        if settings.host != EXISTING:
            raise RefusedError(
                f"{stack_file(self.project.stack)} makes its server itself, so there is nothing to take over; for one"
                f" that is there already write mailstead:host: {EXISTING} with its host_address and mail_hostname"
            )
        return settings

    @contextlib.contextmanager
    def _server(self, settings: Settings, key: AdoptionKey) -> Generator[Surveyed]:
        with contextlib.ExitStack() as stack:
            by_ssh = settings.api_access == "ssh"
            if by_ssh:
                stack.enter_context(ssh_agent(self.env))
            inputs = HostInputs(
                name=settings.mail_hostname,
                address=settings.host_address,
                stack=self.project.stack,
                key=self._host_key(settings) if by_ssh else "",
                user=settings.ssh_user if by_ssh else "",
                api_access="ssh" if by_ssh else "https",
                connect_to=settings.api_connect_to,
                ca_bundle=str(self.project.folder / settings.api_ca_bundle) if settings.api_ca_bundle else "",
                adopt=True,
            )
            yield self.reach(inputs, key.value)

    def _host_key(self, settings: Settings) -> str:
        """Give the key that an earlier `up` has pinned; else take the one that is shown, and say so."""
        address = settings.host_address
        with contextlib.suppress(RefusedError, FileNotFoundError):
            for access in server_access(Engine.of(self.project, env=self.env, extra={}).export()):
                if access.name == host_name(1) and access.host and access.host.address == address:
                    return access.host.key
        key = first_host_key(address, user=settings.ssh_user, wait_s=_CONTACT_S)
        self.say(
            f"first contact with {address}: its SSH host key is {fingerprint(key)}; compare it with"
            " `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` there; `up` pins it"
        )
        return key

    def _until(self, now: MailList | None) -> Callable[[str], date]:
        """Keep the days that the list says already: run again, it comes out the same."""
        known = known_dates(now or MailList(domains=()))
        default = self.now().date() + KEPT_FOR
        return lambda address: known.get(address, default)

    def _notes(self, found: ServerSurvey, mail_list: MailList, *, dry_run: bool) -> int:
        """Tell Vault of everybody who has a password that we never knew, so that none is made for them.

        Only where Vault knows nothing of the address: what is there already is for `up` to judge.
        """
        marks = {row.address: row.tags for domain in found.domains for row in domain.mailboxes}
        stack, written = self.project.stack, 0
        for domain in mail_list.domains:
            known = set(self.vault.list(user_secret(domain.name, "").rstrip("/")))
            for name in [person.name for person in (*domain.users, *domain.offboarded)]:
                address = f"{name}@{domain.name}"
                if name in known or owner_of(marks[address], stack=stack) == stack:
                    continue
                written += 1
                if not dry_run:
                    notes = first_password.notes_of(first_password.ADOPTED, address=address, stack=stack)
                    seen = {first_password.MAILBOX_MADE_NOTE: self.now().isoformat(timespec="seconds")}
                    self.vault.set_metadata(user_secret(domain.name, name), {**seen, **notes})
        return written

    def _notices(self, settings: Settings, found: ServerSurvey, mail_list: MailList, file: Put) -> Iterator[str]:
        """Say what the operator has to do before `up`, and what `up` would say or do."""
        stack, own_file = self.project.stack, stack_file(self.project.stack)
        if not settings.adopt:
            yield f"write mailstead:adopt: true in {own_file}; without it `up` refuses what nobody has marked"
        if file.name != settings.mail_list:
            yield f"{own_file} names {settings.mail_list}, and {file.name} is what this command found"
        adopting = settings.model_copy(update={"adopt": True})
        try:
            state = desired_state(adopting, mail_list, stack=stack, mail_list_file=file.name)
        except InputError as wrong:
            yield from map(str, wrong.problems)
            return
        yield from state.notices
        yield from map(_difference, _what_up_would_change(compare(state, [as_live(found, number=1, stack=stack)])))


def _what_up_would_change(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Choose what the list says otherwise than the server; what the list does not know was left out on purpose."""
    return (finding for finding in findings if finding.kind in {"missing", "changed"})


def _difference(finding: Finding) -> str:
    if finding.what == "DKIM key" and finding.kind == "missing":
        return f"{finding.name} has no DKIM key, so its mail goes out unsigned; `up` makes none, make one in mailcow"
    fields = "; ".join(f"{one.field} {one.found}, and the list says {one.wanted}" for one in finding.differences)
    return (
        f"{finding.what} {finding.name} is not there as the list says, and `up` would change it: {fields or 'missing'}"
    )


def reach(inputs: HostInputs, key: str) -> MailcowApi:
    """Make the calls of a server over the network."""
    return mailcow_of(inputs, key=lambda: key, patience_s=_PATIENCE_S)
