"""A pretended host with a mailcow in use, whose versions are played: one that works, one that ruins everything."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.scripts.machine import SCRIPTS, Machine, Run
from tests.scripts.mailcow import CONF, INSTALL, MARKER

OLD, NEW, BROKEN, OLDER = "2026-07a", "2026-09", "2026-10", "2026-05"
UPGRADE = "/srv/mail/mailstead/upgrade"
JOURNAL = f"{UPGRADE}/journal"
LOCAL = "data/conf/postfix/main.cf"
_VOLUMES = "/srv/mail/docker-volumes"
TABLE = f"{_VOLUMES}/mailcowdockerized_mysql-vol-1/_data/table"
DUMP = f"{_VOLUMES}/mailcowdockerized_redis-vol-1/_data/dump.rdb"
KEY = f"{_VOLUMES}/mailcowdockerized_crypt-vol-1/_data/ecprivkey.pem"
LEARNED = f"{_VOLUMES}/mailcowdockerized_rspamd-vol-1/_data/learned"
DATA = {TABLE: "people\n", DUMP: "dkim\n", KEY: "key\n", LEARNED: "spam\n"}
PORTS = {"SMTP_PORT": "25", "IMAPS_PORT": "192.0.2.7:993", "HTTP_BIND": "", "HTTPS_BIND": ""}
_CONF = "MAILCOW_HOSTNAME=mail.example.com\nDBPASS=secret\n" + "".join(f"{key}={port}\n" for key, port in PORTS.items())

# The compose file is a list of images; what is up is in the file running, who could reach it in the file world.
_DOCKER = r"""
install=$root/srv/mail/mailcow-dockerized
volumes=$root/srv/mail/docker-volumes/mailcowdockerized
up() {
  local image version
  while read -r image; do
    grep -qx "$image" "$root/images" || { echo "no image $image" >&2; exit 1; }
  done <"$install/docker-compose.yml"
  version=$(sed -n 's/^mailcow.postfix://p' "$install/docker-compose.yml")
  closed=$(grep -c -e '^SMTP_PORT=127.0.0.1:25$' -e '^HTTPS_BIND=127.0.0.1$' -e '^SIEVE_PORT=127.0.0.1:4190$' \
    "$install/mailcow.conf")
  if [[ $closed == 3 ]]; then
    echo "$version for this host" >>"$root/world"
  else
    echo "$version for all" >>"$root/world"
  fi
  echo "# Overrides by $version" >>"$install/data/conf/postfix/main.cf"
  case $version in
    2026-09)
      table=${volumes}_mysql-vol-1/_data/table
      grep -q "by 2026-09" "$table" || echo "made newer by 2026-09" >>"$table"
      ;;
    2026-10)
      echo ruined >"${volumes}_mysql-vol-1/_data/table"
      touch "${volumes}_mysql-vol-1/_data/form-of-2026-10"
      rm -f "${volumes}_redis-vol-1/_data/dump.rdb"
      echo another >"${volumes}_crypt-vol-1/_data/ecprivkey.pem"
      ;;
  esac
  echo "$version" >"$root/running"
  [[ ! -e $root/no_start_of_$version ]] || exit 1
}
case "$*" in
  "compose config --images") cat docker-compose.yml ;;
  "ps --all --quiet "*) [[ ! -e $root/running ]] || echo aaa ;;
  "stop aaa") [[ ! -e $root/no_stop ]] || exit 1 ;;
  "rm --force aaa") rm -f "$root/running" ;;
  compose*" pull "*)
    [[ ! -e $root/no_registry ]] || exit 1
    list=$*
    list=${list#*--file }
    cat "${list%% *}" >>"$root/images"
    ;;
  compose*" up "*) up ;;
  "image rm "*) sed -i "\\|^$3\$|d" "$root/images" ;;
  *) echo "unexpected: $*" >&2; exit 96 ;;
esac
"""
_VERIFY = r"""[[ -e $MAILSTEAD_ROOT/running ]] || { echo "error: not running: all of it" >&2; exit 1; }"""
_PROBE = r"""
root=$MAILSTEAD_ROOT
version=$(cat "$root/running")
echo "$version" >>"$root/probed"
table=$(head -n 1 "$root/srv/mail/docker-volumes/mailcowdockerized_mysql-vol-1/_data/table")
lines=$(wc -l <"$root/srv/mail/docker-volumes/mailcowdockerized_mysql-vol-1/_data/table")
[[ ! -e $root/no_mail && $table == people ]] && [[ $version != 2026-07a || $lines == 1 ]] && exit 0
echo "error: a mail sent by submission (port 587) is not in the mailbox: not within 120 s" >&2
exit 1
"""
# A run is killed, with all that it has started, at a call that the file kill_at numbers; git leaves its lock then.
_KILLED = (
    '[[ $(wc -l <"$root/../calls") != "$(cat "$root/kill_at" 2>/dev/null)" ]] || '
    "{ [[ ${0##*/} != git ]] || touch .git/index.lock; kill -KILL 0; }\n"
)


def make_versions(folder: Path) -> None:
    """Make mailcow's repository with four versions."""

    def git(*words: str, day: int = 1) -> None:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
        env = {**os.environ, "GIT_COMMITTER_DATE": f"2026-05-{day:02}T12:00:00Z"}
        subprocess.run(["git", "-C", str(folder), *identity, *words], env=env, check=True, capture_output=True)

    folder.mkdir()
    git("init", "--initial-branch", "master")
    (folder / ".gitignore").write_text("mailcow.conf\ndata/web/inc\ndata/conf/postfix/extra.cf\n", encoding="utf-8")
    for name in ("data/conf/postfix", "_modules/scripts"):
        (folder / name).mkdir(parents=True)
    options = 'adapt_new_options() { grep -q ^FRESH= mailcow.conf || echo "FRESH=of-$(cat version)" >>mailcow.conf; }\n'
    (folder / "_modules/scripts/new_options.sh").write_text(options, encoding="utf-8")
    for day, version in enumerate((OLDER, OLD, NEW, BROKEN), start=1):
        (folder / "version").write_text(version, encoding="utf-8")
        (folder / LOCAL).write_text(f"# of {version}\n", encoding="utf-8")
        (folder / "docker-compose.yml").write_text(f"mailcow/postfix:{version}\nredis:7\n", encoding="utf-8")
        git("add", ".")
        git("commit", "-m", version, day=day)
        git("tag", version)
    git("tag", "of-today", NEW)
    git("tag", "of-before", OLDER)


class Upgraded:
    """A host whose mailcow is in use at the version 2026-07a."""

    def __init__(self, machine: Machine, versions: Path) -> None:
        self.machine = machine
        self.root = machine.root
        self.repository = versions
        self._scripts = machine.root.parent / "scripts"
        shutil.copytree(SCRIPTS, self._scripts)
        for name, body in (("verify", _VERIFY), ("probe", _PROBE)):
            (self._scripts / f"{name}-mailcow.sh").write_text(f"#!/usr/bin/env bash\n{body}\n", encoding="utf-8")
        for command in ("git", "cp", "mv", "find", "rm"):
            machine.stub(command, f'{_KILLED}exec {shutil.which(command)} "$@"')
        machine.stub("docker", _KILLED + _DOCKER)
        machine.stub("mountpoint")
        machine.stub("systemctl", f'{_KILLED}exit "$(cat "$root/backup_status" 2>/dev/null || echo 0)"')
        machine.stub("curl", """printf '{"version": "%s"}\\n200' "$(cat "$root/running")\"""")
        machine.stub("sync")
        install = self.root / INSTALL.lstrip("/")
        command = ["git", "clone", "--quiet", "--branch", OLD, "--depth", "1", f"file://{versions}", str(install)]
        subprocess.run(command, check=True, capture_output=True)
        machine.write(CONF, _CONF, 0o600)
        machine.write(f"{INSTALL}/data/conf/postfix/extra.cf", "own = yes\n")
        machine.write(f"{INSTALL}/data/web/inc/app_info.inc.php", '<?php\n$MAILCOW_GIT_VERSION = "2026-07a";\n')
        machine.write(MARKER, "2026-11-01\n")
        for path, text in DATA.items():
            machine.write(path, text)
        machine.write("/images", f"mailcow/postfix:{OLD}\nredis:7\n")
        machine.write("/running", f"{OLD}\n")

    def up(self, version: str = NEW, *, script: str = "install-mailcow.sh") -> Run:
        """Have this version installed, as `mailstead up` does."""
        done = subprocess.run(
            ["bash", str(self._scripts / script), f"file://{self.repository}", version],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            start_new_session=True,
            env={
                "PATH": f"{self.root.parent / 'stubs'}:{os.environ['PATH']}",
                "HOME": str(self.root),
                "MAILSTEAD_ROOT": str(self.root),
                "MAILSTEAD_PAUSE_S": "0",
                "MAILSTEAD_LIMIT_S": "1",
                "GIT_CONFIG_GLOBAL": os.devnull,
                "GIT_CONFIG_NOSYSTEM": "1",
            },
        )
        return Run(done.returncode, done.stdout, done.stderr)

    def killed_at(self, call: int, version: str) -> Run:
        """The same, killed when it makes this call, counted from 1."""
        self.machine.forget_calls()
        self.machine.write("/kill_at", f"{call}\n")
        done = self.up(version)
        (self.root / "kill_at").unlink()
        return done

    def lines(self, path: str) -> list[str]:
        return self.machine.read(path).splitlines() if self.machine.exists(path) else []

    @property
    def version(self) -> str:
        """The version that runs, and whose files are there."""
        (running,) = self.lines("/running")
        assert self.machine.read(f"{INSTALL}/version") == running
        return running

    @property
    def data(self) -> dict[str, str]:
        return {path: self.machine.read(path) for path in DATA if self.machine.exists(path)}

    @property
    def is_open(self) -> bool:
        """Whether mailcow.conf has mailcow where it was before: reached by all."""
        found = self.lines(CONF)
        return all(f"{key}={port}" in found for key, port in PORTS.items())

    @property
    def is_tidy(self) -> bool:
        """Whether nothing of an upgrade waits to be finished."""
        return not (self.machine.exists(JOURNAL) or self.machine.exists(f"{UPGRADE}/copies"))
