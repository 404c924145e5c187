"""Which settings of monitoring do not fit together, or with what this stack and its list serve.

An alert has to arrive when the mail server is what has failed: neither its mailbox nor the server it is sent by may
be one of ours.
"""

from collections.abc import Collection, Iterator
from typing import Final

from core.host_choice import EXISTING
from core.monitoring_settings import EXPORTERS, IMPATIENT, OFF, OPS_HOST
from core.names import PROJECT
from core.settings import Settings

_OF_OPS_HOST: Final = (
    "ops_availability_domain",
    "alert_mail_to",
    "alert_mail_from",
    "alert_relay_host",
    "alert_relay_port",
    "alert_relay_user",
    "alert_relay_password_in",
    "alert_relay_tls",
    "alert_slack",
    "alert_heartbeat",
    "alert_patience",
)
_NEEDED: Final = {"alert_mail_to": "ops@example.org", "alert_relay_host": "smtp.example.net"}


def wrong_settings(settings: Settings, *, hostnames: Collection[str], listed: Collection[str]) -> Iterator[str]:
    """Say what contradicts something else.

    Args:
        settings: The stack's configuration.
        hostnames: Names of its mail hosts.
        listed: Every domain of the list, of this stack or another: one machine may well serve both.
    """
    if settings.monitoring != OPS_HOST:
        for key in _OF_OPS_HOST:
            if key in settings.model_fields_set:
                yield f"{key} says nothing without an ops host; take it out, or write monitoring: {OPS_HOST}"
    if settings.monitoring == OFF:
        if "exporter_image" in settings.model_fields_set:
            yield f"exporter_image says nothing while monitoring is off; take it out, or write monitoring: {EXPORTERS}"
        return
    if settings.api_access != "ssh":
        yield (
            f"monitoring {settings.monitoring} needs SSH, and the server is reached by HTTPS alone;"
            " write monitoring: off, or api_access: ssh"
        )
    if settings.monitoring == OPS_HOST:
        yield from _wrong_ops_host(settings, hostnames, listed)


def _wrong_ops_host(settings: Settings, hostnames: Collection[str], listed: Collection[str]) -> Iterator[str]:
    if settings.host == EXISTING:
        yield (
            "monitoring ops-host makes a machine at Oracle, and there is nothing of this stack there;"
            f" write monitoring: {EXPORTERS}, and let a Prometheus of yours ask"
        )
    for key, example in _NEEDED.items():
        if not getattr(settings, key):
            yield f"monitoring ops-host needs {key}; write {key}: {example}"
    if bool(settings.alert_relay_user) != bool(settings.alert_relay_password_in):
        yield "alert_relay_user and alert_relay_password_in go together; write both, or neither"
    mail_domain = settings.alert_mail_to.rpartition("@")[2]
    if mail_domain in listed or mail_domain in hostnames:
        yield (
            f"alert_mail_to {settings.alert_mail_to} is a mailbox of the mail service that is watched: when that"
            " fails, no alert arrives; write an address at another provider"
        )
    relay = settings.alert_relay_host
    if relay in hostnames or relay == settings.host_address or any(_within(relay, name) for name in listed):
        yield (
            f"alert_relay_host {relay} belongs to the mail service that is watched: when that fails, no alert"
            " leaves; write a server of another provider"
        )
    if relay and relay == settings.relay_host and settings.alert_relay_user == settings.relay_user != "":
        yield (
            f"alert_relay_user {settings.alert_relay_user} is the log-in that everybody's mail leaves by: blocked for"
            " spam, it would take the alerts with it; have another made at the relay"
        )


def rehearsing(settings: Settings) -> str:
    """Say aloud that alerts come as in a rehearsal; empty when they do not."""
    if settings.monitoring != OPS_HOST or settings.alert_patience != IMPATIENT:
        return ""
    return (
        "alerts come after seconds instead of minutes, and some will be false (alert_patience: short);"
        f" when the rehearsal is over, write {PROJECT}:alert_patience: normal"
    )


def _within(name: str, domain: str) -> bool:
    return bool(name) and (name == domain or name.endswith(f".{domain}"))
