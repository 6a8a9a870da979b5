"""Span, Transcript, Exchange, Oddity: plain data, and what they promise.

Everything above this file is made of `Span`: a place in a transcript's stored text. Exchanges, passages
and quotes hold spans and never copies of text, so what is shown is always cut from what was stored.
"""

import datetime
from dataclasses import dataclass, replace
from typing import Literal

ExchangeKind = Literal["question", "announcement", "remarks"]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of one transcript's text: 0-based, half-open, in Unicode code points, never empty.

    >>> Span("2021-03-18-zhao-lijian", 0, 7).cut("Foreign Ministry")
    'Foreign'
    """

    transcript_id: str
    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"a span needs 0 <= start < end, got {self.start}, {self.end}")

    def cut(self, text: str) -> str:
        """The words at this place of `text`, the stored text of the span's own transcript."""
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something to know about a reading: the line (from 1; 0 is the whole file), a word for it, a sentence."""

    line: int
    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who said something: a full name where the page tells it, else the name as printed, and the office beside it."""

    name: str
    office: str | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """One reporter's turn and the answer to it; or an announcement, or remarks, that nobody asked for.

    `label` is the name as printed before the question ("Tass", "Q"), `outlet` the one name podium uses for
    it ("TASS"), `reporter` the person who asks, None where the page doesn't tell. `answer` holds one span a
    paragraph, the words of those who answer only, and `speakers` who said each of them; `spokesperson` is who
    said the most. `interjections` are the reporter's further words inside the answer. `follows` is the number
    of the exchange that a follow-up question follows.
    """

    transcript_id: str
    number: int
    kind: ExchangeKind
    outlet: str | None
    label: str | None
    spokesperson: str | None
    date: datetime.date | None
    question: Span | None
    answer: tuple[Span, ...]
    interjections: tuple[Span, ...] = ()
    follows: int | None = None
    speakers: tuple[Speaker | None, ...] = ()
    reporter: str | None = None

    def __post_init__(self) -> None:
        if self.speakers and len(self.speakers) != len(self.answer):
            raise ValueError(f"{self.id}: {len(self.answer)} spans of an answer, {len(self.speakers)} speakers")

    @property
    def credited(self) -> frozenset[str]:
        """The names of all who answer in it."""
        if self.speakers:
            return frozenset(speaker.name for speaker in self.speakers if speaker)
        return frozenset({self.spokesperson} if self.spokesperson else ())

    def speaker_at(self, start: int) -> Speaker | None:
        """Who said the words of the answer that stand at `start`; None where the page doesn't tell."""
        if not self.speakers:
            return Speaker(self.spokesperson) if self.spokesperson else None
        inside = zip(self.answer, self.speakers, strict=True)
        return next((speaker for span, speaker in inside if span.start <= start < span.end), None)

    def speeches(self, text: str) -> list[tuple[Span, ...]]:
        """The answer's paragraphs in runs: one known person speaks on, with nothing between them but white space."""
        runs: list[tuple[Span, ...]] = []
        for span in self.answer:
            last = runs[-1][-1] if runs else None
            who = self.speaker_at(span.start)
            if last and who and who == self.speaker_at(last.start) and not text[last.end : span.start].strip():
                runs[-1] += (span,)
            else:
                runs.append((span,))
        return runs

    @property
    def id(self) -> str:
        """The permalink: `2021-03-18-zhao-lijian/7`."""
        return f"{self.transcript_id}/{self.number}"

    @property
    def spans(self) -> tuple[Span, ...]:
        """Every span of this exchange, in the order of the text."""
        asked = () if self.question is None else (self.question,)
        return tuple(sorted((*asked, *self.answer, *self.interjections)))


@dataclass(frozen=True, slots=True)
class Transcript:
    """One press conference or set of remarks, as stored.

    `sources` are the addresses of the pages it was read from, or the files' names where no address is known;
    `sha256` is that of the first source's bytes. For a `.txt` source `text` is exactly the decoded file.
    Exchanges are numbered from 1, unique, in the order of the text; their spans lie in it and never overlap.
    `uncertain` says that who asks and who answers could not be told well enough.
    """

    id: str
    title: str
    date: datetime.date | None
    spokesperson: str | None
    sources: tuple[str, ...]
    sha256: str
    text: str
    exchanges: tuple[Exchange, ...]
    institution: str | None = None
    uncertain: bool = False

    def __post_init__(self) -> None:
        end = 0
        for exchange in self.exchanges:
            for span in exchange.spans:
                # In the order of the text, so one look at each tells whether any two overlap.
                if span.transcript_id != self.id or span.start < end or span.end > len(self.text):
                    raise ValueError(f"{exchange.id}: {span} is out of place in {self.id} ({len(self.text)} long)")
                end = span.end
        if len({exchange.number for exchange in self.exchanges}) != len(self.exchanges):
            raise ValueError(f"{self.id}: two exchanges have one number")

    def exchange(self, number: int) -> Exchange | None:
        """The exchange with that number, or None."""
        return next((exchange for exchange in self.exchanges if exchange.number == number), None)

    def renamed(self, transcript_id: str) -> "Transcript":
        """The same transcript under another id, its exchanges and spans with it."""

        def moved(span: Span) -> Span:
            return replace(span, transcript_id=transcript_id)

        exchanges = tuple(
            replace(
                exchange,
                transcript_id=transcript_id,
                question=None if exchange.question is None else moved(exchange.question),
                answer=tuple(map(moved, exchange.answer)),
                interjections=tuple(map(moved, exchange.interjections)),
            )
            for exchange in self.exchanges
        )
        return replace(self, id=transcript_id, exchanges=exchanges)
