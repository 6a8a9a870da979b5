"""Made-up conferences and what is told of a reading, shared by the tests of this room."""

import itertools
import re
from pathlib import Path

from rag.reading.reading import Reading, read
from rag.transcript import Exchange

HERE = Path(__file__).parent


ROOT = HERE.parent.parent


SEEDS = ROOT / "seeds"


TITLE = "Foreign Ministry Spokesperson Zhao Lijian's Regular Press Conference on March 18, 2021"


def of(text: str, name: str = "made-up.txt") -> Reading:
    return read(text.encode(), name)


def conference(*paragraphs: str) -> Reading:
    return of("\n\n".join((TITLE, *paragraphs)) + "\n")


def words(reading: Reading, exchange: Exchange) -> tuple[str | None, list[str]]:
    text = reading.transcript.text
    asked = None if exchange.question is None else exchange.question.cut(text)
    return asked, [span.cut(text) for span in exchange.answer]


def told(reading: Reading) -> list[tuple[str | None, str | None, list[str]]]:
    """Of each exchange: the label, the question's words, the answer's paragraphs."""
    return [(exchange.label, *words(reading, exchange)) for exchange in reading.transcript.exchanges]


def kinds(reading: Reading) -> set[str]:
    return {oddity.kind for oddity in reading.oddities}


def assert_nothing_is_lost(reading: Reading) -> None:
    """Every character is in an exchange, in its label, in the furniture, in the remainder, or blank; in one only."""
    transcript = reading.transcript
    places = [(span.start, span.end) for exchange in transcript.exchanges for span in exchange.spans]
    places += [(span.start, span.end) for span in (*reading.remainder, *reading.furniture)]
    places.sort()
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(places))
    outside, place = [], 0
    for start, end in [*places, (len(transcript.text), len(transcript.text))]:
        outside.append(transcript.text[place:start].strip("\ufeff\u200b \t\r\n\f\v\x00\xa0\u2002\u2003\u3000"))
        place = end
    for left in filter(None, outside):
        assert re.fullmatch(r"[()\[\]（）]|(?:[)\].]*\s*)?[(\[]?.{1,70}[:：][\s\u200b]*", left, re.DOTALL), left
