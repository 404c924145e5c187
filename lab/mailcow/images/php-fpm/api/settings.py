"""The environment of the container, read once at the start."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

_VERSION_FILE = Path("/web/inc/app_info.inc.php")
_VERSION = re.compile(r"""MAILCOW_GIT_VERSION\s*=\s*["']([^"']+)["']""")


@dataclass(frozen=True)
class Settings:
    """How the stand-in reaches its database and Redis, and what it says of itself."""

    database_host: str
    database_socket: str
    """Path of MariaDB's socket; used when it exists."""
    database_name: str
    database_user: str
    database_password: str
    redis_host: str
    redis_password: str
    hostname: str
    version: str
    log_lines: int
    port: int
    docker_socket: str
    mail_folder: Path
    api_key: str
    api_key_read_only: str
    api_allow_from: str


def from_environment() -> Settings:
    """Read the variables mailcow's compose file sets."""
    get = os.environ.get
    return Settings(
        database_host=get("DBHOST", "mysql-mailcow"),
        database_socket=get("DBSOCKET", "/var/run/mysqld/mysqld.sock"),
        database_name=get("DBNAME", "mailcow"),
        database_user=get("DBUSER", "mailcow"),
        database_password=get("DBPASS", ""),
        redis_host=get("REDIS_SLAVEOF_IP") or get("REDISHOST", "redis-mailcow"),
        redis_password=get("REDISPASS", ""),
        hostname=get("MAILCOW_HOSTNAME", ""),
        version=_version(),
        log_lines=int(get("LOG_LINES") or 9999),
        port=int(get("API_PORT") or 9002),
        docker_socket=get("DOCKER_SOCKET", "/var/run/docker.sock"),
        mail_folder=Path(get("MAIL_FOLDER", "/var/vmail")),
        api_key=get("API_KEY", ""),
        api_key_read_only=get("API_KEY_READ_ONLY", ""),
        api_allow_from=get("API_ALLOW_FROM", ""),
    )


def _version() -> str:
    """The version generate_config.sh wrote into the web folder, if it is mounted here."""
    if given := os.environ.get("MAILCOW_GIT_VERSION"):
        return given
    if _VERSION_FILE.is_file() and (found := _VERSION.search(_VERSION_FILE.read_text(encoding="utf-8"))):
        return found.group(1)
    return "2026-07a"
