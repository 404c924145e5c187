"""`mailstead doctor` says before the update which secret of alerts nobody has put into Vault."""

import pytest

from core.names import VAULT_MONITORING
from ops.doctor_monitoring import look_at_monitoring
from tests.core.samples import settings
from tests.fakes import FakeVault
from vault.api import VaultApi

WATCHED = {
    "monitoring": "ops-host",
    "alert_mail_to": "ops@elsewhere.example",
    "alert_relay_host": "smtp.relay.example",
    "alert_relay_user": "alerts",
    "alert_relay_password_in": "mail/relays/alerts",
}


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch) -> FakeVault:
    made = FakeVault()
    monkeypatch.setattr(VaultApi, "from_environment", lambda: made)
    return made


def test_slack_without_a_webhook_is_told_with_both_ways_out(vault: FakeVault) -> None:
    vault.write_version("mail/relays/alerts", {"password": "planted"})
    finding = look_at_monitoring(settings(**WATCHED))

    assert not finding.ok
    assert finding.found == f"alerts cannot be sent: Vault has nothing at {VAULT_MONITORING}/slack"
    assert finding.mend == (
        "vault kv put -mount=secret mail/monitoring/slack url=- (or do without Slack: mailstead:alert_slack: false)"
    )


def test_every_secret_that_is_missing_is_named(vault: FakeVault) -> None:
    finding = look_at_monitoring(settings(**WATCHED, alert_heartbeat=True))

    assert "mail/monitoring/slack and mail/monitoring/heartbeat and mail/relays/alerts" in finding.found


def test_what_is_all_there_is_good(vault: FakeVault) -> None:
    vault.write_version("mail/relays/alerts", {"password": "planted"})

    assert look_at_monitoring(settings(**WATCHED, alert_slack=False)).ok


@pytest.mark.parametrize(("choice", "said"), [("off", "nobody watches"), ("exporters", "who asks them is yours")])
def test_without_an_ops_host_vault_is_not_asked(choice: str, said: str) -> None:
    assert said in look_at_monitoring(settings(monitoring=choice)).found
