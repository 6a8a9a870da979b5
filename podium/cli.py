"""podium on the command line. The only printer: stdout is the result, stderr the talk."""

import datetime
import signal
import sys
import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console

from podium.address import base_url_of, check_port, running_url
from podium.evaluation import app as evaluation
from rag.errors import (
    ArchiveBusy,
    ArchiveDamaged,
    ArchiveUnwritable,
    BadInput,
    EncoderMismatch,
    PodiumError,
    UnreadableTranscript,
)

if TYPE_CHECKING:
    from rag.settings import Settings

DONE, REFUSED, USAGE, DAMAGED, UNWRITABLE, BUSY = 0, 1, 2, 65, 73, 75

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
app.add_typer(evaluation, name="eval")
talk = Console(stderr=True, highlight=False, soft_wrap=not sys.stderr.isatty())
PIPED_WIDTH = 200

ArchiveOption = Annotated[Path | None, typer.Option("--archive", help="The archive's folder [PODIUM_ARCHIVE].")]
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
JsonOption = Annotated[bool, typer.Option("--json", help="Print what the HTTP API would return.")]


def main() -> None:
    """Run podium; every known error becomes one message and its exit status."""
    try:
        app(prog_name="podium")
    except PodiumError as error:
        _fail(error)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(DONE)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(version("podium"))
        raise typer.Exit(DONE)


@app.callback()
def about(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Ask an archive of press conferences; get the words that were said, by whom, when, and to which reporter."""


@app.command()
def ingest(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH...", help="Files, folders, quoted globs, or - for a list on standard input."),
    ],
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

    settings = _settings(archive)
    addresses = read_addresses(sources) if sources else {}
    with progress_bars(talk) as progress:
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
    show_ingested(done, talk, dry_run=dry_run)
    if done.gathered.failed:
        raise typer.Exit(REFUSED)


@app.command()
def watch(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR...", help="Folders that transcripts arrive in.")],
    archive: ArchiveOption = None,
    sources: SourcesOption = None,
    institution: InstitutionOption = None,
    settle: Annotated[float, typer.Option(min=0.1, help="Read files once they lay still for so many seconds.")] = 2.0,
) -> None:
    """Keep the archive current while files come and go."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        _watch(_settings(archive), folders, sources, institution, settle)
    except KeyboardInterrupt:
        talk.print("The watch has ended.")


def _watch(
    settings: "Settings", folders: list[Path], sources: Path | None, institution: str | None, settle: float
) -> None:
    from podium.terminal import progress_bars, show_ingested
    from rag.intake.addresses import read_addresses
    from rag.intake.watching import keep_current
    from rag.pipeline import build, load_encoder

    encoder = cache(lambda: load_encoder(settings))

    def bring_up_to_date() -> None:
        addresses = read_addresses(sources) if sources else {}
        with progress_bars(talk) as progress:
            done = build(
                settings, folders, addresses=addresses, institution=institution, progress=progress, encoder=encoder
            )
        talk.print(f"[{datetime.datetime.now():%H:%M:%S}]", end=" ", markup=False)
        show_ingested(done, talk, dry_run=False)

    def tell(error: PodiumError) -> None:
        talk.print(f"[{datetime.datetime.now():%H:%M:%S}] {error}", style="red", markup=False, soft_wrap=True)

    talk.print(f"Watching {', '.join(map(str, folders))}; Ctrl-C ends it.", markup=False, soft_wrap=True)
    keep_current(folders, bring_up_to_date, tell, settle=settle)


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="The question, in plain words.")],
    archive: ArchiveOption = None,
    date_from: Annotated[str | None, typer.Option("--from", help="Not before this day, YYYY-MM-DD.")] = None,
    date_to: Annotated[str | None, typer.Option("--to", help="Not after this day, YYYY-MM-DD.")] = None,
    spokesperson: Annotated[list[str] | None, typer.Option(help="Only what this person said (repeatable).")] = None,
    outlet: Annotated[list[str] | None, typer.Option(help="Only answers to this outlet (repeatable).")] = None,
    institution: Annotated[list[str] | None, typer.Option(help="Only what was said there (repeatable).")] = None,
    reporter: Annotated[list[str] | None, typer.Option(help="Only answers to this reporter (repeatable).")] = None,
    k: Annotated[int, typer.Option("--k", help="At most so many quotes.")] = 5,
    understand: Annotated[
        bool, typer.Option(help="Whether dates and names of who speaks or asks in the question become filters.")
    ] = True,
    today: Annotated[str | None, typer.Option(help="The day that 'yesterday' counts from, YYYY-MM-DD.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Ask the archive; print the quotes that answer."""
    from rag.question.asked import Asked
    from rag.question.filters import Filters

    names = (tuple(each or ()) for each in (spokesperson, outlet, institution, reporter))
    filters = Filters(_day(date_from, "--from"), _day(date_to, "--to"), *names)
    asked = Asked(question, k=k, filters=filters, today=_day(today, "--today"), understand=understand)
    settings = _settings(archive)
    began = time.perf_counter()
    with talk.status("Opening the archive…"):
        from rag.pipeline import Podium

        podium = Podium(settings)
        opening = time.perf_counter() - began
        answer = podium.ask(asked)
    base_url = running_url(settings)
    if as_json:
        from rag.api.shapes import answer_sent

        print(answer_sent(answer, base_url).model_dump_json(indent=2, exclude_unset=True))
    else:
        from podium.terminal import show_answer

        show_answer(answer, base_url, Console(highlight=False, soft_wrap=not sys.stdout.isatty()), opening)
    raise typer.Exit(DONE if answer.answered else REFUSED)


@app.command()
def verify(
    words: Annotated[str, typer.Argument(help="The words as they were quoted.")],
    archive: ArchiveOption = None,
    spokesperson: Annotated[str | None, typer.Option(help="Who is said to have said them.")] = None,
    date: Annotated[str | None, typer.Option(help="When, YYYY-MM-DD.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Say whether words were said, exactly or nearly."""
    from podium.terminal import show_verdict
    from rag.api.verdict import VerifyAsked, verdict_of
    from rag.archive.archive import open_archive

    settings = _settings(archive)
    asked = VerifyAsked.model_construct(words=words, spokesperson=spokesperson, date=_day(date, "--date"))
    verdict = verdict_of(asked, open_archive(settings.archive), running_url(settings))
    if as_json:
        print(verdict.model_dump_json(indent=2))
    else:
        show_verdict(verdict, Console(highlight=False, soft_wrap=not sys.stdout.isatty()))
    raise typer.Exit(DONE if verdict.found else REFUSED)


@app.command()
def serve(
    archive: ArchiveOption = None,
    host: Annotated[str | None, typer.Option(help="The address to listen on [PODIUM_HOST].")] = None,
    port: Annotated[int | None, typer.Option(help="The port to listen on [PODIUM_PORT].")] = None,
    workers: Annotated[int | None, typer.Option(help="How many processes answer questions [PODIUM_WORKERS].")] = None,
) -> None:
    """Serve the archive over HTTP: pages, API, chat, MCP."""
    settings = _settings(archive, host=host, port=port, workers=workers)
    _check_host(settings)
    check_port(settings)
    _stop_cleanly()
    with talk.status("Opening the archive…"):
        from rag.api.app import create_app
        from rag.api.listening import create_server
        from rag.api.logs import log_to_stderr
        from rag.pipeline import Podium

        # Before anything else makes a handler: one that has to import something can't speak when files run out.
        log_to_stderr(as_json=settings.log_json)
        server = create_server(create_app(Podium(settings), settings), settings)
    talk.print(f"podium listens on {base_url_of(settings)} (API: {base_url_of(settings)}/docs)")
    server.run()


@app.command()
def mcp(archive: ArchiveOption = None) -> None:
    """Serve the archive to an assistant, over stdin and stdout."""
    settings = _settings(archive)
    with talk.status("Opening the archive…"):
        from rag.api.mcp import serve_stdio
        from rag.pipeline import Podium

        opened = Podium(settings)
    serve_stdio(opened)


@app.command()
def inspect(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE...", help="Files, folders, quoted globs, or - for a list on standard input."),
    ],
    columns: ColumnsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what the reader makes of a file, and what is odd."""
    from rag.intake.paths import looked_into, shown
    from rag.reading.reading import read_file

    base_url = base_url_of(_settings(None))
    readings: list[tuple[str, Any]] = []
    for path in looked_into(_paths(files)):
        try:
            readings.append((shown(path), read_file(path, columns=_columns(columns))))
        except UnreadableTranscript as error:
            readings.append((shown(path), error))
    if as_json:
        _print_readings(readings, base_url)
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

    from rag.api.shapes import InspectedSent, inspected_sent
    from rag.intake.paths import shown

    sent = [
        InspectedSent(file=file, transcript=None, origins={}, oddities=[], error=shown(str(made)))
        if isinstance(made, UnreadableTranscript)
        else inspected_sent(file, made, base_url)
        for file, made in readings
    ]
    print(json.dumps([each.model_dump(mode="json") for each in sent], indent=2, ensure_ascii=False))


@app.command()
def check(archive: ArchiveOption = None) -> None:
    """Check every file of the archive against its checksum."""
    from rag.archive.archive import open_archive
    from rag.archive.generations import current_generation, newest_whole, whole_generations

    folder = _settings(archive).archive
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


@app.command()
def rollback(archive: ArchiveOption = None) -> None:
    """Go back to the generation before the current one."""
    from rag.archive.generations import rollback as go_back

    print(f"current: {go_back(_settings(archive).archive)}")


def _paths(words: list[str]) -> list[Path]:
    """The paths of a command line; `-` stands for those that standard input lists."""
    from rag.intake.paths import listed_paths

    return [path for word in words for path in (listed_paths(sys.stdin.buffer.read()) if word == "-" else [Path(word)])]


def _settings(archive: Path | None, **given: object) -> "Settings":
    from rag.settings import read_settings

    return read_settings(archive=archive, **given)


def _columns(told: str | None) -> dict[str, str]:
    from rag.reading.rows import COLUMNS

    pairs = [pair.partition("=") for pair in told.split(",")] if told else []
    wrong = next((key for key, equals, name in pairs if key.strip() not in COLUMNS or not (equals and name)), None)
    if wrong is not None:
        raise BadInput(
            f"--columns names {wrong!r}.", key="--columns", value=told, remedy=f"Name any of {', '.join(COLUMNS)}."
        )
    return {key.strip(): name.strip() for key, _, name in pairs}


def _day(text: str | None, key: str) -> datetime.date | None:
    if text is None:
        return None
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise BadInput(
            f"{key} {text!r} is not a day.", key=key, value=text, remedy="Write it as YYYY-MM-DD: 2021-03-18."
        ) from None


def _check_host(settings: "Settings") -> None:
    from rag.api.door import is_loopback

    if is_loopback(settings.host) or settings.api_keys:
        return
    if not settings.listen_without_keys:
        raise BadInput(
            f"{settings.host} can be reached from other machines, and podium has no API keys set.",
            key="host",
            value=settings.host,
            remedy="Set PODIUM_API_KEYS, listen on 127.0.0.1, or set PODIUM_LISTEN_WITHOUT_KEYS=1 to let anyone who "
            "reaches it ask.",
        )
    talk.print(
        f"{settings.host} can be reached from other machines and no API keys are set: anyone who reaches it may ask.",
        style="bold red",
        soft_wrap=True,
    )


def _stop_cleanly() -> None:
    """Let SIGTERM end the process with 0: uvicorn raises it again once the running answers are done."""

    def stop(_signal: int, _frame: object) -> None:
        raise SystemExit(DONE)

    signal.signal(signal.SIGTERM, stop)


_EXITS: tuple[tuple[type[PodiumError], int], ...] = (
    (ArchiveDamaged, DAMAGED),
    (EncoderMismatch, DAMAGED),
    (ArchiveUnwritable, UNWRITABLE),
    (ArchiveBusy, BUSY),
    (PodiumError, USAGE),
)


def _fail(error: PodiumError) -> NoReturn:
    talk.print(f"podium: {error}", style="red", markup=False, soft_wrap=True)
    sys.exit(next(code for kind, code in _EXITS if isinstance(error, kind)))


if __name__ == "__main__":
    main()
