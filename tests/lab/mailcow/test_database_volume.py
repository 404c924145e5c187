"""The database server makes its database once, whatever happened the first time, and never over files of others."""

import secrets
import subprocess
import time
from collections.abc import Callable, Iterator

import pytest

from lab.docker_client import Docker
from lab.world import World
from tests.lab.mailcow.server_image import image_of

pytestmark = pytest.mark.lab
VARIABLES = ("MYSQL_ROOT_PASSWORD=root", "MYSQL_DATABASE=mailcow", "MYSQL_USER=mailcow", "MYSQL_PASSWORD=it's \\here")
Start = Callable[[str], str]


@pytest.fixture
def docker(world: World) -> Docker:
    return Docker(world.docker_host)


@pytest.fixture
def start(world: World, docker: Docker) -> Iterator[Start]:
    """Start the server on one volume that a script has prepared; gives the container's name."""
    name = f"{world.network}-volume-{secrets.token_hex(3)}"
    labels = [f"{key}={value}" for key, value in {**world.labels, "mailstead.test": name}.items()]
    marked = [word for label in labels for word in ("--label", label)]
    image = image_of(docker, world, "mysql")
    docker.call("volume", "create", *marked, name)
    mounted = ["--network", "none", "--volume", f"{name}:/var/lib/mysql", *marked]
    variables = [word for variable in VARIABLES for word in ("--env", variable)]

    def started(prepare: str) -> str:
        docker.call("run", "--rm", *mounted, "--entrypoint", "bash", image, "-ec", f"cd /var/lib/mysql; {prepare}")
        docker.call("run", "--detach", "--name", name, *mounted, *variables, image)
        return name

    yield started
    docker.remove_labelled(labels)


def answers(docker: Docker, container: str, statement: str) -> str:
    """Ask as mailcow's user, waiting for the server."""
    shell = f'MYSQL_PWD="$MYSQL_PASSWORD" exec mariadb --skip-column-names -u"$MYSQL_USER" mailcow -e "{statement}"'
    deadline = time.monotonic() + 60
    while True:
        ended = subprocess.run(
            ["docker", "exec", container, "sh", "-c", shell],
            env=docker.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode == 0:
            return ended.stdout.strip()
        assert time.monotonic() < deadline, ended.stderr
        time.sleep(0.5)


def test_a_new_volume_gets_a_database(docker: Docker, start: Start) -> None:
    container = start("true")
    assert answers(docker, container, "SELECT DATABASE()") == "mailcow"


def test_an_interrupted_first_start_is_begun_again(docker: Docker, start: Start) -> None:
    container = start("mkdir -p .first-start/data/mysql; touch ibdata1 .first-start/data/ibdata1")
    assert answers(docker, container, "SELECT DATABASE()") == "mailcow"


def test_what_is_stored_outlives_a_killed_server(docker: Docker, start: Start) -> None:
    container = start("true")
    answers(docker, container, "CREATE TABLE kept (number INT); INSERT INTO kept VALUES (7)")
    docker.call("kill", container)
    docker.call("start", container)
    assert answers(docker, container, "SELECT number FROM kept") == "7"


def test_files_that_are_no_database_are_left_alone(docker: Docker, start: Start) -> None:
    container = start("echo precious >file")
    assert docker.call("wait", container).strip() == "1"
    assert (
        "holds files but no database"
        in subprocess.run(
            ["docker", "logs", container], env=docker.environment(), capture_output=True, text=True, check=True
        ).stderr
    )
