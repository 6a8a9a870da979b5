"""One published generation, open for reading: catalogue, vectors, words, and the rows that tie them together."""

import sqlite3
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from embeddings.encoder import Vectors
from embeddings.index import IndexUnreadable, VectorIndex
from rag.archive.catalogue import Catalogue, context_span
from rag.archive.generations import current_generation, read_manifest, verify_files
from rag.archive.passages import Passage
from rag.archive.words import WordIndex
from rag.credit import Credit, credit_of
from rag.errors import ArchiveDamaged, UnknownId
from rag.transcript import Exchange, Span, Transcript

Places = npt.NDArray[np.int64]

PASSAGE_VECTORS = "vectors.faiss"
QUESTION_VECTORS = "questions.faiss"
SENTENCE_VECTORS = "sentences.faiss"
WORDS = "words"
ADAPTER = "adapter.npy"
# How many transcripts' texts are kept at hand, about 20 kB each.
KEPT_TEXTS = 1024


@dataclass(frozen=True, slots=True)
class Coverage:
    """What an archive holds, in numbers and names: what a refusal tells."""

    transcripts: int
    exchanges: int
    date_from: str | None
    date_to: str | None
    spokespeople: tuple[str, ...]
    institutions: tuple[str, ...] = ()


class Archive:
    """An open generation. Immutable: a new generation is a new Archive. Safe to read from several threads."""

    def __init__(self, folder: Path, name: str, manifest: dict[str, Any]) -> None:
        self.folder = folder
        self.name = name
        self.manifest = manifest
        place = folder / "generations" / name
        self.catalogue = Catalogue(place / "catalogue.sqlite")
        self.passage_vectors = VectorIndex.open(place / PASSAGE_VECTORS)
        self.question_vectors = VectorIndex.open(place / QUESTION_VECTORS)
        self.sentence_vectors = VectorIndex.open(place / SENTENCE_VECTORS)
        self.words = WordIndex.open(place / WORDS)
        self.adapter: Vectors | None = np.load(place / ADAPTER) if ADAPTER in manifest["files"] else None
        self.exchanges: list[Exchange] = self.catalogue.exchanges()
        self._passages = self.catalogue.passages()
        questions, sentences = self.catalogue.keyed("questions"), self.catalogue.keyed("sentences")
        self.passage_exchange: Places = np.array([row[0] for row in self._passages], dtype=np.int64)
        self.question_exchange: Places = np.array([row.owner for row in questions], dtype=np.int64)
        self.sentence_passage: Places = np.array([row.owner for row in sentences], dtype=np.int64)
        self.sentence_places: Places = np.array([(row.start, row.end) for row in sentences], dtype=np.int64)
        days = [exchange.date.toordinal() if exchange.date else 0 for exchange in self.exchanges]
        self.exchange_days: Places = np.array(days, dtype=np.int64)
        self.exchange_outlets = np.array([exchange.outlet or "" for exchange in self.exchanges])
        self._text = lru_cache(maxsize=KEPT_TEXTS)(self.catalogue.text)
        self._check_rows()

    def _check_rows(self) -> None:
        for file, rows, found in (
            (PASSAGE_VECTORS, len(self._passages), len(self.passage_vectors)),
            (WORDS, len(self._passages), len(self.words)),
            (QUESTION_VECTORS, len(self.question_exchange), len(self.question_vectors)),
            (SENTENCE_VECTORS, len(self.sentence_passage), len(self.sentence_vectors)),
        ):
            if rows != found:
                raise ArchiveDamaged(
                    f"{file} of generation {self.name} has {found} rows where the catalogue has {rows}.",
                    key="file",
                    value=file,
                    remedy="Go back with `podium rollback`, or build it anew with `podium ingest PATH... --rebuild`.",
                )

    def passage(self, row: int) -> Passage:
        """The passage of a row, its sentences with it."""
        place, start, end, context, _ = self._passages[row]
        exchange = self.exchanges[place]
        of = exchange.transcript_id
        sentences = tuple(Span(of, int(a), int(b)) for a, b in self.sentence_places[self.sentence_rows(row)])
        return Passage(exchange.id, Span(of, start, end), context_span(of, context), sentences)

    def sentence_rows(self, passage_row: int) -> slice:
        """The rows of a passage's sentences, which lie together in order."""
        first = int(np.searchsorted(self.sentence_passage, passage_row, side="left"))
        last = int(np.searchsorted(self.sentence_passage, passage_row, side="right"))
        return slice(first, last)

    def exchange_sentences(self, place: int) -> slice:
        """The rows of the sentences of an exchange's answer, which lie together in order."""
        passages = np.searchsorted(self.passage_exchange, [place, place + 1])
        first, last = np.searchsorted(self.sentence_passage, passages)
        return slice(int(first), int(last))

    def text(self, transcript_id: str) -> str:
        """The stored text; UnknownId."""
        if transcript_id not in self.heads:
            raise _unknown("transcript", transcript_id)
        return self._text(transcript_id)

    def transcript(self, transcript_id: str) -> Transcript:
        """The whole transcript; UnknownId."""
        found = self.catalogue.transcript(transcript_id)
        if found is None:
            raise _unknown("transcript", transcript_id)
        return found

    def exchange(self, exchange_id: str) -> Exchange:
        """The exchange with that permalink; UnknownId."""
        place = self.places.get(exchange_id)
        if place is None:
            raise _unknown("exchange", exchange_id)
        return self.exchanges[place]

    @cached_property
    def places(self) -> dict[str, int]:
        """Exchange id -> its place in `exchanges`."""
        return {exchange.id: at for at, exchange in enumerate(self.exchanges)}

    @cached_property
    def heads(self) -> dict[str, Transcript]:
        """Transcript id -> the transcript without text and exchanges, by date."""
        return {head.id: head for head in self.catalogue.transcript_heads()}

    @cached_property
    def spokespeople(self) -> tuple[str, ...]:
        """Every spokesperson in the archive, by name."""
        return tuple(sorted({name for exchange in self.exchanges for name in exchange.credited}))

    @cached_property
    def institutions(self) -> tuple[str, ...]:
        """Every institution in the archive, by name."""
        return tuple(sorted({head.institution for head in self.heads.values() if head.institution}))

    def credit(self, exchange: Exchange, start: int | None = None) -> Credit:
        """The credit of the words of an answer at `start`, its institution named where the archive has several."""
        head = self.heads[exchange.transcript_id]
        institution = head.institution if len(self.institutions) > 1 else None
        return credit_of(exchange, start, institution=institution, uncertain=head.uncertain)

    @cached_property
    def outlets(self) -> tuple[str, ...]:
        """Every outlet in the archive, by name."""
        return tuple(sorted({exchange.outlet for exchange in self.exchanges if exchange.outlet}))

    @cached_property
    def coverage(self) -> Coverage:
        """What the archive holds."""
        dates = sorted(head.date for head in self.heads.values() if head.date is not None)
        return Coverage(
            transcripts=len(self.heads),
            exchanges=len(self.exchanges),
            date_from=dates[0].isoformat() if dates else None,
            date_to=dates[-1].isoformat() if dates else None,
            spokespeople=self.spokespeople,
            institutions=self.institutions,
        )


def open_archive(folder: Path, name: str | None = None) -> Archive:
    """Open the current (or the named) generation, its files checked against the manifest; ArchiveError."""
    name = current_generation(folder) if name is None else name
    manifest = read_manifest(folder, name)
    verify_files(folder, name, manifest)
    try:
        return Archive(folder, name, manifest)
    except (sqlite3.DatabaseError, IndexUnreadable, OSError, ValueError, KeyError) as error:
        raise ArchiveDamaged(
            f"generation {name} of {folder} can't be read: {error}.",
            key="archive",
            value=str(folder),
            remedy="Go back with `podium rollback`, or build it anew with `podium ingest PATH... --rebuild`.",
        ) from error


def _unknown(noun: str, given: str) -> UnknownId:
    return UnknownId(
        f"this archive has no {noun} {given[:80]!r}.",
        key=noun,
        value=given[:80],
        remedy="GET /transcripts lists what it has." if noun == "transcript" else "Its transcript lists its exchanges.",
    )
