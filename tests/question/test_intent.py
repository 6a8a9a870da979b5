"""What is no question gets one sentence; what is one is never taken for anything else."""

import json
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rag.pipeline import Podium
from rag.question import intent
from rag.question.intent import is_about_podium, is_foreign, reply_to, small_talk

ROOT = Path(__file__).parent.parent.parent
RULES = intent._rules()

MADE = tomllib.loads(Path(__file__).with_name("no_questions.toml").read_text("utf-8"))


def kind_of(text: str, podium: Podium) -> str:
    """Which reply of `intent.toml` a line gets."""
    reply = reply_to(text, podium.archive)
    return next(
        (kind for kind, said in RULES["replies"].items() if said in reply), "small_talk" if reply else "question"
    )


@pytest.mark.parametrize("kind", MADE)
def test_what_is_no_question_gets_the_sentence_of_its_kind(kind: str, podium: Podium) -> None:
    assert {line: kind_of(line, podium) for line in MADE[kind]} == dict.fromkeys(MADE[kind], kind)


def test_nothing_is_shown_for_what_is_no_question(podium: Podium) -> None:
    answer = podium.ask("Hello, what can you do?")
    assert not answer.answered and not answer.quotes and not answer.nearest
    assert answer.text.startswith("podium quotes") and "5 transcripts, 20" in answer.text
    assert answer.confidence == 0 and answer.text.count(". ") == 0


@pytest.mark.parametrize(
    "text",
    [
        "Hi, what did China say about Huawei?",
        "Thanks. And Japan?",
        "Taiwan",
        "huawei 5g",
        "Do you support the sanctions?",
        "What does 一带一路 mean?",
        "Le Monde and Le Figaro on Taiwan",
        "Did China open its archives?",
        "nuclear test",
        "Senkakus",
        "Is the World Health Organization great?",
        "What do you say to those who love Taiwan?",
    ],
)
def test_a_question_is_searched_for(text: str, podium: Podium) -> None:
    assert reply_to(text, podium.archive) == ""


def test_no_question_of_any_set_is_taken_for_small_talk(podium: Podium) -> None:
    asked = list(questions())
    assert len(asked) > 600
    assert [text for text in asked if small_talk(text) or is_about_podium(text) or is_foreign(text)] == []
    assert [text for text in questions("seeds.jsonl") if reply_to(text, podium.archive)] == []


def questions(name: str = "*.jsonl") -> Iterator[str]:
    """Every question and earlier turn of the sets that come with podium."""
    for path in [*(ROOT / "eval" / "questions").glob(name), *Path(__file__).parent.glob(name)]:
        for line in path.read_text("utf-8").splitlines():
            asked = json.loads(line)
            yield from [*asked.get("history", []), asked["question"]]


def test_a_conversation_goes_on_behind_thanks(podium: Podium) -> None:
    history = ["What did Zhao Lijian say about the trial?", "Thanks!"]
    answer = podium.ask("And why?", history=history)
    assert answer.query.standalone == f"{history[0]} And why?" and answer.query.reply == ""


def test_understanding_switched_off_searches_for_anything(podium: Podium) -> None:
    assert podium.ask("What can you do?", understand=False).query.reply == ""


def entries() -> Iterator[tuple[str, Callable[[str], Any], str, dict[str, Any]]]:
    """Each entry of the rules, what reads it, the line that needs it, and the table that it stands in."""
    tables = [(small_talk, kind["phrases"]) for kind in RULES["kinds"]]
    tables += [(small_talk, RULES["fillers"]), (is_about_podium, RULES["addressed"]), (is_about_podium, RULES["about"])]
    yield from ((entry, reads, line, table) for reads, table in tables for entry, line in table.items())
    tongues = RULES["languages"]
    yield from ((name, is_foreign, tongue["example"], tongues) for name, tongue in tongues.items())


@pytest.mark.parametrize(("entry", "reads", "line", "table"), list(entries()))
def test_each_rule_is_needed(
    entry: str, reads: Callable[[str], Any], line: str, table: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = reads(line)
    monkeypatch.delitem(table, entry)
    forget()
    after = reads(line)
    forget()
    assert before and after != before


def forget() -> None:
    """What the rules were made into goes, so that they are read again."""
    intent._phrases.cache_clear()
    intent._about.cache_clear()
