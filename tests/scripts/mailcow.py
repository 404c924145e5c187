"""Mailcow's own interface, played by a small repository and three stubs."""

import re
import subprocess
from pathlib import Path

from tests.scripts.machine import Machine, Run

INSTALL = "/srv/mail/mailcow-dockerized"
CONF = f"{INSTALL}/mailcow.conf"
SECRETS = "/srv/mail/mailstead/secrets.env"
MARKER = "/srv/mail/mailstead/admin-password-replaced"
KEY = re.compile(r"^([0-9A-F]{6}-){4}[0-9A-F]{6}$")

# As mailcow's: refuses to overwrite, takes its answers from the environment, makes random passwords.
GENERATOR = """\
#!/usr/bin/env bash
set -e
[[ -e .env || -L .env ]]
[[ ! -e mailcow.conf ]] || exit 1
cat >mailcow.conf <<CONF
# ---- made by the generator
MAILCOW_HOSTNAME=${MAILCOW_HOSTNAME}
DBPASS=db$RANDOM$RANDOM
DBROOT=root$RANDOM
REDISPASS=redis$RANDOM
HTTP_PORT=80
HTTP_BIND=
HTTPS_PORT=443
HTTPS_BIND=
TZ=${MAILCOW_TZ}
SKIP_CLAMD=${SKIP_CLAMD}
SKIP_LETS_ENCRYPT=n
IPV4_NETWORK=172.22.1
#API_KEY=
#API_ALLOW_FROM=172.22.1.1,127.0.0.1
ENABLE_IPV6=true
BRANCH=${MAILCOW_BRANCH}
DOCKER_COMPOSE_VERSION=${COMPOSE_VERSION}
CONF
"""
# Answers as mailcow's API does; what it was sent is kept, its key and body come from files and pipes only.
API = r"""
body=""
for word in "$@"; do [[ $word != @* ]] || body=${word#@}; done
cat >"$root/asked_with"
[[ -z $body ]] || cp "$body" "$root/sent"
case "$*" in
  *get/status/version*) cat "$root/version_answer" 2>/dev/null || printf '{"version": "2026-07a"}\n200' ;;
  *edit/admin*) cat "$root/edit_answer" 2>/dev/null || printf '[{"type": "success", "msg": ["admin_modified"]}]\n200' ;;
  http://*) ;;
esac
"""
DOCKER = r"""
case "$*" in
  "compose config --services") printf '%s\n' mysql-mailcow nginx-mailcow ;;
  "compose ps --all --quiet") echo aaa ;;
  inspect*) cat "$root/containers" ;;
  *" pull "*) exit "$(cat "$root/pull_status" 2>/dev/null || echo 0)" ;;
esac
"""


def make_repository(folder: Path) -> None:
    def git(*words: str) -> None:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", "-C", str(folder), *identity, *words], check=True, capture_output=True)

    folder.mkdir()
    git("init", "--initial-branch", "master")
    generator = folder / "generate_config.sh"
    generator.write_text(GENERATOR, encoding="utf-8")
    generator.chmod(0o755)
    (folder / ".env").symlink_to("mailcow.conf")
    (folder / ".gitignore").write_text("mailcow.conf\n", encoding="utf-8")
    for version in ("2026-05", "2026-07a"):
        (folder / "docker-compose.yml").write_text(f"# {version}\n", encoding="utf-8")
        git("add", ".")
        git("commit", "-m", version)
        git("tag", version)
    git("commit", "--allow-empty", "-m", "after the last version")


def install(host: Machine, version: str = "2026-07a") -> Run:
    return host.run("install-mailcow.sh", f"file://{host.root.parent}/repository", version)


def configure(host: Machine, *switches: str) -> Run:
    return host.run("configure-mailcow.sh", "mail.example.com", "Europe/Berlin", *(switches or ("off", "on")))


def values(host: Machine, path: str) -> dict[str, str]:
    lines = [line for line in host.read(path).splitlines() if "=" in line and not line.startswith("#")]
    pairs = [line.split("=", 1) for line in lines]
    assert len({key for key, _ in pairs}) == len(pairs), "a key stands twice"
    return dict(pairs)  # pyright: ignore[reportArgumentType] — each has two parts
