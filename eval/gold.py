"""Questions x Archive -> Gold: the exchanges and passages in which the words that answer stand.

Quotes are looked for with white space and typography folded, inside the exchanges of their transcript.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from eval.questions import Question, Relevant
from rag.archive.archive import Archive
from rag.errors import BadInput
from rag.transcript import Exchange, Span

_STRAIGHT = str.maketrans("‘’‚‛ʼ′“”„‟″‐‑‒–—―−", "''''''\"\"\"\"\"-------")
_INVISIBLE = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff")


@dataclass(frozen=True, slots=True)
class GoldQuote:
    """Relevant words where they stand; `relevant` is the line of the set that lists them."""

    span: Span
    text: str
    exchange_id: str
    grade: int
    relevant: Relevant


@dataclass(frozen=True, slots=True)
class Gold:
    """What is right for one question: grades by exchange id and by passage id, and the quotes themselves."""

    exchanges: dict[str, int]
    passages: dict[str, int]
    quotes: tuple[GoldQuote, ...]


def passage_id(archive: Archive, row: int) -> str:
    """The name of a passage in runs and qrels: its exchange and its offsets, `2021-03-18-zhao-lijian/7:5218-5277`."""
    passage = archive.passage(row)
    return f"{passage.exchange_id}:{passage.span.start}-{passage.span.end}"


def resolve(questions: Sequence[Question], archive: Archive) -> dict[str, Gold]:
    """Question id -> its gold in this archive; BadInput names the first transcript or quote that isn't there."""
    finder = _Finder(archive)
    return {question.id: finder.gold(question) for question in questions}


def resolve_held(questions: Sequence[Question], archive: Archive) -> dict[str, Gold]:
    """The same, without the questions whose transcript or quote this archive doesn't have."""
    finder, found = _Finder(archive), {}
    for question in questions:
        with suppress(BadInput):
            found[question.id] = finder.gold(question)
    return found


def exchanges_of(archive: Archive, gold: Gold) -> set[int]:
    """The places of the exchanges that answer or help."""
    return {archive.places[exchange_id] for exchange_id in gold.exchanges}


def sentences_of(archive: Archive, gold: Gold, grade: int) -> frozenset[tuple[int, int]]:
    """The sentences that share a character with a gold quote of this grade."""
    return frozenset(
        (row, number)
        for quote in gold.quotes
        if quote.grade == grade
        for row in rows_of(archive, archive.places[quote.exchange_id])
        for number, sentence in enumerate(archive.passage(row).sentences)
        if sentence.start < quote.span.end and quote.span.start < sentence.end
    )


def rows_of(archive: Archive, exchange: int) -> range:
    """The passages of the exchange at a place."""
    rows = archive.passage_rows(exchange)
    return range(rows.start, rows.stop)


class _Finder:
    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.by_name: defaultdict[str, set[str]] = defaultdict(set)
        for file in archive.catalogue.files():
            self.by_name[Path(file.path).stem].add(file.transcript_id)
        for transcript_id in archive.heads:
            self.by_name[transcript_id].add(transcript_id)
        self.exchanges: defaultdict[str, list[Exchange]] = defaultdict(list)
        for exchange in archive.exchanges:
            self.exchanges[exchange.transcript_id].append(exchange)
        self.folded: dict[tuple[str, bool], tuple[str, list[int]]] = {}

    def gold(self, question: Question) -> Gold:
        exchanges: dict[str, int] = {}
        passages: dict[str, int] = {}
        quotes: dict[tuple[Span, str], GoldQuote] = {}
        for relevant in question.relevant:
            for exchange, span in self.find(question, relevant):
                exchanges[exchange.id] = max(relevant.grade, exchanges.get(exchange.id, 0))
                for row in self.rows(exchange, span):
                    name = passage_id(self.archive, row)
                    passages[name] = max(relevant.grade, passages.get(name, 0))
                text = span.cut(self.archive.text(exchange.transcript_id))
                quote = GoldQuote(span, text, exchange.id, relevant.grade, relevant)
                before = quotes.get((span, exchange.id))
                quotes[span, exchange.id] = quote if before is None or before.grade < quote.grade else before
        return Gold(exchanges, passages, tuple(quotes.values()))

    def find(self, question: Question, relevant: Relevant) -> list[tuple[Exchange, Span]]:
        """Every exchange of the transcript that holds the words in its answer; failing that, in its question."""
        if relevant.transcript not in self.by_name:
            raise BadInput(
                f"question {question.id}: the archive {self.archive.folder} has no transcript {relevant.transcript!r}.",
                key="relevant.transcript",
                remedy="Ingest its file, or name it by the file's name without its ending.",
            )
        wanted, _ = fold(relevant.quote)
        of = [each for name in sorted(self.by_name[relevant.transcript]) for each in self.exchanges[name]]
        for asked in (False, True):
            found = [(exchange, span) for exchange in of if (span := self.place(exchange, wanted, asked)) is not None]
            if found:
                return found
        raise BadInput(
            f"question {question.id}: no exchange of {relevant.transcript} holds the quote {relevant.quote!r}.",
            key="relevant.quote",
            remedy="Copy the words as they stand in one answer.",
        )

    def place(self, exchange: Exchange, wanted: str, asked: bool) -> Span | None:
        key = (exchange.id, asked)
        if key not in self.folded:
            stretches = ([exchange.question] if exchange.question else []) if asked else list(exchange.answer)
            self.folded[key] = _fold_spans(self.archive.text(exchange.transcript_id), stretches)
        words, places = self.folded[key]
        at = words.find(wanted)
        if at < 0:
            return None
        return Span(exchange.transcript_id, places[at], places[at + len(wanted) - 1] + 1)

    def rows(self, exchange: Exchange, span: Span) -> list[int]:
        """The rows of the exchange's passages that share a character with the span."""
        of = rows_of(self.archive, self.archive.places[exchange.id])
        spans = ((row, self.archive.passage(row).span) for row in of)
        return [row for row, own in spans if own.start < span.end and span.start < own.end]


def fold(text: str) -> tuple[str, list[int]]:
    """The text with white space and typography folded, and the place in `text` of each of its characters.

    >>> fold("“Two\\n\\u00a0words” –")[0]
    '"Two words" -'
    """
    kept: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        if letter in _INVISIBLE:
            continue
        plain = unicodedata.normalize("NFKC", letter).translate(_STRAIGHT)
        for each in plain:
            if not each.isspace():
                kept.append(each)
            elif kept and kept[-1] != " ":
                kept.append(" ")
            else:
                continue
            places.append(place)
    if kept and kept[-1] == " ":
        kept.pop()
        places.pop()
    return "".join(kept), places


def _fold_spans(text: str, spans: Sequence[Span]) -> tuple[str, list[int]]:
    """The words of several spans as one folded text, a space between two, with their places in `text`."""
    words: list[str] = []
    places: list[int] = []
    for span in spans:
        folded, at = fold(span.cut(text))
        if not folded:
            continue
        if words:
            places.append(places[-1])
        words.append(folded)
        places.extend(span.start + each for each in at)
    return " ".join(words), places
