"""No pattern of podium takes time that grows faster than its input: each is fed repeats of its own alphabet.

`GROWING` are known to break that over runs of white space or of one word: `docs/security.md` says what bounds them.
"""

import importlib
import pkgutil
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

import pytest

import rag

GROWING = """
rag.calendar.periods._BUT.0
rag.calendar.periods._JOINT.0
rag.calendar.periods._ONWARDS.0
rag.calendar.periods._OPENER.0
rag.calendar.words._OF_YEAR.0
rag.language.names._REPORTER.0
rag.language.names._JOINT.0
rag.question.query._AHEAD.0
rag.reading.askers._SELF.0
rag.reading.askers._SELF.1
rag.reading.askers._PERSON_OF.0
rag.reading.assembly._CLOSING.0
rag.reading.habits._INNER.0
rag.reading.heading._SPEAKER.0
rag.reading.labels._FOLLOW_UP.0
rag.reading.labels._JOURNALIST.0
rag.reading.labels._PLAIN.2
rag.reading.layout._FURNITURE.0
rag.reading.layout._CRUMBS.0
rag.reading.layout._OCCASION.0
rag.reading.markup._HIDDEN.0
rag.reading.markup._SPACE.0
rag.reading.reading._WORD.0
""".split()
LENGTH = 4000
TIMES = 3.0
# Below this, a clock tells nothing.
SECONDS = 0.02
ALWAYS = ("a", "A", "1", " ", "\n", ".", "a ", "A ", "1 ", "\t")


@dataclass(frozen=True)
class Used:
    """A pattern, and whether it is looked for anywhere in a text or only at one place in it."""

    pattern: re.Pattern[str]
    anywhere: bool


@cache
def patterns() -> dict[str, Used]:
    """Every compiled pattern that a module of podium makes, alone or in a list, a tuple or a dict."""
    found = {}
    for info in pkgutil.walk_packages(rag.__path__, "rag."):
        module = importlib.import_module(info.name)
        source = Path(module.__file__ or "").read_text("utf-8")
        for name, value in vars(module).items():
            if re.search(rf"^{name}\b.*=", source, re.MULTILINE):
                anchored = isinstance(value, re.Pattern) and not re.search(rf"\b{name}\.(?!match|fullmatch)", source)
                for place, pattern in enumerate(held(value)):
                    if isinstance(pattern.pattern, str):
                        found[f"{info.name}.{name}.{place}"] = Used(pattern, anywhere=not anchored)
    return found


def held(value: object) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from held(each)
    elif isinstance(value, dict):
        yield from held(list(value.values()))


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


def texts(pattern: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """What begins a text, and what is repeated after it."""
    own = list(dict.fromkeys(literals(_parser.parse(pattern.pattern, pattern.flags))))[:12]
    for unit in dict.fromkeys([*own, *(part[0] for part in own), "".join(own) or "a", *ALWAYS]):
        yield "", unit
        if own:
            yield own[0] + " a", unit


def seconds(used: Used, start: str, unit: str, length: int) -> float:
    text = (start + unit * (length // len(unit) + 1))[:length] + "\x00"
    best = float("inf")
    for _ in range(2):
        began = time.perf_counter()
        if used.anywhere:
            for _found in used.pattern.finditer(text):
                pass
        else:
            used.pattern.match(text)
            used.pattern.fullmatch(text)
        best = min(best, time.perf_counter() - began)
        if best < SECONDS:
            break
    return best


def grows_too_fast(used: Used, start: str, unit: str) -> bool:
    for _ in range(3):
        twice = seconds(used, start, unit, 2 * LENGTH)
        if twice < SECONDS or twice < TIMES * seconds(used, start, unit, LENGTH):
            return False
    return True


@pytest.mark.heavy
@pytest.mark.parametrize("name", [name for name in patterns() if name not in GROWING])
def test_twice_the_text_takes_no_more_than_three_times_as_long(name: str) -> None:
    used = patterns()[name]
    assert [(start, unit) for start, unit in texts(used.pattern) if grows_too_fast(used, start, unit)] == []
