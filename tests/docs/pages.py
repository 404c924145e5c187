"""The repository's pages: all Markdown that somebody may read, and the files it may speak of."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Left out by name and not looked into: an environment and a lab hold hundreds of thousands of files.
_NOT_OURS = {
    ".git",
    ".venv",
    ".lab",
    ".chaos",
    ".site",
    ".hypothesis",
    ".import_linter_cache",
    ".pytest_cache",
    ".ruff_cache",
}


def _files() -> Iterator[Path]:
    for top in ROOT.iterdir():
        if top.name not in _NOT_OURS:
            yield from (path for path in (top, *top.rglob("*")) if path.is_file() and path.suffix != ".pyc")


FILES = sorted(_files())
PAGES = [path for path in FILES if path.suffix == ".md"]


def name(path: Path) -> str:
    """Name a page as a reader of the repository does."""
    return str(path.relative_to(ROOT))


def prose(path: Path) -> str:
    """Give a page without its code blocks."""
    return re.sub(r"^ *```.*?^ *```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


def spans(path: Path) -> list[str]:
    """Give what stands in backticks in a page."""
    return re.findall(r"`([^`\n]+)`", prose(path))


def commands(path: Path) -> list[str]:
    """Give what a page would have typed: its code blocks' lines, without comments, and what stands in backticks."""
    blocks = re.findall(
        r"^ *```(?:sh|console)\n(.*?)^ *```", path.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    lines = [line.partition(" #")[0].strip().removeprefix("$ ") for block in blocks for line in block.splitlines()]
    return [*lines, *spans(path)]
