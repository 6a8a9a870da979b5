"""Questions x Podium -> Results, under a named variation of how podium asks. In process, offline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eval.gold import passage_id
from eval.questions import Question
from rag.answering.answer import Answer
from rag.answering.quotes import Quote
from rag.answering.retrieval import Found, Weights
from rag.errors import PodiumError
from rag.intake.sources import Progress
from rag.pipeline import Podium
from rag.question.asked import MAX_CHARACTERS, Asked
from rag.question.filters import NO_FILTERS, Filters

DEPTH = 50
TOPIC_DEPTH = 100
QUOTES = 5
SHIPPED = "fused"


@dataclass(frozen=True, slots=True)
class Variation:
    """How podium is asked: the weights of its stages, and what it may use of a question.

    `understand`: filters taken from the question's words hold. `history`: earlier turns are passed on.
    `given`: the set's own filters are passed, as by a caller who fills them in. `select`: exchanges are ranked as they
    would be quoted, not as the search alone has them.
    """

    weights: Weights = Weights()  # noqa: RUF009
    understand: bool = True
    history: bool = True
    given: bool = False
    select: bool = True


# Rows of the ablation table, in its order. A new stage gets a row here that switches it off.
VARIATIONS: dict[str, Variation] = {
    SHIPPED: Variation(),
    "bm25": Variation(Weights(passage=0, sentence=0, lexical=1, heading=0), select=False),
    "dense": Variation(Weights(passage=1, sentence=0, lexical=0, heading=0), select=False),
    "without selection": Variation(select=False),
    "without bm25": Variation(Weights(lexical=0)),
    "without sentences": Variation(Weights(sentence=0)),
    "without heading": Variation(Weights(heading=0)),
    "without nearness": Variation(Weights(nearness=0)),
    "without period": Variation(Weights(period=0)),
    "without glossary": Variation(Weights(glossary=False)),
    "bm25 bare": Variation(
        Weights(passage=0, sentence=0, lexical=1, heading=0, glossary=False),
        understand=False,
        history=False,
        select=False,
    ),
    "dense bare": Variation(
        Weights(passage=1, sentence=0, lexical=0, heading=0, glossary=False),
        understand=False,
        history=False,
        select=False,
    ),
    "without filters": Variation(understand=False),
    "without history": Variation(history=False),
    "given filters": Variation(given=True),
}


@dataclass(frozen=True, slots=True)
class Ranked:
    """One exchange of a ranking with its best passage."""

    exchange_id: str
    passage_id: str
    score: float


@dataclass(frozen=True, slots=True)
class Result:
    """What podium returned for one question; `error` is what it said where it couldn't take the question."""

    question_id: str
    ranking: tuple[Ranked, ...] = ()
    quotes: tuple[Quote, ...] = ()
    nearest: tuple[Quote, ...] = ()
    answered: bool = False
    confidence: float = 0.0
    filters: Filters = NO_FILTERS
    in_words: str = ""
    timings_ms: dict[str, float] | None = None
    error: str | None = None


def run_questions(
    podium: Podium, questions: Sequence[Question], variation: Variation, progress: Progress = lambda *_: None
) -> list[Result]:
    """A result a question, in order. The first question is asked once beforehand, to warm what is lazy."""
    results = []
    podium = podium.with_weights(variation.weights)
    if questions:
        _ask(podium, questions[0], variation)
    for done, question in enumerate(questions, start=1):
        results.append(_ask(podium, question, variation))
        progress("asking", done, len(questions))
    return results


def rank_topics(
    podium: Podium, topics: Mapping[str, str], variation: Variation, progress: Progress = lambda *_: None
) -> dict[str, dict[str, float]]:
    """Topic -> exchange id -> score, for bare words with nothing to understand in them."""
    rankings = {}
    podium = podium.with_weights(variation.weights)
    for done, (topic, words) in enumerate(topics.items(), start=1):
        found = podium.retrieve(Asked(words[:MAX_CHARACTERS], understand=False), depth=TOPIC_DEPTH)
        exchanges = found.archive.exchanges
        rankings[topic] = {exchanges[each.place].id: each.score for each in found.candidates}
        progress("ranking", done, len(topics))
    return rankings


def _ask(podium: Podium, question: Question, variation: Variation) -> Result:
    try:
        asked = Asked(
            question.question[:MAX_CHARACTERS],
            k=QUOTES,
            # Those of the set, as a caller gives them who has filled in a form.
            filters=question.filters.as_filters() if variation.given else NO_FILTERS,
            history=tuple(question.history) if variation.history else (),
            understand=variation.understand,
        )
        answer = podium.ask(asked)
        found = (podium.rank if variation.select else podium.retrieve)(asked, depth=DEPTH)
    except PodiumError as error:
        return Result(question.id, error=str(error))
    return _result(question, answer, found)


def _result(question: Question, answer: Answer, found: Found) -> Result:
    archive = found.archive
    return Result(
        question.id,
        ranking=tuple(
            # The order alone: the scores of what was selected and of what was only found do not compare.
            Ranked(archive.exchanges[each.place].id, passage_id(archive, each.row), 1 / rank)
            for rank, each in enumerate(found.candidates, start=1)
        ),
        quotes=answer.quotes,
        nearest=answer.nearest,
        answered=answer.answered,
        confidence=answer.confidence,
        filters=answer.query.filters,
        in_words=answer.query.in_words,
        timings_ms=answer.timings_ms,
    )
