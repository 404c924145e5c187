"""Configuration for octoDNS, which pushes records to the DNS providers it knows.

octoDNS takes a zone for wholly its own unless it is told otherwise: ``ops/octodns_files/keep_others.py``, which the
configuration names, tells it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import yaml

from core.dns import DnsRecord, zone_records
from core.zone_file import TTL_S

PROVIDERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "bind": {
        "class": "octodns_bind.Rfc2136Provider",
        "host": "env/DNS_HOST",
        "key_name": "env/DNS_KEY_NAME",
        "key_secret": "env/DNS_KEY_SECRET",
        "key_algorithm": "hmac-sha256",
    },
    "cloudflare": {"class": "octodns_cloudflare.CloudflareProvider", "token": "env/CLOUDFLARE_TOKEN"},
    "route53": {
        "class": "octodns_route53.Route53Provider",
        "access_key_id": "env/AWS_ACCESS_KEY_ID",
        "secret_access_key": "env/AWS_SECRET_ACCESS_KEY",
    },
}
"""What octoDNS needs for each, credentials by environment variable. ``bind``: any server with RFC 2136 and TSIG."""

CONFIG: Final = "config/production.yaml"
ZONES: Final = "zones"
_ABOUT: Final = """\
# octoDNS configuration of the mail records. Made by: mailstead dns octodns --provider {provider}
# Run it in this folder's parent of config/; without --doit it only shows its plan:
#   pip install octodns {package}
#   {exports}
#   PYTHONPATH=. octodns-sync --config-file={config}
#   PYTHONPATH=. octodns-sync --config-file={config} --doit
# Another provider: put its class and its arguments below, see https://octodns.readthedocs.io.
"""


def production_config(domains: Sequence[str], provider: str) -> str:
    """Write the file that octoDNS starts from.

    Args:
        domains: Whose zones.
        provider: A key of ``PROVIDERS``.
    """
    arguments = PROVIDERS[provider]
    variables = [text.removeprefix("env/") for text in arguments.values() if text.startswith("env/")]
    about = _ABOUT.format(
        provider=provider,
        package=arguments["class"].partition(".")[0].replace("_", "-"),
        exports="export " + " ".join(f"{name}=…" for name in variables),
        config=CONFIG,
    )
    records: dict[str, Any] = {
        "class": "octodns.provider.yaml.YamlProvider",
        "directory": f"./{ZONES}",
        "default_ttl": TTL_S,
        "enforce_order": False,
        "escaped_semicolons": False,
    }
    config: dict[str, Any] = {
        "processors": {"keep-others": {"class": "keep_others.KeepOthers"}},
        "providers": {"records": records, provider: dict(arguments)},
        "zones": {
            f"{domain}.": {"sources": ["records"], "processors": ["keep-others"], "targets": [provider]}
            for domain in domains
        },
    }
    return about + yaml.safe_dump(config, sort_keys=False)


def zone_data(records: Iterable[DnsRecord], domain: str) -> str:
    """Write one zone's records as octoDNS reads them.

    Args:
        records: Those of the whole stack.
        domain: Whose zone.
    """
    sets: dict[tuple[str, str], list[str]] = {}
    for record in zone_records(records, domain):
        name = record.name.removesuffix(domain).removesuffix(".")
        sets.setdefault((name, record.type), []).append(record.value)
    names: dict[str, list[dict[str, Any]]] = {}
    for (name, kind), values in sets.items():
        names.setdefault(name, []).append({"type": kind, **_data(kind, values)})
    return yaml.safe_dump(names, sort_keys=True, width=1_000)


def _data(kind: str, values: Sequence[str]) -> dict[str, Any]:
    if kind == "CNAME":
        return {"value": f"{values[0]}."}
    return {"values": [_value(kind, value) for value in values]}


def _value(kind: str, value: str) -> str | dict[str, Any]:
    words = value.split(" ")
    match kind:
        case "MX":
            return {"preference": int(words[0]), "exchange": f"{words[1]}."}
        case "SRV":
            priority, weight, port = map(int, words[:3])
            return {"priority": priority, "weight": weight, "port": port, "target": f"{words[3].removesuffix('.')}."}
        case "CAA":
            return {"flags": int(words[0]), "tag": words[1], "value": words[2].strip('"')}
        case _:
            return value
