"""TREC runs and qrels <-> rankings and grades. One line is `topic Q0 id rank score tag`, or `topic 0 id grade`."""

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from eval.lines import read_lines
from rag.errors import BadInput

Rankings = dict[str, dict[str, float]]
Grades = dict[str, dict[str, int]]
Value = TypeVar("Value")


def read_run(path: Path) -> Rankings:
    """Topic -> id -> score; BadInput with file and line: malformed, a score that is no number, an id twice."""
    rankings: Rankings = {}
    for place, fields in _lines(path, 6, "topic Q0 id rank score tag"):
        topic, _, name, _, score, _ = fields
        _add(rankings.setdefault(topic, {}), name, _number(score, place), place)
    return _not_empty(rankings, path)


def read_qrels(path: Path) -> Grades:
    """Topic -> id -> grade; BadInput with file and line. A grade below 1 is a verdict: not relevant."""
    grades: Grades = {}
    for place, fields in _lines(path, 4, "topic 0 id grade"):
        topic, _, name, grade = fields
        _add(grades.setdefault(topic, {}), name, _whole(grade, place), place)
    return _not_empty(grades, path)


def best_first(ranking: Mapping[str, float]) -> list[tuple[str, float]]:
    """By score, equal scores by id, the later id first, as trec_eval orders them."""
    return sorted(ranking.items(), key=lambda pair: (pair[1], pair[0]), reverse=True)


def run_text(rankings: Mapping[str, Sequence[tuple[str, float]]], tag: str) -> str:
    """The lines of a run; each ranking is given best first, and its scores are written in full."""
    return "".join(
        f"{topic} Q0 {name} {rank} {score!r} {tag}\n"
        for topic, ranking in rankings.items()
        for rank, (name, score) in enumerate(ranking, start=1)
    )


def qrels_text(grades: Mapping[str, Mapping[str, int]]) -> str:
    """The lines of qrels."""
    return "".join(f"{topic} 0 {name} {grade}\n" for topic, graded in grades.items() for name, grade in graded.items())


def check_topics(rankings: Rankings, grades: Grades, path: Path) -> None:
    """BadInput where the qrels judge no topic of the run at `path`; single unjudged topics are left out, as in TREC."""
    if not rankings.keys() & grades.keys():
        raise BadInput(
            f"{path}: the qrels judge none of the {len(rankings)} topics of the run, such as {next(iter(rankings))!r}.",
            key="run",
            remedy="Score a run with the qrels of its own topics.",
        )


def check_ids(rankings: Rankings, topics: Collection[str], known: Callable[[str], bool], path: Path) -> None:
    """BadInput where the run at `path` names a topic or an id that isn't known."""
    for topic, ranking in rankings.items():
        if topic not in topics:
            raise BadInput(
                f"{path}: the question set has no question {topic!r}.",
                key="run",
                remedy="Name topics by the ids of the set's questions.",
            )
        for name in ranking:
            if not known(name):
                raise BadInput(
                    f"{path}: topic {topic}: the archive has no exchange {name!r}.",
                    key="run",
                    remedy="Name exchanges by their ids, as 2021-03-18-zhao-lijian/7.",
                )


def _lines(path: Path, width: int, form: str) -> Iterator[tuple[str, list[str]]]:
    for place, line in read_lines(path):
        fields = line.split()
        if len(fields) != width:
            raise BadInput(
                f"{place}: {len(fields)} fields where a line has {width}.", key="line", remedy=f"Write: {form}"
            )
        yield place, fields


def _add(named: dict[str, Value], name: str, value: Value, place: str) -> None:
    if name in named:
        raise BadInput(f"{place}: {name!r} stands twice under one topic.", key="id", remedy="Leave one of the two out.")
    named[name] = value


def _number(text: str, place: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    # `nan` and `inf` are numbers to Python, and sort nowhere.
    if not math.isfinite(number):
        raise BadInput(
            f"{place}: the score {text[:40]!r} is not a finite number.", key="score", remedy="Write it as 12.5."
        )
    return number


def _whole(text: str, place: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise BadInput(
            f"{place}: the grade {text[:40]!r} is not a whole number.", key="grade", remedy="Write 0, 1 or 2."
        ) from None


def _not_empty(named: dict[str, Value], path: Path) -> dict[str, Value]:
    if not named:
        raise BadInput(f"{path} is empty.", key="file", remedy="Give a file with at least one line.")
    return named
