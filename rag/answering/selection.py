"""Found -> Selected: what would be quoted of each candidate, how likely that is to answer, and the archive at all.

The selector reads the likeliest passages together with the question. What it makes of them is evidence beside the
search's own scores, weighed as `selection.toml` says: by two logistic regressions that `podium eval calibrate` fits.
"""

import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from heapq import nlargest
from importlib import resources
from operator import attrgetter

import numpy as np

from embeddings.encoder import Vectors
from embeddings.selector import Selector
from rag.answering.relevance import EXCHANGES, Readings, read_likeliest
from rag.answering.retrieval import UNSEEN, Candidate, Found
from rag.answering.stretches import focus_of, stretch_of
from rag.archive.archive import Archive
from rag.archive.words import stems_of, words_of
from rag.language.glossary import find_named
from rag.question.filters import NO_FILTERS
from rag.transcript import Span

# A word in capitals anywhere, one with a capital inside a sentence, and a number.
_NAME = re.compile(r"\b[A-Z]{2,}\b|(?<![.!?:] )(?<!^)\b[A-Z][\w’'-]+|\b\d+\b")
# What the selector's chance of a sentence counts beside its cosine.
SAID_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why what is quoted of a candidate may or may not answer.

    score     its fused score
    sentence  the cosine of the sentence of its best passage that is nearest
    lead      how far its score stands above the second's; below the best's, for any but the best
    cover     the share of the question's words, weighed by rarity, that stand under any name in what would be quoted or
              in what the reporter asked
    absent    the share of the question's words, weighed likewise, that name something and that its exchange lacks
    follows   1 for a follow-up, whose scores are lower since it is searched for twice, else 0
    filtered  1 if filters hold, which leave fewer candidates to be the best, else 0
    changes   1 if the question is about change over time, which several answer, else 0
    read      the selector's log-odds that a passage of its exchange answers; with the next two, 0 without a selector
    said      those of its likeliest sentence
    ahead     how far `read` stands above that of the best other exchange
    """

    score: float
    sentence: float
    lead: float
    cover: float
    absent: float
    follows: float
    filtered: float
    changes: float
    read: float = 0.0
    said: float = 0.0
    ahead: float = 0.0


PIECES = tuple(each.name for each in fields(Evidence))


@dataclass(frozen=True, slots=True)
class Regression:
    """chance = 1 / (1 + exp(-(bias + sum of weight x evidence)))"""

    bias: float
    weights: Mapping[str, float]

    def chance(self, evidence: Evidence) -> float:
        """From 0 to 1."""
        sum_ = self.bias + sum(weight * getattr(evidence, name) for name, weight in self.weights.items())
        return 1 / (1 + math.exp(-max(-60.0, min(60.0, sum_))))


@dataclass(frozen=True, slots=True)
class Calibration:
    """How evidence becomes chances, and which chances are enough.

    archive  whether the archive answers at all, by the best evidence of any candidate
    quote    whether what is quoted of a candidate answers, where the archive does
    answers  the chance that the archive answers from which quotes are shown
    further  the confidence from which a quote is shown beside the surest
    near     the chance that the archive answers from which a refusal shows what comes nearest
    """

    archive: Regression
    quote: Regression
    answers: float
    further: float
    near: float


def shipped_calibration(*, selector: bool) -> Calibration:
    """The calibration in `selection.toml`, or, for the plain cut without a selector, in `plain.toml`."""
    file = resources.files("rag.answering").joinpath("selection.toml" if selector else "plain.toml")
    table = tomllib.loads(file.read_text("utf-8"))
    return Calibration(**table | {name: Regression(**table[name]) for name in ("archive", "quote")})


@dataclass(frozen=True, slots=True)
class Weighed:
    """A candidate with what would be quoted of it, the focus in that, the chance that it answers, and why."""

    candidate: Candidate
    span: Span
    focus: Span
    evidence: Evidence
    confidence: float


@dataclass(frozen=True, slots=True)
class Selected:
    """The chance that the archive answers a question, and the candidates that may be quoted, in the search's order."""

    chance: float
    weighed: tuple[Weighed, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A word of a question: its weight, the stems of which some stand where it is covered, whether it names something.

    Typos are mended, and a name has the stems of all its names.
    """

    weight: float
    ways: tuple[tuple[str, ...], ...]
    names: bool


def select(found: Found, calibration: Calibration, count: int, selector: Selector | None) -> Selected:
    """How surely the archive answers; of each of the first `count` candidates, what would be quoted, and how surely."""
    archive, candidates = found.archive, found.candidates[:count]
    readings = None if selector is None else read_likeliest(found, selector)
    wanted = wanted_of(found.query.searched[-1], archive)
    words = [_cut(found, each.place, _sentences(found, each.place, readings)) for each in candidates]
    evidence = [
        _evidence(candidate, span, found, wanted, readings)
        for candidate, (span, _) in zip(candidates, words, strict=True)
    ]
    chance = calibration.archive.chance(best_of(evidence)) if evidence else 0.0
    weighed = [
        Weighed(candidate, span, focus, why, chance * calibration.quote.chance(why))
        for candidate, (span, focus), why in zip(candidates, words, evidence, strict=True)
    ]
    return Selected(chance, tuple(weighed))


def _sentences(found: Found, place: int, readings: Readings | None) -> Vectors:
    """How well each sentence of an exchange's answer answers, (sentences,), in the order of `exchange_sentences`."""
    archive = found.archive
    rows = archive.exchange_sentences(place)
    cosines = archive.sentence_vectors.scores(found.vector, np.arange(rows.start, rows.stop))
    if readings is None:
        return cosines
    said = 1 / (1 + np.exp(-readings.of_sentences(place)))
    return np.asarray((1 - SAID_SHARE) * cosines + SAID_SHARE * said, dtype=np.float32)


def _cut(found: Found, place: int, scores: Vectors) -> tuple[Span, Span]:
    """Of an exchange's answer, the stretch to quote and the sentences in it that answer; of those whom filters name."""
    archive = found.archive
    exchange = archive.exchanges[place]
    places = archive.sentence_places[archive.exchange_sentences(place)]
    said_by = found.query.filters.spokespeople
    if said_by:
        speakers = [exchange.speaker_at(int(start)) for start, _ in places]
        theirs = np.array([speaker is not None and speaker.name in said_by for speaker in speakers])
        scores = np.where(theirs, scores, np.float32(-1))
    best = places[int(scores.argmax())]
    text = archive.text(exchange.transcript_id)
    speech = next(run for run in exchange.speeches(text) if run[0].start <= best[0] and best[1] <= run[-1].end)
    inside = (places[:, 0] >= speech[0].start) & (places[:, 1] <= speech[-1].end)
    spans = [Span(exchange.transcript_id, int(start), int(end)) for start, end in places[inside]]
    likely = [float(score) for score in scores[inside]]
    focus = focus_of(likely)
    stretch = stretch_of([span.cut(text) for span in spans], likely, focus)
    return run_of(spans, stretch), run_of(spans, focus)


def run_of(spans: Sequence[Span], ends: tuple[int, int]) -> Span:
    """From the first of these through the last."""
    return Span(spans[0].transcript_id, spans[ends[0]].start, spans[ends[1]].end)


def best_of(evidence: Sequence[Evidence]) -> Evidence:
    """The best of each piece of evidence among the first candidates: the least that is absent, the most of all else."""
    first = evidence[:EXCHANGES]
    return Evidence(**{name: (min if name == "absent" else max)(map(attrgetter(name), first)) for name in PIECES})


def _evidence(
    candidate: Candidate, span: Span, found: Found, wanted: Sequence[Wanted], readings: Readings | None
) -> Evidence:
    query, place, archive = found.query, candidate.place, found.archive
    best, second = [*nlargest(2, (each.score for each in found.candidates)), 0.0][:2]
    exchange = archive.exchanges[place]
    text = archive.text(exchange.transcript_id)
    words = [each.cut(text) for each in (span, exchange.question) if each is not None]
    return Evidence(
        score=candidate.score,
        sentence=candidate.sentence,
        lead=candidate.score - (second if candidate.score == best else best),
        cover=cover_of(wanted, " ".join(words)),
        absent=absent_from(wanted, place, archive),
        follows=float(bool(query.conversation)),
        filtered=float(query.filters != NO_FILTERS),
        changes=float(query.over_time),
        read=readings.of(place) if readings else 0.0,
        said=float(readings.of_sentences(place).max()) if readings else 0.0,
        ahead=readings.ahead(place) if readings else 0.0,
    )


def wanted_of(question: str, archive: Archive) -> list[Wanted]:
    """The words of a question, each once."""
    names = {word for match in _NAME.finditer(question) for word in words_of(match.group())}
    known: dict[str, tuple[tuple[str, ...], ...]] = {}
    for found in find_named(question):
        own = tuple(words_of(question[found.start : found.end]))
        known |= dict.fromkeys(own, (own, *(tuple(stems_of(name)) for name in found.names)))
    wanted = []
    for word in dict.fromkeys(words_of(question)):
        near = archive.words.nearest(word) or word
        ways = dict.fromkeys([(word,), (near,), *known.get(word, ())])
        wanted.append(Wanted(archive.words.weight(near) or UNSEEN, tuple(ways), word in names or word in known))
    return wanted


def cover_of(wanted: Sequence[Wanted], text: str) -> float:
    """The share of a question's words, weighed by rarity, that a text has under any name; all of none."""
    stems = frozenset(words_of(text))
    total = sum(word.weight for word in wanted)
    has = sum(word.weight for word in wanted if any(way and stems.issuperset(way) for way in word.ways))
    return has / total if total else 1.0


def absent_from(wanted: Sequence[Wanted], place: int, archive: Archive) -> float:
    """The share of a question's words, weighed by rarity, that name something (by a capital, a figure, the glossary)
    and stand under no name in an exchange.
    """
    rows = archive.passage_rows(place)

    def there(stems: Sequence[str]) -> bool:
        return bool(stems) and all(archive.words.stands_in(stem, rows.start, rows.stop) for stem in stems)

    total = sum(word.weight for word in wanted)
    lacks = sum(word.weight for word in wanted if word.names and not any(map(there, word.ways)))
    return lacks / total if total else 0.0
