"""Paths -> the files that the next generation is made of, read anew only where their bytes have changed."""

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rag.archive import Archive
from rag.assembly import Oddity
from rag.catalogue import SourceFile
from rag.errors import BadInput, PodiumError, UnreadableTranscript
from rag.reading import read_file
from rag.transcript import Transcript

SUFFIXES = frozenset({".txt", ".html", ".htm", ".shtml", ".xhtml"})
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file with the transcript it gave and what was odd about it; `source` is its address or its name."""

    path: Path
    sha256: str
    source: str
    transcript: Transcript
    oddities: tuple[Oddity, ...]


@dataclass(slots=True)
class Gathered:
    """The files of the next generation, and what became of each path."""

    files: list[ReadFile] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: int = 0
    failed: list[PodiumError] = field(default_factory=list)


def find_files(paths: Sequence[Path]) -> tuple[list[Path], list[PodiumError]]:
    """Every transcript file that the paths name, folders searched through, without following links between folders.

    BadInput where they name none at all; a path that isn't there or can't be entered is returned as an error.
    """
    files: set[Path] = set()
    failed: list[PodiumError] = []

    def refuse(error: OSError) -> None:
        failed.append(_unreadable(str(error.filename), error.strerror or str(error)))

    for path in paths:
        if path.is_dir():
            for folder, folders, names in os.walk(path, onerror=refuse):
                folders[:] = sorted(name for name in folders if not name.startswith("."))
                files.update(
                    Path(folder, name)
                    for name in names
                    if Path(name).suffix.lower() in SUFFIXES and not name.startswith(".")
                )
        elif path.exists():
            files.add(path)
        else:
            failed.append(_unreadable(str(path), "no such file or folder"))
    if not files:
        raise BadInput(
            f"no transcripts at {', '.join(map(str, paths)) or 'no path'}.",
            key="path",
            value=[str(path) for path in paths],
            remedy=f"Give files or folders that hold {', '.join(sorted(SUFFIXES))} files.",
        )
    return sorted({path.absolute() for path in files}), failed


def gather(paths: Sequence[Path], addresses: Mapping[str, str], before: Archive | None, progress: Progress) -> Gathered:
    """Read what `paths` name, and carry over what the generation before holds of other files.

    Files under `paths` that are gone are removed; a file that can't be read now keeps its last readable version.
    `addresses` gives the page's address by file name.
    """
    found, failed = find_files(paths)
    result = Gathered(failed=failed)
    known = {} if before is None else {Path(file.path): file for file in before.catalogue.files()}
    for done, path in enumerate(found, start=1):
        try:
            _take(path, addresses.get(path.name), known.get(path), before, result)
        except PodiumError as error:
            result.failed.append(error)
        progress("reading", done, len(found))
    present, tried = {file.path for file in result.files}, set(found)
    roots = [path.absolute() for path in paths]
    for path, record in known.items():
        if path in present:
            continue
        if path not in tried and any(path.is_relative_to(root) for root in roots):
            result.removed.append(str(path))
        elif before is not None:
            stored = before.transcript(record.transcript_id)
            result.files.append(ReadFile(path, record.sha256, record.source, stored, record.oddities))
            result.unchanged += 1
    return result


def _take(path: Path, address: str | None, record: SourceFile | None, before: Archive | None, result: Gathered) -> None:
    try:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise _unreadable(str(path), error.strerror or str(error)) from error
    same = record is not None and record.sha256 == sha256 and address in (None, record.source)
    if same and record is not None and before is not None:
        stored = before.transcript(record.transcript_id)
        if stored.sha256 == sha256:
            result.files.append(ReadFile(path, sha256, record.source, stored, record.oddities))
            result.unchanged += 1
            return
    try:
        reading = read_file(path, address)
    except UnreadableTranscript as error:
        raise _unreadable(str(path), error.message.removeprefix(f"{path.name}: ").rstrip(".")) from error
    transcript = reading.transcript
    if not transcript.exchanges:
        raise _unreadable(str(path), "it holds no exchange")
    result.files.append(ReadFile(path, transcript.sha256, transcript.sources[0], transcript, reading.oddities))
    if same:
        result.unchanged += 1
    else:
        (result.added if record is None else result.changed).append(str(path))


def _unreadable(path: str, why: str) -> UnreadableTranscript:
    return UnreadableTranscript(
        f"{path}: {why}.",
        key="path",
        value=path,
        remedy="`podium inspect FILE` shows what the reader makes of it.",
    )
