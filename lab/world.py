"""A world: one lab's names, addresses and files, as its world.json says them."""

import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final, Self

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

from lab import advice, topology
from lab.errors import LabError

FILE: Final = "world.json"


@checked_dataclass(frozen=True, config=ConfigDict(strict=True, extra="forbid"))
class World:
    """One lab, while it is up.

    Attributes:
        name: What its user calls it: demo, test.
        clone: The clone of the repository that it belongs to.
        clone_id: 8 hexadecimal digits that tell the clone from others.
        folder: All its files: ``<clone>/.lab/<name>``.
        docker_host: Where its Docker daemon answers, in the form of DOCKER_HOST.
        network: The Docker network; also the beginning of the names of its containers.
        bridge: The network's interface on this machine.
        subnet: The network's addresses.
        gateway: This machine's address in it, where every service listens.
        instance_image: The image of a cloud instance; empty while there is none.
        apt_proxy: URL of the package mirror.
        registry: host:port of the image registry (http).
        git_url: The repository of the mail server's compose project.
        dns: Address of the resolver.
        vault_addr: URL of the Vault server.
        engine: Folder with the engine that its operator uses.
    """

    name: str
    clone: Path
    clone_id: str
    folder: Path
    docker_host: str
    network: str
    bridge: str
    subnet: str
    gateway: str
    instance_image: str
    apt_proxy: str
    registry: str
    git_url: str
    dns: str
    vault_addr: str
    engine: str

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read the world that lies in a folder.

        Raises:
            LabError: there is none, it was written by another version of the lab, or its clone was moved.
        """
        file = folder / FILE
        try:
            found = TypeAdapter(cls).validate_json(file.read_bytes())
        except FileNotFoundError:
            raise LabError(f"{folder} holds no world; bring it up with: {advice.bring_up(folder.name)}") from None
        except ValidationError as error:
            what = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
            raise LabError(f"{file} is of another version of the lab ({what}); end it with: {advice.END}") from None
        if found.folder != folder.resolve():  # all its names and addresses come from where it lay
            raise LabError(
                f"the world {found.name} was made in {found.folder} and has been moved; end it with: {advice.END}"
            )
        return found

    def save(self) -> None:
        """Write the world into its folder, whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        new = self.folder / f"{FILE}.new"
        new.write_bytes(TypeAdapter(type(self)).dump_json(self, indent=2))
        new.replace(self.folder / FILE)

    @property
    def labels(self) -> dict[str, str]:
        """Give the labels that every container and network of the world carries."""
        return {topology.LABEL_CLONE: str(self.clone), topology.LABEL_WORLD: self.name}

    @property
    def run_folder(self) -> Path:
        """Give the folder of its sockets: a short path, because a socket's may have 107 characters only."""
        return topology.RUN_ROOT / self.clone_id

    @property
    def ssh_key(self) -> Path:
        """Give the file with the private SSH key that the world's operator uses."""
        return self.folder / "ssh" / "id_ed25519"

    @property
    def ssh_agent(self) -> Path:
        """Give the socket of the SSH agent that holds that key."""
        return self.run_folder / f"{self.name}-agent.sock"

    @property
    def mirror_socket(self) -> Path:
        """Give the socket that the package mirror makes for itself; nobody of the lab uses it."""
        return self.run_folder / f"{self.name}-mirror.sock"

    def ssh_public_key(self) -> str:
        """Read the public half of the operator's key, in one line."""
        return self.ssh_key.with_suffix(".pub").read_text(encoding="utf-8").strip()

    def vault_root_token(self) -> str:
        """Read the root token of the world's Vault; it is for the foundation stack and for tests only."""
        return (self.folder / "vault" / "root-token").read_text(encoding="utf-8").strip()

    def environment(self) -> dict[str, str]:
        """Give what an operator's environment says who works in this world; PATH includes the caller's."""
        first = [str(self.clone / ".venv" / "bin"), *([self.engine] if self.engine else [])]
        path = [*first, *(part for part in os.environ.get("PATH", os.defpath).split(":") if part not in first)]
        return {
            "PATH": ":".join(path),
            "PULUMI_HOME": str(self.folder / "pulumi_home"),
            "PULUMI_BACKEND_URL": f"file://{self.folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(self.folder / "passphrase"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "VAULT_ADDR": self.vault_addr,
            "DOCKER_HOST": self.docker_host,
            "MAILSTEAD_SSH_KEY": str(self.ssh_key),
            "SSH_AUTH_SOCK": str(self.ssh_agent),
            "MAILSTEAD_LAB_WORLD": str(self.folder),
            # The lab's cloud asks nobody who he is; whoever checks that credentials are there finds some.
            "TF_VAR_tenancy_ocid": "ocid1.tenancy.oc1..lab",
            "TF_VAR_user_ocid": "ocid1.user.oc1..lab",
            "TF_VAR_fingerprint": "00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00",
            "TF_VAR_private_key_path": str(self.ssh_key),
        }

    def with_image(self, instance_image: str) -> "World":
        """Give the same world with another instance image."""
        return replace(self, instance_image=instance_image)


@dataclass(frozen=True)
class Ports:
    """Where the services of a world listen at its gateway."""

    apt_proxy: int
    registry: int
    git: int
    vault: int


def plan(clone: Path, name: str, *, docker_host: str, subnet: str, ports: Ports, engine: str) -> World:
    """Describe a world that is about to be brought up."""
    named = topology.names(clone, name)
    network = topology.parse_subnet(subnet)
    gateway = str(topology.gateway(network))
    git = gateway if ports.git == topology.GIT_PORT else f"{gateway}:{ports.git}"
    return World(
        name=name,
        clone=clone.resolve(),
        clone_id=named.clone_id,
        folder=topology.world_folder(clone, name),
        docker_host=docker_host,
        network=named.prefix,
        bridge=named.bridge,
        subnet=str(network),
        gateway=gateway,
        instance_image="",
        apt_proxy=f"http://{gateway}:{ports.apt_proxy}",
        registry=f"{gateway}:{ports.registry}",
        git_url=f"git://{git}/mailcow-dockerized.git",
        dns=gateway,
        vault_addr=f"http://{gateway}:{ports.vault}",
        engine=engine,
    )


def worlds_of(clone: Path) -> tuple[str, ...]:
    """List the worlds of a clone that have a world.json."""
    return tuple(sorted(file.parent.name for file in (clone / ".lab").glob(f"*/{FILE}")))


def as_json(world: World) -> dict[str, str]:
    """Give the world's fields as text."""
    return {key: str(value) for key, value in asdict(world).items()}
