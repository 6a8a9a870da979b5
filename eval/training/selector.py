"""Question sets x Podium -> a selector that tells what answers among podium's own candidates.

Run as `python -m eval.training.selector`; docs/training.md tells the recipe.
"""

import random
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eval.gold import resolve_held
from eval.questions import read_questions
from eval.training.cross import CrossStudent, Exercise
from eval.training.encoder import LEARNED, Stage, Training, carry_out, check_count, options
from eval.training.lessons import Course, Lesson, learned, lesson_of
from eval.training.student import FROZEN_LAYERS
from rag.answering.relevance import EXCHANGES, likeliest
from rag.pipeline import Podium
from rag.question.asked import Asked
from rag.settings import read_settings

STAGES = (Stage(1, 5e-5, 4, 0), Stage(2, 4e-5, 4, 0))
PLAN = [(stage, within) for stage in STAGES for within in range(stage.epochs)]
# Passages a question is read with, of those that podium would read.
PAGES = 6
# How often a question is read with passages that have nothing to do with it, as one about something else is.
ASTRAY = 0.1
RECIPE = {
    "frozen": f"embeddings and the first {FROZEN_LAYERS} layers",
    "astray": ASTRAY,
    "pages": f"{PAGES} a question, of those that podium would read; one that answers, where any does",
}


@dataclass(frozen=True, slots=True)
class Drill:
    """A question to learn from, and the rows of the passages that podium would read to answer it."""

    lesson: Lesson
    rows: list[int]


def drills_of(podium: Podium, sets: Sequence[Path], limit: int | None) -> list[Drill]:
    """Each question to learn from that the archive holds, or is known not to answer."""
    return [drill for file in sets for drill in _drills(podium, file)][:limit]


def _drills(podium: Podium, file: Path) -> Iterator[Drill]:
    questions = learned(read_questions([file]))
    golds = resolve_held(questions, podium.archive)
    for question in questions:
        lesson = lesson_of(question, podium.archive, golds.get(question.id))
        found = podium.retrieve(Asked(question.question, history=tuple(question.history)), depth=EXCHANGES)
        if not found.query.reply and found.candidates and (lesson.right or not question.answerable):
            yield Drill(lesson, likeliest(found))


def exercise_of(drill: Drill, course: Course, chance: random.Random) -> Exercise:
    """One reading of a question with some passages, drawn anew each time."""
    right = drill.lesson.rows
    if chance.random() < ASTRAY:
        # Pages at random, none of them right: "none of these" is learned too.
        known = {*right, *drill.rows}
        rows = [row for row in chance.sample(course.rows, 2 * PAGES) if row not in known][:PAGES]
        return Exercise(replace(drill.lesson, right=frozenset()), [course.page(row) for row in rows])
    rows = chance.sample(drill.rows, min(PAGES, len(drill.rows)))
    if right and not {*right} & {*rows}:
        rows[0] = chance.choice(right)
    return Exercise(drill.lesson, [course.page(row) for row in rows])


class SelectorTraining(Training):
    """The epochs of a selector over drills."""

    def __init__(
        self,
        course: Course,
        drills: Sequence[Drill],
        out: Path,
        seed: int,
        begin: Path | None,
        epochs: int | None,
    ) -> None:
        made_of = {"seed": seed, "counts": {"questions": len(drills)}, "generation": course.archive.name}
        super().__init__(CrossStudent(), PLAN, made_of, out, begin, epochs)
        self.course, self.drills = course, drills

    def steps(self, stage: Stage, chance: random.Random) -> list[Any]:
        """An epoch of steps, each of some exercises."""
        shuffled = chance.sample(self.drills, len(self.drills))
        groups = [shuffled[at : at + stage.questions] for at in range(0, len(shuffled), stage.questions)]
        return [
            [exercise_of(each, self.course, chance) for each in group]
            for group in groups
            if len(group) == stage.questions
        ]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 2 for bad input."""
    parser = options(
        "selector", "Train the selector on an archive.", (*LEARNED, "elsewhere"), "selector.safetensors", PLAN
    )
    given = parser.parse_args(arguments)

    def train(say: Callable[[object], None]) -> None:
        podium = Podium(read_settings(archive=given.archive, selector="off"))
        drills = drills_of(podium, given.questions, given.limit)
        say({"questions": len(drills), "unanswerable": sum(not each.lesson.rows for each in drills)})
        check_count(len(drills), STAGES[0].questions, podium.archive)
        course = Course(podium.archive, [], [])
        SelectorTraining(course, drills, given.out, given.seed, given.begin, given.epochs).run(RECIPE, say)

    return carry_out(train)


if __name__ == "__main__":
    sys.exit(main())
