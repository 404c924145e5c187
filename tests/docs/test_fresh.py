"""Documents that are made from the code say what the code does."""

import subprocess
import sys
from pathlib import Path

import pytest

from docs.generate import BEGIN, END, between_markers, documents
from tests.docs.pages import ROOT, name

DOCUMENTS = documents()


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_a_document_is_what_make_docs_would_write(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == DOCUMENTS[path], "run: make docs"


def test_what_stands_outside_of_the_markers_stays_as_it_is() -> None:
    text = f"before\n{BEGIN}\nold\n{END}\nafter\n"

    assert between_markers(text, "new\n") == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"


def test_making_documents_needs_no_engine() -> None:
    code = "import sys, docs.generate; sys.exit('pulumi' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
