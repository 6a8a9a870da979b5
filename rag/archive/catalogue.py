"""Transcripts, files and exchanges in one SQLite file: written once, then read-only. Only importer of sqlite3."""

import datetime
import errno
import json
import sqlite3
import threading
import weakref
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rag.errors import ArchiveDamaged
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
"""

_HEAD = "id, title, date, spokesperson, sources, sha256, '', institution, uncertain"


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


def write_catalogue(path: Path, transcripts: Sequence[Transcript], files: Sequence[SourceFile]) -> None:
    """Write a new catalogue file; OSError where the disk doesn't take it."""
    try:
        _write(path, transcripts, files)
    except sqlite3.OperationalError as error:
        # SQLite keeps the system's own reason to itself but for a full disk.
        full = error.sqlite_errorcode in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
        raise OSError(errno.ENOSPC if full else errno.EIO, f"{path.name}: {error}") from error


def _write(path: Path, transcripts: Sequence[Transcript], files: Sequence[SourceFile]) -> None:
    exchanges = (exchange for transcript in transcripts for exchange in transcript.exchanges)
    with sqlite3.connect(path) as connection:
        connection.executescript(_SCHEMA)

        def insert(table: str, rows: Iterable[tuple[Any, ...]], width: int) -> None:
            marks = ", ".join("?" * width)
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)

        insert("transcripts", map(_transcript_row, transcripts), 9)
        insert("files", map(_file_row, files), 6)
        insert("exchanges", ((at, *_exchange_row(exchange)) for at, exchange in enumerate(exchanges)), 14)
    connection.close()


class Catalogue:
    """An open catalogue file, read-only, usable from any thread; ArchiveDamaged where it can't be read."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
        )
        # A connection and its cache of statements hold each other: by itself it stays open until they are collected.
        weakref.finalize(self, self._connection.close)
        self._lock = threading.Lock()

    def transcript_heads(self) -> list[Transcript]:
        """Every transcript without its text and exchanges, by date and id; those without a date last."""
        rows = self._all(f"SELECT {_HEAD} FROM transcripts ORDER BY date IS NULL, date, id")
        return [_transcript(row, ()) for row in rows]

    def transcript(self, transcript_id: str) -> Transcript | None:
        """The whole transcript, or None."""
        rows = self._all("SELECT * FROM transcripts WHERE id = ?", transcript_id)
        if not rows:
            return None
        exchanges = self._all("SELECT * FROM exchanges WHERE transcript_id = ? ORDER BY place", transcript_id)
        return _transcript(rows[0], tuple(map(_exchange, exchanges)))

    def text(self, transcript_id: str) -> str:
        """The stored text of a transcript that is here; KeyError."""
        rows = self._all("SELECT text FROM transcripts WHERE id = ?", transcript_id)
        if not rows:
            raise KeyError(transcript_id)
        return str(rows[0][0])

    def head(self, transcript_id: str) -> Transcript:
        """A transcript that is here, without its text and exchanges; KeyError."""
        rows = self._all(f"SELECT {_HEAD} FROM transcripts WHERE id = ?", transcript_id)
        if not rows:
            raise KeyError(transcript_id)
        return _transcript(rows[0], ())

    def exchange(self, place: int) -> Exchange:
        """The exchange at a place; IndexError."""
        rows = self._all("SELECT * FROM exchanges WHERE place = ?", place)
        if not rows:
            raise IndexError(place)
        return _exchange(rows[0])

    def place(self, transcript_id: str, number: int) -> int | None:
        """The place of an exchange, or None."""
        rows = self._all("SELECT place FROM exchanges WHERE transcript_id = ? AND number = ?", transcript_id, number)
        return int(rows[0][0]) if rows else None

    def exchanges(self) -> list[Exchange]:
        """Every exchange, in the order of their places."""
        return [_exchange(row) for row in self._all("SELECT * FROM exchanges ORDER BY place")]

    def ids(self) -> list[str]:
        """Every exchange's id, in the order of their places."""
        return [f"{row[0]}/{row[1]}" for row in self._all("SELECT transcript_id, number FROM exchanges ORDER BY place")]

    def files(self) -> list[SourceFile]:
        """Every file that was read, by path."""
        return [_file(row) for row in self._all("SELECT * FROM files ORDER BY path")]

    def _all(self, statement: str, *values: Any) -> list[Any]:
        try:
            with self._lock:
                return self._connection.execute(statement, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise ArchiveDamaged(f"the catalogue can't be read: {error}.", remedy="Run `podium check`.") from error


def _span(transcript_id: str, place: str | None) -> Span | None:
    """The span that a place in a column names."""
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
        question=_span(transcript_id, question),
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
