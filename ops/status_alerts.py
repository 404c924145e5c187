"""What Alertmanager has to say: asked on the ops host itself, as it listens nowhere else."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from core.errors import SshError
from core.names import OPS_HOST
from core.status import Line
from ops.status_figures import Shell
from ssh.client import HostAddress

_HOST_KEY: Final = "pulumi-python:dynamic/mailstead:HostKey"
_ASK: Final = (
    "curl --silent --show-error --fail --max-time 20"
    " 'http://127.0.0.1:9093/api/v2/alerts?active=true&silenced=false&inhibited=false'"
)
_LIMIT_S: Final = 30.0


def ops_host(exported: Mapping[str, Any]) -> HostAddress | None:
    """Find the ops host in a stack's recorded state; None while there is none.

    Args:
        exported: The state, as ``Engine.export`` gives it.
    """
    deployment = cast("dict[str, Any]", exported.get("deployment") or {})
    for resource in cast("list[dict[str, Any]]", deployment.get("resources") or []):
        name = str(resource.get("urn", "")).rpartition("::")[2]
        outputs = cast("dict[str, Any]", resource.get("outputs") or {})
        if resource.get("type") == _HOST_KEY and name == f"{OPS_HOST}-key" and outputs.get("host_key"):
            return HostAddress(address=str(outputs["address"]), user=str(outputs["user"]), key=str(outputs["host_key"]))
    return None


def alert_lines(shell: Shell) -> list[Line]:
    """Ask which alerts are raised, silenced ones left out, and the one that is always raised."""
    try:
        told = shell.run(_ASK, timeout_s=_LIMIT_S).stdout
        alerts = cast("list[dict[str, Any]]", json.loads(told))
        return _told([alert for alert in alerts if _labels(alert).get("severity") != "none"])
    except SshError as problem:
        return [Line(name="alerts", about=OPS_HOST, level="unreachable", said=str(problem))]
    except (ValueError, TypeError, AttributeError):
        return [Line(name="alerts", about=OPS_HOST, level="unreachable", said="Alertmanager answers in no known form")]


def _told(alerts: Sequence[Mapping[str, Any]]) -> list[Line]:
    if not alerts:
        return [Line(name="alerts", about=OPS_HOST, level="fine", said="none is raised")]
    return [
        Line(
            name="alert",
            about=str(_labels(alert).get("host") or OPS_HOST),
            level="attention",
            said=f"{_labels(alert).get('alertname', 'an alert')}: {_summary(alert)}",
            to_do=str(_annotations(alert).get("runbook_url") or _annotations(alert).get("runbook") or ""),
        )
        for alert in sorted(alerts, key=lambda one: str(one.get("startsAt", "")))
    ]


def _summary(alert: Mapping[str, Any]) -> str:
    told = _annotations(alert)
    since = str(alert.get("startsAt", ""))[:16].replace("T", " ")
    return f"{told.get('summary') or told.get('description') or 'no words'} (since {since} UTC)"


def _labels(alert: Mapping[str, Any]) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", alert.get("labels") or {})


def _annotations(alert: Mapping[str, Any]) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", alert.get("annotations") or {})
