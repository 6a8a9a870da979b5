"""Transcripts -> passages, the words that find them, and vectors: those of the same words are kept."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from embeddings.encoder import Encoder, Vectors
from rag.archive.archive import Archive
from rag.archive.generations import check_room
from rag.archive.parts import Cut
from rag.archive.passages import Passage, Shape, cut_passages, embedded_text
from rag.archive.stored import SourceFile
from rag.intake.journal import Journal
from rag.intake.sources import Progress
from rag.transcript import Transcript

# So many texts are embedded before their vectors are noted: what an ingest that is stopped loses.
BLOCK = 512

# Of a passage and of its sentences.
Kept = dict[str, tuple[Vectors, Vectors]]


class Cutter:
    """Cuts transcripts for one encoder; `made` counts the passages that it had to read."""

    def __init__(self, encoder: Encoder, journal: Journal, progress: Progress) -> None:
        self.encoder, self.journal, self.progress = encoder, journal, progress
        self.made = 0

    def cut(self, folder: Path, transcripts: Sequence[Transcript], files: Sequence[SourceFile], kept: Kept) -> Cut:
        """Everything about the transcripts that is written to a generation's folder; `kept` has vectors by key."""
        passages: list[Passage] = []
        read: list[str] = []
        words: list[str] = []
        shape = Shape(self.encoder.max_tokens)
        for done, transcript in enumerate(transcripts, start=1):
            text = transcript.text
            for exchange in transcript.exchanges:
                asked = "" if exchange.question is None else exchange.question.cut(text)
                for passage in cut_passages(text, exchange, shape, self.encoder.count_tokens):
                    passages.append(passage)
                    read.append(embedded_text(text, passage))
                    words.append(f"{asked}\n{passage.span.cut(text)}")
            self.progress("cutting", done, len(transcripts))
        keys = [self.key(text) for text in read]
        numbers = (len(keys) + sum(len(passage.sentences) for passage in passages)) * self.encoder.dimension
        # Four bytes a number, before hours of work are put into them.
        check_room(folder, 4 * numbers + sum(len(transcript.text) for transcript in transcripts))
        return Cut(transcripts, files, passages, keys, words, *self._read(passages, read, keys, kept))

    def key(self, text: str) -> str:
        """What a vector of these words is kept by."""
        # 32 of 64 digits are 128 bits: two texts never share them.
        return hashlib.sha256(f"{self.encoder.fingerprint}\0{text}".encode()).hexdigest()[:32]

    def _read(
        self, passages: Sequence[Passage], texts: list[str], keys: list[str], kept: Kept
    ) -> tuple[Vectors, Vectors]:
        """The vectors of passages and of their sentences, each read within its passage."""
        known = kept | self._noted(passages, keys)
        missing = {key: row for row, key in enumerate(keys) if key not in known}
        done = 0

        def advance(count: int) -> None:
            nonlocal done
            done += count
            self.progress("embedding passages", done, len(missing))

        every = list(missing.values())
        for rows in (every[start : start + BLOCK] for start in range(0, len(every), BLOCK)):
            bounds = [sentences_within(texts[row], passages[row]) for row in rows]
            whole, parts = self.encoder.encode_stretches([texts[row] for row in rows], bounds, advance)
            own = [keys[row] for row in rows]
            within = [key for row in rows for key in self.sentence_keys(keys[row], len(passages[row].sentences))]
            self.journal.add([*own, *within], np.concatenate([whole, *parts]))
            known |= dict(zip(own, zip(whole, parts, strict=True), strict=True))
        self.made += len(missing)
        if not keys:
            none = np.zeros((0, self.encoder.dimension), dtype=np.float32)
            return none, none
        return np.stack([known[key][0] for key in keys]), np.concatenate([known[key][1] for key in keys])

    def _noted(self, passages: Sequence[Passage], keys: list[str]) -> Kept:
        """Those that an ingest made before it was stopped."""
        noted = self.journal.read(self.encoder.dimension)
        found = {}
        for passage, key in zip(passages, keys, strict=True):
            own = [key, *self.sentence_keys(key, len(passage.sentences))]
            if all(each in noted for each in own):
                found[key] = noted[key], np.stack([noted[each] for each in own[1:]])
        return found

    def sentence_keys(self, key: str, count: int) -> list[str]:
        """Those of the vectors of a passage's sentences."""
        return [self.key(f"{key} {at}") for at in range(count)]


def kept_vectors(before: Archive, transcript_ids: Sequence[str]) -> Kept:
    """The vectors of the passages of these transcripts, by key."""
    kept: Kept = {}
    for transcript_id in transcript_ids:
        _, passages, sentences = before.parts.rows_of(transcript_id)
        whole = before.passage_vectors.vectors(np.arange(passages.start, passages.stop))
        within = before.sentence_vectors.vectors(np.arange(sentences.start, sentences.stop))
        # Where one passage's sentences end and the next one's begin.
        ends = before.columns.sentence_first[passages.start + 1 : passages.stop] - sentences.start
        keys = before.columns.passage_key[passages].astype(np.str_).tolist()
        kept |= dict(zip(keys, zip(whole, np.split(within, ends), strict=True), strict=True)) if keys else {}
    return kept


def sentences_within(text: str, passage: Passage) -> list[tuple[int, int]]:
    """Where a passage's sentences stand in what the encoder reads of it."""
    shift = len(text) - passage.span.end
    return [(span.start + shift, span.end + shift) for span in passage.sentences]
