"""Question sets: lines of JSON -> Questions, the conferences they stand in, and the halves to tune and check on."""

import datetime
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from eval.lines import parse, read_lines, read_text
from rag.errors import BadInput
from rag.language.names import outlet_name
from rag.question.filters import Filters

Split = Literal["learn", "tune", "check", "all"]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Id = Annotated[str, StringConstraints(pattern=r"^\S+$", max_length=200)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
UNANSWERABLE = "unanswerable"
REMEDY = "docs/evaluation.md shows what a line holds."


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class RightFilters(_Line):
    """The filters that a reader would understand from the question."""

    date_from: datetime.date | None = None
    date_to: datetime.date | None = None
    spokespeople: list[Name] = []
    outlets: list[Name] = []
    institutions: list[Name] = []
    reporters: list[Name] = []

    def as_filters(self) -> Filters:
        """The same as the pipeline takes it, each outlet under its one name."""
        outlets = tuple(outlet_name(outlet) for outlet in self.outlets)
        said, asked = tuple(self.spokespeople), tuple(self.reporters)
        return Filters(self.date_from, self.date_to, said, outlets, tuple(self.institutions), asked)


class Relevant(_Line):
    """Words that answer (grade 2) or help (grade 1), verbatim, in the transcript of that file name.

    Grade 0 is a verdict too: judged, and no help. Who said it, when and to whom are optional, and are what
    citations are checked against where they are given.
    """

    transcript: Name
    quote: Words
    grade: Annotated[int, Field(ge=0, le=2)]
    spokesperson: Name | None = None
    date: datetime.date | None = None
    outlet: Name | None = None


class Question(_Line):
    """One question of a set; without relevant words of grade 1 or 2 the archive does not answer it."""

    id: Id
    question: Words
    kind: Name
    filters: RightFilters = RightFilters()
    relevant: list[Relevant] = []
    answer: str = ""
    history: list[Words] = []
    split: Literal["learn", "tune", "check"] | None = None

    @model_validator(mode="after")
    def _kind_agrees(self) -> "Question":
        if self.kind == UNANSWERABLE and self.answerable:
            raise ValueError(f"the kind is {UNANSWERABLE!r}, yet something relevant is listed")
        return self

    @property
    def answerable(self) -> bool:
        """Whether anything is listed that answers or helps."""
        return any(each.grade > 0 for each in self.relevant)


def read_questions(paths: Sequence[Path]) -> list[Question]:
    """The questions of one or several files as one set, in order; BadInput with file and line."""
    questions: list[Question] = []
    first_at: dict[str, str] = {}
    for place, line in chain.from_iterable(map(read_lines, paths)):
        question = parse(Question, line, place, REMEDY)
        if question.id in first_at:
            raise BadInput(
                f"{place}: the id {question.id!r} is already taken at {first_at[question.id]}.",
                key="id",
                remedy="Give every question an id of its own.",
            )
        first_at[question.id] = place
        questions.append(question)
    if not questions:
        raise BadInput(
            f"{', '.join(map(str, paths))}: no questions.",
            key="questions",
            remedy="Write one JSON object a line; docs/evaluation.md shows one.",
        )
    return questions


def replace_question(path: Path, question: Question) -> None:
    """Put a question in the place of the one with its id; every other line stays as it is."""
    lines = read_text(path).split("\n")
    new = json.dumps(question.model_dump(mode="json", exclude_unset=True), ensure_ascii=False)
    kept = [new if line.strip() and json.loads(line)["id"] == question.id else line for line in lines]
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text("\n".join(kept), "utf-8")
    fresh.replace(path)


def conference_of(question: Question) -> str:
    """The conference that a question goes by in intervals: that of its first answer, or of its first help.

    Conferences joined by shared questions, as in `clusters`, would be too few and too unequal to draw from.
    """
    # The first of the best: max keeps the one that it met first.
    best = max(question.relevant, key=lambda each: each.grade, default=None)
    return _conferences(question)[0] if best is None or best.grade == 0 else best.transcript


def clusters(questions: Sequence[Question]) -> dict[str, str]:
    """Question id -> its cluster: questions whose answers share a conference, directly or through others, share one.

    Named by the first conference of the cluster; an unanswerable question is a cluster of its own.
    """
    leader: dict[str, str] = {}

    def lead(name: str) -> str:
        # A forest: each name points to one that comes before it, the first of a cluster to itself.
        while leader.setdefault(name, name) != name:
            name = leader[name]
        return name

    for question in questions:
        first, *others = _conferences(question)
        for other in others:
            low, high = sorted((lead(first), lead(other)))
            leader[high] = low
    return {question.id: lead(_conferences(question)[0]) for question in questions}


def halves(questions: Sequence[Question]) -> dict[str, Split]:
    """Question id -> "tune" or "check": as the set says, else clusters whole, the halves near equal in size and kinds.

    Deterministic for the questions that the set does not split, whatever their order: unanswerable ones alternate in
    the order of their ids' sha256; clusters go, largest first, to the half that is shorter of their kinds.
    """
    groups: defaultdict[str, list[Question]] = defaultdict(list)
    given: dict[str, Split] = {question.id: question.split for question in questions if question.split is not None}
    questions = [question for question in questions if question.id not in given]
    by_cluster = clusters(questions)
    for question in questions:
        if question.answerable:
            groups[by_cluster[question.id]].append(question)
    filled: dict[Split, Counter[str]] = {"tune": Counter(), "check": Counter()}
    halved: dict[str, Split] = {}
    # The largest first, while there is most room to even it out.
    for name in sorted(groups, key=lambda name: (-len(groups[name]), _hash(name))):
        kinds = Counter(question.kind for question in groups[name])
        half = min(filled, key=lambda half: (_lopsided(filled, half, kinds), half))
        filled[half] += kinds
        halved |= {question.id: half for question in groups[name]}
    silent = sorted((question.id for question in questions if not question.answerable), key=_hash)
    return given | halved | {each: "tune" if at % 2 == 0 else "check" for at, each in enumerate(silent)}


def select(questions: Sequence[Question], split: Split) -> list[Question]:
    """The questions of one half, or all; BadInput where the half is empty."""
    if split == "all":
        return list(questions)
    halved = halves(questions)
    kept = [question for question in questions if halved[question.id] == split]
    if not kept:
        raise BadInput(
            f"the {split} half of {len(questions)} questions is empty.",
            key="split",
            remedy="Give more questions, or take --split all.",
        )
    return kept


def _lopsided(filled: dict[Split, Counter[str]], half: Split, kinds: Counter[str]) -> int:
    """How uneven the halves would be with these kinds in `half`: squared differences of size and of each kind."""
    sizes = {each: counts + kinds if each == half else counts for each, counts in filled.items()}
    every = set(sizes["tune"]) | set(sizes["check"])
    # Squared, so that one kind all on one side is worse than several a little off.
    uneven = sum((sizes["tune"][kind] - sizes["check"][kind]) ** 2 for kind in every)
    return uneven + (sizes["tune"].total() - sizes["check"].total()) ** 2


def _conferences(question: Question) -> list[str]:
    return [each.transcript for each in question.relevant if each.grade > 0] or [f"question {question.id}"]


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
