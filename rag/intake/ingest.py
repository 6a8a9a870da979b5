"""Files -> the next generation of an archive: read, merge mirrors, cut passages, make the vectors that are new."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from embeddings.encoder import Encoder
from rag.archive.archive import Archive, open_archive
from rag.archive.generations import finish_first, locked, publish
from rag.errors import ArchiveMissing, ArchiveUnwritable, BadInput, PodiumError, UnreadableTranscript
from rag.intake.changes import Changes, changes_of
from rag.intake.composing import RECIPE, REPORT, Generation
from rag.intake.cutting import Cutter
from rag.intake.journal import Journal
from rag.intake.older import renew
from rag.intake.sources import Gathered, Progress, gather
from rag.transcript import Transcript


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
            renew(folder, load_encoder, progress)
        before = None if rebuild else _open_before(folder)
        made = before and (before.manifest["encoder"]["name"], before.manifest["recipe"])
        reread = made is not None and made != (encoder_name, RECIPE)
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
        if not gathered.standing:
            raise _nothing_left(gathered)
        changes = changes_of(gathered, before, every=reread)
        done = _counted(gathered, changes, before)
        journal = Journal(folder)
        if dry_run or not (changes.fresh or changes.gone):
            if not dry_run:
                journal.discard()
            return done
        progress("loading the encoder", 0, 1)
        encoder = load_encoder()
        progress("loading the encoder", 1, 1)
        cutter = Cutter(encoder, journal, progress)
        generation = Generation(changes, cutter, before, gathered.failed)
        name = _publish(folder, generation, ready)
    return replace(
        done,
        generation=name,
        passages=generation.passages,
        vectors_made=cutter.made,
        vectors_kept=generation.passages - cutter.made,
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
        changes = Changes(list(transcripts), gone=set() if before is None else set(before.heads))
        return _publish(folder, Generation(changes, Cutter(encoder, Journal(folder), progress), before))


def _publish(folder: Path, generation: Generation, ready: Callable[[str], None] = lambda _: None) -> str:
    """Publish it, and end its journal: when it is published, or when the disk has no room for it."""
    try:
        name = publish(folder, generation.write, ready)
    except ArchiveUnwritable:
        generation.cutter.journal.discard()
        raise
    generation.cutter.journal.discard()
    return name


def _open_before(folder: Path) -> Archive | None:
    try:
        return open_archive(folder)
    except ArchiveMissing:
        return None


def _counted(gathered: Gathered, changes: Changes, before: Archive | None) -> Ingested:
    """What there is now."""
    # What has changed is in both.
    transcripts = len(changes.fresh) - len(changes.gone)
    exchanges = sum(len(transcript.exchanges) for transcript in changes.fresh)
    if before is not None:
        exchanges -= sum(before.catalogue.outline(transcript_id).exchanges for transcript_id in changes.gone)
        transcripts += before.manifest["counts"]["transcripts"]
        exchanges += before.manifest["counts"]["exchanges"]
    return Ingested(None, gathered, transcripts, exchanges)


def _nothing_left(gathered: Gathered) -> PodiumError:
    if not gathered.failed:
        return BadInput(
            f"all {len(gathered.removed)} files of the archive are gone, and an ingest never empties an archive.",
            key="path",
            remedy="Check the paths; delete the archive's folder if that is what you want.",
        )
    return UnreadableTranscript(
        f"none of {len(gathered.failed)} files could be read. {gathered.failed[0].message}",
        key="path",
        remedy="`podium inspect FILE` shows what the reader makes of a file.",
    )
