"""An SSH agent for one run: the operator's own, or one made from a key file and ended with the run."""

import contextlib
import os
import re
import subprocess
from collections.abc import Generator, Mapping
from pathlib import Path

from core.errors import RefusedError
from core.names import ENV_SSH_KEY
from core.settings import Settings

_SOCKET_VARIABLE = "SSH_AUTH_SOCK"
_SOCKET = re.compile(r"SSH_AUTH_SOCK=([^;]+);")
_PID = re.compile(r"SSH_AGENT_PID=(\d+);")


@contextlib.contextmanager
def ssh_agent(env: Mapping[str, str]) -> Generator[dict[str, str]]:
    """Give the variables that lead to an SSH agent with a key in it; meanwhile this process has them as well.

    Args:
        env: The environment of the command. The key file that ``MAILSTEAD_SSH_KEY`` names is loaded into a
            fresh agent, unless the operator's own holds it; without one, any agent that holds a key is used.

    Raises:
        RefusedError: There is no agent with a key and no usable key file.
    """
    keys, key_file = agent_keys(env), env.get(ENV_SSH_KEY, "")
    if key_file and not Path(key_file).is_file():
        raise RefusedError(f"{ENV_SSH_KEY} names {key_file}, which is not a file; correct it")
    if keys and (not key_file or public_half(Path(key_file)) in keys):
        with _used_here(env[_SOCKET_VARIABLE]):
            yield {_SOCKET_VARIABLE: env[_SOCKET_VARIABLE]}
        return
    if not key_file:
        raise RefusedError(
            'no SSH agent with a key was found; run: eval "$(ssh-agent)" && ssh-add, '
            f"or set {ENV_SSH_KEY} to a key file"
        )
    variables = _start(env)
    try:
        _add(key_file, {**env, **variables})
        with _used_here(variables[_SOCKET_VARIABLE]):
            yield variables
    finally:
        # Ended by the agent's own command, which is given its pid and signals nobody else's process.
        subprocess.run(["ssh-agent", "-k"], env={**env, **variables}, capture_output=True, check=False)


def agent_of(settings: Settings, env: Mapping[str, str]) -> contextlib.AbstractContextManager[dict[str, str]]:
    """Give the same where a stack's servers are reached by SSH; nothing where HTTPS is enough."""
    return ssh_agent(env) if settings.api_access == "ssh" else contextlib.nullcontext({})


@contextlib.contextmanager
def _used_here(socket: str) -> Generator[None]:
    """Let our own SSH client find the agent, which it looks for in the environment of its process."""
    before = os.environ.get(_SOCKET_VARIABLE)
    os.environ[_SOCKET_VARIABLE] = socket
    try:
        yield
    finally:
        if before is None:
            del os.environ[_SOCKET_VARIABLE]
        else:
            os.environ[_SOCKET_VARIABLE] = before


def agent_keys(env: Mapping[str, str]) -> list[str]:
    """List the public keys (type and base64) of the agent that the environment names; none without an agent."""
    if not env.get(_SOCKET_VARIABLE):
        return []
    try:
        listed = subprocess.run(
            ["ssh-add", "-L"], env=dict(env), capture_output=True, text=True, check=False, timeout=10
        )
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return []
    if listed.returncode != 0:
        return []
    return [" ".join(line.split()[:2]) for line in listed.stdout.splitlines() if line.strip()]


def public_half(key_file: Path) -> str:
    """Read type and base64 of the public key beside a key file; empty when there is none."""
    public = key_file.with_name(f"{key_file.name}.pub")
    return " ".join(public.read_text(encoding="utf-8").split()[:2]) if public.is_file() else ""


def _start(env: Mapping[str, str]) -> dict[str, str]:
    try:
        started = subprocess.run(["ssh-agent", "-s"], env=dict(env), capture_output=True, text=True, check=False).stdout
    except FileNotFoundError:
        raise RefusedError("ssh-agent is not on PATH; install OpenSSH's client") from None
    socket, pid = _SOCKET.search(started), _PID.search(started)
    if socket is None or pid is None:
        raise RefusedError('ssh-agent did not say where it listens; start one yourself: eval "$(ssh-agent)" && ssh-add')
    return {_SOCKET_VARIABLE: socket[1], "SSH_AGENT_PID": pid[1]}


def _add(key_file: str, env: Mapping[str, str]) -> None:
    # A key with a passphrase is asked for on the terminal; without one ssh-add fails and says why.
    added = subprocess.run(["ssh-add", "-q", key_file], env=dict(env), text=True, capture_output=True, check=False)
    if added.returncode != 0:
        raise RefusedError(f"{key_file} could not be loaded into an SSH agent: {' '.join(added.stderr.split())}")
