"""The part of a stack's configuration that is about watching its hosts. Holds no secret."""

from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, Field

from core import monitoring_checks, relay_values
from core import setting_checks as check
from core.names import VAULT_MONITORING

OFF: Final = "off"
EXPORTERS: Final = "exporters"
OPS_HOST: Final = "ops-host"
PATIENT: Final = "normal"
IMPATIENT: Final = "short"
DEFAULT_EXPORTER_IMAGE: Final = "ghcr.io/mailcow/prometheus-exporter:2.1.0"
_LAST_PORT: Final = 65_535


class MonitoringSettings(BaseModel, frozen=True, strict=True, extra="forbid"):
    """Keys that say what measures the mail hosts, who watches the figures, and whom an alert reaches."""

    monitoring: Annotated[str, AfterValidator(check.one_of(OFF, EXPORTERS, OPS_HOST))] = Field(
        default=OFF,
        description="What watches the mail hosts: nothing (off), programs on them that a Prometheus of yours asks"
        " (exporters), or those and a small machine beside them that asks, decides and sends alerts (ops-host).",
    )
    exporter_image: Annotated[str, AfterValidator(monitoring_checks.image)] = Field(
        default=DEFAULT_EXPORTER_IMAGE,
        description="Image of mailcow's own exporter, with a tag that stays; another registry may serve it.",
    )
    ops_availability_domain: Annotated[int, AfterValidator(check.between(1, 3))] = Field(
        default=1,
        description="Number of the availability domain of the ops host; Oracle gives micro machines away in one of"
        " them only.",
    )
    alert_mail_to: Annotated[str, AfterValidator(monitoring_checks.mail_address)] = Field(
        default="", description="Who gets alerts by mail: an address that no server of this list delivers."
    )
    alert_mail_from: Annotated[str, AfterValidator(monitoring_checks.mail_address)] = Field(
        default="", description="Sender of alert mails, one that the alert relay lets you use."
    )
    alert_relay_host: Annotated[str, AfterValidator(check.host_name)] = Field(
        default="", description="The server that alert mails leave by: somebody else's, never one that is watched."
    )
    alert_relay_port: Annotated[int, AfterValidator(check.between(1, _LAST_PORT))] = Field(
        default=relay_values.DEFAULT_PORT, description="Its port: STARTTLS, or with 465 TLS from the first byte."
    )
    alert_relay_user: Annotated[str, AfterValidator(check.relay_user)] = Field(
        default="", description="The log-in name at the alert relay."
    )
    alert_relay_password_in: Annotated[str, AfterValidator(check.relay_secret)] = Field(
        default="",
        description="Where in Vault the alert relay's password is, below mail/relays/, under the key password.",
    )
    alert_relay_tls: Annotated[str, AfterValidator(check.one_of(*relay_values.TLS_LEVELS))] = Field(
        default=relay_values.DEFAULT_TLS,
        description="Whether the alert relay's certificate has to be a good one (verify), or its line only be"
        " encrypted.",
    )
    alert_slack: bool = Field(
        default=True,
        description=f"Send alerts to Slack too, by the webhook in Vault at {VAULT_MONITORING}/slack under the key url;"
        " the webhook decides the channel.",
    )
    alert_heartbeat: bool = Field(
        default=False,
        description="Tell an outside service every few minutes that all this lives, at the address in Vault at"
        f" {VAULT_MONITORING}/heartbeat under the key url; it raises the alarm when that ends.",
    )
    alert_patience: Annotated[str, AfterValidator(check.one_of(PATIENT, IMPATIENT))] = Field(
        default=PATIENT,
        description="How long something has to be wrong before it is told: as the rules say (normal), or, to see"
        " alerts arrive while you rehearse, a second for each of their minutes (short).",
    )
