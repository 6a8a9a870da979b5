"""Transcripts, files and exchanges in SQLite files: written once, then read-only. Only importer of sqlite3."""

import datetime
import errno
import sqlite3
import threading
import weakref
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.archive.stored import (
    SourceFile,
    date_of_row,
    exchange_of_row,
    exchange_row,
    file_of_row,
    file_row,
    transcript_of_row,
    transcript_row,
)
from rag.errors import ArchiveDamaged
from rag.transcript import Exchange, Transcript

# How many characters of the lines above a conference's first words tell what it is.
HEADING = 500

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
CREATE INDEX files_of ON files (transcript_id);
"""
# How many columns each table has.
_WIDTHS = {"transcripts": 9, "files": 6, "exchanges": 14}

# A transcript's row with no text in its place.
_HEAD = "id, title, date, spokesperson, sources, sha256, '', institution, uncertain"


def write_catalogue(path: Path, transcripts: Sequence[Transcript], files: Sequence[SourceFile]) -> None:
    """Write a new catalogue file; OSError where the disk doesn't take it."""
    exchanges = (exchange for transcript in transcripts for exchange in transcript.exchanges)
    with _disk(path), closing(_created(path)) as connection:
        _insert(connection, "transcripts", map(transcript_row, transcripts))
        _insert(connection, "files", map(file_row, files))
        _insert(connection, "exchanges", ((at, *exchange_row(exchange)) for at, exchange in enumerate(exchanges)))
        connection.commit()


@contextmanager
def _disk(path: Path) -> Iterator[None]:
    """OSError for what SQLite says of the disk."""
    try:
        yield
    except sqlite3.OperationalError as error:
        # SQLite keeps the system's own reason to itself but for a full disk.
        full = error.sqlite_errorcode in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
        raise OSError(errno.ENOSPC if full else errno.EIO, f"{path.name}: {error}") from error


def _created(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    connection.executescript(_SCHEMA)
    return connection


def _insert(connection: sqlite3.Connection, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
    marks = ", ".join("?" * _WIDTHS[table])
    connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a file that was read without reading it again: its transcript's day, own sha256, institution."""

    path: str
    sha256: str
    source: str
    transcript_id: str
    date: datetime.date | None
    transcript_sha256: str
    institution: str | None


@dataclass(frozen=True, slots=True)
class Outline:
    """Where the exchanges of a transcript lie: from the place `first`, so many, in one of the files (`part`)."""

    part: int
    transcript_id: str
    date: str | None
    first: int
    exchanges: int


class Catalogue:
    """Open catalogue files, one behind the other, read-only, usable from any thread.

    ArchiveDamaged where they can't be read.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self._connections = [_opened(path) for path in paths]
        for connection in self._connections:
            # A connection and its cache of statements hold each other: by itself it stays open until collected.
            weakref.finalize(self, connection.close)
        self._lock = threading.Lock()
        self._first = [0]
        for connection in self._connections:
            last = connection.execute("SELECT max(place) FROM exchanges").fetchone()[0]
            # Places are counted through the files: the first of each, and the end of the last.
            self._first.append(self._first[-1] + (0 if last is None else last + 1))

    @property
    def count(self) -> int:
        """How many exchanges there are."""
        return self._first[-1]

    def transcript_heads(self) -> list[Transcript]:
        """Every transcript without its text and exchanges, by date and id; those without a date last."""
        heads = [transcript_of_row(row, ()) for _, row in self._all(f"SELECT {_HEAD} FROM transcripts")]
        return sorted(heads, key=lambda head: (head.date is None, head.date, head.id))

    def transcript(self, transcript_id: str) -> Transcript | None:
        """The whole transcript, or None."""
        rows = self._all("SELECT * FROM transcripts WHERE id = ?", transcript_id)
        if not rows:
            return None
        exchanges = self._all("SELECT * FROM exchanges WHERE transcript_id = ? ORDER BY place", transcript_id)
        return transcript_of_row(rows[0][1], tuple(exchange_of_row(row) for _, row in exchanges))

    def text(self, transcript_id: str) -> str:
        """The stored text of a transcript that is here; KeyError."""
        rows = self._all("SELECT text FROM transcripts WHERE id = ?", transcript_id)
        if not rows:
            raise KeyError(transcript_id)
        return str(rows[0][1][0])

    def text_of(self, outline: Outline) -> str:
        """The stored text of the transcript that was outlined."""
        with self._lock:
            select = "SELECT text FROM transcripts WHERE id = ?"
            return str(self._connections[outline.part].execute(select, (outline.transcript_id,)).fetchone()[0])

    def has(self, transcript_id: str) -> bool:
        """Whether a transcript is here."""
        return bool(self._all("SELECT 1 FROM transcripts WHERE id = ?", transcript_id))

    def head(self, transcript_id: str) -> Transcript:
        """A transcript that is here, without its text and exchanges; KeyError."""
        rows = self._all(f"SELECT {_HEAD} FROM transcripts WHERE id = ?", transcript_id)
        if not rows:
            raise KeyError(transcript_id)
        return transcript_of_row(rows[0][1], ())

    def heading(self, transcript_id: str) -> str:
        """The title of a transcript that is here, and the lines above its first exchange; KeyError."""
        rows = self._all(f"SELECT title, substr(text, 1, {HEADING}) FROM transcripts WHERE id = ?", transcript_id)
        if not rows:
            raise KeyError(transcript_id)
        title, opening = rows[0][1]
        place = self.place(transcript_id, 1)
        first = None if place is None else self.exchange(place)
        above = min((span.start for span in (first.question, *first.answer) if span), default=0) if first else 0
        return f"{title}\n{opening[:above]}"

    def exchange(self, place: int) -> Exchange:
        """The exchange at a place; IndexError."""
        # Which file holds the place.
        at = bisect_right(self._first, place) - 1
        if not 0 <= at < len(self._connections):
            raise IndexError(place)
        with self._lock, _readable():
            found = self._connections[at].execute("SELECT * FROM exchanges WHERE place = ?", (place - self._first[at],))
            row = found.fetchone()
        if row is None:
            raise IndexError(place)
        return exchange_of_row(row)

    def place(self, transcript_id: str, number: int) -> int | None:
        """The place of an exchange, or None."""
        rows = self._all("SELECT place FROM exchanges WHERE transcript_id = ? AND number = ?", transcript_id, number)
        return next((first + int(row[0]) for first, row in rows), None)

    def exchanges(self) -> list[Exchange]:
        """Every exchange, in the order of their places."""
        return [exchange_of_row(row) for _, row in self._all("SELECT * FROM exchanges ORDER BY place")]

    def ids(self) -> list[str]:
        """Every exchange's id, in the order of their places."""
        rows = self._all("SELECT transcript_id, number FROM exchanges ORDER BY place")
        return [f"{row[0]}/{row[1]}" for _, row in rows]

    def files(self) -> list[SourceFile]:
        """Every file that was read, by path."""
        return sorted((file_of_row(row) for _, row in self._all("SELECT * FROM files")), key=lambda file: file.path)

    def files_of(self, transcript_id: str) -> list[SourceFile]:
        """The files of one transcript, by path."""
        rows = self._all("SELECT * FROM files WHERE transcript_id = ? ORDER BY path", transcript_id)
        return [file_of_row(row) for _, row in rows]

    def records(self) -> list[Record]:
        """What is known of every file."""
        rows = self._all(
            "SELECT path, f.sha256, source, f.transcript_id, t.date, t.sha256, t.institution"
            " FROM files f JOIN transcripts t ON t.id = f.transcript_id"
        )
        return [
            Record(path, sha256, source, of, date_of_row(date), *own)
            for _, (path, sha256, source, of, date, *own) in rows
        ]

    def outline(self, transcript_id: str) -> Outline:
        """Where the exchanges of a transcript that is here lie."""
        return self._outline(*self._all(f"{_OUTLINES} WHERE t.id = ? GROUP BY t.id", transcript_id)[0])

    def outlines(self) -> list[Outline]:
        """Where the exchanges of every transcript lie; by date and id, those without a date last."""
        found = [self._outline(*each) for each in self._all(f"{_OUTLINES} GROUP BY t.id")]
        return sorted(found, key=lambda outline: (outline.date is None, outline.date, outline.transcript_id))

    def report(self) -> Iterator[str]:
        """What was odd about each file and what of it is in no exchange, a JSON object each, by path."""
        rows = self._all(
            "SELECT json_object('file', path, 'source', source, 'transcript', transcript_id, 'oddities',"
            " json(oddities), 'remainder', json(remainder)) FROM files ORDER BY path"
        )
        return (str(row[0]) for _, row in rows)

    def oddity_counts(self) -> dict[str, int]:
        """How many oddities of each kind the files have, the most first."""
        counted: Counter[str] = Counter()
        each = "SELECT json_extract(value, '$.kind'), count(*) FROM files, json_each(files.oddities) GROUP BY 1"
        for _, (kind, count) in self._all(each):
            counted[kind] += count
        return dict(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))

    def copy(self, path: Path, kept: Sequence[Outline]) -> None:
        """Write a new catalogue file of these transcripts, in this order; OSError where the disk doesn't take it."""

        def rows(table: str, key: str) -> Iterator[tuple[Any, ...]]:
            select = f"SELECT * FROM {table} WHERE {key} = ? ORDER BY 1"
            return (row for each in kept for row in self._connections[each.part].execute(select, (each.transcript_id,)))

        with _disk(path), closing(_created(path)) as connection, self._lock:
            _insert(connection, "transcripts", rows("transcripts", "id"))
            _insert(connection, "files", rows("files", "transcript_id"))
            exchanges = enumerate(rows("exchanges", "transcript_id"))
            _insert(connection, "exchanges", ((at, *row[1:]) for at, row in exchanges))
            connection.commit()

    def _outline(self, first: int, row: tuple[Any, ...]) -> Outline:
        return Outline(bisect_right(self._first, first) - 1, row[0], row[1], first + row[2], row[3])

    def _all(self, statement: str, *values: Any) -> list[tuple[int, Any]]:
        """The rows of every file, each with the place of its file's first exchange."""
        with self._lock, _readable():
            return [
                (first, row)
                for first, connection in zip(self._first, self._connections, strict=False)
                for row in connection.execute(statement, values)
            ]


_OUTLINES = (
    "SELECT t.id, t.date, coalesce(min(e.place), 0), count(e.place)"
    " FROM transcripts t LEFT JOIN exchanges e ON e.transcript_id = t.id"
)


@contextmanager
def _readable() -> Iterator[None]:
    """ArchiveDamaged for what SQLite can't read."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise ArchiveDamaged(f"the catalogue can't be read: {error}.", remedy="Run `podium check`.") from error


def _opened(path: Path) -> sqlite3.Connection:
    # `immutable` spares the locks: nothing writes to a published file.
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)
