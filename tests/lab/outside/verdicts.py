"""What a receiving server says of a mail in its Authentication-Results (RFC 8601)."""

import re
from email.message import EmailMessage

from lab.outside import foreign

_METHOD = re.compile(r"\b(spf|dkim|dmarc)=(\w+)")
_SIGNER = re.compile(r"\bdkim=pass\b[^;]*\bheader\.d=(\S+)")


def verdicts(mail: EmailMessage) -> dict[str, str]:
    """The foreign server's verdict by each method, such as ``{"spf": "pass", "dkim": "none"}``.

    SPF's is that of the envelope's sender: that of the greeting's name, which it also knows, counts for bounces only.
    """
    found = {method: verdict for line in _own(mail) for method, verdict in _METHOD.findall(line)}
    return {
        **found,
        "spf": found.get("spf", "none") if any("smtp.mailfrom=" in line for line in _own(mail)) else "none",
    }


def signers(mail: EmailMessage) -> set[str]:
    """The domains whose signature the foreign server found good."""
    return {found[1].rstrip(";") for line in _own(mail) if (found := _SIGNER.search(line))}


def _own(mail: EmailMessage) -> list[str]:
    """The foreign server's headers without their comments; whoever writes a mail can write some of another server."""
    lines = [" ".join(str(value).split()) for value in mail.get_all("Authentication-Results", [])]
    return [re.sub(r"\([^()]*\)", "", line) for line in lines if line.startswith(f"{foreign.HOST};")]
