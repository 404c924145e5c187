"""A world of its own in which the mail service is watched: ops host, Slack, dead-man service, outside mailbox."""

import json
import subprocess
from collections.abc import Generator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from core.dns import DnsRecord
from core.zone_file import zone_file
from lab import stack, takedown, topology
from lab.outside import foreign as foreign_server
from lab.outside import relay as relay_server
from lab.outside import webhooks as webhook_receiver
from lab.outside.foreign import Foreign
from lab.outside.relay import Relay
from lab.outside.webhooks import Webhooks
from lab.services import dns
from lab.stack import LabStack
from lab.world import World
from tests.lab.conftest import KEEP, WORLD, brought_up
from tests.lab.service import SAMPLE, Service

MAIL_TO = "ops@elsewhere.test"
SENDER_DOMAIN = relay_server.DOMAIN
RELAY_PATH = "mail/relays/alerts"
EXPORTER = "mailcow/prometheus-exporter:2.1.0"


@dataclass(frozen=True, kw_only=True)
class Watched(Service):
    """The mail service with an ops host beside it."""

    def container(self) -> str:
        """The id of the container that stands for the mail host."""
        return self._instance(self._outputs["instance_ids"][0])

    @cached_property
    def _outputs(self) -> dict[str, Any]:
        return self.stack.outputs()

    @cached_property
    def _resources(self) -> list[dict[str, Any]]:
        return self.stack.export()["deployment"]["resources"]

    @cached_property
    def _ops(self) -> str:
        (found,) = (one for one in self._resources if str(one["urn"]).endswith("::ops-host-instance"))
        return self._instance(str(found["id"]))

    def on_ops_host(self, script: str) -> str:
        """Run a script as root on the ops host."""
        command = ["docker", "--host", self.stack.world.docker_host, "exec", "-i", self._ops, "bash", "-s"]
        ended = subprocess.run(command, input=script, text=True, capture_output=True, check=False)
        assert ended.returncode == 0, f"on the ops host: {ended.stdout[-2000:]}{ended.stderr[-2000:]}"
        return ended.stdout

    def prometheus(self, path: str) -> Any:
        """Ask Prometheus on the ops host: ``targets``, ``alerts``."""
        answer = json.loads(self.on_ops_host(f"curl --silent --max-time 10 '127.0.0.1:9090/api/v1/{path}'"))
        assert answer["status"] == "success", answer
        return answer["data"]

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Ask Prometheus for the series of an expression as they are now."""
        return self.prometheus(f"query?query={quote(expression)}")["result"]

    @property
    def private_address(self) -> str:
        """The mail host's address in the cloud network."""
        (found,) = (one for one in self._resources if str(one["urn"]).endswith("::mail-host-1-instance"))
        return str(found["outputs"]["privateIp"])

    @property
    def ops_address(self) -> str:
        """The ops host's public address."""
        return str(self._outputs["ops_host_ip"])

    def _instance(self, ocid: str) -> str:
        return self._docker("ps", "--quiet", "--filter", f"label=mailstead.lab.instance={ocid}").strip()


@pytest.fixture(scope="session")
def world(pytestconfig: pytest.Config) -> Generator[World]:
    """A world beside that of the stories: there are two machines in it."""
    name = f"{WORLD}-watched"
    if not KEEP:
        takedown.down(name, say=lambda _: None)
    yield brought_up(name, pytestconfig)
    if not KEEP:
        takedown.down(name, say=lambda _: None)
        stack.forget(topology.CLONE, name)


@pytest.fixture(scope="session")
def slack(world: World) -> Generator[Webhooks]:
    """Slack and the dead-man service."""
    started = webhook_receiver.start(world)
    yield started
    if not KEEP:
        started.stop()


@pytest.fixture(scope="session")
def mailbox(world: World) -> Generator[Foreign]:
    """The mailbox that alerts go to, at another provider."""
    started = foreign_server.start(world)
    yield started
    if not KEEP:
        started.stop()


@pytest.fixture(scope="session")
def relay(world: World) -> Generator[Relay]:
    """The relay that alerts leave by, at a third."""
    started = relay_server.start(world)
    yield started
    if not KEEP:
        started.stop()


@pytest.fixture(scope="session")
def watched(world: World, project: Path, slack: Webhooks, mailbox: Foreign, relay: Relay) -> Watched:
    """The mail service after the first `up` with an ops host, its zones served."""
    login = relay.add_login("alerts")
    relay.approve(login, SENDER_DOMAIN)
    made = LabStack(world=world, project=project, name=world.name)
    made.write_list(SAMPLE)
    made.write_config(
        vcn_cidr=world.subnet,  # the firewall of the image knows the block; the lab's addresses are the world's
        monitoring="ops-host",
        exporter_image=EXPORTER,
        alert_mail_to=MAIL_TO,
        alert_mail_from=f"alerts@{SENDER_DOMAIN}",
        alert_relay_host=relay_server.HOST,
        alert_relay_port=relay_server.PORT,
        alert_relay_user=login.user,
        alert_relay_password_in=RELAY_PATH,
        alert_relay_tls="encrypt",  # no authority has signed its certificate
        alert_heartbeat=True,
        alert_patience="short",
    )
    made.initialise()
    made.prepare_vault()
    service = Watched(stack=made)
    service.vault("POST", f"secret/data/{RELAY_PATH}", {"data": {"password": login.password}})
    service.vault("POST", "secret/data/mail/monitoring/slack", {"data": {"url": slack.slack_url}})
    service.vault("POST", "secret/data/mail/monitoring/heartbeat", {"data": {"url": slack.heartbeat_url}})
    # A kept world has a password of the run before; a refresh sees that Vault has a newer one.
    made.mailstead("up", "--yes", "--refresh", "--stack", made.name)
    records = tuple(DnsRecord(**record) for record in made.outputs()["dns_records"])
    for domain in ("example.com", "startup.io"):
        dns.put_zone(world, domain, zone_file(records, domain))
    dns.point(world, {service.address: "mail.example.com"})
    # What was found before the records were there is told within minutes in this world.
    service.on_host("systemctl start mailstead-metrics-dns.service mailstead-metrics-blocklists.service")
    return service
