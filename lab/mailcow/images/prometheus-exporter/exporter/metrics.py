"""The metrics, named and labelled as mailcow's exporter 2.1.0 has them."""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from exporter.asking import Api

Sample = tuple[str, dict[str, str], float]

_OF_DOMAINS = {
    "active": "active",
    "mailboxes": "mboxes_in_domain",
    "max_mailboxes": "max_num_mboxes_for_domain",
    "aliases": "aliases_in_domain",
    "max_aliases": "max_num_aliases_for_domain",
    "quota_allowed": "max_quota_for_domain",
    "quota_used": "bytes_total",
    "messages": "msgs_total",
}
_OF_MAILBOXES = {
    "last_login": "last_imap_login",
    "quota_allowed": "quota",
    "quota_used": "quota_used",
    "messages": "messages",
}


def mailq(api: Api) -> Iterator[Sample]:
    """Count queued mail by queue and sender: an empty queue is no series at all."""
    queued = Counter((item["queue_name"], item["sender"]) for item in api.get("api/v1/get/mailq/all") or [])
    for (queue, sender), count in queued.items():
        yield "mailcow_mailq", {"queue": queue, "sender": sender}, count


def mailbox(api: Api) -> Iterator[Sample]:
    """Say how full each mailbox is."""
    for item in api.get("api/v1/get/mailbox/reduced"):
        for name, key in _OF_MAILBOXES.items():
            yield f"mailcow_mailbox_{name}", {"mailbox": item["username"]}, float(item.get(key) or 0)


def domain(api: Api) -> Iterator[Sample]:
    """Say how full each domain is."""
    for item in api.get("api/v1/get/domain/all"):
        for name, key in _OF_DOMAINS.items():
            yield f"mailcow_domain_{name}", {"domain": item["domain_name"]}, float(item.get(key) or 0)


def container(api: Api) -> Iterator[Sample]:
    """Say which containers run, and since when; one that was removed is in no series."""
    for item in api.get("api/v1/get/status/containers").values():
        labels = {"container": item["container"], "image": item["image"]}
        started = datetime.fromisoformat(f"{item['started_at'][:19]}+00:00")
        yield "mailcow_container_running", labels, float(item["state"] == "running")
        yield "mailcow_container_start", labels, int(started.timestamp())


def quarantine(api: Api) -> Iterator[Sample]:
    """Count mails in quarantine; the lab's has none."""
    held = Counter((item["rcpt"], str(item["virus_flag"])) for item in api.get("api/v1/get/quarantine/all") or [])
    for (recipient, is_virus), count in held.items():
        yield "mailcow_quarantine_count", {"recipient": recipient, "is_virus": is_virus}, count


def rspamd(api: Api) -> Iterator[Sample]:
    """Say what Rspamd has done."""
    stats = api.get("api/v1/get/logs/rspamd-stats") or {}
    for name in ("scanned", "learned", "connections", "control_connections", "bytes_allocated", "fragmented"):
        yield f"mailcow_rspamd_{name}", {}, float(stats.get(name) or 0)
    for action, number in (stats.get("actions") or {}).items():
        yield "mailcow_rspamd_action", {"action": action}, float(number)
    for name in ("spam", "ham"):
        yield "mailcow_rspamd_classification", {"classification": name}, float(stats.get(f"{name}_count") or 0)


def api_meta(api: Api) -> Iterator[Sample]:
    """Say how the API answered until now."""
    for endpoint, (status, took_ms, size_bytes) in api.answers.items():
        labels = {"endpoint": endpoint, "statusCode": str(status)}
        yield "mailcow_api_response_time", labels, took_ms
        yield "mailcow_api_response_size", labels, size_bytes
    for endpoint, succeeded in api.succeeded.items():
        yield "mailcow_api_success", {"endpoint": endpoint}, float(succeeded)


_PROVIDERS: dict[str, Callable[[Api], Iterator[Sample]]] = {
    "Mailq": mailq,
    "Mailbox": mailbox,
    "Quarantine": quarantine,
    "Container": container,
    "Rspamd": rspamd,
    "Domain": domain,
    "ApiMeta": api_meta,
}


def collected(api: Api, providers: list[str]) -> str:
    """Ask everything that is wanted; what fails says so in mailcow_exporter_success and is left out otherwise."""
    samples: list[Sample] = []
    for name in providers:
        try:
            samples += list(_PROVIDERS[name](api))
            well = 1.0
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            print(f"{time.strftime('%FT%TZ')} error while updating metrics of {name}: {error}", file=sys.stderr)
            well = 0.0
        samples.append(("mailcow_exporter_success", {"provider": f"provider.{name}"}, well))
    return text(samples, api.host)


def text(samples: list[Sample], host: str) -> str:
    """Write samples in Prometheus' text form, all of one metric together."""
    by_name: dict[str, list[str]] = {}
    for name, labels, value in samples:
        pairs = ",".join(f'{key}="{_escaped(one)}"' for key, one in sorted({**labels, "host": host}.items()))
        by_name.setdefault(name, []).append(f"{name}{{{pairs}}} {value:.10g}\n")
    return "".join(f"# TYPE {name} gauge\n{''.join(lines)}" for name, lines in by_name.items())


def _escaped(value: Any) -> str:
    return str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
