"""Functions stay within 50 lines and files within 450; the way out is a better noun."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("core", "tenants", "plugins", "themes", "bench")
FILES = sorted(
    path
    for folder in FOLDERS
    for path in (ROOT / folder).rglob("*.py")
    if "migrations" not in path.parts and "node_modules" not in path.parts
)
LONGEST_FUNCTION, LONGEST_FILE = 50, 450


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_file_and_its_functions_are_small(path):
    text = path.read_text()
    tree = ast.parse(text)
    assert len(text.splitlines()) <= LONGEST_FILE
    long = [
        (node.name, node.end_lineno - node.lineno + 1)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
        and "tests" not in path.parts
    ]
    assert long == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_module_opens_with_one_sentence_of_purpose(path):
    text = path.read_text()
    if not text.strip():
        assert path.name == "__init__.py"
        return
    purpose = ast.get_docstring(ast.parse(text)) or ""
    assert purpose.split("\n")[0].rstrip().endswith((".", "。", ":"))


def test_no_module_is_called_after_nothing():
    refused = {"utils", "helpers", "common", "misc", "manager", "base"}
    assert [path for path in FILES if path.stem in refused] == []
