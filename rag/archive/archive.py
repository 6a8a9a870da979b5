"""One published generation, open for reading: catalogue, vectors, words, and the rows that tie them together."""

import datetime
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar, overload

import numpy as np

from embeddings.index import IndexUnreadable
from rag.archive.arrays import ranges
from rag.archive.catalogue import Catalogue
from rag.archive.columns import Places
from rag.archive.engine import Embedded, Engine
from rag.archive.generations import current_generation
from rag.archive.manifest import read_manifest, verify_files
from rag.archive.parts import FOLDER, Parts
from rag.archive.passages import Passage
from rag.archive.words import words_of
from rag.credit import Credit, credit_of, say_date
from rag.errors import ArchiveDamaged, UnknownId
from rag.transcript import Exchange, Span, Transcript

Made = TypeVar("Made")
# How many transcripts' texts are kept at hand, about 20 kB each, and how many exchanges, about 1 kB.
KEPT_TEXTS = 1024
KEPT_EXCHANGES = 8192


@dataclass(frozen=True, slots=True)
class Coverage:
    """What an archive holds, in numbers and names: what a refusal tells."""

    transcripts: int
    exchanges: int
    date_from: str | None
    date_to: str | None
    spokespeople: tuple[str, ...]
    institutions: tuple[str, ...] = ()

    def __str__(self) -> str:
        """`8,717 exchanges of 396 transcripts, 7 December 1999 to 29 January 2025`."""
        days = [datetime.date.fromisoformat(day) for day in (self.date_from, self.date_to) if day]
        dates = f", {' to '.join(map(say_date, days))}" if days else ""
        return f"{self.exchanges:,} exchanges of {self.transcripts:,} transcripts{dates}"


class Archive:
    """An open generation. Immutable: a new generation is a new Archive. Safe to read from several threads."""

    def __init__(self, folder: Path, name: str, manifest: dict[str, Any]) -> None:
        self.folder = folder
        self.name = name
        self.manifest = manifest
        place = folder / "generations" / name / FOLDER
        parts = Parts([place / part["name"] for part in manifest["parts"]])
        self.catalogue, self.words, self.columns = parts.catalogue, parts.words, parts.columns
        self.passage_vectors, self.sentence_vectors = parts.passage_vectors, parts.sentence_vectors
        self.parts, self.sayings = parts, parts.sayings
        self.engine: Engine = Embedded(self.passage_vectors, self.words, self.columns)
        self.passage_exchange = self.columns.passage_exchange
        self.sentence_places = self.columns.sentence_place
        self.exchange_days = self.columns.exchange_day
        # All who are named in the archive, by name, and every office that somebody spoke in. The first of the names of
        # each kind is empty: that of whoever isn't told.
        columns = self.columns
        self.spokespeople, self.outlets = columns.speakers[1:], columns.outlets[1:]
        self.institutions, self.reporters = columns.institutions[1:], columns.reporters[1:]
        self.roles = columns.roles
        self.exchanges: Sequence[Exchange] = _Exchanges(self.catalogue)
        # A cache of this generation alone, which goes with it.
        self.head = lru_cache(maxsize=KEPT_TEXTS)(self.catalogue.head)
        # No method of this archive: one that is kept here would keep the archive open.
        self.heading = lru_cache(maxsize=KEPT_EXCHANGES)(partial(_heading, self.catalogue))
        self._text = lru_cache(maxsize=KEPT_TEXTS)(self.catalogue.text)
        self._made: dict[object, Any] = {}

    def once(self, what: object, make: Callable[[], Made]) -> Made:
        """What `make` makes of this generation, which never changes: made at the first call, kept while it is open."""
        if what not in self._made:
            self._made[what] = make()
        made: Made = self._made[what]
        return made

    def passage(self, row: int) -> Passage:
        """The passage of a row, its sentences with it."""
        exchange = self.exchanges[int(self.passage_exchange[row])]
        of = exchange.transcript_id
        # (4,): start and end, and the context's, -1 where there is none.
        start, end, *context = map(int, self.columns.passage_place[row])
        sentences = tuple(Span(of, int(a), int(b)) for a, b in self.sentence_places[self.sentence_rows(row)])
        return Passage(exchange.id, Span(of, start, end), Span(of, *context) if context[1] > 0 else None, sentences)

    def sentence_rows(self, passage_row: int) -> slice:
        """The rows of a passage's sentences, which lie together in order."""
        first = self.columns.sentence_first
        return slice(int(first[passage_row]), int(first[passage_row + 1]))

    def sentence_passages(self, sentences: Places) -> Places:
        """The rows of the passages that these rows of sentences are in."""
        return np.asarray(np.searchsorted(self.columns.sentence_first, sentences, side="right") - 1)

    def sentence_exchanges(self, sentences: Places) -> Places:
        """The places of the exchanges that these rows of sentences are in."""
        return self.passage_exchange[self.sentence_passages(sentences)]

    def passage_rows(self, place: int) -> slice:
        """The rows of the passages of an exchange's answer, which lie together in order."""
        first, last = np.searchsorted(self.passage_exchange, [place, place + 1])
        return slice(int(first), int(last))

    def passages_of(self, places: Places) -> Places:
        """The rows of the passages of the answers of these exchanges, one exchange after the other."""
        of = self.passage_exchange
        return ranges(np.searchsorted(of, places), np.searchsorted(of, places, side="right"))

    def sentences_of(self, passage_rows: Places) -> tuple[Places, Places]:
        """The rows of the sentences of these passages, one passage after the other, and where in there each starts."""
        first = self.columns.sentence_first
        starts, ends = first[passage_rows], first[passage_rows + 1]
        return ranges(starts, ends), np.cumsum(ends - starts) - (ends - starts)

    def exchange_sentences(self, place: int) -> slice:
        """The rows of the sentences of an exchange's answer, which lie together in order."""
        passages, first = self.passage_rows(place), self.columns.sentence_first
        return slice(int(first[passages.start]), int(first[passages.stop]))

    def text(self, transcript_id: str) -> str:
        """The stored text; UnknownId."""
        try:
            return self._text(transcript_id)
        except KeyError:
            raise _unknown("transcript", transcript_id) from None

    def transcript(self, transcript_id: str) -> Transcript:
        """The whole transcript; UnknownId."""
        found = self.catalogue.transcript(transcript_id)
        if found is None:
            raise _unknown("transcript", transcript_id)
        return found

    def exchange(self, exchange_id: str) -> Exchange:
        """The exchange with that permalink; UnknownId."""
        transcript_id, _, number = exchange_id.rpartition("/")
        # `7`, not `07` or a digit of another script: an exchange has one permalink.
        plain = number.isascii() and number.isdecimal() and len(number) < 10 and str(int(number)) == number
        place = self.catalogue.place(transcript_id, int(number)) if plain else None
        if place is None:
            raise _unknown("exchange", exchange_id)
        return self.exchanges[place]

    @cached_property
    def places(self) -> dict[str, int]:
        """Exchange id -> its place in `exchanges`."""
        return {exchange_id: at for at, exchange_id in enumerate(self.catalogue.ids())}

    @cached_property
    def heads(self) -> dict[str, Transcript]:
        """Transcript id -> the transcript without text and exchanges, by date."""
        return {head.id: head for head in self.catalogue.transcript_heads()}

    def credit(self, exchange: Exchange, start: int | None = None) -> Credit:
        """The credit of the words of an answer at `start`, its institution named where the archive has several."""
        head = self.head(exchange.transcript_id)
        institution = head.institution if len(self.institutions) > 1 else None
        return credit_of(exchange, start, institution=institution, uncertain=head.uncertain)

    @property
    def coverage(self) -> Coverage:
        """What the archive holds."""
        counts, coverage = self.manifest["counts"], self.manifest["coverage"]
        return Coverage(
            counts["transcripts"],
            counts["exchanges"],
            spokespeople=self.spokespeople,
            institutions=self.institutions,
            **coverage,
        )


class _Exchanges(Sequence[Exchange]):
    """Every exchange by its place, read when it is looked at."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._all = catalogue.exchanges
        self._one = lru_cache(maxsize=KEPT_EXCHANGES)(catalogue.exchange)
        self._count = catalogue.count

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> Exchange: ...

    @overload
    def __getitem__(self, place: slice) -> list[Exchange]: ...

    def __getitem__(self, place: int | slice) -> Exchange | list[Exchange]:
        if isinstance(place, slice):
            return [self._one(at) for at in range(*place.indices(self._count))]
        return self._one(int(place))

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self._all())


def open_archive(folder: Path, name: str | None = None, *, verified: bool = False) -> Archive:
    """Open the current (or the named) generation; ArchiveError.

    Its files have the sizes that the manifest tells; with `verified`, the checksums too.
    """
    name = current_generation(folder) if name is None else name
    manifest = read_manifest(folder, name)
    verify_files(folder, name, manifest, whole=verified)
    try:
        return Archive(folder, name, manifest)
    except (sqlite3.DatabaseError, IndexUnreadable, OSError, ValueError, KeyError) as error:
        raise ArchiveDamaged(
            f"generation {name} of {folder} can't be read: {error}.",
            key="archive",
            remedy="Go back with `podium rollback`, or build it anew with `podium ingest PATH... --rebuild`.",
        ) from error


def _heading(catalogue: Catalogue, transcript_id: str) -> frozenset[str]:
    """The stems of a conference's title and of the lines above its first words."""
    return frozenset(words_of(catalogue.heading(transcript_id)))


def _unknown(noun: str, given: str) -> UnknownId:
    return UnknownId(
        f"this archive has no {noun} {given[:80]!r}.",
        key=noun,
        remedy="GET /transcripts lists what it has." if noun == "transcript" else "Its transcript lists its exchanges.",
    )
