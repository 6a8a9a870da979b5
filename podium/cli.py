"""podium on the command line. The only printer: stdout is the result, stderr the talk."""

import signal
import sys
import time
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console

from podium.address import base_url_of, check_port, running_url
from podium.command import BUSY, DAMAGED, DONE, REFUSED, UNWRITABLE, USAGE, ArchiveOption, JsonOption, settings_of, talk
from podium.evaluation import app as evaluation
from podium.keeping import check, ingest, inspect, rollback, watch
from rag.errors import (
    ArchiveBusy,
    ArchiveDamaged,
    ArchiveUnwritable,
    BadInput,
    EncoderMismatch,
    PodiumError,
)

if TYPE_CHECKING:
    from rag.settings import Settings

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
app.add_typer(evaluation, name="eval")


def main() -> None:
    """Run podium; every known error becomes one message and its exit status."""
    try:
        app(prog_name="podium")
    except PodiumError as error:
        _fail(error)
    except BrokenPipeError:
        # `podium ask … | head -1`: who reads has seen enough, and Python would complain of it at its end.
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


# In the order in which --help lists them.
for command in (ingest, watch, inspect, check, rollback):
    app.command()(command)


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
    from rag.api.bodies import read_day
    from rag.question.asked import Asked
    from rag.question.filters import Filters

    first, last, now = (read_day(*each) for each in ((date_from, "--from"), (date_to, "--to"), (today, "--today")))
    names = (tuple(each or ()) for each in (spokesperson, outlet, institution, reporter))
    asked = Asked(question, k=k, filters=Filters(first, last, *names), today=now, understand=understand)
    settings = settings_of(archive)
    began = time.perf_counter()
    with talk.status("Opening the archive…"):
        from rag.pipeline import Podium

        podium = Podium(settings)
        # From before the first import of what answers.
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
    from rag.api.bodies import read_day
    from rag.api.verdict import VerifyAsked, verdict_of
    from rag.archive.archive import open_archive

    settings = settings_of(archive)
    # Unchecked: what can't be used is told by `verify` in podium's words.
    asked = VerifyAsked.model_construct(words=words, spokesperson=spokesperson, date=read_day(date, "--date"))
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
    settings = settings_of(archive, host=host, port=port, workers=workers)
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
    settings = settings_of(archive)
    with talk.status("Opening the archive…"):
        from rag.api.mcp import serve_stdio
        from rag.pipeline import Podium

        opened = Podium(settings)
    serve_stdio(opened)


def _check_host(settings: "Settings") -> None:
    from rag.api.door import is_loopback

    if is_loopback(settings.host) or settings.api_keys:
        return
    if not settings.listen_without_keys:
        raise BadInput(
            f"{settings.host} can be reached from other machines, and podium has no API keys set.",
            key="host",
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


# The first that fits.
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
