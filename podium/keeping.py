"""The commands that make and keep an archive: ingest, watch, inspect, check, rollback."""

import contextlib
import datetime
import signal
import sys
import threading
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from podium.address import base_url_of
from podium.command import DAMAGED, REFUSED, USAGE, ArchiveOption, JsonOption, settings_of, talk
from rag.errors import ArchiveDamaged, BadInput, PodiumError, UnreadableTranscript

if TYPE_CHECKING:
    from rag.settings import Settings

PIPED_WIDTH = 200
PATHS = "Files, folders, quoted globs, or - for a list on standard input."

SourcesOption = Annotated[
    Path | None,
    typer.Option("--sources", help="A list of pages' addresses: tab-separated, with the header file, url."),
]
InstitutionOption = Annotated[
    str | None, typer.Option("--institution", help="The institution that the transcripts are of.")
]
ColumnsOption = Annotated[
    str | None, typer.Option("--columns", help="A table's own names of its columns: speaker=Name,text=Words,date=Day.")
]


def ingest(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help=PATHS)],
    archive: ArchiveOption = None,
    sources: SourcesOption = None,
    institution: InstitutionOption = None,
    columns: ColumnsOption = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Start anew instead of from the last generation.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")] = False,
    on: Annotated[str, typer.Option(help="Encode on Ray's workers: local, or ray://HOST:10001 (podium[ray]).")] = "",
) -> None:
    """Read new and changed transcripts into the archive."""
    from podium.terminal import progress_bars, show_ingested
    from rag.intake.addresses import read_addresses
    from rag.pipeline import build

    settings = settings_of(archive)
    addresses = read_addresses(sources) if sources else {}
    with progress_bars() as progress:
        done = build(
            settings,
            _paths(paths),
            addresses=addresses,
            institution=institution,
            columns=_columns(columns),
            rebuild=rebuild,
            dry_run=dry_run,
            progress=progress,
            on=on,
        )
    show_ingested(done, dry_run=dry_run)
    if done.gathered.failed:
        raise typer.Exit(REFUSED)


def watch(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR...", help="Folders that transcripts arrive in.")],
    archive: ArchiveOption = None,
    sources: SourcesOption = None,
    institution: InstitutionOption = None,
    settle: Annotated[float, typer.Option(min=0.1, help="Read files once they lay still for so many seconds.")] = 2.0,
) -> None:
    """Keep the archive current while files come and go."""
    told = threading.Event()

    # Nothing is raised where the signal happens to come: while something is being cleared away, it would be lost.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: told.set())
    with contextlib.suppress(KeyboardInterrupt):
        _watch(settings_of(archive), folders, sources, institution, settle, told)
    talk.print("The watch has ended.")


def _watch(
    settings: "Settings",
    folders: list[Path],
    sources: Path | None,
    institution: str | None,
    settle: float,
    told: threading.Event,
) -> None:
    from podium.terminal import progress_bars, show_ingested
    from rag.intake.addresses import read_addresses
    from rag.intake.watching import keep_current
    from rag.loading import load_encoder
    from rag.pipeline import build

    # Loaded for the first file that is new, and kept.
    encoder = cache(lambda: load_encoder(settings))

    def bring_up_to_date() -> None:
        addresses = read_addresses(sources) if sources else {}
        with progress_bars() as show:

            def progress(stage: str, done: int, total: int) -> None:
                if told.is_set():
                    # Here, between two steps: an ingest leaves whole what it has begun.
                    raise KeyboardInterrupt
                show(stage, done, total)

            done = build(
                settings, folders, addresses=addresses, institution=institution, progress=progress, encoder=encoder
            )
        talk.print(f"[{datetime.datetime.now():%H:%M:%S}]", end=" ", markup=False)
        show_ingested(done, dry_run=False)

    def tell(error: PodiumError) -> None:
        talk.print(f"[{datetime.datetime.now():%H:%M:%S}] {error}", style="red", markup=False, soft_wrap=True)

    talk.print(f"Watching {', '.join(map(str, folders))}; Ctrl-C ends it.", markup=False, soft_wrap=True)
    keep_current(folders, bring_up_to_date, tell, settle=settle, told=told)


def inspect(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help=PATHS)],
    columns: ColumnsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what the reader makes of a file, and what is odd."""
    from rag.intake.paths import looked_into, shown
    from rag.intake.readers import look_into

    settings = settings_of(None)
    made = look_into(looked_into(_paths(files)), _columns(columns), settings.reading_seconds)
    readings: list[tuple[str, Any]] = [(shown(path), each) for path, each in made]
    if as_json:
        _print_readings(readings, base_url_of(settings))
    else:
        from podium.terminal import show_reading

        out = Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)
        for file, made in readings:
            if isinstance(made, UnreadableTranscript):
                talk.print(shown(str(made)), style="red", markup=False, soft_wrap=True)
            else:
                show_reading(file, made, out)
    if any(isinstance(made, UnreadableTranscript) for _, made in readings):
        raise typer.Exit(REFUSED if len(readings) > 1 else USAGE)


def _print_readings(readings: list[tuple[str, Any]], base_url: str) -> None:
    import json

    from rag.api.transcripts import InspectedSent, inspected_sent
    from rag.intake.paths import shown

    sent = [
        InspectedSent(file=file, transcript=None, origins={}, oddities=[], error=shown(str(made)))
        if isinstance(made, UnreadableTranscript)
        else inspected_sent(file, made, base_url)
        for file, made in readings
    ]
    print(json.dumps([each.model_dump(mode="json") for each in sent], indent=2, ensure_ascii=False))


def check(archive: ArchiveOption = None) -> None:
    """Check every file of the archive against its checksum."""
    from rag.archive.archive import open_archive
    from rag.archive.generations import current_generation, newest_whole, whole_generations

    folder = settings_of(archive).archive
    failed: PodiumError | None = None
    for name in whole_generations(folder):
        try:
            opened = open_archive(folder, name, verified=True)
            print(f"{name}  whole  {len(opened.heads)} transcripts, {len(opened.exchanges)} exchanges")
        except PodiumError as error:
            failed = error
            print(f"{name}  damaged  {error}")
    try:
        print(f"current: {current_generation(folder)}")
    except ArchiveDamaged:
        print(f"newest whole: {newest_whole(folder) or 'none'}")
        raise
    if failed is not None:
        raise typer.Exit(DAMAGED)


def rollback(archive: ArchiveOption = None) -> None:
    """Go back to the generation before the current one."""
    from rag.archive.generations import rollback as go_back

    print(f"current: {go_back(settings_of(archive).archive)}")


def _paths(words: list[str]) -> list[Path]:
    """The paths of a command line; `-` stands for those that standard input lists."""
    from rag.intake.paths import listed_paths

    return [path for word in words for path in (listed_paths(sys.stdin.buffer.read()) if word == "-" else [Path(word)])]


def _columns(told: str | None) -> dict[str, str]:
    from rag.reading.rows import COLUMNS

    # `speaker=Name,text=Words` -> ("speaker", "=", "Name"), …
    pairs = [pair.partition("=") for pair in told.split(",")] if told else []
    wrong = next((key for key, equals, name in pairs if key.strip() not in COLUMNS or not (equals and name)), None)
    if wrong is not None:
        raise BadInput(f"--columns names {wrong!r}.", key="--columns", remedy=f"Name any of {', '.join(COLUMNS)}.")
    return {key.strip(): name.strip() for key, _, name in pairs}
