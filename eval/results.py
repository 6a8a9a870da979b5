"""Results + Gold -> Evaluation: every question's measures, their means with intervals, and the files they go to."""

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from eval.gold import Gold
from eval.measures import (
    Counts,
    Decision,
    abstention,
    auroc,
    count_filters,
    hits,
    latency,
    nauc,
    operating_curve,
    word_overlap,
)
from eval.questions import Question, conference_of
from eval.ranking import rank_scores
from eval.runs import Result
from eval.statistics import Figure, mean_with_interval
from eval.trec import best_first, qrels_text, run_text
from rag.answering.quotes import Quote
from rag.archive.archive import Archive
from rag.errors import ArchiveUnwritable, BadInput

OVERALL = "overall"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


@dataclass(frozen=True, slots=True)
class Topic:
    """What a ranking is for: its words, its kind, and the conference it goes by, its own where there is none."""

    id: str
    text: str
    kind: str
    conference: str = ""


def topics_of(questions: Sequence[Question]) -> list[Topic]:
    """The answerable questions of a set, as topics."""
    return [Topic(each.id, each.question, each.kind, conference_of(each)) for each in questions if each.answerable]


class Shown(_Part):
    """A quote, as returned or as wanted."""

    exchange_id: str
    text: str
    grade: int | None = None
    by: str = ""


class Judged(_Part):
    """One question and what became of it. A measure that doesn't apply to it is absent from `measures`."""

    id: str
    question: str
    history: list[str] = []
    kind: str
    conference: str
    institution: str = ""
    answerable: bool
    answered: bool = False
    confidence: float = 0.0
    error: str | None = None
    understood: str = ""
    measures: dict[str, float]
    filters: dict[str, Counts] = {}
    ranking: list[tuple[str, str, float]] = []
    quotes: list[Shown] = []
    wanted: list[Shown] = []
    timings_ms: dict[str, float] = {}


class Refusals(_Part):
    """How well refusing tells the unanswerable from the answerable."""

    auroc: float | None
    nauc: float | None
    precision: float | None
    recall: float | None
    f1: float | None
    curve: list[tuple[float, float, float]]


class Evaluation(_Part):
    """All that was measured, as results.json holds it; `about` says what was run on what."""

    name: str
    about: dict[str, str]
    asked: list[Judged]
    figures: dict[str, dict[str, Figure]]
    understanding: dict[str, dict[str, float | None]]
    refusals: Refusals | None
    latency_ms: dict[str, dict[str, float]]


def evaluate(
    name: str,
    about: Mapping[str, str],
    questions: Sequence[Question],
    gold: Mapping[str, Gold],
    results: Sequence[Result],
    archive: Archive,
) -> Evaluation:
    """Measure the results of a run over an archive. A question without a result scores zero in every mean."""
    by_id = {result.question_id: result for result in results}
    found = [by_id.get(question.id, Result(question.id)) for question in questions]
    exchanges = rank_scores(
        {each: gold[each].exchanges for each in gold},
        {result.question_id: {ranked.exchange_id: ranked.score for ranked in result.ranking} for result in found},
    )
    passages = rank_scores(
        {each: gold[each].passages for each in gold},
        {result.question_id: {ranked.passage_id: ranked.score for ranked in result.ranking} for result in found},
    )
    asked = []
    for question, result in zip(questions, found, strict=True):
        measures = dict(exchanges.get(question.id, {}))
        measures |= {f"passages {measure}": value for measure, value in passages.get(question.id, {}).items()}
        measures["answered" if question.answerable else "refused"] = float(result.answered == question.answerable)
        measures |= _quote_measures(result, gold[question.id], archive)
        # A question goes by the institution of its first answer.
        held = [archive.head(quote.span.transcript_id).institution for quote in gold[question.id].quotes]
        asked.append(_asked(question, result, gold[question.id], measures, (held or [None])[0]))
    return summarise(name, about, asked)


def evaluate_rankings(
    name: str,
    about: Mapping[str, str],
    topics: Sequence[Topic],
    grades: Mapping[str, Mapping[str, int]],
    rankings: Mapping[str, Mapping[str, float]],
) -> Evaluation:
    """Measure rankings alone, whoever made them; only topics with something relevant can be measured."""
    scores = rank_scores(grades, rankings)
    asked = [
        Judged(
            id=topic.id,
            question=topic.text,
            kind=topic.kind,
            conference=topic.conference or topic.id,
            answerable=True,
            answered=bool(rankings.get(topic.id)),
            measures=scores[topic.id],
            ranking=[(each, "", score) for each, score in best_first(rankings.get(topic.id, {}))],
        )
        for topic in topics
        if topic.id in scores
    ]
    if not asked:
        raise BadInput(
            f"none of {len(topics)} questions has anything relevant to find.",
            key="qrels",
            remedy="Give qrels with a grade of at least 1.",
        )
    return summarise(name, about, asked)


def summarise(name: str, about: Mapping[str, str], asked: Sequence[Judged]) -> Evaluation:
    """The means, curves and percentiles of questions already measured."""
    # Each once, in the order of the set.
    kinds = list(dict.fromkeys(each.kind for each in asked))
    groups = {OVERALL: list(asked)} | {kind: [each for each in asked if each.kind == kind] for kind in kinds}
    decisions = [
        Decision(each.answered, each.confidence, each.answerable, each.measures.get("nDCG@10", 0.0)) for each in asked
    ]
    timings = [each.timings_ms for each in asked if each.timings_ms]
    return Evaluation(
        name=name,
        about=dict(about),
        asked=list(asked),
        figures={group: _figures(members) for group, members in groups.items()},
        understanding=_understanding(asked),
        # Rankings alone, as another system's run has them, neither understand nor refuse.
        refusals=_refusals(decisions) if any(each.filters for each in asked) else None,
        latency_ms=latency(timings),
    )


def write_evaluation(folder: Path, evaluation: Evaluation, gold: Mapping[str, Mapping[str, int]], report: str) -> None:
    """Write report.html, results.json, run.trec and qrels.trec, all or none; what the folder held of them goes."""
    rankings = {each.id: [(name, score) for name, _, score in each.ranking] for each in evaluation.asked}
    files = {
        "report.html": report,
        "results.json": json.dumps(evaluation.model_dump(mode="json"), ensure_ascii=False, indent=1),
        "run.trec": run_text(rankings, evaluation.name.replace(" ", "-")),
        "qrels.trec": qrels_text(gold),
    }
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Beside the folder, so that moving is renaming: a full disk leaves what was there.
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".new-") as new:
            for file, text in files.items():
                (Path(new) / file).write_text(text, "utf-8")
            folder.mkdir(exist_ok=True)
            for file in files:
                shutil.move(Path(new) / file, folder / file)
    except OSError as error:
        raise ArchiveUnwritable(
            f"{folder} can't be written: {error.strerror or error}.",
            key="out",
            remedy="Name another folder with --out.",
        ) from error


def read_evaluation(folder: Path) -> Evaluation:
    """What write_evaluation wrote; BadInput."""
    path = folder / "results.json" if folder.is_dir() else folder
    try:
        return Evaluation.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        reason = error.strerror if isinstance(error, OSError) else error.errors(include_url=False)[0]["msg"]
        raise BadInput(
            f"{path} can't be read as an evaluation: {reason}.",
            key="folder",
            remedy="Give a folder that `podium eval` wrote.",
        ) from error


def _quote_measures(result: Result, gold: Gold, archive: Archive) -> dict[str, float]:
    measures: dict[str, float] = {}
    best = max((quote.grade for quote in gold.quotes), default=0)
    if best > 0:
        # By line of the set: its words may stand in several exchanges, and any of them will do.
        wanted = {id(quote.relevant): quote for quote in gold.quotes if quote.grade == best}
        struck = {
            id(quote.relevant)
            for quote in gold.quotes
            if quote.grade == best and any(hits(said.span, quote.span) for said in result.quotes)
        }
        measures["gold quotes hit"] = len(struck) / len(wanted)
        overlap = _best_overlap(result.quotes, gold)
        if overlap is not None:
            # Only where some quote is from a right exchange: else there is nothing to overlap with.
            names = ("word precision", "word recall", "word F1")
            measures |= dict(zip(names, overlap, strict=True))
    if result.quotes:
        checks = [_citation(quote, gold, archive) for quote in result.quotes]
        measures |= {name: sum(check[name] for check in checks) / len(checks) for name in checks[0]}
    return measures


def _best_overlap(quotes: Sequence[Quote], gold: Gold) -> tuple[float, float, float] | None:
    """Of the first quote from a right exchange, the overlap with the gold quote of that exchange it is nearest to."""
    for said in quotes:
        wanted = [quote.text for quote in gold.quotes if quote.exchange_id == said.exchange_id and quote.grade > 0]
        if wanted:
            return max((word_overlap(said.text, text) for text in wanted), key=lambda overlap: overlap[2])
    return None


def _citation(quote: Quote, gold: Gold, archive: Archive) -> dict[str, bool]:
    """Whether a quote stands where it says, and is said by, on and to whom it says.

    Who, when and to whom are looked up by the quote's place, and in the set where it tells them.
    """
    # By its place, not by its id: that is what is checked.
    exchanges, span = archive.transcript(quote.span.transcript_id).exchanges, quote.span
    exchange = next(each for each in exchanges if any(part.start <= span.start < part.end for part in each.answer))
    # A quote may go on into the next paragraph, which is to be the same speaker's.
    said = exchange.speaker_at(span.start)
    alone = said == exchange.speaker_at(span.end - 1)
    told = [each.relevant for each in gold.quotes if each.exchange_id == exchange.id]
    return {
        "verbatim": quote.span.cut(archive.text(quote.span.transcript_id)) == quote.text,
        "right speaker": alone
        and quote.credit.spokesperson == (said.name if said else None)
        and all(each.spokesperson in (None, quote.credit.spokesperson) for each in told),
        "right date": quote.credit.date == exchange.date
        and all(each.date in (None, quote.credit.date) for each in told),
        "right outlet": quote.credit.outlet == exchange.outlet
        and all(each.outlet in (None, quote.credit.outlet) for each in told),
    }


def _asked(
    question: Question, result: Result, gold: Gold, measures: dict[str, float], institution: str | None
) -> Judged:
    return Judged(
        id=question.id,
        question=question.question,
        history=question.history,
        kind=question.kind,
        conference=conference_of(question),
        institution=institution or "",
        answerable=question.answerable,
        answered=result.answered,
        confidence=result.confidence,
        error=result.error,
        understood=result.in_words,
        measures=measures,
        filters=count_filters(result.filters, question.filters.as_filters()),
        ranking=[(each.exchange_id, each.passage_id, each.score) for each in result.ranking],
        quotes=[
            Shown(exchange_id=each.exchange_id, text=each.text, by=str(each.credit))
            for each in (result.quotes or result.nearest)
        ],
        wanted=[Shown(exchange_id=each.exchange_id, text=each.text, grade=each.grade) for each in gold.quotes],
        timings_ms=result.timings_ms or {},
    )


def _figures(asked: Sequence[Judged]) -> dict[str, Figure]:
    measures = dict.fromkeys(measure for each in asked for measure in each.measures)
    figures = {}
    for measure in measures:
        having = [each for each in asked if measure in each.measures]
        values = [each.measures[measure] for each in having]
        figures[measure] = mean_with_interval(values, [each.conference for each in having])
    return figures


def _understanding(asked: Sequence[Judged]) -> dict[str, dict[str, float | None]]:
    fields = list(dict.fromkeys(field for each in asked for field in each.filters))
    counts = {field: sum((each.filters[field] for each in asked if each.filters), Counts()) for field in fields}
    if counts:
        counts["all"] = sum(counts.values(), Counts())
    return {
        field: {"precision": each.precision, "recall": each.recall, "f1": each.f1} for field, each in counts.items()
    }


def _refusals(decisions: Sequence[Decision]) -> Refusals:
    shipped = abstention(decisions)
    return Refusals(
        auroc=auroc(decisions),
        nauc=nauc(decisions),
        precision=shipped.precision,
        recall=shipped.recall,
        f1=shipped.f1,
        curve=operating_curve(decisions),
    )
