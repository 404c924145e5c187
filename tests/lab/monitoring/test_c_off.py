"""Monitoring that nobody wants any more goes without a trace, and mail goes on."""

import pytest

from lab.outside.webhooks import Webhooks
from tests.lab.monitoring.conftest import Watched

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def off(watched: Watched, slack: Webhooks) -> Watched:
    """The service after `up` with ``monitoring: off``."""
    assert slack
    watched.stack.write_config(vcn_cidr=watched.stack.world.subnet)
    watched.up()
    return watched


def test_what_was_installed_is_gone_from_the_mail_host(off: Watched) -> None:
    assert off.on_host("ls /usr/local/lib/mailstead 2>/dev/null || true").strip() in {"", "backup"}
    assert "mailstead-metrics" not in off.on_host("systemctl list-units --all --no-legend 'mailstead-*'")
    assert "mailstead-exporter" not in off.on_host("docker ps --all --format '{{.Names}}'")
    listening = off.on_host("ss --listening --tcp --numeric --no-header")
    assert not [port for port in (":9098", ":9099", ":9100") if port in listening]
    assert "mailstead-monitoring" not in off.on_host("cat /etc/iptables/rules.v4; iptables -S INPUT")


def test_the_ops_host_is_gone_and_the_mail_host_is_not(off: Watched) -> None:
    resources = [str(one["urn"]) for one in off.stack.export()["deployment"]["resources"]]

    assert not [urn for urn in resources if "ops-host" in urn]
    assert "ops_host_ip" not in off.stack.outputs()


def test_mail_goes_on(off: Watched) -> None:
    alice, carol = off.user("alice@example.com"), off.user("carol@startup.io")

    carol.read(alice.send(carol.address))
