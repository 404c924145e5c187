"""The environment of the container, read once at the start, and the folders that mailcow's compose file mounts."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

BASE = Path("/var/lib/acme")
"""The install folder's data/assets/ssl."""
EXAMPLE = Path("/var/lib/ssl-example")
WEB_ROOT = Path("/var/www/acme")
"""What nginx serves at /.well-known/acme-challenge/."""
STAGING = "https://acme-staging-v02.api.letsencrypt.org/directory"
_YES = re.compile(r"([yY][eE][sS]|[yY])+")


@dataclass(frozen=True)
class Settings:
    """What mailcow.conf says."""

    hostname: str
    additional_san: tuple[str, ...]
    autodiscover: bool
    only_hostname: bool
    skip_http_check: bool
    directory_url: str
    """Empty for Let's Encrypt."""
    staging_wins: bool
    """Whether both a directory and Let's Encrypt's staging server are named."""
    database: dict[str, str]
    redis_password: str
    project: str


def from_environment() -> Settings:
    """Read the variables that mailcow's compose file sets."""
    get = os.environ.get
    staging, directory = _yes("LE_STAGING"), get("DIRECTORY_URL", "")
    return Settings(
        hostname=get("MAILCOW_HOSTNAME", ""),
        additional_san=tuple(filter(None, (name.strip() for name in get("ADDITIONAL_SAN", "").split(",")))),
        autodiscover=_yes("AUTODISCOVER_SAN", "y"),
        only_hostname=_yes("ONLY_MAILCOW_HOSTNAME"),
        skip_http_check=_yes("SKIP_HTTP_VERIFICATION"),
        directory_url=STAGING if staging else directory,
        staging_wins=staging and bool(directory),
        database={"user": get("DBUSER", ""), "password": get("DBPASS", ""), "database": get("DBNAME", "")},
        redis_password=get("REDISPASS", ""),
        project=get("COMPOSE_PROJECT_NAME", "mailcowdockerized"),
    )


def _yes(name: str, otherwise: str = "n") -> bool:
    return bool(_YES.fullmatch(os.environ.get(name, otherwise)))
