"""The API in containers of its own, and a client that speaks to it as nginx does."""

import http.client
import json
import secrets
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from lab.docker_client import Docker
from lab.images import recipes
from lab.images.publish import through_loopback
from lab.world import World

HOSTNAME = "mail.rig.example"
READ_WRITE_KEY = "RW-KEY-OF-THE-TEST"
READ_ONLY_KEY = "RO-KEY-OF-THE-TEST"
LOCAL = "127.0.0.1"
_TABLES = (
    "domain",
    "tags_domain",
    "alias_domain",
    "mailbox",
    "tags_mailbox",
    "alias",
    "spamalias",
    "sender_acl",
    "user_acl",
    "app_passwd",
    "quota2",
    "sasl_log",
    "domain_admins",
    "filterconf",
    "relayhosts",
    "transports",
    "tls_policy_override",
    "mta_sts",
    "sieve_filters",
    "imapsync",
)


@dataclass(frozen=True)
class Answer:
    """What came back; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Parse the body; None when it is empty."""
        return json.loads(self.body) if self.body else None


@dataclass(frozen=True)
class ApiService:
    """A running API with its own database and Redis."""

    docker: Docker
    name: str
    address: str

    def request(
        self,
        method: str,
        path: str,
        *,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
        caller: str = LOCAL,
        timeout_s: float = 60,
    ) -> Answer:
        """Send one request as nginx would for this caller; the path goes out as it is."""
        connection = http.client.HTTPConnection(self.address, 9002, timeout=timeout_s)
        sent = dict(headers or {})
        # This machine's address is private, so the API believes what it says of the caller.
        sent["X-Forwarded-For"] = ", ".join(filter(None, (sent.get("X-Forwarded-For"), caller)))
        try:
            connection.request(method, path, body=body, headers=sent)
            response = connection.getresponse()
            return Answer(
                response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
            )
        finally:
            connection.close()

    def get(self, route: str, *, key: str = READ_WRITE_KEY) -> Any:
        """Read with a key; None for an empty body."""
        return self.request("GET", f"/api/v1/{route}", headers={"X-API-Key": key}).json()

    def post(self, route: str, body: Any, *, key: str = READ_WRITE_KEY, timeout_s: float = 60) -> Any:
        """Write with a key; None for an empty body."""
        headers = {"X-API-Key": key, "Content-Type": "application/json"}
        data = json.dumps(body).encode()
        return self.request("POST", f"/api/v1/{route}", headers=headers, body=data, timeout_s=timeout_s).json()

    def sql(self, statement: str) -> list[str]:
        """Run a statement as the database's owner; gives the lines of the answer."""
        shell = "exec mariadb --skip-column-names --user=root --password=$MYSQL_ROOT_PASSWORD mailcow"
        return self._feed("mysql", shell, statement).splitlines()

    def redis(self, arguments: list[str]) -> str:
        """Run redis-cli in the Redis container."""
        script = 'REDISCLI_AUTH="$REDISPASS" exec redis-cli "$@"'
        return self.docker.call("exec", f"{self.name}-redis", "sh", "-c", script, "redis-cli", *arguments).strip()

    def empty(self) -> None:
        """Make database and Redis those of a fresh installation, with the keys of the test."""
        statements = ["SET FOREIGN_KEY_CHECKS = 0", *(f"TRUNCATE {table}" for table in _TABLES), "DELETE FROM api"]
        statements.append("DELETE FROM admin WHERE username <> 'admin'")
        for key, access in ((READ_WRITE_KEY, "rw"), (READ_ONLY_KEY, "ro")):
            columns = "api_key, allow_from, access, skip_ip_check, active"
            statements.append(f"INSERT INTO api ({columns}) VALUES ('{key}', '{LOCAL}', '{access}', 0, 1)")  # noqa: S608 — our own words
        self.sql(";\n".join(statements) + ";")
        self.redis(["FLUSHALL"])

    def wait_until_ready(self, limit_s: float = 120) -> None:
        """Wait until the API answers with its version, as a client of mailcow should."""
        end = time.monotonic() + limit_s
        while True:
            try:
                if "version" in (self.get("get/status/version") or {}):
                    return
            # While a part is down the answer is a page.
            except (OSError, ValueError):
                pass
            assert time.monotonic() < end, "the API was not ready in time"
            time.sleep(0.3)

    def stop(self, part: str) -> None:
        """Stop the database (mysql) or Redis."""
        self.docker.call("stop", f"{self.name}-{part}")

    def start(self, part: str) -> None:
        """Start what was stopped, and wait until the API has it back."""
        self.docker.call("start", f"{self.name}-{part}")
        self.wait_until_ready()

    def _feed(self, container: str, script: str, text: str) -> str:
        ended = subprocess.run(
            ["docker", "exec", "-i", f"{self.name}-{container}", "sh", "-c", script],
            input=text,
            env=self.docker.environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        return ended.stdout


@contextmanager
def running(world: World) -> Iterator[ApiService]:
    """Start MariaDB, Redis and the API on the world's network; all of it is gone afterwards."""
    docker = Docker(world.docker_host)
    name = f"{world.network}-api-{secrets.token_hex(3)}"
    labels = [word for key, value in world.labels.items() for word in ("--label", f"{key}={value}")]
    run = ["run", "--detach", "--network", world.network, *labels]
    database = ["DBNAME=mailcow", "DBUSER=mailcow", "DBPASS=database", "REDISPASS=store"]
    environments = {
        "mysql": [
            "MYSQL_ROOT_PASSWORD=root",
            "MYSQL_DATABASE=mailcow",
            "MYSQL_USER=mailcow",
            "MYSQL_PASSWORD=database",
        ],
        "redis": ["REDISPASS=store"],
        "php-fpm": [
            *database,
            f"DBHOST={name}-mysql",
            f"REDISHOST={name}-redis",
            f"MAILCOW_HOSTNAME={HOSTNAME}",
            f"API_KEY={READ_WRITE_KEY}",
            f"API_KEY_READ_ONLY={READ_ONLY_KEY}",
            f"API_ALLOW_FROM={LOCAL}",
        ],
    }
    names = [f"{name}-{part}" for part in environments]
    try:
        for part, variables in environments.items():
            # The API finds itself among the services by this name; its database and Redis are nobody else's.
            alias = f"{part}-mailcow" if part == "php-fpm" else f"{name}-{part}"
            words = [word for variable in variables for word in ("--env", variable)]
            image = _image(docker, world, part)
            docker.call(*run, "--name", f"{name}-{part}", "--network-alias", alias, *words, image)
        service = ApiService(docker, name, _address(docker, world, f"{name}-php-fpm"))
        service.wait_until_ready()
        yield service
    finally:
        docker.call("rm", "--force", "--volumes", *names)


def _image(docker: Docker, world: World, name: str) -> str:
    """Return an image the daemon has; one it does not have is pulled from the world's registry."""
    recipe = next(recipe for recipe in recipes.mail_server(world.clone) if recipe.name == name)
    if docker.has_image(recipe.keyed):
        return recipe.keyed
    with through_loopback(world) as registry:
        pulled = f"{registry}/{recipe.tag}"
        docker.call("pull", pulled, timeout_s=600)
        docker.call("image", "tag", pulled, recipe.keyed)
        docker.call("image", "rm", pulled)
    return recipe.keyed


def _address(docker: Docker, world: World, container: str) -> str:
    found = docker.inspect("container", container)
    assert found is not None
    return str(found["NetworkSettings"]["Networks"][world.network]["IPAddress"])
