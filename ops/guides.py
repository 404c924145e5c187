"""Writes the guides of a stack: one folder for each domain's people, and the security checklist of the deployment."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

from core.desired import DesiredDomain, DesiredState
from core.errors import RefusedError
from core.guides import protocols_of, rendered

DOCS: Final = Path(__file__).parents[1] / "docs"
GUIDES: Final = (
    "guides/README.md",
    "guides/webmail.md",
    "guides/second-factor.md",
    "gmail_setup_guide.md",
    "guides/thunderbird.md",
    "guides/apple-mail.md",
    "guides/outlook.md",
    "guides/phones.md",
)
"""Templates for people, below ``docs/``; the first leads to the others."""
CHECKLIST: Final = "security_checklist.md"
"""Template for the operator, one for each stack."""

_STACK: Final = "pulumi:pulumi:Stack"
_OUTPUT: Final = "mail_hostnames"


def hostnames_of(exported: Mapping[str, Any], *, stack: str) -> Sequence[str]:
    """Read the names of the mail hosts from a stack's recorded outputs, by number.

    Raises:
        RefusedError: There are none yet.
    """
    deployment = cast("dict[str, Any]", exported.get("deployment") or {})
    resources = cast("list[dict[str, Any]]", deployment.get("resources") or [])
    outputs = [cast("dict[str, Any]", one.get("outputs") or {}) for one in resources if one.get("type") == _STACK]
    found = cast("list[str]", outputs[0].get(_OUTPUT) or []) if outputs else []
    if not found:
        raise RefusedError(f"stack {stack} has no mail host yet; its name is known after: mailstead up --stack {stack}")
    return found


def write_guides(state: DesiredState, domains: Sequence[DesiredDomain], hosts: Sequence[str], out: Path) -> list[Path]:
    """Write the guides of some domains, each in a folder of its name; what was written before is written anew.

    Everything is rendered before anything is written.

    Args:
        state: What the list says.
        domains: Which domains.
        hosts: Names of the mail hosts, by number.
        out: The folder to write into; it is made.

    Returns:
        The files.

    Raises:
        RefusedError: A template cannot be filled in, or the folder cannot be written to.
    """
    texts = {
        out / domain.name / Path(guide).name: text
        for domain in domains
        for guide, text in _of_domain(state, domain, hosts).items()
    }
    served = ", ".join(domain.name for domain in state.domains)
    values = {"STACK": state.stack, "DOMAINS": served, "MAIL_HOSTS": ", ".join(hosts)}
    texts[out / CHECKLIST] = _rendered(CHECKLIST, values, has=(), beside=())
    for file, text in texts.items():
        _write(file, text)
    return list(texts)


def _of_domain(state: DesiredState, domain: DesiredDomain, hosts: Sequence[str]) -> Mapping[str, str]:
    if domain.server > len(hosts):
        raise RefusedError(
            f"{domain.name} lies on mail host {domain.server}, which is not made yet; "
            f"its name is known after: mailstead up --stack {state.stack}"
        )
    values = {"DOMAIN": domain.name, "MAIL_HOST": hosts[domain.server - 1]}
    beside = [Path(guide).name for guide in GUIDES]
    has = protocols_of(state, domain.name)
    return {guide: _rendered(guide, values, has=has, beside=beside) for guide in GUIDES}


def _rendered(
    guide: str, values: Mapping[str, str], *, has: Sequence[str] | frozenset[str], beside: list[str] | tuple[()]
) -> str:
    template = (DOCS / guide).read_text(encoding="utf-8")
    return rendered(template, name=guide, values=values, has=has, beside=beside)


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise RefusedError(f"{file} cannot be written: {problem.strerror}; name another folder with --out") from None
