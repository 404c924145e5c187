"""The docker command against one daemon, deaf to what the user's own configuration says."""

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from lab import topology
from lab.errors import LabError

_ANSWER_WITHIN_S: Final = 120


class DockerError(LabError):
    """Docker refused, or does not answer."""


@dataclass(frozen=True)
class Docker:
    """A Docker daemon, seen through the docker command.

    Attributes:
        host: Where it answers, in the form of DOCKER_HOST.
    """

    host: str

    def environment(self) -> dict[str, str]:
        """Give the environment for a docker command that obeys nothing but us.

        The user's config.json may set a proxy in every container and a context that is elsewhere.
        BuildKit builds on no network but its own, so the classic builder it is.
        """
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("DOCKER_", "BUILDKIT_"))}
        return {
            **kept,
            "DOCKER_HOST": self.host,
            "DOCKER_CONFIG": str(topology.RUN_ROOT / "docker-config"),
            "DOCKER_BUILDKIT": "0",
            "DOCKER_CLI_HINTS": "false",
        }

    def call(self, *arguments: str, timeout_s: float = _ANSWER_WITHIN_S) -> str:
        """Run a docker command and give what it prints.

        Raises:
            DockerError: it failed; the text has Docker's own sentence.
        """
        try:
            ended = subprocess.run(
                ["docker", *arguments],
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=timeout_s,
                check=False,
            )
        except FileNotFoundError:
            raise DockerError("docker is not installed") from None
        except subprocess.TimeoutExpired:
            raise DockerError(
                f"docker {arguments[0]} got no answer from {self.host} within {timeout_s:.0f} s"
            ) from None
        if ended.returncode != 0:
            raise DockerError(f"docker {' '.join(arguments[:2])}: {ended.stderr.strip() or ended.stdout.strip()}")
        return ended.stdout

    def inspect(self, kind: str, name: str) -> dict[str, Any] | None:
        """Look an object up (kind is image, container, network or volume); None if there is none."""
        try:
            found = cast("list[dict[str, Any]]", json.loads(self.call(kind, "inspect", name)))
        except DockerError as error:
            if "no such" in str(error).lower() or "not found" in str(error).lower():
                return None
            raise
        return found[0]

    def labelled(self, kind: str, labels: Sequence[str]) -> tuple[str, ...]:
        """List the ids of all containers, networks or volumes that carry all these labels (name or name=value)."""
        every = ("--all",) if kind == "container" else ()
        filters = [word for label in labels for word in ("--filter", f"label={label}")]
        return tuple(self.call(kind, "ls", "--quiet", *every, *filters).split())

    def remove_labelled(self, labels: Sequence[str]) -> None:
        """Remove all containers, then volumes, then networks that carry all these labels."""
        if containers := self.labelled("container", labels):
            self.call("container", "rm", "--force", "--volumes", *containers)
        if volumes := self.labelled("volume", labels):
            self.call("volume", "rm", "--force", *volumes)
        if networks := self.labelled("network", labels):
            self.call("network", "rm", *networks)

    def has_image(self, name: str) -> bool:
        """Say whether the daemon has an image."""
        return self.inspect("image", name) is not None

    def answers(self) -> dict[str, Any] | None:
        """Ask the daemon who it is; None if it does not answer."""
        try:
            found = cast("dict[str, Any]", json.loads(self.call("info", "--format", "{{json .}}", timeout_s=20)))
        except (DockerError, ValueError):
            return None
        return found if found.get("ServerVersion") else None


def socket_of(host: str) -> Path | None:
    """Give the socket behind a DOCKER_HOST; None if it is none."""
    return Path(host.removeprefix("unix://")) if host.startswith("unix://") else None
