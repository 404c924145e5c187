"""What happens to a domain's MTA-STS policy, in one sentence."""

from ops.happening import Happening, Kind
from ops.steps import Step

_SAID = {
    "testing": "has other servers report when they cannot deliver over TLS (MTA-STS, testing)",
    "enforce": "has other servers deliver over TLS or not at all (MTA-STS, enforced)",
}


def mta_sts(step: Step) -> Happening:
    """Say what happens to one."""
    kind, sentence = _told(step)
    return Happening(kind=kind, subject=step.name, sentence=sentence, about_people=True)


def _told(step: Step) -> tuple[Kind, str]:
    if step.op == "delete":
        return "changes", "tells other servers nothing more about TLS; enter its _mta-sts record no longer"
    mode = str(step.new.get("mode"))
    if step.op == "update" and step.old.get("mode") == mode:
        return "changes", "gets another MTA-STS policy; its _mta-sts record changes too"
    said = _SAID.get(mode, f"has an MTA-STS policy: {mode}")
    return ("adds" if step.op == "create" else "changes"), f"{said}; DNS records are to be entered"
