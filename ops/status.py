"""`mailstead status`: how a stack stands, each host asked once through SSH and once by mailcow's API."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from core.certificate import Shown
from core.desired import DesiredState
from core.errors import MailcowError, SshError, VaultError
from core.host_choice import EXISTING
from core.names import OPS_HOST
from core.settings import Settings
from core.status import Expected, Figures, Line, certificate_line, judged, named
from mailcow.rows import ContainerRow, DomainRow
from ops.status_alerts import alert_lines
from ops.status_figures import Shell, read_figures
from probes.at_once import side_by_side
from probes.shown_certificate import shown_certificates

_RUNNING: Final = "running"
_EXPIRY: Final = "mail_certificate_expiry_timestamp_seconds"


class Answers(Protocol):
    """What is asked of mailcow."""

    def version(self) -> str:
        """Return the version that mailcow reports."""
        ...

    def containers(self) -> tuple[ContainerRow, ...]:
        """Read the state of all of mailcow's containers."""
        ...

    def list_domains(self) -> tuple[DomainRow, ...]:
        """Read all domains in one call."""
        ...


@dataclass(frozen=True, kw_only=True)
class Watched:
    """One mail host."""

    number: int
    hostname: str
    address: str
    """Its public address; empty while it is not known."""
    mailcow: Answers
    shell: Shell | None
    """None where there is no way in but the API."""


@dataclass(frozen=True, kw_only=True)
class Status:
    """One look at a stack.

    Attributes:
        state: What should be.
        settings: The stack's configuration.
        hosts: The mail hosts that there are.
        ops: The ops host; None where there is none.
        now_s: The time of the look, in seconds since 1970.
        certificates: Looks at what the ports of an address show, given a name.
    """

    state: DesiredState
    settings: Settings
    hosts: Sequence[Watched]
    ops: Shell | None
    now_s: float
    certificates: Callable[[str, str], Mapping[int, Shown | None]] = field(
        default=lambda address, name: shown_certificates(address, name=name)
    )

    def lines(self) -> list[Line]:
        """Ask all hosts side by side; what cannot be asked is a line too."""
        of_hosts = side_by_side(lambda host: list(self._host(host)), self.hosts)
        return [*self._alerts(), *(line for lines in of_hosts for line in lines)]

    def _host(self, host: Watched) -> Iterator[Line]:
        try:
            yield self._mailcow(host)
            yield self._people(host)
        except (MailcowError, SshError, VaultError) as problem:
            yield Line(name="mailcow", about=host.hostname, level="unreachable", said=str(problem))
        figures = Figures()
        if host.shell is None:
            said = "no data: the host is reached by its API only"
            yield Line(name="figures", about=host.hostname, level="no data", said=said)
        else:
            try:
                figures = read_figures(host.shell)
                yield from judged(figures, host.hostname, self._expected(host), now_s=self.now_s)
            except SshError as problem:
                yield Line(name="figures", about=host.hostname, level="unreachable", said=str(problem))
            except ValueError as problem:
                said = f"what the collectors wrote cannot be read: {problem}"
                yield Line(name="figures", about=host.hostname, level="attention", said=said)
        yield self._certificate(host, figures)

    def _mailcow(self, host: Watched) -> Line:
        containers = host.mailcow.containers()
        down = [one.name for one in containers if one.state != _RUNNING]
        said = f"version {host.mailcow.version()}, {len(containers) - len(down)} of {len(containers)} containers run"
        if not down:
            return Line(name="mailcow", about=host.hostname, level="fine", said=said)
        to_do = "on the host: docker compose ps, in mailcow's folder, and the logs of what is down"
        return Line(
            name="mailcow", about=host.hostname, level="attention", said=f"{said}; down: {named(down)}", to_do=to_do
        )

    def _people(self, host: Watched) -> Line:
        there = {row.name: row for row in host.mailcow.list_domains()}
        wanted = {one.name: self._count(one.name) for one in self.state.domains if one.server == host.number}
        mailboxes = sum(there[name].mailboxes for name in wanted if name in there)
        said = (
            f"{sum(name in there for name in wanted)} of {len(wanted)} domains,"
            f" {mailboxes} of {sum(wanted.values())} mailboxes"
        )
        differs = [name for name, count in wanted.items() if name not in there or there[name].mailboxes != count]
        if not differs:
            return Line(name="people", about=host.hostname, level="fine", said=said)
        return Line(
            name="people",
            about=host.hostname,
            level="attention",
            said=f"{said}; other than the list: {named(differs)}",
            to_do="mailstead drift says what differs, and mailstead preview what an update would do",
        )

    def _count(self, domain: str) -> int:
        return sum(mailbox.domain == domain for mailbox in self.state.mailboxes)

    def _certificate(self, host: Watched, figures: Figures) -> Line:
        """Take what the host's collector saw from there, or look from here where it has not looked yet."""
        ends: Collection[float] = figures.values(_EXPIRY)
        if not ends and host.address:
            shown = self.certificates(host.address, host.hostname)
            ends = [one.not_after.timestamp() for one in shown.values() if one is not None]
        return certificate_line(ends, host.hostname, now_s=self.now_s)

    def _expected(self, host: Watched) -> Expected:
        ours = self.settings.host != EXISTING and bool(self.settings.backup_public_key)
        return Expected(
            backups=ours,
            offsite=ours and self.settings.offsite != "off",
            domains=[one.name for one in self.state.domains if one.server == host.number],
        )

    def _alerts(self) -> list[Line]:
        if self.ops is not None:
            return alert_lines(self.ops)
        watched = {"off": "nothing watches the hosts (monitoring: off)", "exporters": "they are your own Prometheus's"}
        said = watched.get(self.settings.monitoring, "there is no ops host yet; run mailstead up")
        return [Line(name="alerts", about=OPS_HOST, level="no data", said=said)]
