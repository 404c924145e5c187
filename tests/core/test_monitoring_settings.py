"""An alert has to arrive when the mail service is what failed: settings that would have it wait there are refused."""

from collections.abc import Mapping

import pytest

from core.errors import InputError
from core.free_tier import budget
from core.inputs import Inputs, check_inputs
from core.settings import parse_settings
from tests.core.samples import raw_values, settings

LIST = "domains:\n  - {name: example.com, users: [alice]}\n  - {name: startup.io, users: [bob]}\n"
WATCHED = {
    "monitoring": "ops-host",
    "alert_mail_to": "ops@elsewhere.example",
    "alert_relay_host": "smtp.relay.example",
}
EXISTING = {"host": "existing", "host_address": "203.0.113.7", "mail_hostname": "mail.example.com"}


def inputs(values: Mapping[str, str]) -> Inputs:
    return check_inputs(values, stack="test", stack_file="Pulumi.test.yaml", text="", read_file=lambda _: LIST)


def said(**config: str) -> str:
    with pytest.raises(InputError) as wrong:
        inputs(raw_values(**config))
    return str(wrong.value)


def test_an_ops_host_with_an_outside_relay_and_address_is_taken() -> None:
    assert inputs(raw_values(**WATCHED)).settings.monitoring == "ops-host"


@pytest.mark.parametrize("address", ["ops@example.com", "ops@startup.io", "root@mail.example.com"])
def test_alerts_to_a_mailbox_of_the_watched_service_are_refused(address: str) -> None:
    assert f"alert_mail_to {address} is a mailbox of the mail service" in said(**{**WATCHED, "alert_mail_to": address})


def test_so_are_alerts_to_a_domain_of_the_list_that_another_stack_serves() -> None:
    config = {**WATCHED, "domain_names": '["example.com"]', "alert_mail_to": "ops@startup.io"}

    assert "alert_mail_to ops@startup.io is a mailbox of the mail service" in said(**config)


@pytest.mark.parametrize("relay", ["mail.example.com", "mail.startup.io", "smtp.startup.io"])
def test_alerts_by_a_relay_of_the_watched_service_are_refused(relay: str) -> None:
    assert f"alert_relay_host {relay} belongs to the mail service" in said(**{**WATCHED, "alert_relay_host": relay})


def test_a_name_that_only_ends_alike_is_somebody_elses() -> None:
    assert inputs(raw_values(**{**WATCHED, "alert_relay_host": "smtp.notexample.com"}))


def test_the_mail_services_own_log_in_at_a_relay_is_refused_for_alerts() -> None:
    login = {"alert_relay_user": "us", "alert_relay_password_in": "mail/relays/us"}
    stack = {"relay_host": "smtp.relay.example", "relay_user": "us", "relay_password_in": "mail/relays/us"}

    assert "alert_relay_user us is the log-in that everybody's mail leaves by" in said(**{**WATCHED, **login, **stack})
    assert inputs(raw_values(**{**WATCHED, **stack}))


@pytest.mark.parametrize("key", ["alert_mail_to", "alert_relay_host"])
def test_an_ops_host_without_relay_or_address_is_refused(key: str) -> None:
    config = {name: value for name, value in WATCHED.items() if name != key}

    assert f"monitoring ops-host needs {key}; write {key}:" in said(**config)


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({"alert_mail_to": "ops@elsewhere.example"}, "alert_mail_to says nothing without an ops host"),
        ({"monitoring": "exporters", "alert_slack": "true"}, "alert_slack says nothing without an ops host"),
        ({"monitoring": "off", "exporter_image": "a/b:1.0"}, "exporter_image says nothing while monitoring is off"),
        ({**WATCHED, "alert_relay_user": "us"}, "alert_relay_user and alert_relay_password_in go together"),
        ({"exporter_image": "ghcr.io/mailcow/prometheus-exporter:latest"}, "has a tag whose image changes"),
        ({"exporter_image": "ghcr.io/mailcow/prometheus-exporter"}, "is no image's name with its tag"),
        ({"monitoring": "opshost"}, "did you mean ops-host?"),
        ({"alert_mail_to": "ops"}, "alert_mail_to ops is no address"),
        ({"alert_relay_password_in": "hunter2"}, "alert_relay_password_in is no path below mail/relays/"),
    ],
)
def test_what_does_not_fit_together_is_refused_with_what_to_do(config: dict[str, str], sentence: str) -> None:
    assert sentence in said(**config)


def test_a_server_that_is_there_already_gets_no_ops_host() -> None:
    with pytest.raises(InputError, match="makes a machine at Oracle"):
        inputs({**EXISTING, **WATCHED})


def test_a_server_without_ssh_gets_no_exporters() -> None:
    with pytest.raises(InputError, match="monitoring exporters needs SSH"):
        inputs({**EXISTING, "api_access": "https", "monitoring": "exporters"})


def test_a_rehearsal_is_said_aloud() -> None:
    calm = inputs(raw_values(**WATCHED))
    hasty = inputs(raw_values(**WATCHED, alert_patience="short"))

    (news,) = (notice for notice in hasty.notices if notice not in calm.notices)
    assert news.startswith("alerts come after seconds instead of minutes, and some will be false")
    assert news.endswith("when the rehearsal is over, write mailstead:alert_patience: normal")


def test_an_ops_host_stays_within_what_oracle_gives_away_and_says_what_it_takes() -> None:
    with_it = budget(parse_settings(raw_values(**WATCHED), stack_file="Pulumi.test.yaml", text=""))
    without = budget(settings())

    taken = {now.what: now.planned - before.planned for now, before in zip(with_it, without, strict=True)}
    assert {what: more for what, more in taken.items() if more} == {"micro instances": 1, "block and boot volumes": 50}
    assert all(row.ok for row in with_it)
