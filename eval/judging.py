"""Quotes as shown x what readers said of them -> how many answer, how many are noise, how honest the confidences are.

A judgement is of words alone: a reader saw the question and what podium showed, not where it came from. Kept a question
a line, also where nothing was shown: {"question": id, "quotes": [{"exchange", "start", "end", "grade"}, ...]}.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from eval.lines import parse, read_lines
from eval.questions import Question, conference_of
from eval.results import OVERALL
from eval.statistics import Figure, mean_with_interval
from eval.tables import Table, interval_text, value_text
from rag.answering.quotes import Quote

REMEDY = 'Give a question a line: {"question": id, "quotes": [{"exchange", "start", "end", "grade"}]}.'
GRADES = {2: "answers", 1: "is on the matter", 0: "is about something else"}
# Two stretches that share so much of what they span together are one, for a reader.
SAME = 0.8
CONFIDENCES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
MEASURES = ("first answers", "some answers", "of those shown, answer", "noise", "quotes", "words a quote", "judged")
WITH_INTERVAL = 4


class Judgement(BaseModel):
    """A stretch [start, end) of an exchange's transcript, and its grade."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    exchange: str
    start: int = Field(ge=0)
    end: int = Field(gt=0)
    grade: int = Field(ge=0, le=2)


class Judgements(BaseModel):
    """All that was judged for one question."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: str
    quotes: list[Judgement]


@dataclass(frozen=True, slots=True)
class Graded:
    """A question, the quotes that it was answered with, and their grades, None for one that nobody has judged."""

    question: Question
    quotes: tuple[Quote, ...]
    grades: tuple[int | None, ...]


def read_judged(file: Path) -> dict[str, Judgements]:
    """By question; BadInput names the line."""
    judged = (parse(Judgements, line, place, REMEDY) for place, line in read_lines(file))
    return {each.question: each for each in judged}


def write_judged(file: Path, judged: Mapping[str, Judgements]) -> None:
    """Replace the file with these, by question."""
    fresh = file.with_name(f"{file.name}.new")
    fresh.write_text("".join(f"{judged[each].model_dump_json()}\n" for each in sorted(judged)), "utf-8")
    fresh.replace(file)


def grade_of(quote: Quote, judged: Judgements) -> int | None:
    """What was said of this quote, or of one that shares SAME of the words of both; None if nothing was."""
    for verdict in judged.quotes:
        # What both span, and what either spans.
        shared = min(quote.span.end, verdict.end) - max(quote.span.start, verdict.start)
        both = max(quote.span.end, verdict.end) - min(quote.span.start, verdict.start)
        if verdict.exchange == quote.exchange_id and shared >= SAME * both:
            return verdict.grade
    return None


def judge(shown: Iterable[Graded], ask: Callable[[Question, Quote], int | None]) -> Iterable[tuple[str, Judgement]]:
    """(question id, verdict) for each quote without one; `ask` returns a grade, None to stop."""
    for each in shown:
        for quote, grade in zip(each.quotes, each.grades, strict=True):
            if grade is None:
                given = ask(each.question, quote)
                if given is None:
                    return
                span = quote.span
                yield (
                    each.question.id,
                    Judgement(exchange=quote.exchange_id, start=span.start, end=span.end, grade=given),
                )


def judged_table(shown: Sequence[Graded]) -> Table:
    """A row a kind of answerable question: whether the first quote answers, whether any does, what share of all do.

    A question counts for the first two where what is judged settles it; `judged` is the share of quotes that are.
    """
    answerable = [each for each in shown if each.question.answerable]
    kinds = dict.fromkeys(each.question.kind for each in answerable)
    groups = {OVERALL: answerable} | {
        kind: [each for each in answerable if each.question.kind == kind] for kind in kinds
    }
    rows = []
    for group, members in groups.items():
        figures = [_figure(members, name) for name in MEASURES]
        spread = [f"{value_text(figure)} {interval_text(figure)}" for figure in figures[:WITH_INTERVAL]]
        rows.append((group, str(len(members)), *spread, *map(value_text, figures[WITH_INTERVAL:])))
    return Table("Quotes as readers judged them", ("kind", "n", *MEASURES), tuple(rows))


def confidence_table(shown: Sequence[Graded]) -> Table:
    """A row a range of confidence: its mean, and the share of those quotes that answer."""
    pairs = [
        (quote.confidence, float(grade == 2))
        for each in shown
        for quote, grade in zip(each.quotes, each.grades, strict=True)
        if grade is not None
    ]
    rows = []
    for low, high in pairwise(CONFIDENCES):
        # Half-open, but the last range has its end too.
        inside = [pair for pair in pairs if low <= pair[0] < high or pair[0] == high == 1]
        if inside:
            mean, right = np.mean(inside, axis=0)
            rows.append((f"{low:.1f} to {high:.1f}", str(len(inside)), f"{mean:.3f}", f"{right:.3f}"))
    return Table("Confidence", ("", "n", "mean confidence", "answer"), tuple(rows))


def _figure(shown: Sequence[Graded], measure: str) -> Figure | None:
    """The mean of a measure, over questions or over quotes, conferences drawn whole for its interval."""
    pairs = [(value, conference_of(each.question)) for each in shown for value in _values(each, measure)]
    return mean_with_interval([value for value, _ in pairs], [name for _, name in pairs]) if pairs else None


def _values(shown: Graded, measure: str) -> list[float]:
    """What one question adds to a measure."""
    grades, known = shown.grades, [grade for grade in shown.grades if grade is not None]
    first_known = not grades or grades[0] is not None
    # Settled: one is known to answer, or all are known not to.
    some_known = 2 in grades or None not in grades
    return {
        "first answers": [float(grades[:1] == (2,))] if first_known else [],
        "some answers": [float(2 in grades)] if some_known else [],
        "of those shown, answer": [float(grade == 2) for grade in known],
        "noise": [float(grade == 0) for grade in known],
        "quotes": [float(len(grades))],
        "words a quote": [float(len(quote.text.split())) for quote in shown.quotes],
        "judged": [float(grade is not None) for grade in grades],
    }[measure]
