"""What a generation is made of: parts, each of whole transcripts, carried on unchanged while nothing in them changes.

A part is written once. The next generation links its files; a transcript that is new makes a part of its own, which
takes up the small ones before it, so that there are few: each is at least about twice the next.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from embeddings.index import SAMPLE, VectorIndex, Vectors
from rag.archive.catalogue import Catalogue, Outline, write_catalogue
from rag.archive.columns import Columns, Places
from rag.archive.lexicon import WordIndex
from rag.archive.passages import Passage
from rag.archive.postings import Postings
from rag.archive.sayings import Sayings, joined_ring, ring_of, save_sayings, wordings_of
from rag.archive.stored import SourceFile
from rag.transcript import Transcript

FOLDER = "parts"
CATALOGUE = "catalogue.sqlite"
PASSAGE_VECTORS = "vectors.faiss"
SENTENCE_VECTORS = "sentences.faiss"
WORDS = "words"
COLUMNS = "columns"
SAYINGS = "sayings"
COUNTED = ("transcripts", "exchanges", "passages", "sentences")
# Parts of up to so many passages together are written as one.
SMALL = 10_000
# So many words stand for a question where lists are measured.
ASKED_WORDS = 8
_BLOCK = 65_536
_SEED = 16

Entry = dict[str, Any]
# Texts of questions -> their vectors.
Encode = Callable[[Sequence[str]], Vectors]


class Parts:
    """Parts open side by side, their rows counted through; ValueError where files have different numbers of rows."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.catalogue = Catalogue([folder / CATALOGUE for folder in folders])
        self.passage_vectors = VectorIndex.open([folder / PASSAGE_VECTORS for folder in folders])
        self.sentence_vectors = VectorIndex.open([folder / SENTENCE_VECTORS for folder in folders])
        self.words = WordIndex([Postings.open(folder / WORDS) for folder in folders])
        self.columns = Columns.open([folder / COLUMNS for folder in folders])
        self.sayings = Sayings([folder / SAYINGS for folder in folders])
        for file, rows, found in (
            (PASSAGE_VECTORS, len(self.columns.passage_exchange), len(self.passage_vectors)),
            (WORDS, len(self.columns.passage_exchange), len(self.words)),
            (SENTENCE_VECTORS, len(self.columns.sentence_place), len(self.sentence_vectors)),
            (SAYINGS, len(self.columns.sentence_place), len(self.sayings)),
            (COLUMNS, self.catalogue.count, len(self.columns.exchange_day)),
        ):
            if rows != found:
                raise ValueError(f"{file} has {found} rows where there should be {rows}")

    def passage_of(self, sentence: int) -> int:
        """The row of the passage that a row of sentences is in."""
        return int(np.searchsorted(self.columns.sentence_first, sentence, side="right")) - 1

    def rows_of(self, transcript_id: str) -> tuple[slice, slice, slice]:
        """The places of a transcript's exchanges, and the rows of their passages and sentences."""
        return self.rows_at(self.catalogue.outline(transcript_id))

    def rows_at(self, outline: Outline) -> tuple[slice, slice, slice]:
        """The same, where it is known where the exchanges lie."""
        exchanges = [outline.first, outline.first + outline.exchanges]
        passages = np.searchsorted(self.columns.passage_exchange, exchanges)
        return slice(*exchanges), _slice(passages), _slice(self.columns.sentence_first[passages])


@dataclass(frozen=True, slots=True)
class Cut:
    """Transcripts, their files, and what was cut of them, row by row: passages, the keys and vectors of these, the
    words that they are found by, and the vectors of their sentences."""

    transcripts: Sequence[Transcript]
    files: Sequence[SourceFile]
    passages: Sequence[Passage]
    keys: Sequence[str]
    texts: Sequence[str]
    vectors: Vectors
    sentences: Vectors


def write_part(folder: Path, cut: Cut) -> None:
    """Write a new part."""
    folder.mkdir()
    VectorIndex.of(cut.vectors).save(folder / PASSAGE_VECTORS)
    VectorIndex.of(cut.sentences).save(folder / SENTENCE_VECTORS)
    Postings.of(cut.texts).save(folder / WORDS)
    texts = {transcript.id: transcript.text for transcript in cut.transcripts}
    said = [span.cut(texts[span.transcript_id]) for passage in cut.passages for span in passage.sentences]
    save_sayings(folder / SAYINGS, ring_of(said), wordings_of(said))
    write_catalogue(folder / CATALOGUE, cut.transcripts, cut.files)
    Columns.of(cut.transcripts, cut.passages, cut.keys).save(folder / COLUMNS)


def join_parts(folder: Path, parts: Parts, kept: Sequence[Outline]) -> None:
    """Write a new part of those transcripts of others, in that order."""
    rows = [parts.rows_at(outline) for outline in kept]
    exchanges, passages, sentences = (_places([each[at] for each in rows]) for at in range(3))
    folder.mkdir()
    VectorIndex.of(_blocks(parts.passage_vectors, passages)).save(folder / PASSAGE_VECTORS)
    VectorIndex.of(_blocks(parts.sentence_vectors, sentences)).save(folder / SENTENCE_VECTORS)
    Postings.joined(parts.words.parts, passages).save(folder / WORDS)
    # (sentences,) of all parts, then those that are kept, in their new order.
    wordings = np.concatenate([wordings for _, wordings in parts.sayings.parts])[sentences]
    small = len(passages) <= SMALL
    ring = ring_of(_said(parts, kept, rows)) if small else joined_ring(parts.sayings.parts, sentences)
    save_sayings(folder / SAYINGS, ring, wordings)
    parts.catalogue.copy(folder / CATALOGUE, kept)
    parts.columns.taken(exchanges, passages, sentences).save(folder / COLUMNS)


def finish_part(folder: Path, encode: Encode) -> Entry:
    """Sort a large part's vectors into lists, and tell the part as a manifest does."""
    part = Parts([folder])
    outlines = part.catalogue.outlines()
    dates = [outline.date for outline in outlines if outline.date]
    lists = part.passage_vectors.save_lists(folder / PASSAGE_VECTORS, lambda: encode(_asked(part)))
    counted = (len(outlines), part.catalogue.count, len(part.passage_vectors), len(part.sentence_vectors))
    return {
        "name": folder.name,
        "counts": dict(zip(COUNTED, counted, strict=True)),
        "date_from": min(dates, default=None),
        "date_to": max(dates, default=None),
        "lists": None if lists is None else asdict(lists),
    }


def taken_up(sizes: Sequence[int], fresh: int) -> int:
    """From which of the parts, by their passages, on a new part of `fresh` passages takes the others up.

    >>> taken_up([1_000_000, 9_000, 500], 26), taken_up([40_000, 20_000, 9_990], 26), taken_up([20_000, 9_990], 10_020)
    (1, 3, 0)
    """
    at = len(sizes)
    while at > 0 and sizes[at - 1] <= max(SMALL - fresh, fresh):
        at -= 1
        fresh += sizes[at]
    return at


def _asked(part: Parts) -> list[str]:
    """A few words out of some sentences, the same ones every time: as hard to find by lists as people's questions.

    Whole sentences and reporters' turns are far easier, since passages were embedded with them.
    """
    chance = np.random.default_rng(_SEED)
    asked: list[str] = []
    for row in chance.integers(len(part.columns.sentence_place), size=SAMPLE):
        exchange = part.catalogue.exchange(int(part.columns.passage_exchange[part.passage_of(int(row))]))
        start, end = part.columns.sentence_place[int(row)]
        words = part.catalogue.text(exchange.transcript_id)[start:end].split()
        first = int(chance.integers(max(1, len(words) - ASKED_WORDS + 1)))
        asked.append(" ".join(words[first : first + ASKED_WORDS]))
    return asked


def _said(parts: Parts, kept: Sequence[Outline], rows: Sequence[tuple[slice, slice, slice]]) -> Iterator[str]:
    """The sentences of transcripts, in order."""
    for outline, (*_, sentences) in zip(kept, rows, strict=True):
        text = parts.catalogue.text_of(outline)
        yield from (text[start:end] for start, end in parts.columns.sentence_place[sentences])


def _blocks(index: VectorIndex, rows: Places) -> Iterator[Vectors]:
    # Never all of them at once: a part may hold millions.
    return (index.vectors(rows[start : start + _BLOCK]) for start in range(0, max(1, len(rows)), _BLOCK))


def _slice(ends: Places) -> slice:
    return slice(int(ends[0]), int(ends[1]))


def _places(slices: Sequence[slice]) -> Places:
    ranges = [np.arange(each.start, each.stop) for each in slices]
    return np.concatenate([np.zeros(0, dtype=np.int64), *ranges])
