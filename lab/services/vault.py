"""The Vault of a world: OpenBao with raft storage, so that it survives a restart; unsealed by the lab."""

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

import requests

from lab import caches
from lab.errors import LabError
from lab.services import service
from lab.services.service import Service
from lab.world import World

NAME: Final = "vault"
_ACTIVE_WITHIN_S: Final = 30
_TIMEOUT_S: Final = 30
_ACTIVE: Final = 200


def start(world: World) -> None:
    """Start the server, initialise it the first time, unseal it.

    Nothing is mounted at ``secret/``: whoever sets a Vault up for the product does that.

    Raises:
        LabError: the server does not start or does not become active.
    """
    folder = world.folder / NAME
    (folder / "raft").mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    _serve(world, folder)
    if _ask(world, "GET", "sys/init")["initialized"] and not _unseal_key(folder).exists():
        # Killed between the server's answer and our writing it down: nobody can open that one any more.
        service.stop(world, NAME)
        caches.remove(folder / "raft")
        (folder / "raft").mkdir()
        _serve(world, folder)
    if not _ask(world, "GET", "sys/init")["initialized"]:
        answer = _ask(world, "PUT", "sys/init", {"secret_shares": 1, "secret_threshold": 1})
        _write_secret(folder / "root-token", str(answer["root_token"]))
        _write_secret(_unseal_key(folder), str(answer["keys_base64"][0]))
    unseal(world)


def unseal(world: World) -> None:
    """Unseal the server and wait until it works.

    Raises:
        LabError: it does not.
    """
    if _ask(world, "GET", "sys/seal-status")["sealed"]:
        key = _unseal_key(world.folder / NAME).read_text(encoding="utf-8")
        _ask(world, "PUT", "sys/unseal", {"key": key})
    until = time.monotonic() + _ACTIVE_WITHIN_S
    while _health(world) != _ACTIVE:
        if time.monotonic() > until:
            raise LabError(f"vault is not active after {_ACTIVE_WITHIN_S} s; its log is {service.log_of(world, NAME)}")
        time.sleep(0.1)


def seal(world: World) -> None:
    """Seal the server, as an operator does in an emergency; for tests."""
    _ask(world, "PUT", "sys/seal", {}, token=world.vault_root_token())


def _serve(world: World, folder: Path) -> None:
    address = world.vault_addr.removeprefix("http://")
    host, _, port = address.partition(":")
    configuration = folder / "server.hcl"
    configuration.write_text(
        'storage "raft" {\n'
        f'  path    = "{folder / "raft"}"\n'
        '  node_id = "lab"\n'
        "  performance_multiplier = 1\n"  # else it takes ten seconds to elect itself
        "}\n"
        'listener "tcp" {\n'
        f'  address         = "{address}"\n'
        f'  cluster_address = "{host}:{int(port) + 1}"\n'
        "  tls_disable     = true\n"
        "}\n"
        f'api_addr     = "{world.vault_addr}"\n'
        f'cluster_addr = "http://{host}:{int(port) + 1}"\n',
        encoding="utf-8",
    )
    service.ensure(
        world,
        Service(
            name=NAME,
            argv=(str(world.clone / ".venv" / "bin" / "bao"), "server", f"-config={configuration}"),
            is_ready=lambda: _health(world) is not None,
            files=(configuration,),
        ),
    )


def _health(world: World) -> int | None:
    try:
        return _session().get(f"{world.vault_addr}/v1/sys/health", timeout=2).status_code
    except requests.RequestException:
        return None


def _ask(
    world: World, method: str, path: str, body: Mapping[str, object] | None = None, *, token: str = ""
) -> dict[str, Any]:
    """Call the server; an error quotes its reason and never what was sent or what came back otherwise."""
    url, headers = f"{world.vault_addr}/v1/{path}", {"X-Vault-Token": token} if token else {}
    try:
        answer = _session().request(method, url, json=body, headers=headers, timeout=_TIMEOUT_S)
    except requests.RequestException as error:
        raise LabError(f"vault does not answer at {world.vault_addr}: {type(error).__name__}") from None
    if not answer.ok:
        raise LabError(f"vault refused {method} {path}: {answer.status_code}")
    return cast("dict[str, Any]", answer.json()) if answer.content else {}


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # the machine's proxy does not lead to the world's network
    return session


def _unseal_key(folder: Path) -> Path:
    return folder / "unseal-key"


def _write_secret(file: Path, secret: str) -> None:
    """Write a file that only its owner can read, and only whole."""
    new = file.with_suffix(".new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(secret)
        opened.flush()
        os.fsync(opened.fileno())
    new.replace(file)
