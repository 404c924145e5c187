#!/usr/bin/env python3
"""Ask whether the DNS records are there that mail does not work without, domain by domain: figures for Prometheus.

Usage:  dns.py
Input:  /etc/mailstead/dns-records.json, written by mailstead: {"example.com": [{"name", "type", "value"}, …], …}; the
        host's own records stand under its name
Output: /var/lib/prometheus/node-exporter/mailstead_dns.prom, whole or not at all; a domain of which something could
        not be asked has no figure, unless something is known to be wrong, and the run counts as failed
Exit:   0 everything was asked, 1 not everything (standard error says what; the figures are written all the same)
Again:  safe at any time.

Right is what `mailstead dns check` calls right, or right but weak. That one asks the servers of each zone and says what
to do; this one asks as the rest of the world does, and says yes or no. Runs with dig and the host's Python, 3.10 or
newer, and nothing else.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

from dns_rules import Ask, Record, Reply, is_right

ROOT = Path(os.environ.get("MAILSTEAD_ROOT") or "/")
RECORDS = ROOT / "etc/mailstead/dns-records.json"
FIGURES = ROOT / "var/lib/prometheus/node-exporter/mailstead_dns.prom"
# Not the stub that systemd puts before these: it answers for this host's own name and address out of /etc/hosts.
RESOLVERS = ROOT / "run/systemd/resolve/resolv.conf"
HEADS = {
    "mail_collector_last_run_timestamp_seconds": "When these figures were taken.",
    "mail_collector_last_run_success": "Whether that could be found out.",
    "mail_dns_check_ok": "Whether the DNS records are right that mail does not work without, of a domain or the host.",
}


class UnaskedError(Exception):
    """A question without an answer, so that nobody knows."""


def resolvers() -> list[str]:
    """List whom to ask; an empty one stands for those that dig finds itself."""
    lines = RESOLVERS.read_text().splitlines() if RESOLVERS.exists() else []
    return [words[1] for words in map(str.split, lines) if words[:1] == ["nameserver"] and len(words) > 1] or [""]


@cache
def dig(name: str, kind: str) -> Reply:
    """Ask for a name; for an address where the type is PTR.

    Raises:
        UnaskedError: Nobody answers, or whoever does cannot find out.
    """
    asked = ipaddress.ip_address(name).reverse_pointer if kind == "PTR" else name
    if not re.fullmatch(r"[\w.-]+", asked, re.ASCII):  # somebody's record says so, and no host is called that
        return Reply()
    said = ""
    for resolver in resolvers():
        whom = [f"@{resolver}"] if resolver else []
        command = ["dig", "-r", *whom, "+time=3", "+tries=2", "+noall", "+comments", "+answer", "-q", asked, "-t", kind]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        status = re.search(r"status: (\w+)", done.stdout)
        said = status[1] if status else "no answer"
        if done.returncode == 0 and said in {"NOERROR", "NXDOMAIN"}:
            return answer_in(done.stdout, kind)
    raise UnaskedError(f"{kind} {asked}: {said}")


def answer_in(text: str, kind: str) -> Reply:
    """Read the answer section as dig prints it; names come in lower case and without their final dot."""
    lines = [line.split(None, 4) for line in text.splitlines() if line and not line.startswith(";")]
    found = [line[4] for line in lines if len(line) == 5 and line[3] == kind]
    values = map(one_text, found) if kind == "TXT" else (data.strip().lower().removesuffix(".") for data in found)
    return Reply(values=tuple(values), alias=any(line[3:4] == ["CNAME"] for line in lines))


def one_text(data: str) -> str:
    r"""Join the strings of a TXT record, in which ``\"`` and ``\034`` mean what they do in zone files."""
    joined = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', data))
    return re.sub(r"\\(\d{3}|.)", lambda found: chr(int(found[1])) if len(found[1]) == 3 else found[1], joined)


def looked_at(expected: dict[str, list[Record]], ask: Ask) -> tuple[dict[str, bool], list[str]]:
    """Say of each domain whether it is right, and what could not be asked."""
    right: dict[str, bool] = {}
    unasked: list[str] = []
    for domain, records in expected.items():
        said: list[bool] = []
        try:
            said.extend(is_right(record, ask) for record in records)
        except UnaskedError as problem:
            unasked.append(f"{domain}: {problem}")
            if all(said):
                continue
        right[domain] = all(said)
    return right, unasked


def put_figures(right: dict[str, bool], *, all_asked: bool) -> None:
    """Write them beside, and put them in place at once."""
    rows = {
        "mail_collector_last_run_timestamp_seconds": [f'{{collector="dns"}} {time.time():.0f}'],
        "mail_collector_last_run_success": [f'{{collector="dns"}} {all_asked:d}'],
        "mail_dns_check_ok": [f'{{domain="{domain}"}} {good:d}' for domain, good in right.items()],
    }
    lines = [
        line
        for name, found in rows.items()
        for line in (f"# HELP {name} {HEADS[name]}", f"# TYPE {name} gauge", *(f"{name}{one}" for one in found))
    ]
    new = FIGURES.with_name(".mailstead_dns.new")
    new.parent.mkdir(parents=True, exist_ok=True)
    new.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    new.chmod(0o644)
    new.replace(FIGURES)


def main() -> int:
    """Ask for all of them."""
    expected: dict[str, list[Record]] = {}
    wrong: list[str] = []
    try:
        expected = json.loads(RECORDS.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        wrong.append(f"{RECORDS} cannot be read, so nothing is known to ask for; run mailstead up: {problem}")
    right, unasked = looked_at(expected, dig)
    wrong += [f"could not be asked for {one}" for one in unasked]
    put_figures(right, all_asked=not wrong)
    sys.stderr.write("".join(f"error: {one}\n" for one in wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
