"""Words -> Verdict: did they say this? Exactly, nearly (with each word that differs), or not in this archive."""

import datetime
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from rag.archive.archive import Archive
from rag.archive.words import words_of
from rag.clock import source_at
from rag.credit import Credit
from rag.errors import BadInput
from rag.question.asked import MAX_CHARACTERS
from rag.question.filters import Filters, check_filters
from rag.transcript import Exchange, Span

Kind = Literal["exact", "near", "absent"]

FEWEST_WORDS = 3
# Words are nearly the same while at most this share of them differs; one always may.
DIFFERING_SHARE = 0.25
# How many of the passages that share most words are read for words that are nearly the same.
LOOKED_THROUGH = 200
# How far the words that are shown may reach beyond where as many as were given align best.
FARTHEST = 4
MOST_FOUND = 20
_WORD = re.compile(r"\w+(?:['’]\w+)*")
_CLOSES = re.compile(r"[.,;:!?…]*[”’\"']*")


@dataclass(frozen=True, slots=True)
class Difference:
    """Words that were given and those that stand there instead; either may be empty. Equal ones have `same`."""

    given: str
    said: str
    same: bool


@dataclass(frozen=True, slots=True)
class Match:
    """Where the words stand, with all that is needed to cite them; whether a reporter said them, and what differs."""

    span: Span
    text: str
    credit: Credit
    exchange_id: str
    title: str
    source: str
    by_reporter: bool
    differences: tuple[Difference, ...]
    changed: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether words stand in an archive, where, and how often; who spoke and when are judged apart from the words.

    `spokesperson_holds` and `date_holds` are None where nothing was claimed, or nothing found.
    """

    kind: Kind
    found: tuple[Match, ...]
    count: int
    first: datetime.date | None
    last: datetime.date | None
    spokesperson_holds: bool | None
    date_holds: bool | None


@dataclass(frozen=True, slots=True)
class _Spoken:
    """One side of an exchange: its spans, and its words folded, with one space before, between and after them."""

    exchange: Exchange
    by_reporter: bool
    spans: tuple[Span, ...]
    folded: str


def verify(
    words: str, archive: Archive, *, spokesperson: str | None = None, date: datetime.date | None = None
) -> Verdict:
    """Whether the words were said in this archive; BadInput for words too few or too many, or an unknown name."""
    claimed = check_filters(Filters(spokespeople=(spokesperson,) if spokesperson else ()), archive).spokespeople
    given = _checked(words)
    found = list(_exact(given, archive))
    kind: Kind = "exact" if found else "absent"
    if not found:
        found = _near(given, archive)
        kind = "near" if found else "absent"

    def speaks(each: Match) -> bool:
        return not each.by_reporter and each.credit.spokesperson in claimed

    def dated(each: Match) -> bool:
        return each.credit.date == date

    found.sort(
        key=lambda each: (
            each.by_reporter,
            -(speaks(each) + dated(each)),
            each.changed,
            each.credit.date or datetime.date.max,
            each.span,
        )
    )
    days = sorted(each.credit.date for each in found if each.credit.date is not None)
    return Verdict(
        kind=kind,
        found=tuple(found[:MOST_FOUND]),
        count=len(found),
        first=days[0] if days else None,
        last=days[-1] if days else None,
        spokesperson_holds=any(map(speaks, found)) if claimed and found else None,
        date_holds=any(map(dated, found)) if date and found else None,
    )


def _checked(words: str) -> list[str]:
    given = [match.group() for match in _WORD.finditer(words[: MAX_CHARACTERS + 1])]
    if len(given) < FEWEST_WORDS or len(words) > MAX_CHARACTERS:
        raise BadInput(
            f"the words to look for are {len(given)} words, {len(words)} characters.",
            key="words",
            value=words[:40],
            remedy=f"Give at least {FEWEST_WORDS} words, and at most {MAX_CHARACTERS} characters.",
        )
    return given


def _fold(word: str) -> str:
    return word.replace("’", "'").casefold()


def _all_spoken(archive: Archive) -> dict[tuple[int, bool], _Spoken]:
    """(place of an exchange, whether the reporter's) -> what was spoken there."""
    return archive.once(_Spoken, lambda: _listen(archive))


def _listen(archive: Archive) -> dict[tuple[int, bool], _Spoken]:
    spoken = {}
    for place, exchange in enumerate(archive.exchanges):
        text = archive.text(exchange.transcript_id)
        reporter = tuple(span for span in exchange.spans if span not in exchange.answer)
        for by_reporter, spans in ((False, exchange.answer), (True, reporter)):
            if spans:
                folded = " ".join(["", *(_fold(match.group()) for match in _matches(spans, text)), ""])
                spoken[place, by_reporter] = _Spoken(exchange, by_reporter, spans, folded)
    return spoken


def _matches(spans: Sequence[Span], text: str) -> Iterator[re.Match[str]]:
    for span in spans:
        yield from _WORD.finditer(text, span.start, span.end)


def _exact(given: Sequence[str], archive: Archive) -> Iterator[Match]:
    folded = list(map(_fold, given))
    sought = f" {' '.join(folded)} "
    for spoken in _all_spoken(archive).values():
        at = spoken.folded.find(sought)
        if at >= 0:
            first = spoken.folded.count(" ", 0, at)
            yield _found(spoken, given, folded, (first, first + len(given)), archive)


def _near(given: Sequence[str], archive: Archive) -> list[Match]:
    """Where nearly the same words stand, among the exchanges that share most words with them."""
    folded = list(map(_fold, given))
    rows, _ = archive.engine.worded(dict.fromkeys(words_of(" ".join(given)), 1.0), LOOKED_THROUGH, None)
    places = dict.fromkeys(archive.passage_exchange[rows].tolist())
    allowed = max(1, int(DIFFERING_SHARE * len(given)))
    near = []
    for place in places:
        spoken = _all_spoken(archive)[place, False]
        window = _window(folded, spoken.folded.split(), allowed)
        if window is not None:
            found = _found(spoken, given, folded, window, archive)
            if found.changed <= allowed:
                near.append(found)
    return near


def _window(given: Sequence[str], spoken: Sequence[str], allowed: int) -> tuple[int, int] | None:
    """First and last + 1 of the spoken words that are most like the given ones; None where too many differ."""
    # A ratio counts a replaced word twice, as one that goes and one that comes.
    aligned = fuzz.partial_ratio_alignment(given, spoken, score_cutoff=max(1, 100 * (1 - 2 * allowed / len(given))))
    if aligned is None or len(spoken) < len(given):
        return None
    shifts = range(-min(allowed, FARTHEST), min(allowed, FARTHEST) + 1)
    windows = [
        (first, last)
        for first in (aligned.dest_start + shift for shift in shifts)
        for last in (first + len(given) + longer for longer in shifts)
        if 0 <= first < last <= len(spoken)
    ]
    return min(
        windows,
        key=lambda window: (
            Levenshtein.distance(given, spoken[slice(*window)]),
            abs(window[1] - window[0] - len(given)),
            abs(window[0] - aligned.dest_start),
        ),
        default=None,
    )


def _found(
    spoken: _Spoken, given: Sequence[str], folded: Sequence[str], window: tuple[int, int], archive: Archive
) -> Match:
    text = archive.text(spoken.exchange.transcript_id)
    places = [match.span() for match in _matches(spoken.spans, text)][slice(*window)]
    said = [_fold(text[slice(*place)]) for place in places]
    closes = _CLOSES.match(text, places[-1][1])
    span = Span(spoken.exchange.transcript_id, places[0][0], closes.end() if closes else places[-1][1])
    differences, changed = [], 0
    for run in Levenshtein.opcodes(folded, said):
        there = text[places[run.dest_start][0] : places[run.dest_end - 1][1]] if run.dest_end > run.dest_start else ""
        same = run.tag == "equal"
        differences.append(Difference(" ".join(given[run.src_start : run.src_end]), there, same))
        changed += 0 if same else max(run.src_end - run.src_start, run.dest_end - run.dest_start)
    head = archive.head(spoken.exchange.transcript_id)
    return Match(
        span=span,
        text=span.cut(text),
        credit=archive.credit(spoken.exchange, span.start),
        exchange_id=spoken.exchange.id,
        title=head.title,
        source=source_at(head.sources[0], text, span.start),
        by_reporter=spoken.by_reporter,
        differences=tuple(differences),
        changed=changed,
    )
