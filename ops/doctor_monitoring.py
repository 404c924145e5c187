"""What `mailstead doctor` says of alerts: whether Vault has the secrets that the ops host will be given."""

from core.errors import VaultError
from core.monitoring_settings import OFF, OPS_HOST
from core.names import VAULT_MONITORING, VAULT_MOUNT
from core.settings import Settings
from ops.finding import Finding
from vault.api import VaultApi

_NAME = "monitoring"


def look_at_monitoring(settings: Settings) -> Finding:
    """Say what is watched, and which secret of alerts is missing in Vault."""
    if settings.monitoring == OFF:
        return Finding(name=_NAME, ok=True, found="nobody watches the mail hosts (monitoring: off)")
    if settings.monitoring != OPS_HOST:
        return Finding(name=_NAME, ok=True, found="the mail hosts are measured; who asks them is yours to have")
    try:
        vault = VaultApi.from_environment()
        missing = [(path, key) for path, key in _secrets(settings) if not vault.exists(path)]
    except VaultError as problem:
        return Finding(name=_NAME, ok=False, found=f"not looked at: {problem}", mend="mend Vault first")
    if not missing:
        return Finding(name=_NAME, ok=True, found=f"alerts go to {settings.alert_mail_to}; Vault has what they need")
    paths = " and ".join(path for path, _ in missing)
    mend = "; ".join(f"vault kv put -mount={VAULT_MOUNT} {path} {key}=-" for path, key in missing)
    if f"{VAULT_MONITORING}/slack" in paths:
        mend += " (or do without Slack: mailstead:alert_slack: false)"
    return Finding(name=_NAME, ok=False, found=f"alerts cannot be sent: Vault has nothing at {paths}", mend=mend)


def _secrets(settings: Settings) -> list[tuple[str, str]]:
    """Give path and key of each secret that alerts need."""
    found: list[tuple[str, str]] = []
    if settings.alert_slack:
        found.append((f"{VAULT_MONITORING}/slack", "url"))
    if settings.alert_heartbeat:
        found.append((f"{VAULT_MONITORING}/heartbeat", "url"))
    if settings.alert_relay_password_in:
        found.append((settings.alert_relay_password_in, "password"))
    return found
