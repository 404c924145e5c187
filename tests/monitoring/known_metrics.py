"""The list of figures (``monitoring/metrics.yml``), and those that an expression asks for."""

import re
from functools import cache
from pathlib import Path
from typing import Any, cast

import yaml

PROJECT = Path(__file__).parents[2]


@cache
def listed() -> dict[str, Any]:
    """Give the list as it stands."""
    return cast("dict[str, Any]", yaml.safe_load((PROJECT / "monitoring" / "metrics.yml").read_text(encoding="utf-8")))


def ours() -> dict[str, tuple[str, list[str]]]:
    """Give the figures that programs of ours write: the file that does, and their labels."""
    return {
        name: (file, list(figure["labels"]))
        for file, writer in listed()["ours"].items()
        for name, figure in writer["figures"].items()
    }


def known() -> set[str]:
    """Give every figure that may be asked for."""
    return {*ours(), *(name for names in listed()["others"].values() for name in names)}


def asked_for(expression: str) -> set[str]:
    """Give the figures that an expression asks for."""
    bare = re.sub(r'"[^"]*"|\{[^}]*\}|\[[^\]]*\]', "", expression)
    words = set(re.findall(r"\b[a-zA-Z]\w*_\w+\b(?!\s*\()|\bup\b", bare))
    return words - {"group_left", "group_right"}
