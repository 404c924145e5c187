"""`mailstead doctor`: what is missing on this machine or in this stack, each with the command that mends it."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

from core.backup_rules import no_backups
from core.errors import (
    MailsteadError,
    RefusedError,
    VaultDeniedError,
    VaultError,
    VaultSealedError,
    VaultUnreachableError,
)
from core.host_choice import EXISTING
from core.inputs import Inputs
from core.names import ENV_SSH_KEY, VAULT_USERS
from core.settings import Settings
from ops.agent import agent_keys, public_half
from ops.doctor_existing import look_at_existing_host
from ops.doctor_monitoring import look_at_monitoring
from ops.engine import Engine
from ops.finding import Finding
from ops.project import Project
from vault.api import VaultApi

__all__ = ["Finding", "examine"]

_OCI_VARIABLES = ("TF_VAR_tenancy_ocid", "TF_VAR_user_ocid", "TF_VAR_fingerprint")
_OCI_KEY_VARIABLES = ("TF_VAR_private_key_path", "TF_VAR_private_key")
_MEND_ENGINE = "install Pulumi's CLI (README: real Oracle account), or put the folder that has it first on PATH"
_BACKEND_VARIABLE = "PULUMI_BACKEND_URL"
_PASSPHRASE_VARIABLES = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")


def examine(project: Project, env: Mapping[str, str]) -> list[Finding]:
    """Look at everything an update needs, and change nothing."""
    inputs, first = _inputs(project)
    engine = Engine.of(project, env=env, extra={})
    settings = _settings(project)
    looks: list[Callable[[], Finding]] = [
        lambda: _environment(project),
        lambda: _engine(engine),
        lambda: _backend(engine, project),
        lambda: _vault(env),
    ]
    if settings is None or settings.api_access == "ssh":
        looks.append(lambda: _agent(env, inputs))
    if settings is None or settings.host != EXISTING:
        looks.append(lambda: _cloud(env))
    found = [first, *(look() for look in looks)]
    if settings is not None:
        found += [_backups(settings), look_at_monitoring(settings)]
    if settings is not None and settings.host == EXISTING:
        found += look_at_existing_host(project, settings)
    return found


def _settings(project: Project) -> Settings | None:
    """Read the stack file alone: what it says holds also while the list is wrong, or not there yet."""
    try:
        return project.settings()
    except MailsteadError:
        return None


def _inputs(project: Project) -> tuple[Inputs | None, Finding]:
    name = "stack file and list"
    try:
        inputs = project.inputs()
    except MailsteadError as problem:
        return None, Finding(name=name, ok=False, found=str(problem), mend="correct the lines above")
    people, domains = len(inputs.state.mailboxes), len(inputs.state.domains)
    found = f"{project.stack_file.name} and {inputs.settings.mail_list} are good: {people} people, {domains} domains"
    return inputs, Finding(name=name, ok=True, found=found)


def _environment(project: Project) -> Finding:
    python = project.folder / ".venv" / "bin" / "python"
    ready = python.exists()
    found = f"{python} is there" if ready else f"{python} is missing"
    return Finding(name="Python environment", ok=ready, found=found, mend="" if ready else "make setup")


def _engine(engine: Engine) -> Finding:
    try:
        engine.require()
    except RefusedError as problem:
        return Finding(name="engine", ok=False, found=str(problem), mend=_MEND_ENGINE)
    version = ".".join(map(str, engine.version() or ()))
    return Finding(name="engine", ok=True, found=f"pulumi {version} is on PATH")


def _backend(engine: Engine, project: Project) -> Finding:
    name = "state backend"
    try:
        exported = engine.export()
    except FileNotFoundError:
        return Finding(name=name, ok=False, found="not looked at: there is no engine", mend="mend the engine first")
    except RefusedError as problem:
        return Finding(name=name, ok=False, found=str(problem), mend=_mend_backend(engine.env, project.stack))
    if _wants_passphrase(exported) and not any(variable in engine.env for variable in _PASSPHRASE_VARIABLES):
        found = f"stack {project.stack} is encrypted with a passphrase, and none is set"
        return Finding(name=name, ok=False, found=found, mend=f"export {_PASSPHRASE_VARIABLES[1]}=FILE")
    return Finding(name=name, ok=True, found=f"stack {project.stack} can be read")


def _mend_backend(env: Mapping[str, str], stack: str) -> str:
    new = f"pulumi login file://FOLDER (or your own backend), then: pulumi stack init {stack} --no-select"
    if env.get(_BACKEND_VARIABLE):
        return new
    return (
        f"export {_BACKEND_VARIABLE}=… and {_PASSPHRASE_VARIABLES[1]}=…, as whoever made the stack has them;"
        f" for a new stack: {new}"
    )


def _wants_passphrase(exported: Mapping[str, Any]) -> bool:
    deployment = cast("dict[str, Any]", exported.get("deployment") or {})
    provider = cast("dict[str, Any]", deployment.get("secrets_providers") or {})
    return provider.get("type") == "passphrase"


def _backups(settings: Settings) -> Finding:
    name, warning = "backups", no_backups(settings)
    if warning:
        # An update needs none; whoever looks here shall know, all the same.
        return Finding(name=name, ok=True, found=warning)
    if not settings.backup_public_key:
        return Finding(name=name, ok=True, found="not from here: the server is reached by its API alone")
    return Finding(name=name, ok=True, found=f"encrypted to the key in {settings.backup_public_key}")


def _vault(env: Mapping[str, str]) -> Finding:
    try:
        VaultApi.from_environment().list(VAULT_USERS)
    except VaultError as problem:
        return Finding(name="Vault", ok=False, found=str(problem), mend=_mend_vault(problem, env))
    return Finding(name="Vault", ok=True, found=f"{env.get('VAULT_ADDR')} is unsealed and takes the token")


def _mend_vault(problem: VaultError, env: Mapping[str, str]) -> str:
    missing = [name for name in ("VAULT_ADDR", "VAULT_TOKEN") if not env.get(name)]
    if missing:
        return f"export {' '.join(f'{name}=…' for name in missing)}"
    match problem:
        case VaultUnreachableError():
            return "start Vault, or export the right VAULT_ADDR; try: curl $VAULT_ADDR/v1/sys/health"
        case VaultSealedError():
            return "vault operator unseal (OpenBao: bao operator unseal), as often as it asks for keys"
        case VaultDeniedError():
            return "export a new VAULT_TOKEN, from a login with the role that foundation/vault made"
        case _:
            return "cd foundation/vault && pulumi up, which makes the key-value store at secret/"


def _agent(env: Mapping[str, str], inputs: Inputs | None) -> Finding:
    keys, key_file = agent_keys(env), env.get(ENV_SSH_KEY, "")
    wanted = " ".join(inputs.settings.ssh_public_key.split()[:2]) if inputs else ""
    if key_file:
        return _key_file(Path(key_file), wanted)
    if not keys:
        mend = f'eval "$(ssh-agent)" && ssh-add, or: export {ENV_SSH_KEY}=~/.ssh/id_ed25519'
        return Finding(name="SSH key", ok=False, found="there is no SSH agent with a key", mend=mend)
    if wanted and wanted not in keys:
        found = f"none of the agent's {len(keys)} keys is the ssh_public_key of the stack"
        return Finding(name="SSH key", ok=False, found=found, mend="ssh-add the key whose public half the stack names")
    found = "the agent holds the key that the stack names" if wanted else f"the agent holds {len(keys)} keys"
    return Finding(name="SSH key", ok=True, found=found)


def _key_file(path: Path, wanted: str) -> Finding:
    mend = f"point {ENV_SSH_KEY} at the file whose public half the stack names"
    if not path.is_file():
        return Finding(name="SSH key", ok=False, found=f"{ENV_SSH_KEY} names {path}, which is not a file", mend=mend)
    theirs = public_half(path)
    if wanted and theirs and wanted != theirs:
        return Finding(name="SSH key", ok=False, found=f"{path} is not the key that ssh_public_key names", mend=mend)
    return Finding(name="SSH key", ok=True, found=f"{path} is in the agent, or is put into one for each run")


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
