"""What the site needs beside MkDocs: its navigation from ``docs/README.md``, and no link that leads out of it.

Named in ``mkdocs.yml``. The table of contents is written once, in README.md, which readers of the repository have too.
"""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

DOCS = Path(__file__).parent
DECISIONS = "explanation/decisions.md"
_HEADING = re.compile(r"^## (.+)$")
_GROUP = re.compile(r"^### (.+)$")
_ENTRY = re.compile(r"^- \[(.+?)\]\((.+?\.md)\)$")
_LINK = re.compile(r"(?<!!)\[([^\]\n]+)\]\(([^)\s]+)\)")
_LINE_MARK = re.compile(r" ?<!-- only with \w+ -->")
_CODE = re.compile(r"^ *```.*?^ *```|`[^`\n]+`", re.DOTALL | re.MULTILINE)

Nav = list[dict[str, Any]]


def on_config(config: Any) -> Any:
    """Write the navigation; called by MkDocs."""
    config["nav"] = navigation((DOCS / "README.md").read_text(encoding="utf-8"))
    return config


def on_page_markdown(markdown: str, page: Any, **_: object) -> str:
    """Take out of a page what a site cannot have; called by MkDocs."""
    return for_the_site(markdown, page=page.file.src_uri)


def navigation(contents: str) -> Nav:
    """Read sections, groups and pages from a table of contents; below the page of decisions come the decisions."""
    nav: Nav = [{"Documents": "README.md"}]
    pages: Nav = []
    section: Nav = []
    group = ""
    for line in contents.splitlines():
        if heading := _HEADING.match(line):
            section, group = [], ""
            pages = section
            nav.append({heading[1]: section})
        elif found := _GROUP.match(line):
            group, pages = found[1], []
        elif entry := _ENTRY.match(line):
            if group:
                section.append({group: pages})
                group = ""
            pages.append({_plain(entry[1]): entry[2]})
            if entry[2] == DECISIONS:
                pages[-1] = {_plain(entry[1]): [DECISIONS, *_decisions()]}
    return nav


def _decisions() -> Nav:
    return [{_title(file): f"adr/{file.name}"} for file in sorted((DOCS / "adr").glob("*.md"))]


def _title(file: Path) -> str:
    return _plain(file.read_text(encoding="utf-8").splitlines()[0].removeprefix("# "))


def _plain(text: str) -> str:
    return text.replace("`", "")


def for_the_site(markdown: str, *, page: str) -> str:
    """Turn links that lead out of ``docs/`` into their words, and take the marks of templates out of tables.

    Args:
        markdown: The page.
        page: Its path below ``docs/``.
    """
    code = list(_CODE.finditer(markdown))

    def kept(link: re.Match[str]) -> str:
        if any(one.start() <= link.start() and link.end() <= one.end() for one in code):
            return link[0]
        return link[0] if _leads_somewhere(link[2], page) else link[1]

    return _LINE_MARK.sub("", _LINK.sub(kept, markdown)) if page != "reference/guides.md" else _LINK.sub(kept, markdown)


def _leads_somewhere(target: str, page: str) -> bool:
    if "://" in target or target.startswith(("#", "mailto:")):
        return True
    path = "/".join(_parts(PurePosixPath(page).parent / target.partition("#")[0]))
    # A folder has no page of its own. A page that is not there is left for MkDocs to complain of.
    return not path.startswith("..") and not (DOCS / path).is_dir()


def _parts(path: PurePosixPath) -> Iterator[str]:
    """Resolve ``..`` without asking a disk; what leads out of the folder begins with it."""
    kept: list[str] = []
    for part in path.parts:
        if part == ".." and kept and kept[-1] != "..":
            kept.pop()
        else:
            kept.append(part)
    yield from kept
