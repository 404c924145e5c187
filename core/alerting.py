"""What an ops host is told: whom to ask, how often, whom to tell. Texts of files, without any secret."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self, cast

import yaml

from core.monitoring_settings import IMPATIENT
from core.ports import (
    HTTP,
    HTTPS,
    IMAP,
    IMAPS,
    MAILCOW_EXPORTER,
    NODE_EXPORTER,
    POP3S,
    SIEVE,
    SMTP,
    SUBMISSION,
    SUBMISSIONS,
)
from core.settings import Settings

TOKEN_FILE: Final = "exporter-token"  # noqa: S105 — the name of a file
SLACK_FILE: Final = "slack-url"
HEARTBEAT_FILE: Final = "heartbeat-url"
RELAY_FILE: Final = "relay-password"

_OPS: Final = "ops-host"
_SERVICES: Final[Mapping[int, str]] = {
    SMTP: "smtp",
    HTTP: "http",
    IMAP: "imap",
    HTTPS: "https",
    SUBMISSIONS: "submissions",
    SUBMISSION: "submission",
    IMAPS: "imaps",
    POP3S: "pop3s",
    SIEVE: "sieve",
}
"""Module of the blackbox exporter for each public port; a test holds it against the table of ports."""
_FOR: Final = re.compile(r"^(\s+for:\s+)(\d+)([smhd])\s*$", re.MULTILINE)
_SECONDS_FOR_EACH: Final = {"s": 0, "m": 1, "h": 60, "d": 1440}
_HASTE: Final = "5s"
_HASTY_PROBES: Final = "15s"  # mailcow's port 25 makes strangers wait for some seconds


@dataclass(frozen=True, kw_only=True)
class Watched:
    """One mail host as the ops host sees it."""

    hostname: str
    """Fully qualified name, where its public ports are tried."""
    private_ip: str
    """Where its exporters answer."""


@dataclass(frozen=True, kw_only=True)
class AlertWishes:
    """What the stack's configuration says about alerts."""

    mail_to: str
    mail_from: str
    relay_host: str
    relay_port: int
    relay_user: str
    """Empty for a relay that asks for none."""
    relay_tls: str
    slack: bool
    heartbeat: bool
    hasty: bool
    """A rehearsal: seconds stand for minutes."""

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Read them from a stack's configuration with an ops host."""
        return cls(
            mail_to=settings.alert_mail_to,
            mail_from=settings.alert_mail_from or settings.alert_mail_to,
            relay_host=settings.alert_relay_host,
            relay_port=settings.alert_relay_port,
            relay_user=settings.alert_relay_user,
            relay_tls=settings.alert_relay_tls,
            slack=settings.alert_slack,
            heartbeat=settings.alert_heartbeat,
            hasty=settings.alert_patience == IMPATIENT,
        )

    @property
    def secret_files(self) -> tuple[str, ...]:
        """Names of the files with secrets that these wishes need."""
        wanted = {
            TOKEN_FILE: True,
            SLACK_FILE: self.slack,
            HEARTBEAT_FILE: self.heartbeat,
            RELAY_FILE: bool(self.relay_user),
        }
        return tuple(name for name, needed in wanted.items() if needed)


def alertmanager_file(template: str, wishes: AlertWishes) -> str:
    """Put the wishes into monitoring/prometheus/alertmanager.yml; receivers that are not wanted lose their ways."""
    config: dict[str, Any] = yaml.safe_load(template)
    told: dict[str, Any] = config["global"]
    told |= {"smtp_smarthost": f"{wishes.relay_host}:{wishes.relay_port}", "smtp_from": wishes.mail_from}
    if wishes.relay_user:
        told["smtp_auth_username"] = wishes.relay_user
    else:
        del told["smtp_auth_username"], told["smtp_auth_password_file"]
    receivers = {str(one["name"]): one for one in cast("list[dict[str, Any]]", config["receivers"])}
    (mail,) = receivers["people"]["email_configs"]
    mail["to"] = wishes.mail_to
    if wishes.relay_tls == "encrypt":
        mail["tls_config"] = {"insecure_skip_verify": True}
    if not wishes.slack:
        del told["slack_api_url_file"], receivers["people"]["slack_configs"]
    if not wishes.heartbeat:
        del receivers["heartbeat"]["webhook_configs"]
    if wishes.hasty:
        (heartbeat,) = config["route"]["routes"]
        heartbeat |= {"group_interval": _HASTE, "repeat_interval": _HASTY_PROBES}
        config["route"] |= {"group_wait": "1s", "group_interval": _HASTE}
    return yaml.safe_dump(config, sort_keys=False, allow_unicode=True, width=1_000)


def prometheus_file(template: str, wishes: AlertWishes) -> str:
    """Put the wishes into monitoring/prometheus/prometheus.yml."""
    if not wishes.hasty:
        return template
    config: dict[str, Any] = yaml.safe_load(template)
    config["global"] |= {"scrape_interval": _HASTE, "scrape_timeout": _HASTE, "evaluation_interval": _HASTE}
    for job in cast("list[dict[str, Any]]", config["scrape_configs"]):
        if "scrape_interval" in job:
            job |= {"scrape_interval": _HASTY_PROBES, "scrape_timeout": _HASTY_PROBES}
    return yaml.safe_dump(config, sort_keys=False, width=1_000)


def rules_file(text: str, wishes: AlertWishes) -> str:
    """Give one file of rules; in a rehearsal each ``for:`` takes a second for each of its minutes."""
    if not wishes.hasty:
        return text
    return _FOR.sub(lambda found: f"{found[1]}{int(found[2]) * _SECONDS_FOR_EACH[found[3]]}s", text)


def target_files(watched: Sequence[Watched], open_ports: Sequence[int]) -> dict[str, str]:
    """Give the files that tell Prometheus whom to ask, by name, in the form of its file discovery.

    Args:
        watched: The mail hosts.
        open_ports: Ports that everyone reaches on each of them.
    """
    mail = [(one, {"host": one.hostname, "role": "mail"}) for one in watched]
    here = _target(f"127.0.0.1:{NODE_EXPORTER}", {"host": _OPS, "role": "ops"})
    files = {
        "node.json": [*(_target(f"{one.private_ip}:{NODE_EXPORTER}", labels) for one, labels in mail), here],
        "mailcow.json": [_target(f"{one.private_ip}:{MAILCOW_EXPORTER}", labels) for one, labels in mail],
        "probe.json": [_probe(one, labels, port) for one, labels in mail for port in open_ports],
    }
    return {name: json.dumps(groups, indent=2) + "\n" for name, groups in files.items()}


def _probe(one: Watched, labels: Mapping[str, str], port: int) -> dict[str, Any]:
    service = _SERVICES[port]
    scheme = f"{service}://" if port in {HTTP, HTTPS} else ""
    more = {"port": str(port), "service": service, "__param_module": service}
    return _target(f"{scheme}{one.hostname}:{port}", {**labels, **more})


def _target(address: str, labels: Mapping[str, str]) -> dict[str, Any]:
    return {"targets": [address], "labels": dict(labels)}
