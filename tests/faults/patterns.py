"""No pattern of podium takes time that grows faster than its input: each is fed repeats of its own alphabet.

Times are of this process's own work, so that a busy machine doesn't matter; still no test of every day depends on them.
"""

import ast
import importlib
import pkgutil
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from re import _constants, _parser  # type: ignore[attr-defined]
from types import ModuleType
from typing import Any

import pytest

import embeddings
import podium
import rag

LENGTH = 4000
TIMES = 3.0
# Below this, twice as much tells nothing; above `ENDLESS`, there is no need to ask.
SECONDS = 0.02
ENDLESS = 2.0
ALWAYS = ("a", "A", "1", " ", "\n", ".", "a ", "A ", "1 ", "\t", ", ", "a, ", "A. ", " -", "a(", "a\n")
ENDS = ("\x00", "\n\n")
MAKERS = {"compile", "search", "match", "fullmatch", "sub", "split", "findall", "finditer", "frame"}
AT_ONE_PLACE = {"match", "fullmatch"}


@dataclass(frozen=True)
class Used:
    """A pattern, and whether it is looked for anywhere in a text or only at one place in it."""

    pattern: re.Pattern[str]
    anywhere: bool


@cache
def patterns() -> dict[str, Used]:
    """Every pattern that a module of podium holds, alone or in a list, a tuple or a dict, or makes in a function."""
    found: dict[str, Used] = {}
    for package in (rag, podium, embeddings):
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            module = importlib.import_module(info.name)
            source = Path(module.__file__ or "").read_text("utf-8")
            found |= held_in(module, source) | made_in(module, source)
    return found


def held_in(module: ModuleType, source: str) -> dict[str, Used]:
    found = {}
    for name, value in vars(module).items():
        if re.search(rf"^{name}\b.*=", source, re.MULTILINE):
            anchored = isinstance(value, re.Pattern) and not re.search(rf"\b{name}\.(?!match|fullmatch)", source)
            for place, pattern in enumerate(held(value)):
                if isinstance(pattern.pattern, str):
                    found[f"{module.__name__}.{name}.{place}"] = Used(pattern, anywhere=not anchored)
    return found


def held(value: object) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from held(each)
    elif isinstance(value, dict):
        yield from held(list(value.values()))


def made_in(module: ModuleType, source: str) -> dict[str, Used]:
    """Those of the calls inside functions; what only a running function knows in them is the word `known`."""
    found = {}
    tree = ast.parse(source)
    then = {id(node.value): node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and (name := maker(node)) and node.args:
                words = text_of(node.args[0], module)
                flags = [each for each in ast.walk(node) if ast.unparse(each) in ("re.IGNORECASE", "re.DOTALL")]
                if words is not None:
                    given = sum(
                        {getattr(re, each.attr) for each in flags if isinstance(each, ast.Attribute)}, re.NOFLAG
                    )
                    pattern = module.frame(words) if name == "frame" else re.compile(words, given)
                    anchored = name in AT_ONE_PLACE or then.get(id(node)) in AT_ONE_PLACE
                    found[f"{module.__name__}:{node.lineno}"] = Used(pattern, anywhere=not anchored)
    return found


def maker(call: ast.Call) -> str | None:
    called = call.func
    if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id == "re":
        return called.attr if called.attr in MAKERS else None
    return "frame" if isinstance(called, ast.Name) and called.id == "frame" else None


def text_of(argument: ast.expr, module: ModuleType) -> str | None:
    """The text that an expression makes where its module's names are known; None for a name that isn't the module's."""
    if isinstance(argument, ast.JoinedStr):
        parts = [text_of(getattr(part, "value", part), module) for part in argument.values if ast.unparse(part)]
        return "".join("known" if part is None else part for part in parts)
    if isinstance(argument, ast.Constant):
        return str(argument.value)
    value = getattr(module, argument.id, None) if isinstance(argument, ast.Name) else None
    return value if isinstance(value, str) else None


def literals(parsed: Any) -> Iterator[str]:
    """The stretches of letters that stand in a pattern, and single ones of its classes."""
    run = ""
    for kind, given in parsed:
        if kind is _constants.LITERAL:
            run += chr(given)
            continue
        if run:
            yield run
        run = ""
        if kind is _constants.IN:
            yield from (chr(value) for what, value in given if what is _constants.LITERAL)
            yield from (chr(value[0]) for what, value in given if what is _constants.RANGE)
        for inner in inside(given):
            yield from literals(inner)
    if run:
        yield run


def inside(given: Any) -> Iterator[Any]:
    if isinstance(given, _parser.SubPattern):
        yield given
    elif isinstance(given, list | tuple):
        for each in given:
            yield from inside(each)


@dataclass(frozen=True)
class Text:
    """What begins a text, what is repeated after that, and what it ends with."""

    start: str
    unit: str
    end: str

    def of(self, length: int) -> str:
        return (self.start + self.unit * (length // len(self.unit) + 1))[:length] + self.end


def texts(pattern: re.Pattern[str]) -> Iterator[Text]:
    """Texts of the pattern's own letters that it may try for long."""
    own = list(dict.fromkeys(literals(_parser.parse(pattern.pattern, pattern.flags))))[:12]
    units = [
        *own,
        *(part + gap for part in own[:6] for gap in " \n"),
        *(part[0] for part in own),
        "".join(own) or "a",
        *ALWAYS,
    ]
    starts = dict.fromkeys(["", *(own[0] + after for after in ("", " a") if own)])
    yield from (Text(*each) for each in product(starts, dict.fromkeys(units), ENDS))


def seconds(used: Used, text: str) -> float:
    best = float("inf")
    for _ in range(3):
        began = time.process_time()
        if used.anywhere:
            for _found in used.pattern.finditer(text):
                pass
        else:
            used.pattern.match(text)
            used.pattern.fullmatch(text)
        best = min(best, time.process_time() - began)
        if best < SECONDS or best > ENDLESS:
            break
    return best


def grows_too_fast(used: Used, text: Text) -> bool:
    if seconds(used, text.of(LENGTH)) > ENDLESS:
        return True
    for _ in range(3):
        twice = seconds(used, text.of(2 * LENGTH))
        if twice < SECONDS or twice < TIMES * seconds(used, text.of(LENGTH)):
            return False
    return True


@pytest.mark.parametrize("name", patterns())
def test_twice_the_text_takes_no_more_than_three_times_as_long(name: str) -> None:
    used = patterns()[name]
    assert [text for text in texts(used.pattern) if grows_too_fast(used, text)] == []


def test_a_pattern_that_tries_again_is_caught() -> None:
    spaces = Text("", " ", "\x00")
    # A busy machine may slow the half as much as the whole once.
    assert any(grows_too_fast(Used(re.compile(r"\s+$"), anywhere=True), spaces) for _ in range(5))
    assert not grows_too_fast(Used(re.compile(r"(?<!\s)\s++$"), anywhere=True), spaces)
