"""What a relay that does not take our mail means, and what to do; one sentence for each step that it may stop at."""

from core.names import VAULT_MOUNT
from core.people import Relay
from core.preflight import Finding
from probes.smtp_session import Relayed


def refused(about: str, relay: Relay, outcome: Relayed, *, domain: str = "") -> Finding:
    """Say what a relay refused.

    Args:
        about: Host and port.
        relay: The relay as the list has it.
        outcome: How far it went.
        domain: Whose mail, when it stopped at the sender.
    """
    found, to_do = _told(relay, outcome, domain)
    if outcome.passing:
        to_do = f"try again in some minutes, as it says that this passes; then: {to_do}"
    name = "sender" if outcome.stopped_at == "sender" else "relay"
    return Finding(name=name, about=domain or about, verdict="to do", found=found, to_do=to_do)


def wrong_password(about: str, path: str, problem: str) -> Finding:
    """Say that Vault's password is missing, or cannot be used."""
    return Finding(
        name="relay",
        about=about,
        verdict="to do",
        found=f"its password at {path} in Vault {problem}",
        to_do=_put(path),
    )


def _put(path: str) -> str:
    return f"vault kv put -mount={VAULT_MOUNT} {path} password=-"


def _told(relay: Relay, outcome: Relayed, domain: str) -> tuple[str, str]:
    match outcome.stopped_at:
        case "connect":
            return (
                f"cannot be reached from the mail host ({outcome.said})",
                "check host and port; relays listen at 587 as a rule, and a firewall on the way may close it",
            )
        case "greeting":
            return f"is reached and does not greet as a mail server ({outcome.said})", "check host and port"
        case "tls" if outcome.wrong_certificate:
            return (
                f"shows a certificate that does not prove that it is {relay.host} ({outcome.said})",
                "check the host's name; tls: encrypt would send the password to whoever answers",
            )
        case "tls":
            return f"does not begin TLS ({outcome.said})", "take a port with STARTTLS, 587 as a rule"
        case "login":
            return (
                f"refuses the log-in of {relay.user} ({outcome.said})",
                f"check user:, and put the right password into Vault: {_put(relay.password_in)}",
            )
        case _:
            return (
                f"{relay.host} does not take mail from it ({outcome.said})",
                f"have @{domain} approved as a sender there; at Oracle after its DKIM key there is active",
            )
