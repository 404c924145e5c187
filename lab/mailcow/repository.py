"""Makes the git repository from which a lab's hosts install mailcow."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

SOURCE = Path(__file__).parent / "repository"
NAME = "mailcow-dockerized.git"
TAG = "2026-07a"

# Everything that enters a commit's id and is not in the files.
_GIT_ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Mailstead lab",
    "GIT_AUTHOR_EMAIL": "lab@mailstead.invalid",
    "GIT_AUTHOR_DATE": "2026-07-30T12:00:00+0000",
    "GIT_COMMITTER_NAME": "Mailstead lab",
    "GIT_COMMITTER_EMAIL": "lab@mailstead.invalid",
    "GIT_COMMITTER_DATE": "2026-07-30T12:00:00+0000",
}


def publish(folder: Path) -> None:
    """Makes the bare repository `mailcow-dockerized.git` in a folder: branch master with one commit, tagged 2026-07a.

    The same files give the same commit. Run again it changes nothing if the repository is up to date, and otherwise
    puts the new one in the place of the old.

    Raises:
        subprocess.CalledProcessError: git refused; its words are in `stderr`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".publish-") as workshop:
        built = _build(Path(workshop))
        target = folder / NAME
        if target.is_dir() and _tip(target) == _tip(built):
            return
        if target.exists():
            target.rename(Path(workshop) / "old")
        built.rename(target)


def _build(workshop: Path) -> Path:
    """A bare repository made of the source files, inside the workshop."""
    tree = workshop / "tree"
    shutil.copytree(SOURCE, tree)
    # Modes come from names, not from how somebody's checkout or umask happened to set them.
    for path in tree.rglob("*"):
        path.chmod(0o755 if path.is_dir() or path.suffix == ".sh" else 0o644)
    # Kept here under a name without a dot: in this place git would read it as our own.
    (tree / "gitignore").rename(tree / ".gitignore")
    # mailcow has this link in git; here a link that leads nowhere would be in everybody's way.
    (tree / ".env").symlink_to("mailcow.conf")
    run_git(tree, "init", "--quiet", "--initial-branch=master")
    run_git(tree, "add", "--all")
    run_git(tree, "commit", "--quiet", "--no-verify", "--message", f"mailcow of the lab, {TAG}")
    run_git(tree, "tag", TAG)
    bare = workshop / NAME
    run_git(workshop, "clone", "--quiet", "--bare", "--no-hardlinks", str(tree), str(bare))
    run_git(bare, "remote", "remove", "origin")
    # What git's daemon asks for before it serves a repository
    (bare / "git-daemon-export-ok").touch()
    return bare


def _tip(repository: Path) -> str:
    """The commit of the branch, or an empty text where there is none."""
    return run_git(repository, "rev-parse", "--verify", "--quiet", "master", check=False)


def run_git(folder: Path, *arguments: str, check: bool = True) -> str:
    """Runs git deaf to the user's configuration, and to the repository whose hook may have started us."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    ended = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env=environment | _GIT_ENVIRONMENT,
        capture_output=True,
        text=True,
        check=check,
    )
    return ended.stdout.strip()
