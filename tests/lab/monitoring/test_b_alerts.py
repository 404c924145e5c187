"""Four things go wrong at once on the mail host: people hear of each by Slack and by mail, and hear when it is over.

The rules are the product's; ``alert_patience: short`` has them wait seconds where they say minutes.
"""

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from email.message import EmailMessage

import pytest

from lab.outside.foreign import Foreign
from lab.outside.webhooks import Webhooks
from tests.lab.monitoring.conftest import MAIL_TO, SENDER_DOMAIN, Watched

pytestmark = pytest.mark.lab

WITHIN_S = 150.0
_METRICS = "/var/lib/prometheus/node-exporter"
_POSTFIX = "mailcowdockerized-postfix-mailcow-1"
_MANY = 60


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that goes wrong: the alert that it is to raise, how it comes and how it goes."""

    alert: str
    begin: str
    end: str


def backup_aged(hours: int) -> str:
    """Have the backup of a domain be so old, by what its job writes for Prometheus."""
    return (
        f"printf 'mail_backup_last_success_timestamp_seconds{{domain=\"example.com\"}} %s\\n'"
        f" $(($(date +%s) - {hours} * 3600)) >{_METRICS}/mailstead_backup.prom"
    )


FAULTS = {
    "a container stopped": Fault(
        alert="ContainerStopped",
        begin="docker stop --time 1 mailcowdockerized-dovecot-mailcow-1",
        end="docker start mailcowdockerized-dovecot-mailcow-1",
    ),
    "the disk is filled": Fault(
        alert="MailVolumeFull",
        begin="fallocate -l $(($(df --output=size -B1 /srv/mail | tail -n 1) * 85 / 100)) /srv/mail/filler"
        " && systemctl start mailstead-metrics-containers.service",
        end="rm -f /srv/mail/filler && systemctl start mailstead-metrics-containers.service",
    ),
    "the backup is old": Fault(alert="BackupTooOld", begin=backup_aged(30), end=backup_aged(1)),
    "the queue is blocked": Fault(
        alert="QueueLong",
        begin=f"docker exec {_POSTFIX} postconf -e defer_transports=smtp,relay && docker exec {_POSTFIX} postfix reload"
        f" && for i in $(seq {_MANY}); do printf 'Subject: %s\\n\\n' $i"
        f" | docker exec -i {_POSTFIX} sendmail -f carol@startup.io visitor@elsewhere.test; done"
        " && systemctl start mailstead-metrics-queue.service",
        end=f"docker exec {_POSTFIX} postsuper -d ALL && docker exec {_POSTFIX} postconf -X defer_transports"
        f" && docker exec {_POSTFIX} postfix reload && systemctl start mailstead-metrics-queue.service",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Told:
    """What arrived outside, by alert: seconds from the beginning (or end) of the fault to each message."""

    slack_s: dict[str, float]
    mail_s: dict[str, float]


def titles(slack: Webhooks, since: float) -> list[tuple[float, str]]:
    """When each message came to Slack, and its title."""
    return [
        (post.at, str(attachment.get("title", "")))
        for post in slack.slack()
        if post.at >= since
        for attachment in post.body["attachments"]
    ]


def wait_for(status: str, slack: Webhooks, mailbox: Foreign, since: float) -> Told:
    """Wait until all alerts with this status are in Slack and in the mailbox, or the time is over."""
    told = Told(slack_s={}, mail_s={})
    while time.time() < since + WITHIN_S and not len(told.slack_s) == len(told.mail_s) == len(FAULTS):
        subjects = mailbox.run("sh", "-c", "grep -h '^Subject: ' /var/mail/inbox/new/* || true")
        for fault in FAULTS.values():
            start = f"[{status}] {fault.alert} "
            for at, title in titles(slack, since):
                if title.startswith(start):
                    told.slack_s.setdefault(fault.alert, round(at - since, 1))
            if f"Subject: {start}" in subjects:
                told.mail_s.setdefault(fault.alert, round(time.time() - since, 1))
        time.sleep(1)
    return told


@pytest.fixture(scope="module")
def calm(watched: Watched) -> Watched:
    """The service with a fresh backup, and without what an interrupted run may have left."""
    for fault in FAULTS.values():
        watched.on_host(fault.end, check=False)
    ours = {fault.alert for fault in FAULTS.values()}
    deadline = time.time() + WITHIN_S
    while ours & {one["labels"]["alertname"] for one in watched.prometheus("alerts")["alerts"]}:
        assert time.time() < deadline
        time.sleep(1)
    return watched


@pytest.fixture(scope="module")
def begun(
    calm: Watched, slack: Webhooks, mailbox: Foreign, record_testsuite_property: Callable[[str, object], None]
) -> Generator[Told]:
    """What was told after all four began; they end with the module at the latest."""
    mailbox.run("sh", "-c", "rm -f /var/mail/inbox/new/*")
    since = time.time()
    for fault in FAULTS.values():
        calm.on_host(fault.begin)
    told = wait_for("FIRING", slack, mailbox, since)
    record_testsuite_property("alert_to_slack_s", told.slack_s)
    record_testsuite_property("alert_to_mailbox_s", told.mail_s)
    yield told
    for fault in FAULTS.values():
        calm.on_host(fault.end, check=False)


@pytest.fixture(scope="module")
def ended(
    begun: Told,
    calm: Watched,
    slack: Webhooks,
    mailbox: Foreign,
    record_testsuite_property: Callable[[str, object], None],
) -> Told:
    """What was told after all four were mended."""
    assert begun
    since = time.time()
    for fault in FAULTS.values():
        calm.on_host(fault.end)
    told = wait_for("RESOLVED", slack, mailbox, since)
    record_testsuite_property("resolved_to_slack_s", told.slack_s)
    record_testsuite_property("resolved_to_mailbox_s", told.mail_s)
    return told


@pytest.mark.parametrize("name", FAULTS)
def test_people_hear_of_it_by_slack_and_in_the_mailbox_outside(begun: Told, name: str) -> None:
    alert = FAULTS[name].alert

    assert alert in begun.slack_s, begun
    assert alert in begun.mail_s, begun


def test_the_mail_came_by_the_relay_and_not_by_the_watched_server(begun: Told, mailbox: Foreign) -> None:
    assert begun.mail_s
    mail: EmailMessage = mailbox.read("[FIRING] ", wait_s=1)

    assert mail["To"] == MAIL_TO
    assert mail["From"] == f"alerts@{SENDER_DOMAIN}"
    assert "smtp.relay.test" in str(mail["Received"])


@pytest.mark.parametrize("name", FAULTS)
def test_people_hear_that_it_is_over(ended: Told, name: str) -> None:
    alert = FAULTS[name].alert

    assert alert in ended.slack_s, ended
    assert alert in ended.mail_s, ended
