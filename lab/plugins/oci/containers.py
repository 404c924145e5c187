"""The containers that stand for instances: how one is started, looked at, spoken to and removed."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lab.plugins.server import PluginError
from lab.services import wheels

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lab.world import World

# In the kernel's order; Docker 20.10 knows no newer ones. systemd, mounts, iptables and a nested Docker need them.
# fmt: off
_CAPABILITIES = (
    "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL",
    "SETGID", "SETUID", "SETPCAP", "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST",
    "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO",
    "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
    "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE",
    "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM",
    "BLOCK_SUSPEND", "AUDIT_READ",
)
# fmt: on
_BLOCK_MAJOR_LOOP = 7
_COMMAND_TIMEOUT_S = 120
_APPLY_NETWORK = "/usr/local/lib/oci-lab/vcn"


@dataclass(frozen=True)
class Launch:
    """What a container needs to know to be an instance."""

    ocid: str
    hostname: str
    address: str
    ssh_authorized_keys: str
    """As in the metadata: one key a line."""
    user_data: str
    """As in the metadata: base64, may be empty."""


class Containers:
    """The instances' containers of one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._folder = Path(world.folder) / "cloud" / "instances"

    def name(self, ocid: str) -> str:
        """The name of an instance's container."""
        return f"mailstead-{self._world.clone_id}-{self._world.name}-instance-{_short(ocid)}"

    def folder(self, ocid: str) -> Path:
        """Where an instance's files lie on this machine."""
        return self._folder / _short(ocid)

    def devices(self, ocid: str) -> Path:
        """The folder that is `/dev/oracleoci` in the instance."""
        return self.folder(ocid) / "oracleoci"

    def start(self, launch: Launch) -> None:
        """Make and start the container; its network files must be there (`write_network`)."""
        self._write_files(launch)
        self._docker("run", *self._flags(launch), self._world.instance_image)

    def write_network(self, ocid: str, rules: str, addresses: Iterable[str]) -> bool:
        """Write what the instance's network has to be; says whether that is news."""
        platform = self.folder(ocid) / "platform"
        platform.mkdir(parents=True, exist_ok=True)
        wanted = {"security-lists.nft": rules, "addresses": "".join(f"{address}\n" for address in addresses)}
        changed = False
        for name, text in wanted.items():
            file = platform / name
            if not file.exists() or file.read_text() != text:
                changed = True
                part = platform / f"{name}.part"
                part.write_text(text)
                part.replace(file)
        return changed

    def apply_network(self, ocid: str) -> None:
        """Let a running instance take its network files on; a stopped one does so when it boots."""
        if self.state(ocid) == "running":
            self._docker("exec", self.name(ocid), _APPLY_NETWORK)

    def state(self, ocid: str) -> str | None:
        """Docker's word for the container's state (`running`, `exited` …); None where there is no container."""
        result = self._run("container", "inspect", "--format", "{{.State.Status}}", self.name(ocid))
        if result.returncode == 0:
            return result.stdout.strip()
        # A daemon that does not answer must not look like a terminated instance.
        if "No such container" not in result.stderr:
            raise PluginError(f"docker cannot inspect {self.name(ocid)}: {result.stderr.strip()}")
        return None

    def stop(self, ocid: str) -> None:
        """Shut the instance down."""
        self._docker("stop", "--time", "20", self.name(ocid))

    def boot(self, ocid: str) -> None:
        """Start a stopped instance."""
        self._docker("start", self.name(ocid))

    def remove(self, ocid: str, *, keep_folder: bool = False) -> None:
        """Remove the container with its disk; that there is none is fine."""
        result = self._run("container", "rm", "--force", "--volumes", self.name(ocid))
        if result.returncode != 0 and "No such container" not in result.stderr:
            raise PluginError(f"docker cannot remove {self.name(ocid)}: {result.stderr.strip()}")
        if not keep_folder:
            shutil.rmtree(self.folder(ocid), ignore_errors=True)

    def addresses_in_use(self) -> set[str]:
        """The addresses that Docker has given to containers on the world's network."""
        found = json.loads(self._docker("network", "inspect", self._world.network))[0]["Containers"]
        return {entry["IPv4Address"].split("/")[0] for entry in found.values() if entry["IPv4Address"]}

    def _write_files(self, launch: Launch) -> None:
        folder = self.folder(launch.ocid)
        self.devices(launch.ocid).mkdir(parents=True, exist_ok=True)
        seed = folder / "seed"
        seed.mkdir(exist_ok=True)
        keys = [line for line in launch.ssh_authorized_keys.splitlines() if line.strip()]
        metadata = {"instance-id": launch.ocid, "local-hostname": launch.hostname, "public-keys": keys}
        (seed / "meta-data").write_text(json.dumps(metadata))
        (seed / "user-data").write_bytes(base64.b64decode(launch.user_data) or b"#cloud-config\n{}\n")
        (folder / "resolv.conf").write_text(f"nameserver {self._world.dns}\n")
        index = f"[global]\nindex-url = {wheels.index_url(self._world)}\ntrusted-host = {self._world.gateway}\n"
        (folder / "pip.conf").write_text(index)
        (folder / "apt-proxy.conf").write_text(f'Acquire::http::Proxy "{self._world.apt_proxy}";\n')

    def _flags(self, launch: Launch) -> list[str]:
        folder = self.folder(launch.ocid)
        binds = {
            folder / "resolv.conf": "/etc/resolv.conf",
            folder / "apt-proxy.conf": "/etc/apt/apt.conf.d/90lab-proxy:ro",
            folder / "pip.conf": "/etc/pip.conf:ro",
            folder / "seed": "/var/lib/cloud/seed/nocloud:ro",
            folder / "platform": "/etc/oci-lab:ro",
            self.devices(launch.ocid): "/dev/oracleoci",
        }
        return [
            "--detach",
            *("--name", self.name(launch.ocid), "--hostname", launch.hostname),
            *("--network", self._world.network, "--ip", launch.address),
            *("--label", f"mailstead.lab={self._world.clone}"),
            *("--label", f"mailstead.lab.world={self._world.name}"),
            *("--label", f"mailstead.lab.instance={launch.ocid}"),
            *(f"--cap-add={name}" for name in grantable_capabilities()),
            *(f"--security-opt={what}=unconfined" for what in ("seccomp", "apparmor", "systempaths")),
            *(f"--tmpfs={path}" for path in ("/run", "/run/lock", "/tmp:exec")),
            f"--device-cgroup-rule=b {_BLOCK_MAJOR_LOOP}:* rmw",
            *control_group_flags(Path("/sys/fs/cgroup")),
            *(f"--volume={source}:{target}" for source, target in binds.items()),
            # Docker in the instance cannot lay overlays over overlays: its images get a file system of their own.
            "--volume=/var/lib/docker",
        ]

    def _docker(self, *arguments: str) -> str:
        result = self._run(*arguments)
        if result.returncode != 0:
            raise PluginError(f"docker {arguments[0]} failed: {result.stderr.strip() or result.stdout.strip()}")
        return result.stdout

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["docker", "--host", self._world.docker_host, *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=_COMMAND_TIMEOUT_S,
        )


def control_group_flags(root: Path) -> list[str]:
    """How systemd in a container gets its control groups, on either version of them.

    On version 2 a bind of the folder would hand the container the host's root: it gets a namespace of its own, whose
    folder the image's entry point makes writable.
    """
    if (root / "cgroup.controllers").exists():
        return ["--cgroupns=private", "--env=container=docker"]
    return [
        f"--volume={root}:/sys/fs/cgroup:rw",
        "--env=container=docker",
        "--env=SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1",
    ]


def grantable_capabilities(status: Mapping[str, str] | None = None) -> list[str]:
    """The capabilities a container can be given here: those that this machine has itself."""
    fields = status or _process_status()
    bounding = int(fields["CapBnd"], 16)
    return [name for number, name in enumerate(_CAPABILITIES) if bounding >> number & 1]


def _process_status() -> dict[str, str]:
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _short(ocid: str) -> str:
    return ocid.rsplit(".", 1)[1][:12]
