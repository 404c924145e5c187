"""The mail servers of the lab's mailcow without the API: containers as in the compose file, rows written by hand."""

import re
import secrets
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Any, cast

import yaml

from lab.docker_client import Docker
from lab.mailcow import repository
from lab.world import World
from tests.lab.mailcow.api.service import LOCAL, READ_ONLY_KEY, READ_WRITE_KEY, ApiService
from tests.lab.mailcow.install_folder import InstallFolder
from tests.lab.mailcow.server_image import image_of

SCHEMA = Path(repository.__file__).parent / "images/php-fpm/schema.sql"
PASSWORD = "Secret-123"
APP_PASSWORD = "App-Secret-9"
# bcrypt as PHP writes it, and a salted SHA-256: both forms are in real tables.
_HASH = "{BLF-CRYPT}$2y$10$DqWfYYYH7k3KmLT5M6lfo.2W7Hrt89B19QXYofClBjBIujVa.ueEm"
_APP_HASH = "{SSHA256}9oGOq77xNm59Wgy7Yj3lwMJypSetduaweaaeNbBWV7BzYWx0c2FsdA=="
_READY_WITHIN_S = 90
_ACCESS = '{"imap_access": "1", "pop3_access": "0", "smtp_access": "1", "sieve_access": "1"}'
PEOPLE = f"""
INSERT INTO domain (domain) VALUES ('example.com'), ('catch.example');
INSERT INTO mailbox (username, local_part, domain, active, password, attributes, quota) VALUES
  ('alice@example.com', 'alice', 'example.com', 1, '{_HASH}', '{_ACCESS}', 1048576),
  ('closed@example.com', 'closed', 'example.com', 0, '{_HASH}', '{_ACCESS}', 0),
  ('quiet@example.com', 'quiet', 'example.com', 2, '{_HASH}', '{_ACCESS}', 0),
  ('carl@catch.example', 'carl', 'catch.example', 1, '{_HASH}', '{_ACCESS}', 0);
INSERT INTO app_passwd (id, name, mailbox, domain, password, imap_access, smtp_access, pop3_access, sieve_access)
  VALUES (7, 'phone', 'alice@example.com', 'example.com', '{_APP_HASH}', 1, 0, 1, 0);
INSERT INTO alias (address, goto, domain, sender_allowed) VALUES
  ('sales@example.com', 'carl@catch.example,alice@example.com', 'example.com', 1),
  ('news@example.com', 'alice@example.com', 'example.com', 0),
  ('@catch.example', 'alice@example.com', 'catch.example', 1);
INSERT INTO alias_domain (alias_domain, target_domain) VALUES ('example.net', 'example.com');
"""  # noqa: S608 — our own words


@dataclass(frozen=True)
class MailServers:
    """Running servers on a network of their own.

    Attributes:
        prefix: What the names of containers, volumes and the network begin with.
        configuration: What mailcow.conf says; it holds passwords.
    """

    docker: Docker
    prefix: str
    configuration: Mapping[str, str] = field(repr=False)

    def address(self, service: str) -> str:
        """Give a container's address."""
        found = self.docker.inspect("container", self.container(service))
        assert found is not None
        return str(found["NetworkSettings"]["Networks"][self.prefix]["IPAddress"])

    def container(self, service: str) -> str:
        """Give a container's name."""
        return f"{self.prefix}-{service}"

    def sql(self, text: str) -> list[list[str]]:
        """Run statements as mailcow's user and give the rows of the answer."""
        shell = 'MYSQL_PWD="$MYSQL_PASSWORD" exec mariadb --skip-column-names -u"$MYSQL_USER" "$MYSQL_DATABASE"'
        ended = subprocess.run(
            ["docker", "exec", "-i", self.container("mysql"), "sh", "-c", shell],
            env=self.docker.environment(),
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        return [line.split("\t") for line in ended.stdout.splitlines()]

    def inside(self, service: str, script: str) -> str:
        """Run a script in a container."""
        return self.docker.call("exec", self.container(service), "bash", "-c", script)

    def logs(self, service: str) -> str:
        """Give everything a container has said."""
        ended = subprocess.run(
            ["docker", "logs", self.container(service)],
            env=self.docker.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=True,
        )
        return ended.stdout

    def wait_until_ready(self) -> None:
        """Wait until the last servers have found the database's tables."""
        deadline = time.monotonic() + _READY_WITHIN_S
        for service, port in (("postfix", 25), ("dovecot", 993)):
            while not self._listens(service, port):
                assert time.monotonic() < deadline, self.logs(service)[-2000:]
                time.sleep(0.5)

    def _listens(self, service: str, port: int) -> bool:
        shell = f": </dev/tcp/127.0.0.1/{port}"
        ended = subprocess.run(
            ["docker", "exec", self.container(service), "bash", "-c", shell],
            env=self.docker.environment(),
            capture_output=True,
            check=False,
        )
        return ended.returncode == 0


@contextmanager
def running(world: World, folder: Path) -> Iterator[MailServers]:
    """Start all servers but the API, with the tables and a few people; all of it is gone afterwards."""
    docker = Docker(world.docker_host)
    prefix = f"{world.network}-mail-{secrets.token_hex(3)}"
    labels = [f"{key}={value}" for key, value in {**world.labels, "mailstead.test": prefix}.items()]
    install = InstallFolder.clone(folder)
    try:
        docker.call("network", "create", "--internal", *_options("--label", labels), prefix)
        servers = MailServers(docker=docker, prefix=prefix, configuration=_configuration(docker, prefix, install))
        for name, service in _services().items():
            _start(servers, world, install.path, name, service, labels)
        _wait_for_database(servers)
        servers.sql(SCHEMA.read_text(encoding="utf-8"))
        servers.sql(PEOPLE)
        servers.wait_until_ready()
        yield servers
    finally:
        docker.remove_labelled(labels)


@contextmanager
def with_api(servers: MailServers, world: World, install: Path) -> Iterator[ApiService]:
    """Start the API beside the servers, its version from an install folder; it is gone afterwards, as it was before."""
    service = _all_services()["php-fpm"]
    # Without Docker's socket the API asks the network's names which services run.
    service["volumes"] = [volume for volume in service["volumes"] if "docker.sock" not in volume]
    keys = {"API_KEY": READ_WRITE_KEY, "API_KEY_READ_ONLY": READ_ONLY_KEY, "API_ALLOW_FROM": LOCAL}
    configured = MailServers(servers.docker, servers.prefix, {**servers.configuration, **keys})
    labels = [f"{key}={value}" for key, value in {**world.labels, "mailstead.test": servers.prefix}.items()]
    try:
        _start(configured, world, install, "php-fpm", service, labels)
        api = ApiService(servers.docker, servers.prefix, servers.address("php-fpm"))
        api.wait_until_ready()
        yield api
    finally:
        servers.docker.call("rm", "--force", servers.container("php-fpm"))


def _services() -> dict[str, dict[str, Any]]:
    """Give the services that start at once: all but the API, and acme, which asks an authority and restarts others."""
    return {name: service for name, service in _all_services().items() if name not in {"php-fpm", "acme"}}


def _all_services() -> dict[str, dict[str, Any]]:
    """Give what the compose file says of each service, by the name of its image's folder."""
    text = (repository.SOURCE / "docker-compose.yml").read_text(encoding="utf-8")
    services = cast("dict[str, dict[str, Any]]", yaml.safe_load(text)["services"])
    return {name.removesuffix("-mailcow"): service for name, service in services.items()}


def _configuration(docker: Docker, prefix: str, install: InstallFolder) -> dict[str, str]:
    """Give what the generator writes, with the addresses that Docker gave the network."""
    found = docker.inspect("network", prefix)
    assert found is not None
    network = ip_network(found["IPAM"]["Config"][0]["Subnet"])
    return {**install.generated(), "IPV4_NETWORK": str(network.network_address).rpartition(".")[0]}


def _start(  # noqa: PLR0917 — what docker run needs
    servers: MailServers, world: World, folder: Path, name: str, service: dict[str, Any], labels: list[str]
) -> None:
    mounts = [_mount(servers, folder, volume, labels) for volume in service["volumes"]]
    variables = [_filled(line, servers.configuration) for line in service["environment"]]
    aliases = [f"{name}-mailcow", *service["networks"]["mailcow-network"]["aliases"]]
    servers.docker.call(
        "run", "--detach", "--name", servers.container(name), "--network", servers.prefix,
        *_options("--network-alias", aliases), *_options("--label", labels),
        *_options("--volume", mounts), *_options("--env", variables),
        image_of(servers.docker, world, name),
    )  # fmt: skip


def _mount(servers: MailServers, folder: Path, volume: str, labels: list[str]) -> str:
    """Give a mount as docker run wants it; a named volume is made first, so that it carries the labels."""
    source, _, target = volume.partition(":")
    if source.startswith("./"):
        return f"{folder / source}:{target}"
    name = f"{servers.prefix}_{source}"
    servers.docker.call("volume", "create", *_options("--label", labels), name)
    return f"{name}:{target}"


def _filled(line: str, configuration: Mapping[str, str]) -> str:
    """Put values in the place of ${NAME} and ${NAME:-default}, as Compose does."""
    return re.sub(r"\$\{(\w+)(?::-([^}]*))?\}", lambda found: configuration.get(found[1]) or found[2] or "", line)


def _options(name: str, values: Iterable[str]) -> list[str]:
    return [word for value in values for word in (name, value)]


def _wait_for_database(servers: MailServers) -> None:
    deadline = time.monotonic() + _READY_WITHIN_S
    while "ready for connections" not in servers.logs("mysql"):
        assert time.monotonic() < deadline, servers.logs("mysql")[-2000:]
        time.sleep(0.5)
