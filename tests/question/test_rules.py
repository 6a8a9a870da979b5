"""Every word of the rules is needed: without it, the line beside it is understood otherwise."""

import datetime
from collections.abc import Iterator

import pytest

from rag.pipeline import Podium
from rag.question import rules
from rag.question.asked import Asked
from rag.question.query import understand

BEFORE = ("What did Zhao Lijian tell Reuters about Huawei?",)


def reading(line: str, *podiums: Podium) -> list[tuple[object, ...]]:
    """What is understood from a line in each archive, alone and behind another question."""
    return [_reading(line, podium) for podium in podiums]


def _reading(line: str, podium: Podium) -> tuple[object, ...]:
    today = datetime.date(2021, 8, 1)
    alone, behind = (understand(Asked(line, history=turns, today=today), podium.archive) for turns in ((), BEFORE))
    return alone.filters, alone.over_time, behind.filters, behind.standalone


@pytest.fixture
def fresh_patterns() -> Iterator[None]:
    """Patterns are made anew after the test, from whole lists."""
    yield
    rules.frame.cache_clear()


@pytest.mark.parametrize(
    ("name", "entry"), [(name, entry) for name, entries in rules.lists().items() for entry in entries]
)
def test_each_rule_is_needed(
    name: str, entry: str, podium: Podium, several: Podium, fresh_patterns: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = rules.lists()[name][entry]
    before = reading(line, podium, several)
    monkeypatch.delitem(rules.lists()[name], entry)
    rules.frame.cache_clear()
    assert reading(line, podium, several) != before, line
