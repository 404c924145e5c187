"""Later releases of the lab's mailcow, for whoever upgrades: one that works, and one that loses mail and data."""

import shutil
import tempfile
from pathlib import Path
from typing import Final

from lab.mailcow import repository
from lab.services import git_daemon, registry
from lab.world import World

NEWER: Final = "2026-09"
BROKEN: Final = "2026-10"

_COMPOSE: Final = "docker-compose.yml"
_MAIL: Final = "data/conf/postfix/main.cf"
_DATABASE: Final = "data/conf/mysql"
_OPTIONS: Final = """\
#!/usr/bin/env bash
# Adds to mailcow.conf what this release has and earlier ones do not, as mailcow's function of this name does.
adapt_new_options() {
  if ! grep -q '^LAB_RELEASE=' mailcow.conf; then
    echo 'LAB_RELEASE=2026-09' >>mailcow.conf
  fi
}
"""
# Run by MariaDB at each start, in the place of what mailcow's php-fpm does to its tables.
_NEWER_TABLES: Final = "CREATE TABLE IF NOT EXISTS mailcow.of_the_newer (id INT);\n"
_RUIN: Final = (
    "CREATE TABLE IF NOT EXISTS mailcow.of_the_broken (id INT);\n"
    "UPDATE mailcow.mailbox SET password = '{BLF-CRYPT}ruined';\n"
    "DELETE FROM mailcow.alias;\n"
)


def publish_later(world: World) -> None:
    """Add the tags ``2026-09`` and ``2026-10`` to a world's repository, and their images to its registry.

    The first has other images' names, another banner, a new option and a new table. The second takes mail and throws
    it away, and spoils passwords and aliases: every port answers, and only a mail that is sent and read shows it.
    Master stays where it is. Run again it changes nothing that matters.

    Raises:
        subprocess.CalledProcessError: git refused; its words are in ``stderr``.
    """
    bare = git_daemon.folder(world) / repository.NAME
    with tempfile.TemporaryDirectory() as workshop:
        tree = Path(workshop) / "tree"
        repository.run_git(Path(workshop), "clone", "--quiet", "--no-hardlinks", str(bare), str(tree))
        _make_newer(tree)
        _commit(tree, NEWER)
        _break(tree)
        _commit(tree, BROKEN)
        repository.run_git(tree, "push", "--quiet", "--force", "origin", NEWER, BROKEN)
    for tag in (NEWER, BROKEN):
        _name_images(world, tag)


def _make_newer(tree: Path) -> None:
    _replace(tree / _COMPOSE, f":{repository.TAG}", f":{NEWER}")
    _replace(tree / _MAIL, "ESMTP Postcow", f"ESMTP Postcow {NEWER}")
    (tree / "_modules/scripts").mkdir(parents=True)
    (tree / "_modules/scripts/new_options.sh").write_text(_OPTIONS, encoding="utf-8")
    with (tree / _DATABASE / "my.cnf").open("a", encoding="utf-8") as settings:
        settings.write("\n[mariadbd]\ninit_file = /etc/mysql/conf.d/tables.sql\n")
    (tree / _DATABASE / "tables.sql").write_text(_NEWER_TABLES, encoding="utf-8")


def _break(tree: Path) -> None:
    _replace(tree / _COMPOSE, f":{NEWER}", f":{BROKEN}")
    _replace(tree / _MAIL, "virtual_transport = lmtp:inet:dovecot:24", "virtual_transport = discard:")
    (tree / _DATABASE / "tables.sql").write_text(_NEWER_TABLES + _RUIN, encoding="utf-8")


def _replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    if old not in text:
        raise ValueError(f"{file.name} of the lab's mailcow has no {old} any more; change lab/mailcow/releases.py")
    file.write_text(text.replace(old, new), encoding="utf-8")


def _commit(tree: Path, tag: str) -> None:
    repository.run_git(tree, "add", "--all")
    repository.run_git(tree, "commit", "--quiet", "--no-verify", "--message", f"mailcow of the lab, {tag}")
    repository.run_git(tree, "tag", "--force", tag)


def _name_images(world: World, tag: str) -> None:
    """Give the images of the lab's mailcow one more tag each: the registry looks into its folder at each request."""
    for folder in (registry.repositories(world) / "mailcow").iterdir():
        tags = folder / "_manifests/tags"
        if (tags / repository.TAG).is_dir():
            shutil.copytree(tags / repository.TAG, tags / tag, dirs_exist_ok=True)
