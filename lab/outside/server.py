"""A mail server of somebody else, as a container of the world: its name, its start, what is said to it."""

import ipaddress
import json
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from lab.docker_client import Docker
from lab.errors import LabError
from lab.images import build, recipes
from lab.services import dns
from lab.steps import Step
from lab.world import World

_READY_WITHIN_S: Final = 30
_POLL_S: Final = 0.2


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a server said to a mail.

    Attributes:
        stage: The command that was refused: EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA; or "accepted".
        code: SMTP's three digits; 0 where the server does not offer what was asked for.
        text: Its words.
    """

    stage: str
    code: int
    text: str

    @property
    def accepted(self) -> bool:
        """Whether the server took the mail."""
        return self.stage == "accepted"


@dataclass(frozen=True, kw_only=True)
class Login:
    """Who submits a mail, and how: the password never shows."""

    user: str
    password: str

    def __repr__(self) -> str:
        return f"Login({self.user})"


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """A running server of somebody else.

    Attributes:
        role: mx or relay: which configuration it has.
        host: Its name.
        domain: Whose mail it is.
        offset: Which of the world's addresses it has; beyond those that the cloud gives out.
    """

    world: World
    role: str
    host: str
    domain: str
    offset: int

    @property
    def address(self) -> str:
        """Where it answers, and where its mail comes from."""
        return str(ipaddress.ip_network(self.world.subnet)[self.offset])

    @property
    def container(self) -> str:
        """The name of its container."""
        return f"{self.world.network}-outside-{self.role}"

    def start(self, port: int, step: Step | None = None) -> None:
        """Start it anew, without mail and logins, and wait until it answers on a port.

        Raises:
            LabError: its image cannot be built, or it does not start.
        """
        docker = Docker(self.world.docker_host)
        image = build.have(self.world, recipes.outside(self.world.clone), step)
        self.stop()
        labels = [word for key, value in self.world.labels.items() for word in ("--label", f"{key}={value}")]
        settings = {"ROLE": self.role, "HOST": self.host, "DOMAIN": self.domain, "RESOLVER": self.world.dns}
        docker.call(
            "run", "--detach", "--name", self.container, "--hostname", self.host, *labels,
            "--network", self.world.network, "--ip", self.address,
            # Past Docker's own name server, which has other names for the world's addresses.
            "--volume", f"{dns.resolv_conf(self.world)}:/etc/resolv.conf:ro",
            *(word for key, value in settings.items() for word in ("--env", f"{key}={value}")), image,
        )  # fmt: skip
        self._wait_until_ready(port)

    def stop(self) -> None:
        """Remove it; one that is not there is fine."""
        docker = Docker(self.world.docker_host)
        if docker.inspect("container", self.container):
            docker.call("container", "rm", "--force", "--volumes", self.container)

    def run(self, *arguments: str, typed: str = "", check: bool = True) -> str:
        """Run a program in it, as root, with what comes in by standard input; gives what it prints.

        Raises:
            LabError: it failed, and the caller minds.
        """
        ended = subprocess.run(
            ["docker", "exec", "-i", self.container, *arguments],
            env=Docker(self.world.docker_host).environment(),
            input=typed,
            capture_output=True,
            text=True,
            check=False,
        )
        if check and ended.returncode != 0:
            raise LabError(f"{self.host}: {arguments[0]}: {ended.stderr.strip() or ended.stdout.strip()}")
        return ended.stdout

    def submit(
        self,
        to_host: str,
        port: int,
        *,
        sender: str,
        recipients: Sequence[str],
        message: str,
        tls: str = "",
        login: Login | None = None,
    ) -> Answer:
        """Speak SMTP from its address to any server, past its own queue: so others' names can be used as well.

        Args:
            to_host: name or address of the server.
            port: its port.
            sender: the envelope's, as it shall be written between the angle brackets.
            recipients: likewise.
            message: headers and text.
            tls: starttls, wrapped, or nothing.
            login: who logs in.
        """
        asked: dict[str, Any] = {"host": to_host, "port": port, "helo": self.host, "tls": tls}
        asked |= {"sender": sender, "recipients": list(recipients), "message": message}
        if login:
            asked |= {"user": login.user, "password": login.password}
        said = self.run("python3", "/usr/local/lib/outside/dialogue.py", typed=json.dumps(asked))
        return Answer(**cast("dict[str, Any]", json.loads(said)))

    def log(self) -> str:
        """Give all that its programs have said."""
        ended = subprocess.run(
            ["docker", "logs", self.container],
            env=Docker(self.world.docker_host).environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=True,
        )
        return ended.stdout

    def _wait_until_ready(self, port: int) -> None:
        deadline = time.monotonic() + _READY_WITHIN_S
        probe = f"exec 3<>/dev/tcp/127.0.0.1/{port} && read -t 5 line <&3 && [[ $line == 220* ]] && echo up"
        while self.run("bash", "-c", probe, check=False).strip() != "up":
            if time.monotonic() > deadline:
                raise LabError(
                    f"{self.host} does not answer on port {port}: {' | '.join(self.log().splitlines()[-4:])}"
                )
            time.sleep(_POLL_S)
