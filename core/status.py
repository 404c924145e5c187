"""How a stack stands, from figures and answers that were read: what is fine, what needs attention, what is unknown."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

Level = Literal["fine", "attention", "unreachable", "no data"]
"""``no data``: nobody has measured it yet, or nobody is asked to; that is said, and is no alarm."""

HOUR_S: Final = 3_600
DAY_S: Final = 24 * HOUR_S
BACKUP_MAY_BE_S: Final = 26 * HOUR_S
"""A day, and the time that a backup may take."""
OFFSITE_MAY_BE_S: Final = 32 * DAY_S
DRILL_MAY_BE_S: Final = 35 * DAY_S
"""Both are monthly; some days later somebody should look. These limits are those of monitoring/alerts."""
QUEUE_MAY_BE_S: Final = HOUR_S
"""What did not go at once has been tried several times by then."""
CERTIFICATE_LEAST_S: Final = 21 * DAY_S
"""mailcow renews at 30 days: below three weeks it has failed for more than a week."""
COLLECTOR_MAY_BE_S: Final = 26 * HOUR_S
"""The slowest of them is daily."""
_BY_SENDER: Final = "outbound"
_OTHERS: Final = "other"
_MOST_NAMED: Final = 4


@dataclass(frozen=True, kw_only=True)
class Line:
    """One thing of a host, or of the stack, and how it stands."""

    name: str
    """What: ``host``, ``people``, ``queue``, ``certificate``, ``backup`` …"""
    about: str
    """Whose: a host's name, or the stack's."""
    level: Level
    said: str
    to_do: str = ""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One figure."""

    value: float
    labels: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Figures:
    """What the collectors of a host wrote down, by the metric's name."""

    samples: Mapping[str, Sequence[Sample]] = field(default_factory=dict[str, Sequence[Sample]])

    def of(self, name: str) -> Sequence[Sample]:
        """Give a metric's figures; none when nobody measured it."""
        return self.samples.get(name, ())

    def values(self, name: str) -> list[float]:
        return [sample.value for sample in self.of(name)]


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What the stack's configuration has be there.

    Attributes:
        backups: Whether mail is saved every night.
        offsite: Whether a copy leaves the host every month.
        domains: The domains that lie on the host.
    """

    backups: bool
    offsite: bool
    domains: Collection[str]


def judged(figures: Figures, host: str, expected: Expected, *, now_s: float) -> Iterator[Line]:
    """Say how a host stands by what its collectors wrote down.

    Args:
        figures: What they wrote.
        host: Its name.
        expected: What should be there.
        now_s: The time of the look, in seconds since 1970.
    """
    yield _collectors(figures, host, now_s)
    yield _queue(figures, host)
    yield from _backups(figures, host, expected, now_s)
    if expected.offsite:
        yield _offsite(figures, host, now_s)
    yield _drill(figures, host, expected, now_s)
    yield from _complaints(figures, host)


def certificate_line(expires_s: Iterable[float], host: str, *, now_s: float) -> Line:
    """Say how long a host's certificate lasts, by the first port whose certificate ends."""
    ends = list(expires_s)
    if not ends:
        return Line(name="certificate", about=host, level="no data", said="no port shows one")
    left_s = min(ends) - now_s
    said = f"ends in {ago(left_s)}" if left_s > 0 else "has ended"
    if left_s >= CERTIFICATE_LEAST_S:
        return Line(name="certificate", about=host, level="fine", said=said)
    to_do = "run mailstead up, which asks for it at once and says what stands in the way (docs/how-to/certificates.md)"
    return Line(name="certificate", about=host, level="attention", said=said, to_do=to_do)


def exit_code(lines: Iterable[Line], *, attention: int, unreachable: int) -> int:
    """Give the exit code: what could not be asked counts first, as nobody knows what else is wrong there."""
    levels = {line.level for line in lines}
    if "unreachable" in levels:
        return unreachable
    return attention if "attention" in levels else 0


def ago(seconds: float) -> str:
    """Say a length of time in its largest whole unit."""
    for unit, size in (("day", DAY_S), ("hour", HOUR_S), ("minute", 60)):
        if seconds >= size:
            number = int(seconds // size)
            return f"{number} {unit}{'s' if number != 1 else ''}"
    return "less than a minute"


def named(names: Sequence[str]) -> str:
    """List some names and count the rest."""
    more = len(names) - _MOST_NAMED
    return ", ".join([*names[:_MOST_NAMED], *([f"{more} more"] if more > 0 else [])])


def _collectors(figures: Figures, host: str, now_s: float) -> Line:
    runs = figures.of("mail_collector_last_run_timestamp_seconds")
    if not runs:
        return Line(
            name="figures",
            about=host,
            level="no data",
            said="no data yet: no collector has run there",
            to_do="write monitoring: exporters in the stack's configuration, then mailstead up",
        )
    old = sorted(
        f"{run.labels.get('collector', 'a collector')} ({ago(now_s - run.value)} ago)"
        for run in runs
        if now_s - run.value > COLLECTOR_MAY_BE_S
    )
    newest = ago(now_s - max(run.value for run in runs))
    if old:
        to_do = "on the host: systemctl list-timers 'mailstead-*', and journalctl of the one that is late"
        return Line(name="figures", about=host, level="attention", said=f"old: {named(old)}", to_do=to_do)
    return Line(name="figures", about=host, level="fine", said=f"newest {newest} ago")


def _queue(figures: Figures, host: str) -> Line:
    counts = figures.of("mail_queue_messages")
    if not counts:
        return Line(name="queue", about=host, level="no data", said="no data yet")
    # A mail counts once by its sender, outbound, and once more by its recipients, inbound.
    number = sum(int(count.value) for count in counts if count.labels.get("direction") == _BY_SENDER)
    # Mail of nobody here is bounces to forged senders, which wait for days as a rule.
    ours = [one for one in figures.of("mail_queue_oldest_seconds") if one.labels.get("domain") != _OTHERS]
    oldest = max(ours, key=lambda one: one.value, default=Sample(value=0.0))
    said = f"{number} message{'s' if number != 1 else ''} waiting" if number else "empty"
    if number and oldest.value:
        said += f", the oldest for {ago(oldest.value)}"
    if number and oldest.value > QUEUE_MAY_BE_S:
        whose = oldest.labels.get("domain", "")
        to_do = f"see why{f', of {whose}' if whose else ''}: mailstead preflight, and mailcow's page System, Queue"
        return Line(name="queue", about=host, level="attention", said=said, to_do=to_do)
    return Line(name="queue", about=host, level="fine", said=said)


def _backups(figures: Figures, host: str, expected: Expected, now_s: float) -> Iterator[Line]:
    if not expected.backups:
        to_do = "run mailstead backup key, and write backup_public_key in the stack's configuration"
        yield Line(name="backup", about=host, level="no data", said="there are no backups of this host", to_do=to_do)
        return
    done = {one.labels.get("domain", ""): one.value for one in figures.of("mail_backup_last_success_timestamp_seconds")}
    if not done:
        yield Line(name="backup", about=host, level="no data", said="no data yet: none has succeeded")
        return
    late = {domain: now_s - at for domain, at in done.items() if now_s - at > BACKUP_MAY_BE_S}
    never = sorted(domain for domain in expected.domains if domain not in done)
    failed = figures.values("mail_backup_last_run_success") == [0.0]
    newest = ago(now_s - max(done.values()))
    said = [f"{domain or 'one'} last {ago(age)} ago" for domain, age in sorted(late.items())]
    said += [f"{domain} never" for domain in never]
    said += ["the last run failed"] if failed else []
    if said:
        to_do = "on the host: journalctl --unit mailstead-backup; then mailstead backup run"
        yield Line(name="backup", about=host, level="attention", said=named(said), to_do=to_do)
    else:
        yield Line(name="backup", about=host, level="fine", said=f"{newest} ago, {len(done)} parts")


def _offsite(figures: Figures, host: str, now_s: float) -> Line:
    done = figures.values("mail_offsite_last_success_timestamp_seconds")
    return _aged(
        "off-site",
        host,
        done,
        now_s=now_s,
        may_be_s=OFFSITE_MAY_BE_S,
        failed=figures.values("mail_offsite_last_run_success") == [0.0],
        to_do="on the host: journalctl --unit mailstead-offsite",
    )


def _drill(figures: Figures, host: str, expected: Expected, now_s: float) -> Line:
    done = figures.values("mail_drill_last_success_timestamp_seconds")
    if not done and not expected.backups:
        return Line(name="drill", about=host, level="no data", said="nothing to restore from")
    return _aged(
        "drill",
        host,
        done,
        now_s=now_s,
        may_be_s=DRILL_MAY_BE_S,
        failed=figures.values("mail_drill_last_run_success") == [0.0],
        to_do="restore a mailbox to see that it can be done (docs/how-to/restore.md)",
    )


def _aged(
    name: str, host: str, done: Sequence[float], *, now_s: float, may_be_s: float, failed: bool, to_do: str
) -> Line:
    if not done and not failed:
        return Line(name=name, about=host, level="no data", said="no data yet: none has succeeded", to_do=to_do)
    said = [f"{ago(now_s - max(done))} ago"] if done else ["none has succeeded"]
    said += ["the last run failed"] if failed else []
    late = bool(done) and now_s - max(done) > may_be_s
    level: Level = "attention" if failed or late else "fine"
    return Line(name=name, about=host, level=level, said=", ".join(said), to_do=to_do if level == "attention" else "")


def _complaints(figures: Figures, host: str) -> Iterator[Line]:
    """Say what is wrong by figures that are only worth a line when they are bad."""
    stopped = _bad(figures, "mail_container_running", "container", bad=0.0)
    if stopped:
        to_do = "on the host: docker compose ps, in mailcow's folder"
        yield Line(name="containers", about=host, level="attention", said=f"down: {named(stopped)}", to_do=to_do)
    listed = _bad(figures, "mail_blocklisted", "list", bad=1.0)
    if listed:
        to_do = "mailstead preflight says how to be taken out"
        yield Line(name="blocklist", about=host, level="attention", said=f"listed by {named(listed)}", to_do=to_do)
    wrong = _bad(figures, "mail_dns_check_ok", "domain", bad=0.0)
    if wrong:
        to_do = "mailstead dns check says what is wrong and what to do"
        yield Line(name="DNS", about=host, level="attention", said=f"not right for {named(wrong)}", to_do=to_do)
    full = int(sum(figures.values("mail_mailboxes_nearly_full")))
    if full:
        who = sorted(one.labels.get("mailbox", "") for one in figures.of("mail_mailbox_used_ratio"))
        said = f"{full} nearly full{f': {named(who)}' if who else ''}"
        to_do = "tell them, or raise quota_mib in the list"
        yield Line(name="mailboxes", about=host, level="attention", said=said, to_do=to_do)


def _bad(figures: Figures, metric: str, label: str, *, bad: float) -> list[str]:
    return sorted(one.labels.get(label, "?") for one in figures.of(metric) if one.value == bad)
