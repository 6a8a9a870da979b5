"""Words -> Verdict: did they say this? Exactly, nearly (with each word that differs), or not in this archive."""

import datetime
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from operator import attrgetter
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
# How many places of one half of the words, with all but one of the others about it, are compared with the other half.
MOST_PLACES = 5000
LONGEST_WORD = 40
MOST_FOUND = 20
# Words that stand in more exchanges than these are no quote, and counted no further.
MOST_COUNTED = 1000
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

    `count` is MOST_COUNTED where it may be more, and `first` and `last` are days of those. `spokesperson_holds` and
    `date_holds` are None where nothing was claimed or found, or it may hold of what is not counted.
    """

    kind: Kind
    found: tuple[Match, ...]
    count: int
    first: datetime.date | None
    last: datetime.date | None
    spokesperson_holds: bool | None
    date_holds: bool | None


# One side of an exchange: its place, and the number of the speech in its answer; _REPORTERS for the reporter's.
_Side = tuple[int, int]
_REPORTERS = -1


@dataclass(frozen=True, slots=True)
class _Heard:
    """Every transcript's text folded, and the places of its exchanges, by its id."""

    texts: dict[str, str]
    places: dict[str, range]

    def find(self, words: Sequence[str], among: Sequence[str] = (), lacking: int = 0) -> Iterator[Span]:
        """Where folded words stand one after the other, in texts that lack at most so many of those they are among."""
        # The boundary before the first word stands behind it: a pattern that begins with letters is looked for faster.
        first, *others = map(re.escape, words)
        sought = re.compile(r"\W+".join([rf"{first}(?<!\w{first})", *others]) + r"\b")
        # Long words are rare: most texts are done with at the first.
        longest_first = sorted({*words, *among}, key=len, reverse=True)
        for of, text in self.texts.items():
            missing = (word for word in longest_first if word not in text)
            if len(list(islice(missing, lacking + 1))) <= lacking:
                yield from (Span(of, *match.span()) for match in sought.finditer(text))


@dataclass(frozen=True, slots=True)
class _Spoken:
    """What was spoken on one side of an exchange: its spans, and their text folded."""

    exchange: Exchange
    by_reporter: bool
    spans: tuple[Span, ...]
    text: str

    @property
    def words(self) -> list[str]:
        """Its words, folded."""
        return _WORD.findall(self.text)


def verify(
    words: str, archive: Archive, *, spokesperson: str | None = None, date: datetime.date | None = None
) -> Verdict:
    """Whether the words were said in this archive; BadInput for words too few or too many, or an unknown name."""
    claimed = check_filters(Filters(spokespeople=(spokesperson,) if spokesperson else ()), archive).spokespeople
    given = _checked(words)
    found = _exact(given, archive) or _near(given, archive)
    same = [each for each in found if not each.changed]
    kind: Kind = "exact" if same else "near" if found else "absent"
    found = same or found

    def speaks(each: Match) -> bool:
        return not each.by_reporter and each.credit.spokesperson in claimed

    def dated(each: Match) -> bool:
        return each.credit.date == date

    # What holds of none that are counted may hold of others.
    otherwise = False if found and len(found) < MOST_COUNTED else None
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
        spokesperson_holds=any(map(speaks, found)) or otherwise if claimed else None,
        date_holds=any(map(dated, found)) or otherwise if date else None,
    )


def _checked(words: str) -> list[str]:
    given = [match.group() for match in _WORD.finditer(words[: MAX_CHARACTERS + 1])]
    if len(given) < FEWEST_WORDS or len(words) > MAX_CHARACTERS:
        counted = "1 word" if len(given) == 1 else f"{len(given)} words"
        raise BadInput(
            f"the words to look for are {counted}, {len(words)} characters.",
            key="words",
            remedy=f"Give at least {FEWEST_WORDS} words, and at most {MAX_CHARACTERS} characters.",
        )
    return given


def _fold(text: str) -> str:
    """A text without its case and with plain apostrophes, every letter where it was."""
    folded = text.casefold()
    if len(folded) != len(text):
        folded = "".join(low if len(low := each.casefold()) == 1 else each for each in text)
    return folded.replace("’", "'")


def _heard(archive: Archive) -> _Heard:
    return archive.once(_Heard, lambda: _listen(archive))


def _listen(archive: Archive) -> _Heard:
    outlines = archive.catalogue.outlines()
    return _Heard(
        texts={each.transcript_id: _fold(archive.text(each.transcript_id)) for each in outlines},
        places={each.transcript_id: range(each.first, each.first + each.exchanges) for each in outlines},
    )


def _spoken(archive: Archive, side: _Side) -> _Spoken:
    place, speech = side
    exchange, spans = archive.exchanges[place], _sides_of(place, archive)[speech]
    text = _heard(archive).texts[exchange.transcript_id]
    return _Spoken(exchange, speech == _REPORTERS, spans, " ".join(span.cut(text) for span in spans))


def _sides_of(place: int, archive: Archive) -> dict[int, tuple[Span, ...]]:
    """The spans of each side of an exchange: of every speech of its answer, and of the reporter's words."""
    exchange = archive.exchanges[place]
    of_reporter = (*exchange.interjections, *filter(None, (exchange.question,)))
    speeches = exchange.speeches(_heard(archive).texts[exchange.transcript_id])
    return dict(enumerate(speeches)) | {_REPORTERS: tuple(sorted(of_reporter))}


def _sides(found: Iterable[Span], archive: Archive) -> Iterator[_Side]:
    """In which sides of exchanges places in texts begin; those of a text come together."""
    for of, places in groupby(found, key=attrgetter("transcript_id")):
        ends = {span: at for at in _heard(archive).places[of] for span in archive.exchanges[at].spans}
        spoken = sorted(ends)
        for words in places:
            before = bisect_right(spoken, words.start, key=attrgetter("start")) - 1
            if before >= 0 and words.start < spoken[before].end:
                at = ends[spoken[before]]
                yield from ((at, speech) for speech, spans in _sides_of(at, archive).items() if spoken[before] in spans)


def _exact(given: Sequence[str], archive: Archive) -> list[Match]:
    folded = list(map(_fold, given))
    exact = []
    sides = _distinct(_sides(_heard(archive).find(folded), archive))
    for side in islice(sides, MOST_COUNTED):
        spoken = _spoken(archive, side)
        said = f" {' '.join(spoken.words)} "
        at = said.find(f" {' '.join(folded)} ")
        if at >= 0:
            first = said.count(" ", 0, at)
            exact.append(_found(spoken, given, folded, (first, first + len(given)), archive))
    return exact


def _distinct(sides: Iterable[_Side]) -> Iterator[_Side]:
    met = set()
    for side in sides:
        if side not in met:
            met.add(side)
            yield side


def _near(given: Sequence[str], archive: Archive) -> list[Match]:
    """Where nearly the same words stand: in the exchanges that share most words, or else wherever all but one do."""
    rows, _ = archive.engine.worded(dict.fromkeys(words_of(" ".join(given)), 1.0), LOOKED_THROUGH, None)
    places = dict.fromkeys(archive.passage_exchange[rows].tolist())
    alike = {(place, speech): None for place in places for speech in _sides_of(place, archive)}
    near = _nearly(given, alike, archive)
    if not any(each.changed <= 1 for each in near):
        others = dict.fromkeys(_sides(_all_but_one(list(map(_fold, given)), _heard(archive)), archive))
        near += _nearly(given, [side for side in others if side not in alike], archive)
    return near


def _all_but_one(given: Sequence[str], heard: _Heard) -> Iterator[Span]:
    """Where the words stand with at most one changed: one half of them as it is, and beside it nearly the other."""
    middle = len(given) // 2
    first, second = given[:middle], given[middle:]
    reach = 2 * len(" ".join(given)) + LONGEST_WORD
    for half, other in ((first, second), (second, first)):
        places = (
            (heard.texts[place.transcript_id], _beside(place, reach, behind=half is first), place)
            for place in heard.find(half, given, lacking=1)
        )
        likely = (each for each in places if sum(each[0].find(word, *each[1]) < 0 for word in other) <= 1)
        for text, ends, place in islice(likely, MOST_PLACES):
            words = _WORD.findall(text, *ends)
            lengths = range(len(other) - 1, len(other) + 2)
            runs = (words[:length] if half is first else words[max(0, len(words) - length) :] for length in lengths)
            if any(Levenshtein.distance(other, run, score_cutoff=1) <= 1 for run in runs):
                yield place


def _beside(place: Span, reach: int, *, behind: bool) -> tuple[int, int]:
    """From where to where the text beside a place goes."""
    return (place.end, place.end + reach) if behind else (max(0, place.start - reach), place.start)


def _nearly(given: Sequence[str], sides: Iterable[_Side], archive: Archive) -> list[Match]:
    """Of what was spoken, where at most as many words differ as may."""
    folded = list(map(_fold, given))
    allowed = max(1, int(DIFFERING_SHARE * len(given)))
    near = []
    for side in sides:
        spoken = _spoken(archive, side)
        if sum(word in spoken.text for word in folded) < len(folded) - allowed:
            continue
        window = _window(folded, spoken.words, allowed)
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
            # "we are" is nearer to "we're" than to "rates. We're".
            (spoken[window[0]][0] != given[0][0]) + (spoken[window[1] - 1][0] != given[-1][0]),
            abs(window[1] - window[0] - len(given)),
            abs(window[0] - aligned.dest_start),
        ),
        default=None,
    )


def _found(
    spoken: _Spoken, given: Sequence[str], folded: Sequence[str], window: tuple[int, int], archive: Archive
) -> Match:
    text = archive.text(spoken.exchange.transcript_id)
    words = (match for span in spoken.spans for match in _WORD.finditer(text, span.start, span.end))
    places = [match.span() for match in words][slice(*window)]
    said = [_fold(text[slice(*place)]) for place in places]
    closes = _CLOSES.match(text, places[-1][1])
    span = Span(spoken.exchange.transcript_id, places[0][0], closes.end() if closes else places[-1][1])
    differences, changed = [], 0
    for same, several in groupby(Levenshtein.opcodes(folded, said), key=lambda run: run.tag == "equal"):
        runs = list(several)
        of, to = slice(runs[0].src_start, runs[-1].src_end), places[runs[0].dest_start : runs[-1].dest_end]
        differences.append(Difference(" ".join(given[of]), text[to[0][0] : to[-1][1]] if to else "", same))
        changed += 0 if same else max(of.stop - of.start, len(to))
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
