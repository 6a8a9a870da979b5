"""The examples beside patterns are true: the pattern below finds each, and none that it is said not to find."""

import ast
import importlib
import re
from collections.abc import Iterator

import pytest
from conftest import ROOT

from rag.question.rules import frame

ROOMS = ("language", "calendar", "reading", "question")
EXAMPLE = re.compile(r'(\bnot )?"([^"]+)"')


def examples() -> Iterator[tuple[str, str, str, bool]]:
    """The module, the name of its pattern, a text, and whether the pattern finds it there."""
    for room in ROOMS:
        for file in sorted((ROOT / "rag" / room).glob("*.py")):
            source = file.read_text("utf-8")
            lines = source.splitlines()
            for node in ast.parse(source).body:
                target = node.targets[0] if isinstance(node, ast.Assign) else None
                above = lines[node.lineno - 2] if isinstance(target, ast.Name) else ""
                if above.startswith('# "') and isinstance(target, ast.Name):
                    for denied, text in EXAMPLE.findall(above):
                        yield f"rag.{room}.{file.stem}", target.id, text, not denied


def finds(value: object, text: str) -> bool:
    """Whether a pattern, any of several, or what is a pattern once its lists are filled in, finds the text."""
    if isinstance(value, tuple):
        return any(finds(each, text) for each in value)
    if isinstance(value, str):
        value = frame(value) if re.search(r"(?<!P)<[a-z_]+>", value) else re.compile(value, re.IGNORECASE)
    return value.search(text.encode() if isinstance(value.pattern, bytes) else text) is not None


@pytest.mark.parametrize(("module", "name", "text", "found"), list(examples()))
def test_a_pattern_finds_the_example_beside_it(module: str, name: str, text: str, found: bool) -> None:
    assert finds(getattr(importlib.import_module(module), name), text) is found
