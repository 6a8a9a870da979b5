"""Question sets x Archive -> lessons: what a question is, which sentences answer it, what else it is read against."""

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from embeddings.encoder import Stretches
from eval.gold import Gold, exchanges_of, resolve_held, rows_of, sentences_of
from eval.questions import Question, read_questions
from rag.archive.archive import Archive
from rag.archive.passages import embedded_text

# How many earlier questions of a conversation, and how much of the end of a reporter's, are read.
TURNS, ASKED_LETTERS = 3, 300


@dataclass(frozen=True, slots=True)
class Lesson:
    """A question, the sentences (passage row, number in it) that answer and that help, the exchanges of both."""

    asked: str
    right: frozenset[tuple[int, int]]
    near: frozenset[tuple[int, int]] = frozenset()
    exchanges: frozenset[int] = frozenset()

    @property
    def rows(self) -> list[int]:
        """The passages that answer."""
        return sorted({row for row, _ in self.right})


@dataclass(frozen=True, slots=True)
class Page:
    """What is read of a passage: its text, with or without its context, and the bounds of its sentences there."""

    row: int
    exchange: int
    text: str
    sentences: Stretches


@dataclass(frozen=True, slots=True)
class Course:
    """All that is learned from; `reporters` are the places of exchanges whose own question is one."""

    archive: Archive
    questions: list[Lesson]
    reporters: list[int]

    @property
    def counts(self) -> dict[str, int]:
        """How many of each kind."""
        return {
            "passages": len(self.rows),
            "questions": len(self.questions),
            "reporters": len(self.reporters),
        }

    @property
    def rows(self) -> range:
        """Those of all passages."""
        return range(len(self.archive.passage_exchange))

    def page(self, row: int, *, context: bool = True) -> Page:
        """A passage as the archive has it embedded, or its own words alone."""
        passage, exchange = self.archive.passage(row), int(self.archive.passage_exchange[row])
        text = self.archive.text(passage.span.transcript_id)
        read = embedded_text(text, passage) if context else passage.span.cut(text)
        # The passage stands last, its context before it: its sentences move along.
        shift = len(read) - passage.span.end
        return Page(row, exchange, read, [(each.start + shift, each.end + shift) for each in passage.sentences])

    def reporters_own(self, place: int, chance: random.Random) -> tuple[Lesson, Page] | None:
        """The end of a reporter's question, with a passage of the answer by itself; None where nothing was said."""
        rows, exchange = rows_of(self.archive, place), self.archive.exchanges[place]
        if not rows or exchange.question is None:
            return None
        page = self.page(chance.choice(rows), context=False)
        asked = exchange.question.cut(self.archive.text(exchange.transcript_id))[-ASKED_LETTERS:]
        right = frozenset((page.row, number) for number in range(len(page.sentences)))
        return Lesson(asked, right, exchanges=frozenset({place})), page


def part_of(conference: str) -> str:
    """The part of a conference: six tenths are to learn from, two to tune on, two to check on."""
    at = int(hashlib.sha256(f"podium {conference}".encode()).hexdigest(), 16) % 10
    return "learn" if at < 6 else "tune" if at < 8 else "check"


def course_of(archive: Archive, sets: Sequence[Path], limit: int | None) -> Course:
    """The lessons of these sets that the archive holds, the first so many, and what reporters asked elsewhere.

    No reporter's question is taken from a conference that any of the sets tunes or checks on.
    """
    asked = [read_questions([file]) for file in sets]
    lessons = [lesson for each in asked for lesson in _lessons(archive, learned(each))][:limit]
    apart = [question for each in asked for question in each if question.split in ("tune", "check")]
    closed = {
        archive.exchanges[at].transcript_id
        for gold in resolve_held(apart, archive).values()
        for at in exchanges_of(archive, gold)
    }
    reporters = [
        place
        for place, exchange in enumerate(archive.exchanges)
        if exchange.kind == "question" and exchange.question is not None
        if part_of(exchange.transcript_id) == "learn" and exchange.transcript_id not in closed
    ]
    return Course(archive, lessons, reporters)


def learned(questions: Sequence[Question]) -> list[Question]:
    """Those that a set has to learn from; of a set without any, those to tune on whose conferences all are to learn."""
    told = [question for question in questions if question.split == "learn"]
    return told or [
        question
        for question in questions
        if question.split != "check"
        and all(part_of(each.transcript) == "learn" for each in question.relevant if each.grade > 0)
    ]


def _lessons(archive: Archive, questions: Sequence[Question]) -> Iterator[Lesson]:
    golds = resolve_held(questions, archive)
    for question in questions:
        lesson = lesson_of(question, archive, golds.get(question.id))
        if lesson.right:
            yield lesson


def lesson_of(question: Question, archive: Archive, gold: Gold | None) -> Lesson:
    """What a question asks behind its last turns, and what the archive holds of its answer: nothing without gold."""
    asked = " ".join([*question.history[-TURNS:], question.question])
    if gold is None:
        return Lesson(asked, frozenset())
    right, near = (sentences_of(archive, gold, grade) for grade in (2, 1))
    return Lesson(asked, right, near, frozenset(exchanges_of(archive, gold)))
