"""Found -> Selected: how likely the archive is to answer, and each candidate and sentence in it.

The selector reads the likeliest passages together with the question. What it makes of them is evidence beside the
search's own scores, weighed as `selection.toml` says: by two logistic regressions that `podium eval calibrate` fits.
"""

import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from heapq import nlargest
from importlib import resources

import numpy as np

from embeddings.encoder import Vectors
from embeddings.selector import Selector
from rag.answering.relevance import EXCHANGES, Readings, read_likeliest
from rag.answering.retrieval import UNSEEN, Candidate, Found
from rag.archive.archive import Archive
from rag.archive.words import stems_of, words_of
from rag.language.glossary import find_named
from rag.question.filters import NO_FILTERS

# A word in capitals anywhere, one with a capital inside a sentence, and a number.
_NAME = re.compile(r"\b[A-Z]{2,}\b|(?<![.!?:] )(?<!^)\b[A-Z][\w’'-]+|\b\d+\b")
# What the selector's chance of a sentence counts beside its cosine.
SAID_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why what is quoted of a candidate may or may not answer.

    score     its fused score
    sentence  the cosine of the sentence that would be quoted
    lead      how far its score stands above the second's; below the best's, for any but the best
    cover     the share of the question's words, weighed by rarity, that its exchange has under any name
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


@dataclass(frozen=True, slots=True)
class Regression:
    """chance = 1 / (1 + exp(-(bias + sum of weight x evidence)))"""

    bias: float
    weights: Mapping[str, float]

    def chance(self, evidence: Evidence) -> float:
        """From 0 to 1."""
        sum_ = self.bias + sum(self.weights[name] * value for name, value in asdict(evidence).items())
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
    """A candidate with the chance that what is quoted of it answers, and why.

    `sentences` are the scores of the sentences of its exchange's answer, in the order of `exchange_sentences`.
    """

    candidate: Candidate
    evidence: Evidence
    confidence: float
    sentences: Vectors


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
    """How surely the archive answers, each of the first `count` candidates, and each of their sentences."""
    archive, candidates = found.archive, found.candidates[:count]
    readings = None if selector is None else read_likeliest(found, selector)
    wanted = wanted_of(found.query.searched[-1], archive)
    evidence = [_evidence(candidate, found, wanted, readings) for candidate in candidates]
    chance = calibration.archive.chance(best_of(evidence)) if evidence else 0.0
    weighed = []
    for candidate, why in zip(candidates, evidence, strict=True):
        rows = archive.exchange_sentences(candidate.place)
        sentences = archive.sentence_vectors.scores(found.vector, np.arange(rows.start, rows.stop))
        if readings is not None:
            said = 1 / (1 + np.exp(-readings.of_sentences(candidate.place)))
            sentences = np.asarray((1 - SAID_SHARE) * sentences + SAID_SHARE * said, dtype=np.float32)
        weighed.append(Weighed(candidate, why, chance * calibration.quote.chance(why), sentences))
    return Selected(chance, tuple(weighed))


def best_of(evidence: Sequence[Evidence]) -> Evidence:
    """The best of each piece of evidence among the first candidates: the least that is absent, the most of all else."""
    first = [asdict(each) for each in evidence[:EXCHANGES]]
    return Evidence(**{name: (min if name == "absent" else max)(each[name] for each in first) for name in first[0]})


def _evidence(candidate: Candidate, found: Found, wanted: Sequence[Wanted], readings: Readings | None) -> Evidence:
    query, place = found.query, candidate.place
    best, second = [*nlargest(2, (each.score for each in found.candidates)), 0.0][:2]
    cover, absent = covered(wanted, place, found.archive)
    return Evidence(
        score=candidate.score,
        sentence=candidate.sentence,
        lead=candidate.score - (second if candidate.score == best else best),
        cover=cover,
        absent=absent,
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


def covered(wanted: Sequence[Wanted], place: int, archive: Archive) -> tuple[float, float]:
    """The share of a question's words, weighed by rarity, that an exchange has under any name; and the share that name
    something (by a capital, a figure, the glossary) that it lacks. A question without words is covered whole.
    """
    rows = archive.passage_rows(place)

    def there(stems: Sequence[str]) -> bool:
        return bool(stems) and all(archive.words.stands_in(stem, rows.start, rows.stop) for stem in stems)

    total = has = lacks = 0.0
    for word in wanted:
        total += word.weight
        if any(there(way) for way in word.ways):
            has += word.weight
        elif word.names:
            lacks += word.weight
    return (has / total, lacks / total) if total else (1.0, 0.0)
