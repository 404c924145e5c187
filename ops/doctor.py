"""`mailstead doctor`: what is missing on this machine or in this stack, each with the command that mends it."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import MailsteadError
from ops.agent import KEY_VARIABLE, agent_keys
from ops.engine import Engine
from ops.project import Inputs, Project
from vault.api import VaultApi

USERS_ROOT = "mail/users"
_OCI_VARIABLES = ("TF_VAR_tenancy_ocid", "TF_VAR_user_ocid", "TF_VAR_fingerprint")
_OCI_KEY_VARIABLES = ("TF_VAR_private_key_path", "TF_VAR_private_key")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        name: What was looked at.
        ok: Whether it is as it should be.
        found: What was found, in one sentence.
        mend: The command or the step that mends it; empty when nothing has to be mended.
    """

    name: str
    ok: bool
    found: str
    mend: str = ""


def examine(project: Project, env: Mapping[str, str]) -> list[Finding]:
    """Look at everything an update needs, and change nothing."""
    inputs, first = _inputs(project)
    engine = Engine.of(project, env=env, extra={})
    looks: list[Callable[[], Finding]] = [
        lambda: _environment(project),
        lambda: _engine(engine),
        lambda: _backend(engine, project),
        lambda: _vault(env),
        lambda: _agent(env, inputs),
        lambda: _cloud(env),
    ]
    return [first, *(look() for look in looks)]


def _inputs(project: Project) -> tuple[Inputs | None, Finding]:
    try:
        inputs = project.inputs()
    except MailsteadError as problem:
        return None, Finding(name="stack file and list", ok=False, found=str(problem), mend="correct the lines above")
    people, domains = len(inputs.state.mailboxes), len(inputs.state.domains)
    found = f"{project.stack_file.name} and {inputs.settings.mail_list} are good: {people} people, {domains} domains"
    return inputs, Finding(name="stack file and list", ok=True, found=found)


def _environment(project: Project) -> Finding:
    python = project.folder / ".venv" / "bin" / "python"
    ready = python.exists()
    found = f"{python} is there" if ready else f"{python} is missing"
    return Finding(name="Python environment", ok=ready, found=found, mend="" if ready else "make setup")


def _engine(engine: Engine) -> Finding:
    try:
        engine.require()
    except MailsteadError as problem:
        mend = 'install the Pulumi CLI, or: eval "$(.venv/bin/python -m lab env demo)" after make demo'
        return Finding(name="engine", ok=False, found=str(problem), mend=mend)
    version = ".".join(map(str, engine.version() or ()))
    return Finding(name="engine", ok=True, found=f"pulumi {version} is on PATH")


def _backend(engine: Engine, project: Project) -> Finding:
    try:
        engine.export()
    except (MailsteadError, FileNotFoundError) as problem:
        mend = f"pulumi login file://FOLDER (or your own backend), then: pulumi stack init {project.stack}"
        return Finding(name="state backend", ok=False, found=str(problem), mend=mend)
    return Finding(name="state backend", ok=True, found=f"stack {project.stack} can be read")


def _vault(env: Mapping[str, str]) -> Finding:
    try:
        VaultApi.from_environment().list(USERS_ROOT)
    except MailsteadError as problem:
        mend = "export VAULT_ADDR=https://… VAULT_TOKEN=…; a token with the policy that foundation/vault makes"
        return Finding(name="Vault", ok=False, found=str(problem), mend=mend)
    return Finding(name="Vault", ok=True, found=f"{env.get('VAULT_ADDR')} is unsealed and the token is valid")


def _agent(env: Mapping[str, str], inputs: Inputs | None) -> Finding:
    keys = agent_keys(env)
    key_file = env.get(KEY_VARIABLE, "")
    wanted = " ".join(inputs.settings.ssh_public_key.split()[:2]) if inputs else ""
    if not keys and key_file and Path(key_file).is_file():
        return _key_file(Path(key_file), wanted)
    if not keys:
        mend = f"eval $(ssh-agent) && ssh-add, or: export {KEY_VARIABLE}=~/.ssh/id_ed25519"
        return Finding(name="SSH key", ok=False, found="there is no SSH agent with a key", mend=mend)
    if wanted and wanted not in keys:
        found = f"none of the agent's {len(keys)} keys is the ssh_public_key of the stack"
        return Finding(name="SSH key", ok=False, found=found, mend="ssh-add the key whose public half the stack names")
    return Finding(name="SSH key", ok=True, found="the agent holds the key that the stack names")


def _key_file(path: Path, wanted: str) -> Finding:
    public = path.with_name(f"{path.name}.pub")
    theirs = " ".join(public.read_text().split()[:2]) if public.is_file() else ""
    if wanted and theirs and wanted != theirs:
        found = f"{path} is not the key that ssh_public_key names"
        return Finding(name="SSH key", ok=False, found=found, mend=f"point {KEY_VARIABLE} at the right file")
    return Finding(name="SSH key", ok=True, found=f"{path} is loaded into an agent for each run")


def _cloud(env: Mapping[str, str]) -> Finding:
    by_variables = all(env.get(name) for name in _OCI_VARIABLES) and any(env.get(name) for name in _OCI_KEY_VARIABLES)
    config = Path(env.get("HOME", os.path.sep)) / ".oci" / "config"
    if by_variables:
        return Finding(name="Oracle credentials", ok=True, found="taken from TF_VAR_… variables")
    if config.is_file():
        return Finding(name="Oracle credentials", ok=True, found=f"taken from {config}")
    mend = f"oci setup config, or export {', '.join((*_OCI_VARIABLES, _OCI_KEY_VARIABLES[0]))}"
    return Finding(
        name="Oracle credentials",
        ok=False,
        found=f"neither {config} nor TF_VAR_… variables are there",
        mend=mend,
    )
