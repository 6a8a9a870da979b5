"""Paths -> the files that the next generation is made of, read anew only where their bytes have changed."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rag.archive.archive import Archive
from rag.archive.catalogue import Remainder, SourceFile
from rag.errors import UnreadableTranscript
from rag.intake.paths import find_files, no_transcripts, not_read
from rag.intake.readers import Readers, Request, Ticket, bytes_of, made_of
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
    """The files of the next generation, and what became of each path."""

    files: list[ReadFile] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: int = 0
    failed: list[UnreadableTranscript] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Told:
    """What the caller says of a file: the address of its page, the institution that it is of, a table's columns, and
    how long its reading may take."""

    address: str | None
    institution: str | None
    columns: Mapping[str, str]
    seconds: float


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
    """Read what `paths` name, and carry over what the generation before holds of other files.

    Files under `paths` that are gone are removed; a file that can't be read now keeps its last readable version.
    `addresses` gives the page's address by file name, `institution` that of all files; with `reread` files are read
    though they are unchanged. A file that takes longer than `seconds` has failed. BadInput where the paths
    name nothing that is or was there.
    """
    known = {} if before is None else {Path(file.path): file for file in before.catalogue.files()}
    found = find_files(paths, known)
    there = set(found.files)
    gone = {path for path in known if path not in there and found.covers(path)}
    if not found.files and not gone:
        raise no_transcripts(paths)
    result = Gathered(failed=found.failed)
    handed_in: list[_HandedIn] = []
    with Readers() as readers:
        for done, path in enumerate(found.files, start=1):
            try:
                told = Told(address_of(path, addresses), institution, columns or {}, seconds)
                handed_in.append(_hand_in(path, told, known.get(path), None if reread else before, readers))
            except UnreadableTranscript as error:
                result.failed.append(error)
            progress("reading", done, len(found.files))
        readers.finish()
    for each in handed_in:
        try:
            _take(each, result)
        except UnreadableTranscript as error:
            result.failed.append(error)
    held = {file.path for file in result.files} | gone
    result.removed = sorted(map(str, gone))
    for path, record in known.items():
        if before is not None and path not in held:
            result.files.append(_kept(record, before))
            result.unchanged += 1
    return result


def address_of(path: Path, addresses: Mapping[str, str]) -> str | None:
    """The address listed for a file, under as much of its path as the list gives.

    >>> address_of(Path("/saved/html/t1.html"), {"html/t1.html": "https://example.org/1", "t2.html": "..."})
    'https://example.org/1'
    """
    names = (str(path), *("/".join(path.parts[at:]) for at in range(1, len(path.parts))))
    return next((addresses[name] for name in names if name in addresses), None)


@dataclass(frozen=True, slots=True)
class _HandedIn:
    """A file on its way: as it was before where its bytes are the `same`, else with the readers."""

    path: Path
    sha256: str
    known: bool
    same: bool
    made: ReadFile | Ticket


def _hand_in(path: Path, told: Told, record: SourceFile | None, before: Archive | None, readers: Readers) -> _HandedIn:
    """The file at `path` as it was if its bytes are the same, else given to the readers."""
    raw = bytes_of(path)
    sha256 = hashlib.sha256(raw).hexdigest()
    same = record is not None and record.sha256 == sha256 and told.address in (None, record.source)
    if same and record is not None and before is not None and _holds(before, record, told):
        return _HandedIn(path, sha256, True, True, _kept(record, before))
    request = Request(raw, path.name, told.address, told.institution, told.columns, told.seconds)
    return _HandedIn(path, sha256, record is not None, same, readers.submit(request))


def _take(file: _HandedIn, result: Gathered) -> None:
    """Add a file to what was gathered."""
    if isinstance(file.made, ReadFile):
        result.files.append(file.made)
    else:
        reading = _reading(file.path, file.made)
        transcript, remainder = reading.transcript, tuple(_remainder(reading))
        source = transcript.sources[0]
        result.files.append(ReadFile(file.path, file.sha256, source, transcript, reading.oddities, remainder))
    if file.same:
        result.unchanged += 1
    else:
        (result.changed if file.known else result.added).append(str(file.path))


def _holds(before: Archive, record: SourceFile, told: Told) -> bool:
    """Whether the stored transcript is this file's own, not that of a mirror, and of the institution that is told."""
    head = before.heads[record.transcript_id]
    return head.sha256 == record.sha256 and told.institution in (None, head.institution)


def _kept(record: SourceFile, before: Archive) -> ReadFile:
    stored = before.transcript(record.transcript_id)
    return ReadFile(Path(record.path), record.sha256, record.source, stored, record.oddities, record.remainder)


def _reading(path: Path, ticket: Ticket) -> Reading:
    reading = made_of(path, ticket)
    if isinstance(reading, UnreadableTranscript):
        raise reading
    exchanges = reading.transcript.exchanges
    if not any(exchange.answer for exchange in exchanges):
        why = "nothing in it is answered" if exchanges else "it holds no exchange"
        raise not_read(path, why, "`podium inspect FILE` shows what the reader makes of it.")
    return reading


def _remainder(reading: Reading) -> list[Remainder]:
    text = reading.transcript.text
    return [
        Remainder(text.count("\n", 0, span.start) + 1, span.start, span.end, " ".join(span.cut(text).split())[:80])
        for span in reading.remainder
    ]
