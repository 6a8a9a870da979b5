"""Rankings of several runs -> what nobody has judged yet -> verdicts, added to the question set."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.gold import Gold
from eval.questions import UNANSWERABLE, Question, Relevant
from rag.archive.archive import Archive
from rag.errors import BadInput
from rag.transcript import Span

VERDICTS = {"2": "answers", "1": "helps", "0": "neither", "s": "skip", "q": "stop here"}
FOUND = "pooled"


@dataclass(frozen=True, slots=True)
class Unjudged:
    """An exchange that a run ranked high and the set says nothing about; `quote` is what a verdict will list."""

    question: Question
    exchange_id: str
    quote: str
    runs: tuple[str, ...]


def unjudged(
    questions: Sequence[Question],
    gold: Mapping[str, Gold],
    runs: Mapping[str, Mapping[str, Sequence[tuple[str, str]]]],
    archive: Archive,
    depth: int,
) -> list[Unjudged]:
    """Question by question, the unjudged exchanges among the first `depth` of any run, best rank first.

    `runs` is name -> question id -> (exchange id, passage id or "") best first. Depth-k pooling as at TREC
    (Spärck Jones and van Rijsbergen 1975).
    """
    pool = []
    for question in questions:
        # exchange id -> its best rank, a passage of it where a run names one, and the runs that have it
        seen: dict[str, tuple[int, str, list[str]]] = {}
        for run, rankings in runs.items():
            for rank, (exchange_id, passage) in enumerate(rankings.get(question.id, ())[:depth]):
                if exchange_id not in gold[question.id].exchanges:
                    first, of, names = seen.get(exchange_id, (rank, passage, []))
                    seen[exchange_id] = (min(first, rank), of or passage, [*names, run])
        for exchange_id, (_, passage, names) in sorted(seen.items(), key=lambda item: (item[1][0], item[0])):
            pool.append(Unjudged(question, exchange_id, _quote(archive, exchange_id, passage), tuple(names)))
    return pool


def judge(pool: Sequence[Unjudged], archive: Archive, ask: Callable[[Unjudged], str]) -> Iterator[tuple[str, Relevant]]:
    """(question id, verdict) for each of the pool that gets one; `ask` returns a key of VERDICTS."""
    names = {file.transcript_id: Path(file.path).stem for file in reversed(archive.catalogue.files())}
    for each in pool:
        verdict = ask(each)
        if verdict == "q":
            return
        if verdict != "s":
            transcript_id = archive.exchange(each.exchange_id).transcript_id
            name = names.get(transcript_id, transcript_id)
            yield each.question.id, Relevant(transcript=name, quote=each.quote, grade=int(verdict))


def with_verdict(question: Question, verdict: Relevant) -> Question:
    """The question with one more judgement; one that was unanswerable and now has an answer becomes `pooled`."""
    kind = FOUND if question.kind == UNANSWERABLE and verdict.grade > 0 else question.kind
    return question.model_copy(update={"relevant": [*question.relevant, verdict], "kind": kind})


def _quote(archive: Archive, exchange_id: str, passage: str) -> str:
    """The words of the passage that was ranked, or of the answer's first paragraph."""
    exchange = archive.exchange(exchange_id)
    text = archive.text(exchange.transcript_id)
    if passage:
        start, _, end = passage.rpartition(":")[2].partition("-")
        return " ".join(Span(exchange.transcript_id, int(start), int(end)).cut(text).split())
    if not exchange.answer:
        raise BadInput(
            f"the exchange {exchange_id} has no answer to judge.",
            key="run",
            remedy="Pool runs over exchanges that have answers.",
        )
    return " ".join(exchange.answer[0].cut(text).split())
