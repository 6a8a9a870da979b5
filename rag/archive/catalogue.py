"""Transcripts, exchanges and passages in one SQLite file: written once, then read-only. Only importer of sqlite3."""

import datetime
import errno
import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rag.archive.passages import Passage
from rag.transcript import Exchange, Oddity, Span, Speaker, Transcript

_SCHEMA = """
CREATE TABLE transcripts (id TEXT PRIMARY KEY, title TEXT NOT NULL, date TEXT, spokesperson TEXT,
    sources TEXT NOT NULL, sha256 TEXT NOT NULL, text TEXT NOT NULL, institution TEXT, uncertain INTEGER NOT NULL)
    WITHOUT ROWID;
CREATE TABLE files (path TEXT PRIMARY KEY, sha256 TEXT NOT NULL, source TEXT NOT NULL, transcript_id TEXT NOT NULL,
    oddities TEXT NOT NULL, remainder TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE exchanges (place INTEGER PRIMARY KEY, transcript_id TEXT NOT NULL, number INTEGER NOT NULL,
    kind TEXT NOT NULL, outlet TEXT, label TEXT, spokesperson TEXT, date TEXT, question TEXT, answer TEXT NOT NULL,
    interjections TEXT NOT NULL, follows INTEGER, speakers TEXT NOT NULL, reporter TEXT,
    UNIQUE (transcript_id, number));
CREATE TABLE passages (row INTEGER PRIMARY KEY, exchange INTEGER NOT NULL, start INTEGER NOT NULL,
    end INTEGER NOT NULL, context TEXT, key TEXT NOT NULL);
CREATE TABLE questions (row INTEGER PRIMARY KEY, exchange INTEGER NOT NULL, start INTEGER NOT NULL,
    end INTEGER NOT NULL, key TEXT NOT NULL);
CREATE TABLE sentences (row INTEGER PRIMARY KEY, passage INTEGER NOT NULL, start INTEGER NOT NULL,
    end INTEGER NOT NULL, key TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Remainder:
    """A stretch of a file's body that is in no exchange: its line and place in the file's text, its first words."""

    line: int
    start: int
    end: int
    words: str


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that was read: its absolute path, the sha256 of its bytes, its page's address or
    its name, the transcript it gave, what was odd about it, and what of it is in no exchange."""

    path: str
    sha256: str
    source: str
    transcript_id: str
    oddities: tuple[Oddity, ...] = ()
    remainder: tuple[Remainder, ...] = ()


@dataclass(frozen=True, slots=True)
class Keyed:
    """A stretch that has a vector: the place (row) of what it belongs to, its span, and the key of its vector."""

    owner: int
    start: int
    end: int
    key: str


@dataclass(frozen=True, slots=True)
class Contents:
    """All that a catalogue holds, in row order. `passages` and `passage_keys` go together, row by row."""

    transcripts: Sequence[Transcript]
    files: Sequence[SourceFile]
    passages: Sequence[Passage]
    passage_keys: Sequence[str]
    questions: Sequence[Keyed]
    sentences: Sequence[Keyed]


def write_catalogue(path: Path, contents: Contents) -> None:
    """Write a new catalogue file; OSError where the disk doesn't take it."""
    try:
        _write(path, contents)
    except sqlite3.OperationalError as error:
        # SQLite keeps the system's own reason to itself but for a full disk.
        full = error.sqlite_errorcode in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
        raise OSError(errno.ENOSPC if full else errno.EIO, f"{path.name}: {error}") from error


def _write(path: Path, contents: Contents) -> None:
    exchanges = [exchange for transcript in contents.transcripts for exchange in transcript.exchanges]
    place = {exchange.id: at for at, exchange in enumerate(exchanges)}
    with sqlite3.connect(path) as connection:
        connection.executescript(_SCHEMA)

        def insert(table: str, rows: Iterable[tuple[Any, ...]], width: int) -> None:
            marks = ", ".join("?" * width)
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)

        insert("transcripts", map(_transcript_row, contents.transcripts), 9)
        insert("files", map(_file_row, contents.files), 6)
        insert("exchanges", ((at, *_exchange_row(exchange)) for at, exchange in enumerate(exchanges)), 14)
        insert(
            "passages",
            (
                (row, place[p.exchange_id], p.span.start, p.span.end, _place(p.context), key)
                for row, (p, key) in enumerate(zip(contents.passages, contents.passage_keys, strict=True))
            ),
            6,
        )
        for table, rows in (("questions", contents.questions), ("sentences", contents.sentences)):
            insert(table, ((row, k.owner, k.start, k.end, k.key) for row, k in enumerate(rows)), 5)
    connection.close()


class Catalogue:
    """An open catalogue file, read-only, usable from any thread. Raises sqlite3.DatabaseError only from `open`."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
        )
        self._connection.execute("PRAGMA mmap_size = 1073741824")
        self._lock = threading.Lock()
        # A catalogue from before institutions and speakers has neither; its next ingest reads the files again.
        whole = any(row[1] == "institution" for row in self._all("PRAGMA table_info(transcripts)"))
        self._of_transcript, self._of_exchange = (
            ("institution, uncertain", "*") if whole else ("NULL, 0", "*, '[]', NULL")
        )

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def transcript_heads(self) -> list[Transcript]:
        """Every transcript without its text and exchanges, by date and id; those without a date last."""
        rows = self._all(
            f"SELECT id, title, date, spokesperson, sources, sha256, '', {self._of_transcript} FROM transcripts"
            " ORDER BY date IS NULL, date, id"
        )
        return [_transcript(row, ()) for row in rows]

    def transcript(self, transcript_id: str) -> Transcript | None:
        """The whole transcript, or None."""
        rows = self._all(
            f"SELECT id, title, date, spokesperson, sources, sha256, text, {self._of_transcript} FROM transcripts"
            " WHERE id = ?",
            transcript_id,
        )
        if not rows:
            return None
        exchanges = self._all(
            f"SELECT {self._of_exchange} FROM exchanges WHERE transcript_id = ? ORDER BY place", transcript_id
        )
        return _transcript(rows[0], tuple(map(_exchange, exchanges)))

    def text(self, transcript_id: str) -> str:
        """The stored text of a transcript that is here; KeyError."""
        rows = self._all("SELECT text FROM transcripts WHERE id = ?", transcript_id)
        if not rows:
            raise KeyError(transcript_id)
        return str(rows[0][0])

    def exchanges(self) -> list[Exchange]:
        """Every exchange, in the order of their places."""
        return [_exchange(row) for row in self._all(f"SELECT {self._of_exchange} FROM exchanges ORDER BY place")]

    def files(self) -> list[SourceFile]:
        """Every file that was read, by path."""
        return [_file(row) for row in self._all("SELECT * FROM files ORDER BY path")]

    def passages(self) -> list[tuple[int, int, int, str | None, str]]:
        """(exchange place, start, end, context as "start-end" or None, key) in row order."""
        return self._all("SELECT exchange, start, end, context, key FROM passages ORDER BY row")

    def keyed(self, table: str) -> list[Keyed]:
        """The rows of "questions" (owner: exchange place) or "sentences" (owner: passage row)."""
        owner = {"questions": "exchange", "sentences": "passage"}[table]
        return [Keyed(*row) for row in self._all(f"SELECT {owner}, start, end, key FROM {table} ORDER BY row")]

    def _all(self, statement: str, *values: Any) -> list[Any]:
        with self._lock:
            return self._connection.execute(statement, values).fetchall()


def context_span(transcript_id: str, place: str | None) -> Span | None:
    """The span that a passage's context column names."""
    if place is None:
        return None
    start, end = place.split("-")
    return Span(transcript_id, int(start), int(end))


def _place(span: Span | None) -> str | None:
    return None if span is None else f"{span.start}-{span.end}"


def _places(spans: Iterable[Span]) -> str:
    return " ".join(f"{span.start}-{span.end}" for span in spans)


def _spans(transcript_id: str, places: str) -> Iterator[Span]:
    for place in places.split():
        start, end = place.split("-")
        yield Span(transcript_id, int(start), int(end))


def _transcript_row(transcript: Transcript) -> tuple[Any, ...]:
    date = None if transcript.date is None else transcript.date.isoformat()
    sources = json.dumps(transcript.sources, ensure_ascii=False)
    return (
        transcript.id,
        transcript.title,
        date,
        transcript.spokesperson,
        sources,
        transcript.sha256,
        transcript.text,
        transcript.institution,
        transcript.uncertain,
    )


def _transcript(row: tuple[Any, ...], exchanges: tuple[Exchange, ...]) -> Transcript:
    transcript_id, title, date, spokesperson, sources, sha256, text, institution, uncertain = row
    return Transcript(
        id=transcript_id,
        title=title,
        date=_date(date),
        spokesperson=spokesperson,
        sources=tuple(json.loads(sources)),
        sha256=sha256,
        text=text,
        exchanges=exchanges,
        institution=institution,
        uncertain=bool(uncertain),
    )


def _exchange_row(exchange: Exchange) -> tuple[Any, ...]:
    return (
        exchange.transcript_id,
        exchange.number,
        exchange.kind,
        exchange.outlet,
        exchange.label,
        exchange.spokesperson,
        None if exchange.date is None else exchange.date.isoformat(),
        _place(exchange.question),
        _places(exchange.answer),
        _places(exchange.interjections),
        exchange.follows,
        json.dumps([speaker and [speaker.name, speaker.office] for speaker in exchange.speakers], ensure_ascii=False),
        exchange.reporter,
    )


def _exchange(row: tuple[Any, ...]) -> Exchange:
    (
        _,
        transcript_id,
        number,
        kind,
        outlet,
        label,
        spokesperson,
        date,
        question,
        answer,
        interjections,
        follows,
        speakers,
        reporter,
    ) = row
    return Exchange(
        transcript_id=transcript_id,
        number=number,
        kind=kind,
        outlet=outlet,
        label=label,
        spokesperson=spokesperson,
        date=_date(date),
        question=context_span(transcript_id, question),
        answer=tuple(_spans(transcript_id, answer)),
        interjections=tuple(_spans(transcript_id, interjections)),
        follows=follows,
        speakers=tuple(each and Speaker(*each) for each in json.loads(speakers)),
        reporter=reporter,
    )


def _file_row(file: SourceFile) -> tuple[Any, ...]:
    oddities = json.dumps([asdict(each) for each in file.oddities], ensure_ascii=False)
    remainder = json.dumps([asdict(each) for each in file.remainder], ensure_ascii=False)
    return (file.path, file.sha256, file.source, file.transcript_id, oddities, remainder)


def _file(row: tuple[Any, ...]) -> SourceFile:
    path, sha256, source, transcript_id, oddities, remainder = row
    return SourceFile(
        path,
        sha256,
        source,
        transcript_id,
        tuple(Oddity(**each) for each in json.loads(oddities)),
        tuple(Remainder(**each) for each in json.loads(remainder)),
    )


def _date(iso: str | None) -> datetime.date | None:
    return None if iso is None else datetime.date.fromisoformat(iso)
