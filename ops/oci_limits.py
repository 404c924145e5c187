"""Limits of an Oracle account, read by Oracle's own command line where it is installed and knows the account."""

import configparser
import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from shutil import which
from typing import Any, Final, cast

from core.mail_allowance import SERVICE, Allowance

_LIMIT_S: Final = 60.0
_TENANCY: Final = ("TF_VAR_tenancy_ocid", "OCI_CLI_TENANCY")
_CONFIG: Final = "OCI_CLI_CONFIG_FILE"
_PROFILE: Final = "OCI_CLI_PROFILE"


def mail_allowance(region: str, env: Mapping[str, str]) -> Allowance:
    """Ask Oracle what the account may send by Email Delivery.

    Never raises: why it could not be read is part of what is found.

    Args:
        region: Whose limits.
        env: The operator's environment, by which the command line finds its credentials.
    """
    program = which("oci", path=env.get("PATH"))
    if program is None:
        return Allowance(trouble="Oracle's command line, oci, is not installed here")
    tenancy = _tenancy(env)
    if not tenancy:
        return Allowance(trouble="no tenancy is known: export TF_VAR_tenancy_ocid, or run oci setup config")
    command = [program, "limits", "value", "list", "--service-name", SERVICE, "--compartment-id", tenancy]
    try:
        ended = subprocess.run(
            [*command, "--region", region, "--all"],
            env=dict(env), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=_LIMIT_S,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as problem:
        return Allowance(
            trouble=f"oci {'gives no answer' if isinstance(problem, subprocess.TimeoutExpired) else 'cannot be run'}"
        )
    if ended.returncode != 0:
        return Allowance(trouble=f"oci refuses: {_said(ended.stderr)}")
    try:
        return Allowance(limits=_limits(json.loads(ended.stdout or "{}")))
    except (ValueError, KeyError, TypeError):
        return Allowance(trouble="oci answers in no known form")


def _limits(document: Mapping[str, Any]) -> dict[str, int]:
    rows = cast("list[dict[str, Any]]", document.get("data") or [])
    return {str(row["name"]): int(row["value"]) for row in rows}


def _said(text: str) -> str:
    """Take Oracle's own sentence out of an error, which is JSON behind a word."""
    try:
        return str(json.loads(text[text.index("{") :])["message"])
    except (ValueError, KeyError, TypeError):
        return next((line.strip() for line in text.splitlines() if line.strip()), "it says nothing")


def _tenancy(env: Mapping[str, str]) -> str:
    named = next((env[name] for name in _TENANCY if env.get(name)), "")
    if named:
        return named
    file = Path(env.get(_CONFIG) or Path(env.get("HOME", os.path.sep)) / ".oci" / "config")
    profiles = configparser.ConfigParser(interpolation=None)
    try:
        profiles.read(file, encoding="utf-8")
        return profiles.get(env.get(_PROFILE) or "DEFAULT", "tenancy", fallback="")
    except (OSError, configparser.Error):
        return ""
