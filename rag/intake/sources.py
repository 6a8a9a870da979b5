"""Paths -> the files that are new to the next generation, and those of the same days; read where bytes have changed."""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rag.archive.archive import Archive
from rag.archive.catalogue import Record
from rag.archive.stored import Remainder
from rag.errors import UnreadableTranscript
from rag.intake.paths import find_files, no_transcripts, not_read
from rag.intake.readers import Readers, Ticket, Told, bytes_of
from rag.reading.reading import Reading
from rag.transcript import Oddity, Transcript

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file with the transcript it gave and what was odd about it; `source` is its address or its name."""

    path: Path
    sha256: str
    source: str
    transcript: Transcript
    oddities: tuple[Oddity, ...]
    remainder: tuple[Remainder, ...] = ()


@dataclass(slots=True)
class Gathered:
    """What became of each path; and of the days on which anything did, all files of the next generation.

    `ids_before` are the transcripts that these days had, by file; `standing` is how many files there are in all.
    """

    files: list[ReadFile] = field(default_factory=list)
    ids_before: dict[str, str] = field(default_factory=dict)
    standing: int = 0
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: int = 0
    failed: list[UnreadableTranscript] = field(default_factory=list)


def gather(
    paths: Sequence[Path],
    addresses: Mapping[str, str],
    before: Archive | None,
    progress: Progress,
    *,
    institution: str | None = None,
    columns: Mapping[str, str] | None = None,
    reread: bool = False,
    seconds: float,
) -> Gathered:
    """Read what is new of what `paths` name, and take up what the generation before holds of the same days.

    Files under `paths` that are gone are removed; a file that can't be read now keeps its last readable version.
    `addresses` gives the page's address by file name, `institution` that of all files; with `reread` files are read
    though they are unchanged. A file that takes longer than `seconds` has failed. BadInput where the paths
    name nothing that is or was there.
    """
    records = [] if before is None else before.catalogue.records()
    known = {Path(record.path): record for record in records}
    found = find_files(paths, known)
    there = set(found.files)
    gone = {path for path in known if path not in there and found.covers(path)}
    if not found.files and not gone:
        raise no_transcripts(paths)
    result = Gathered(failed=found.failed, removed=sorted(map(str, gone)))
    handed_in: list[_HandedIn] = []
    with Readers() as readers:
        for done, path in enumerate(found.files, start=1):
            try:
                told = Told(address_of(path, addresses), institution, columns or {}, seconds)
                if each := _hand_in(path, told, known.get(path), reread, readers):
                    handed_in.append(each)
            except UnreadableTranscript as error:
                result.failed.append(error)
            progress("reading", done, len(found.files))
        readers.finish()
    for each in handed_in:
        try:
            _take(each, result)
        except UnreadableTranscript as error:
            result.failed.append(error)
    if before is not None:
        _take_days(before, known, gone, result, every=reread)
    return result


def _take_days(
    before: Archive, known: Mapping[Path, Record], gone: Collection[Path], result: Gathered, *, every: bool
) -> None:
    """Add the files that stay, of the days on which others came, changed or went (or of every day): their mirrors."""
    read = {file.path for file in result.files}
    touched = {file.transcript.date for file in result.files}
    touched |= {record.date for path, record in known.items() if path in read or path in gone}
    stays = [record for path, record in known.items() if path not in read and path not in gone]
    result.standing = len(read) + len(stays)
    result.unchanged += len(stays)
    result.files += [_kept(record, before) for record in stays if every or record.date in touched]
    result.ids_before = {
        record.path: record.transcript_id for record in known.values() if every or record.date in touched
    }


def address_of(path: Path, addresses: Mapping[str, str]) -> str | None:
    """The address listed for a file, under as much of its path as the list gives.

    >>> address_of(Path("/saved/html/t1.html"), {"html/t1.html": "https://example.org/1", "t2.html": "..."})
    'https://example.org/1'
    """
    # /saved/html/t1.html, html/t1.html, t1.html
    names = (str(path), *("/".join(path.parts[at:]) for at in range(1, len(path.parts))))
    return next((addresses[name] for name in names if name in addresses), None)


@dataclass(frozen=True, slots=True)
class _HandedIn:
    """A file with the readers, whether it was read before, and whether its bytes are the same."""

    ticket: Ticket
    sha256: str
    known: bool
    same: bool


def _hand_in(path: Path, told: Told, record: Record | None, reread: bool, readers: Readers) -> _HandedIn | None:
    """Give the file at `path` to the readers, unless its bytes and what is told of it are the same."""
    raw = bytes_of(path)
    sha256 = hashlib.sha256(raw).hexdigest()
    # An address that has changed is a change of the file.
    same = record is not None and record.sha256 == sha256 and told.address in (None, record.source)
    if same and record is not None and not reread and _holds(record, told):
        return None
    return _HandedIn(readers.submit(path, raw, told), sha256, record is not None, same)


def _take(file: _HandedIn, result: Gathered) -> None:
    """Add what a file was read as to what was gathered."""
    reading, path = _reading(file.ticket), file.ticket.path
    transcript = reading.transcript
    remainder = tuple(
        Remainder(
            transcript.text.count("\n", 0, span.start) + 1,
            span.start,
            span.end,
            " ".join(span.cut(transcript.text).split())[:80],
        )
        for span in reading.remainder
    )
    result.files.append(ReadFile(path, file.sha256, transcript.sources[0], transcript, reading.oddities, remainder))
    result.standing += 1
    if file.same:
        result.unchanged += 1
    else:
        (result.changed if file.known else result.added).append(str(path))


def _holds(record: Record, told: Told) -> bool:
    """Whether the stored transcript is this file's own, not that of a mirror, and of the institution that is told."""
    return record.transcript_sha256 == record.sha256 and told.institution in (None, record.institution)


def _kept(record: Record, before: Archive) -> ReadFile:
    stored = before.transcript(record.transcript_id)
    file = next(file for file in before.catalogue.files_of(record.transcript_id) if file.path == record.path)
    return ReadFile(Path(file.path), file.sha256, file.source, stored, file.oddities, file.remainder)


def _reading(ticket: Ticket) -> Reading:
    reading = ticket.reading()
    exchanges = reading.transcript.exchanges
    if not any(exchange.answer for exchange in exchanges):
        why = "nothing in it is answered" if exchanges else "it holds no exchange"
        raise not_read(ticket.path, why, "`podium inspect FILE` shows what the reader makes of it.")
    return reading
