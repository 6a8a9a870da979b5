"""Lessons -> the weights of an encoder that sets what answers near a question, stage by stage.

Run as `python -m eval.training.encoder`; docs/training.md tells the recipe.
"""

import argparse
import json
import random
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from embeddings.encoder import UNTUNED_MODEL, ModelUnavailable, digest_of
from eval.training.lessons import Course, course_of
from eval.training.student import (
    DECAY,
    DROPOUT,
    FROZEN_LAYERS,
    LONGEST_STEP,
    TEMPERATURE,
    Step,
    Student,
    read_checkpoint,
    write_checkpoint,
)
from rag.archive.archive import Archive, open_archive
from rag.errors import BadInput, PodiumError
from rag.settings import Settings

WARM_UP = 0.1
# So many of the nearest are looked at for so many wrong passages, of which a step has so many for each question.
SEARCHED, NEAREST, HARD = 80, 24, 2
LEARNED = ("readers", "institutions", "archive", "fresh", "further", "paraphrased")
SETS = Path(__file__).parents[1] / "questions"


@dataclass(frozen=True, slots=True)
class Stage:
    """Epochs with one set of hard negatives, and what a step holds: questions, and reporters' own."""

    epochs: int
    rate: float
    questions: int
    reporters: int


# For each question, the rows of passages that don't answer it.
Wrong = list[list[int]]

STAGES = (Stage(2, 4e-5, 12, 4), Stage(1, 2.5e-5, 12, 3))
PLAN = [(stage, within) for stage in STAGES for within in range(stage.epochs)]
RECIPE = {
    "frozen": f"embeddings and the first {FROZEN_LAYERS} layers",
    "optimiser": f"AdamW, decay {DECAY}, warm-up {WARM_UP}, linear to 0, gradients to {LONGEST_STEP}",
    "loss": f"InfoNCE at {TEMPERATURE} over passages, and over sentences",
    "wrong passages": f"{HARD} of the {NEAREST} nearest, found anew for each stage",
    "dropout": DROPOUT,
}


def wrong_rows(student: Student, course: Course) -> Wrong:
    """For each question, the nearest passages that don't answer."""
    archive, rows = course.archive, np.arange(len(course.rows))
    # An archive that was made with the weights as they are has the vectors.
    made = student.unchanged and archive.manifest["encoder"]["fingerprint"] == student.begun
    vectors = (
        archive.passage_vectors.vectors(rows) if made else student.read([course.page(int(row)).text for row in rows])
    )
    near = []
    for lesson, asked in zip(course.questions, student.read([each.asked for each in course.questions]), strict=True):
        # (passages,), the nearest first; those that answer are passed over.
        order = np.argsort(-(vectors @ asked), kind="stable")[:SEARCHED]
        near.append([int(row) for row in order if archive.passage_exchange[row] not in lesson.exchanges][:NEAREST])
    return near


def steps_of(course: Course, stage: Stage, wrong: Wrong, chance: random.Random) -> Iterator[Step]:
    """An epoch of steps, all but the reporters' own questions first in each."""
    asked, reporters = list(zip(course.questions, wrong, strict=True)), list(course.reporters)
    chance.shuffle(asked)
    chance.shuffle(reporters)
    for at in range(len(asked) // stage.questions):
        written = asked[at * stage.questions :][: stage.questions]
        # A passage that two questions draw is read once.
        rows: dict[int, None] = {}
        for lesson, far in written:
            rows |= dict.fromkeys([chance.choice(lesson.rows), *chance.sample(far, min(HARD, len(far)))])
        own = [course.reporters_own(place, chance) for place in _turn(reporters, at, stage.reporters)]
        heard = [each for each in own if each is not None]
        yield Step(
            [lesson for lesson, _ in written] + [lesson for lesson, _ in heard],
            [course.page(row) for row in rows] + [page for _, page in heard],
            len(written),
        )


def _turn(of: Sequence[Any], at: int, count: int) -> list[Any]:
    """The next so many, from the start again after the last."""
    return [of[(at * count + more) % len(of)] for more in range(count)] if of else []


class Training(ABC):
    """Epochs of a plan; each is kept beside `out`, and a training that was cut short goes on there."""

    def __init__(
        self,
        student: Student,
        plan: Sequence[tuple[Stage, int]],
        made_of: dict[str, Any],
        out: Path,
        begin: Path | None,
        epochs: int | None,
    ) -> None:
        if begin is not None:
            if begin.resolve() == out.resolve():
                raise BadInput(f"{out} would be written over.", key="begin", remedy="Give another --out.")
            student.begin(begin)
            last = plan[-1][0]
            last = replace(last, epochs=epochs or last.epochs)
            plan = [(last, within) for within in range(last.epochs)]
        self.student, self.plan, self.out = student, plan, out
        self.epochs = epochs or len(plan)
        stages = [asdict(stage) for stage in dict.fromkeys(stage for stage, _ in plan)]
        self.made_of = made_of | {"begin": student.begun, "stages": stages}
        self.kept = out.with_suffix(".checkpoint")
        self.losses: list[list[float]] = []
        self.prepared: Any = None

    def prepare(self) -> Any:
        """What a stage's epochs have in common: plain values, kept with the checkpoint; nothing, unless it is told."""
        return None

    @abstractmethod
    def steps(self, stage: Stage, chance: random.Random) -> list[Any]:
        """An epoch of steps."""

    def run(self, recipe: dict[str, Any], say: Callable[[str], None]) -> None:
        """Train until the epochs asked for are done, and write the weights and the report."""
        if self.kept.is_file():
            self._resume(say)
        for epoch in range(len(self.losses), min(self.epochs, len(self.plan))):
            stage, within = self.plan[epoch]
            if within == 0:
                say(f"preparing a stage of {stage.epochs}")
                self.prepared = self.prepare()
                self.student.start()
            self.losses.append(list(self._epoch(stage, within, epoch, say)))
            state = {"losses": self.losses, "prepared": self.prepared, "student": self.student.state()}
            write_checkpoint(self.kept, state | self.made_of)
        self.student.save(self.out)
        self._report(recipe)
        if len(self.losses) == len(self.plan):
            self.kept.unlink(missing_ok=True)

    def _epoch(self, stage: Stage, within: int, epoch: int, say: Callable[[str], None]) -> Iterator[float]:
        """The loss of each step. Chance begins anew with each epoch, so that one taken up again is the same."""
        # Another one for each epoch of each training.
        seed = self.made_of["seed"] * len(self.plan) + epoch
        self.student.seed(seed)
        steps = self.steps(stage, random.Random(seed))
        for at, step in enumerate(steps):
            done, total = within * len(steps) + at, stage.epochs * len(steps)
            # Up to the full rate over the first tenth of a stage, then down to 0.
            rate = stage.rate * min(1, (done + 1) / (WARM_UP * total)) * (1 - done / total)
            loss = self.student.learn(step, rate)
            say(f"epoch {epoch + 1}, step {at + 1} of {len(steps)}: loss {loss:.3f}")
            yield loss

    def _resume(self, say: Callable[[str], None]) -> None:
        kept = read_checkpoint(self.kept)
        if any(kept.get(key) != value for key, value in self.made_of.items()):
            raise BadInput(
                f"{self.kept} was kept by a training with other questions, archive, seed, stages or beginning.",
                key="out",
                remedy="Delete it to begin anew, or give another --out.",
            )
        self.losses, self.prepared = kept["losses"], kept["prepared"]
        self.student.load(kept["student"])
        say(f"going on after epoch {len(self.losses)}")

    def _report(self, recipe: dict[str, Any]) -> None:
        report = {
            "sha256": digest_of(self.out),
            "bytes": self.out.stat().st_size,
            "model": UNTUNED_MODEL,
            "recipe": recipe,
            "mean_loss_by_epoch": [round(sum(each) / len(each), 3) for each in self.losses],
            **self.made_of,
        }
        self.out.with_suffix(".json").write_text(json.dumps(report, indent=1) + "\n", "utf-8")


class EncoderTraining(Training):
    """The stages of the encoder over a course."""

    def __init__(self, course: Course, out: Path, seed: int, begin: Path | None, epochs: int | None) -> None:
        made_of = {"seed": seed, "counts": course.counts, "generation": course.archive.name}
        super().__init__(Student(), PLAN, made_of, out, begin, epochs)
        self.course = course

    def prepare(self) -> Wrong:
        """The passages that are wrong by the weights as they are now."""
        return wrong_rows(self.student, self.course)

    def steps(self, stage: Stage, chance: random.Random) -> list[Any]:
        """An epoch of steps."""
        return list(steps_of(self.course, stage, self.prepared, chance))


def options(of: str, told: str, sets: Sequence[str], out: str, plan: Sequence[object]) -> argparse.ArgumentParser:
    """What every training is told: question sets, an archive, where to write, and how much of the plan."""
    parser = argparse.ArgumentParser(prog=f"python -m eval.training.{of}", description=told)
    parser.add_argument("questions", nargs="*", type=Path, default=[SETS / f"{name}.jsonl" for name in sets])
    parser.add_argument("--archive", type=Path, help="where the conferences are (PODIUM_ARCHIVE)")
    parser.add_argument("--out", type=Path, default=Path("out") / out)
    parser.add_argument(
        "--epochs", type=int, choices=range(1, len(plan) + 1), help="all of the plan; so many, behind --begin"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--begin", type=Path, help="weights to go on from, by the last stage alone")
    parser.add_argument("--limit", type=int, help="take only the first so many questions")
    return parser


def carry_out(train: Callable[[Callable[[object], None]], None]) -> int:
    """Train, saying how it goes; 2 for bad input."""
    try:
        train(Console(highlight=False).print)
    except (PodiumError, ModelUnavailable, OSError) as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(str(error), markup=False)
        return 2
    return 0


def check_count(count: int, least: int, archive: Archive) -> None:
    """BadInput where the questions to learn from are too few for a step."""
    if count < least:
        raise BadInput(
            f"{archive.folder} answers {count} of the questions to learn from: too few for a step.",
            key="questions",
            remedy="Ingest the conferences that the questions are about, or give questions on those it has.",
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 2 for bad input."""
    parser = options("encoder", "Tune the encoder on an archive.", LEARNED, "tuned.safetensors", PLAN)
    given = parser.parse_args(arguments)

    def train(say: Callable[[object], None]) -> None:
        archive = open_archive(given.archive or Settings().archive)
        course = course_of(archive, given.questions, given.limit)
        say(course.counts)
        check_count(len(course.questions), STAGES[0].questions, archive)
        EncoderTraining(course, given.out, given.seed, given.begin, given.epochs).run(RECIPE, say)

    return carry_out(train)


if __name__ == "__main__":
    sys.exit(main())
