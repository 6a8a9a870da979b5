"""Files -> the next generation of an archive: read, merge mirrors, cut passages, make the vectors that are new."""

import hashlib
import importlib.metadata
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from embeddings.encoder import Encoder, Vectors
from embeddings.index import VectorIndex
from rag.archive.archive import (
    COLUMNS,
    PASSAGE_VECTORS,
    SAYINGS,
    SENTENCE_VECTORS,
    WORDS,
    Archive,
    open_archive,
)
from rag.archive.catalogue import SourceFile, write_catalogue
from rag.archive.columns import Columns, Keyed
from rag.archive.generations import check_room, finish_first, locked, publish
from rag.archive.passages import Passage, Shape, cut_passages, embedded_text
from rag.archive.sayings import ring_of
from rag.archive.words import WordIndex
from rag.errors import ArchiveMissing, ArchiveUnwritable, BadInput, PodiumError, UnreadableTranscript
from rag.intake.journal import Journal
from rag.intake.mirrors import keep_numbers, merge_mirrors
from rag.intake.namesakes import name_alike
from rag.intake.paths import shown
from rag.intake.sources import Gathered, Progress, gather
from rag.transcript import Transcript

# Raised when files are read, passages are cut, words are stemmed or columns are laid differently: an older archive is
# then built anew, of the files that are there and the vectors it has.
RECIPE = 7
REPORT = "report.json"
# So many texts are embedded before their vectors are noted: what an ingest that is stopped loses.
BLOCK = 512


@dataclass(frozen=True, slots=True)
class Ingested:
    """What an ingest did. `generation` is None where nothing had changed, or on a dry run."""

    generation: str | None
    gathered: Gathered
    transcripts: int
    exchanges: int
    passages: int = 0
    vectors_made: int = 0
    vectors_kept: int = 0
    report: Path | None = None


def ingest(
    folder: Path,
    paths: Sequence[Path],
    encoder_name: str,
    load_encoder: Callable[[], Encoder],
    *,
    addresses: Mapping[str, str] | None = None,
    institution: str | None = None,
    columns: Mapping[str, str] | None = None,
    rebuild: bool = False,
    dry_run: bool = False,
    seconds: float,
    progress: Progress = lambda *_: None,
    ready: Callable[[str], None] = lambda _: None,
) -> Ingested:
    """Bring the archive in `folder` up to date with the files at `paths`; nothing is written if nothing changed.

    `ready` is told the new generation's name before it is current, and what it raises leaves nothing published.
    A file may take so many `seconds` of work to read. The encoder is loaded only when there is something to encode.
    Raises BadInput, UnreadableTranscript where no file could be read, ArchiveError.
    """
    with nullcontext() if dry_run else locked(folder):
        if not (dry_run or rebuild):
            finish_first(folder)
        before = None if rebuild else _open_before(folder)
        reread = before is not None and before.manifest["recipe"] != RECIPE
        gathered = gather(
            paths,
            addresses or {},
            before,
            progress,
            institution=institution,
            columns=columns,
            reread=reread,
            seconds=seconds,
        )
        if not gathered.files:
            raise _nothing_left(gathered)
        records = [] if before is None else before.catalogue.files()
        transcripts, files = merge_mirrors(gathered.files, {file.path: file.transcript_id for file in records})
        transcripts = name_alike(transcripts)
        if before is not None:
            transcripts = [_same_numbers(transcript, before) for transcript in transcripts]
        done = Ingested(None, gathered, len(transcripts), sum(len(each.exchanges) for each in transcripts))
        journal = Journal(folder)
        if dry_run or (before is not None and files == records and _same_recipe(before, encoder_name)):
            if not dry_run:
                journal.discard()
            return done
        progress("loading the encoder", 0, 1)
        encoder = load_encoder()
        progress("loading the encoder", 1, 1)
        generation = _Generation(transcripts, files, encoder, before, progress, journal, gathered.failed)
        name = _publish(folder, generation, ready)
    return replace(
        done,
        generation=name,
        passages=len(generation.passages),
        vectors_made=generation.made,
        vectors_kept=generation.kept,
        report=folder / "generations" / name / REPORT,
    )


def publish_transcripts(
    folder: Path,
    transcripts: Sequence[Transcript],
    encoder: Encoder,
    before: Archive | None = None,
    progress: Progress = lambda *_: None,
) -> str:
    """Publish a generation of exactly these transcripts, which no file need stand behind; its name.

    Vectors that `before` has of the same words are carried over. Raises ArchiveError.
    """
    with locked(folder):
        return _publish(folder, _Generation(list(transcripts), [], encoder, before, progress, Journal(folder)))


def _publish(folder: Path, generation: "_Generation", ready: Callable[[str], None] = lambda _: None) -> str:
    """Publish it, and end its journal: when it is published, or when the disk has no room for it."""
    try:
        name = publish(folder, generation.write, ready)
    except ArchiveUnwritable:
        generation.journal.discard()
        raise
    generation.journal.discard()
    return name


class _Generation:
    """The next generation on its way to the disk."""

    def __init__(
        self,
        transcripts: list[Transcript],
        files: list[SourceFile],
        encoder: Encoder,
        before: Archive | None,
        progress: Progress,
        journal: Journal,
        failed: Sequence[UnreadableTranscript] = (),
    ) -> None:
        self.journal = journal
        self.failed = failed
        self.transcripts, self.files, self.encoder, self.progress = transcripts, files, encoder, progress
        same_encoder = before is not None and before.manifest["encoder"]["fingerprint"] == encoder.fingerprint
        self.before = before if same_encoder else None
        self.shape = Shape(encoder.max_tokens)
        self.passages: list[Passage] = []
        self.made = self.kept = 0

    def write(self, folder: Path) -> dict[str, object]:
        """Fill the generation's folder; the manifest's entries."""
        self.made = self.kept = 0
        passage_texts, word_texts = self._cut()
        keys = [self._key(text) for text in passage_texts]
        sentences = [
            Keyed(row, span.start, span.end, keys[row]) for row, p in enumerate(self.passages) for span in p.sentences
        ]
        numbers = (len(keys) + len(sentences)) * self.encoder.dimension
        check_room(folder, 4 * numbers + sum(len(transcript.text) for transcript in self.transcripts))
        for file, vectors in zip((PASSAGE_VECTORS, SENTENCE_VECTORS), self._read(passage_texts, keys), strict=True):
            VectorIndex.of(vectors).save(folder / file)
        WordIndex.of(word_texts).save(folder / WORDS)
        np.save(folder / SAYINGS, ring_of(self._sentences()))
        write_catalogue(folder / "catalogue.sqlite", self.transcripts, self.files)
        Columns.of(self.transcripts, self.passages, keys, sentences).save(folder / COLUMNS)
        report = json.dumps(reading_report(self.files, self.failed), indent=1, ensure_ascii=False)
        (folder / REPORT).write_text(report, "utf-8", "backslashreplace")
        return self._manifest(len(sentences))

    def _cut(self) -> tuple[list[str], list[str]]:
        self.passages = []
        passage_texts: list[str] = []
        word_texts: list[str] = []
        count = self.encoder.count_tokens
        for done, transcript in enumerate(self.transcripts, start=1):
            text = transcript.text
            for exchange in transcript.exchanges:
                asked = "" if exchange.question is None else exchange.question.cut(text)
                for passage in cut_passages(text, exchange, self.shape, count):
                    self.passages.append(passage)
                    passage_texts.append(embedded_text(text, passage))
                    word_texts.append(f"{asked}\n{passage.span.cut(text)}")
            self.progress("cutting", done, len(self.transcripts))
        return passage_texts, word_texts

    def _sentences(self) -> Iterator[str]:
        texts = {transcript.id: transcript.text for transcript in self.transcripts}
        for passage in self.passages:
            for span in passage.sentences:
                yield span.cut(texts[span.transcript_id])

    def _key(self, text: str) -> str:
        return hashlib.sha256(f"{self.encoder.fingerprint}\0{text}".encode()).hexdigest()[:32]

    def _read(self, texts: list[str], keys: list[str]) -> tuple[Vectors, Vectors]:
        """The vectors of passages and of their sentences, each read within its passage; those of before are kept."""
        kept = self._kept_passages() | self._noted_passages(keys)
        missing = {key: row for row, key in enumerate(keys) if key not in kept}
        done = 0

        def advance(count: int) -> None:
            nonlocal done
            done += count
            self.progress("embedding passages", done, len(missing))

        for rows in _blocks(list(missing.values())):
            bounds = [_within(texts[row], self.passages[row]) for row in rows]
            whole, parts = self.encoder.encode_stretches([texts[row] for row in rows], bounds, advance)
            own = [keys[row] for row in rows]
            within = [key for row in rows for key in self._sentence_keys(keys[row], row)]
            self.journal.add([*own, *within], np.concatenate([whole, *parts]))
            kept |= dict(zip(own, zip(whole, parts, strict=True), strict=True))
        self.made += len(missing)
        self.kept += len(keys) - len(missing)
        if not keys:
            none = np.zeros((0, self.encoder.dimension), dtype=np.float32)
            return none, none
        return np.stack([kept[key][0] for key in keys]), np.concatenate([kept[key][1] for key in keys])

    def _kept_passages(self) -> dict[str, tuple[Vectors, Vectors]]:
        if self.before is None:
            return {}
        keys = self.before.columns.passage_key.astype(np.str_).tolist()
        whole = self.before.passage_vectors.vectors(np.arange(len(keys)))
        parts = self.before.sentence_vectors.vectors(np.arange(len(self.before.sentence_passage)))
        return {key: (whole[row], parts[self.before.sentence_rows(row)]) for row, key in enumerate(keys)}

    def _noted_passages(self, keys: list[str]) -> dict[str, tuple[Vectors, Vectors]]:
        """Those that an ingest made before it was stopped."""
        noted = self.journal.read(self.encoder.dimension)
        found = {}
        for row, key in enumerate(keys):
            within = [noted.get(each) for each in self._sentence_keys(key, row)] if key in noted else [None]
            vectors = [vector for vector in within if vector is not None]
            if len(vectors) == len(within):
                found[key] = noted[key], np.stack(vectors)
        return found

    def _sentence_keys(self, key: str, row: int) -> list[str]:
        return [self._key(f"{key} {at}") for at in range(len(self.passages[row].sentences))]

    def _manifest(self, sentences: int) -> dict[str, object]:
        dates = sorted(transcript.date.isoformat() for transcript in self.transcripts if transcript.date)
        return {
            "podium": importlib.metadata.version("podium"),
            "recipe": RECIPE,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "encoder": {
                "name": self.encoder.name,
                "fingerprint": self.encoder.fingerprint,
                "dimension": self.encoder.dimension,
                "probe": [round(float(x), 5) for x in self.encoder.probe],
            },
            "counts": {
                "transcripts": len(self.transcripts),
                "exchanges": sum(len(transcript.exchanges) for transcript in self.transcripts),
                "passages": len(self.passages),
                "sentences": sentences,
            },
            "coverage": {"date_from": dates[0] if dates else None, "date_to": dates[-1] if dates else None},
        }


def _blocks(rows: list[Any]) -> list[list[Any]]:
    return [rows[start : start + BLOCK] for start in range(0, len(rows), BLOCK)]


def _within(text: str, passage: Passage) -> list[tuple[int, int]]:
    """Where a passage's sentences stand in what the encoder reads of it."""
    shift = len(text) - passage.span.end
    return [(span.start + shift, span.end + shift) for span in passage.sentences]


def _open_before(folder: Path) -> Archive | None:
    try:
        return open_archive(folder, verified=True)
    except ArchiveMissing:
        return None


def _same_recipe(before: Archive, encoder_name: str) -> bool:
    return bool(before.manifest["encoder"]["name"] == encoder_name and before.manifest["recipe"] == RECIPE)


def _same_numbers(transcript: Transcript, before: Archive) -> Transcript:
    if transcript.id not in before.heads or before.heads[transcript.id].sha256 == transcript.sha256:
        return transcript
    return keep_numbers(transcript, before.transcript(transcript.id))


def _nothing_left(gathered: Gathered) -> PodiumError:
    if not gathered.failed:
        return BadInput(
            f"all {len(gathered.removed)} files of the archive are gone, and an ingest never empties an archive.",
            key="path",
            value=gathered.removed[0],
            remedy="Check the paths; delete the archive's folder if that is what you want.",
        )
    return UnreadableTranscript(
        f"none of {len(gathered.failed)} files could be read. {gathered.failed[0].message}",
        key="path",
        value=gathered.failed[0].value,
        remedy="`podium inspect FILE` shows what the reader makes of a file.",
    )


def reading_report(files: Sequence[SourceFile], failed: Sequence[UnreadableTranscript]) -> dict[str, object]:
    """What the reader made of every file of a generation, and of those that it could make nothing of, as JSON."""
    return {
        "counts": dict(Counter(oddity.kind for file in files for oddity in file.oddities).most_common()),
        "files": [
            {
                "file": file.path,
                "source": file.source,
                "transcript": file.transcript_id,
                "oddities": [asdict(each) for each in file.oddities],
                "remainder": [asdict(each) for each in file.remainder],
            }
            for file in files
        ],
        "not_read": [{"file": shown(str(error.value)), "reason": error.message} for error in failed],
    }
