"""No secret is where it should not be; and the search for them would find one that was."""

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from tests.lab.secrets import OPERATOR_VARIABLE, Sampler, search
from tests.lab.service import EVERYBODY, Service

pytestmark = pytest.mark.lab

PLANTED = f"planted-{uuid.uuid4()}"


def secrets_of(service: Service) -> dict[str, str]:
    """Everything that must not be seen, by name."""
    hostname = "mail.example.com"
    host = {
        kind: service.vault("GET", f"secret/data/mail/hosts/{hostname}/{kind}").json()["data"]["data"] for kind in KINDS
    }
    conf = service.on_host("cat /srv/mail/mailcow-dockerized/mailcow.conf")
    lines = dict(line.split("=", 1) for line in conf.splitlines() if "=" in line and not line.startswith("#"))
    key = service.stack.world.ssh_key.read_text().splitlines()
    return {
        **{f"password of {address}": service.stack.first_password(address) for address in EVERYBODY},
        "admin password": host["admin"]["password"],
        "API key": host["api_key"]["key"],
        "read-only API key": host["api_key_read_only"]["key"],
        **{name: lines[name] for name in ("DBPASS", "DBROOT", "REDISPASS")},
        "SSH key": key[len(key) // 2],
        "Vault token": service.stack.environment()["VAULT_TOKEN"],
    }


KINDS = ("admin", "api_key", "api_key_read_only")
CONTAINERS_OWN = frozenset({"API key", "read-only API key", "DBPASS", "DBROOT", "REDISPASS"})


def sampler(service: Service, secrets: dict[str, str]) -> Sampler:
    command = ["docker", "--host", service.stack.world.docker_host, "inspect", "--format", "{{.State.Pid}}"]
    pid = subprocess.run([*command, service.container()], capture_output=True, text=True, check=True).stdout
    return Sampler(
        secrets=secrets,
        operators_own=frozenset({"Vault token"}),
        containers_own=CONTAINERS_OWN,
        host_init=int(pid),
    )


def state_and_logs(service: Service) -> dict[str, bytes]:
    """The state with its secrets shown, and everything that was logged on both machines."""
    name = service.stack.name
    exported = service.stack.pulumi("stack", "export", "--show-secrets", "--stack", name).output
    compose = "cd /srv/mail/mailcow-dockerized && docker compose logs --no-color 2>&1"
    logs = {str(path): path.read_bytes() for path in service.stack.world.folder.rglob("*.log")}
    history = {str(path): path.read_bytes() for path in (service.stack.world.folder / "state").rglob("*.json")}
    return {
        "state": exported.encode(),
        "journal of the host": service.on_host("journalctl --no-pager").encode(),
        "files in /var/log of the host": service.on_host("find /var/log -type f -name '*.log' -exec cat {} +").encode(),
        "logs of mailcow's containers": service.on_host(compose).encode(),
        **logs,
        **history,
    }


@contextmanager
def planted_in_the_state(service: Service) -> Generator[None]:
    """A state in which a resource's outputs hold the planted secret."""
    whole = service.stack.export()
    planted = deepcopy(whole)
    planted["deployment"]["resources"][0].setdefault("outputs", {})["said"] = PLANTED
    write_state(service, planted)
    yield
    write_state(service, whole)


def write_state(service: Service, state: dict[str, Any]) -> None:
    path = service.stack.world.folder / "to-import"
    path.write_text(json.dumps(state))
    service.stack.pulumi("stack", "import", "--file", str(path), "--stack", service.stack.name)
    path.unlink()


@pytest.fixture
def planted_log(service: Service) -> Generator[Path]:
    path = service.stack.world.folder / "planted.log"
    path.write_text(f"said {PLANTED}\n")
    yield path
    path.unlink()


def test_the_search_finds_a_secret_that_is_planted_in_each_place(service: Service, planted_log: Path) -> None:
    service.on_host(f"logger {PLANTED} && echo {PLANTED} > /var/log/planted.log")
    service.on_host(
        f"cd /srv/mail/mailcow-dockerized && docker compose exec -T nginx-mailcow sh -c 'echo {PLANTED} > /proc/1/fd/1'"
    )
    with planted_in_the_state(service):
        places = state_and_logs(service)
    on_host = f"sleep 5 & exec -a {PLANTED} sleep 5"

    seen = {sighting.place for sighting in search({"planted": PLANTED}, places)}
    with sampler(service, {"planted": PLANTED}) as running:
        arguments = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(2)", PLANTED])
        variables = subprocess.Popen(["sleep", "2"], env={**os.environ, "PLANTED": PLANTED})
        service.on_host(f"({on_host}) > /dev/null 2>&1 &")
        time.sleep(1.5)
        arguments.wait()
        variables.wait()
    service.on_host("rm /var/log/planted.log")

    assert seen >= {
        "state",
        str(planted_log),
        "journal of the host",
        "files in /var/log of the host",
        "logs of mailcow's containers",
    }
    assert {sighting.place.split(" of ")[0] for sighting in running.sightings} == {"arguments", "environment"}
    assert "arguments of sleep" in {sighting.place for sighting in running.sightings}


def test_no_secret_is_in_the_state_or_any_log(service: Service) -> None:
    found = search(secrets_of(service), state_and_logs(service))

    assert found == []


def test_no_process_has_a_secret_among_its_arguments_or_variables_while_a_person_is_made(service: Service) -> None:
    secrets = secrets_of(service)
    text = service.stack.mail_list.read_text()
    service.stack.write_list(text.replace("carol, dave", "carol, dave, grace"))

    with sampler(service, secrets) as running:
        run = service.up()

    assert running.samples > 20
    assert running.sightings == set()
    assert search(secrets, {"output": run.output.encode()}) == []
    grace = {"password of grace": service.stack.first_password("grace@startup.io")}
    assert search(grace, {**state_and_logs(service), "output": run.output.encode()}) == []


def test_the_product_is_told_from_other_processes_by_a_variable_of_its_environment(service: Service) -> None:
    assert OPERATOR_VARIABLE.decode().rstrip("=") in service.stack.environment()
